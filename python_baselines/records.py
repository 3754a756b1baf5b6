"""records: a pipeline over orders that are dicts of text. The Rust side is workloads/src/records.rs.

All contenders take a list of dicts and return the new dicts of the orders with a plausible amount: name, email and
country are cleaned, the amount is a number, and tax, total and the share of the country's total are added at the end.
Keys keep their order; what else an order holds (extra keys, values of any type) is passed on as it is.

Of those that work on columns in Python, pandas is left out: polars is in its place. The routes out of the process
send the four columns that are worked on and merge the answer into the orders; the rest has no need to travel.
"""

import random
from operator import attrgetter

LARGEST = 1e12  # amounts above are mistakes, as are NaN and those that aren't positive
COLUMNS = ["name", "email", "country", "amount"]
SPACES = "".join(filter(str.isspace, map(chr, range(0x3001))))
TAX = {
    "AT": 0.2,
    "BE": 0.21,
    "BG": 0.2,
    "CY": 0.19,
    "CZ": 0.21,
    "DE": 0.19,
    "DK": 0.25,
    "EE": 0.24,
    "ES": 0.21,
    "FI": 0.255,
    "FR": 0.2,
    "GR": 0.24,
    "HR": 0.25,
    "HU": 0.27,
    "IE": 0.23,
    "IT": 0.22,
    "LT": 0.21,
    "LU": 0.17,
    "LV": 0.21,
    "MT": 0.18,
    "NL": 0.21,
    "PL": 0.23,
    "PT": 0.23,
    "RO": 0.21,
    "SE": 0.25,
    "SI": 0.22,
    "SK": 0.23,
    "SS": 0.18,
}


def python(records):
    """One function a step, each of which returns new records."""
    processed = []
    for record in records:
        record = priced(cleaned(record))
        if is_plausible(record):
            processed.append(taxed(record))
    return with_shares(processed)


def cleaned(record):
    return {
        **record,
        "name": " ".join(record["name"].split()),
        "email": record["email"].strip().lower(),
        "country": record["country"].strip().upper(),
    }


def priced(record):
    return {**record, "amount": float(record["amount"].replace(",", ""))}


def is_plausible(record):
    return 0 < record["amount"] <= LARGEST


def taxed(record):
    tax = record["amount"] * TAX[record["country"]]
    return {**record, "tax": tax, "total": record["amount"] + tax}


def with_shares(records):
    totals = {}
    for record in records:
        country = record["country"]
        totals[country] = totals.get(country, 0.0) + record["total"]
    return [{**record, "share": record["total"] / totals[record["country"]]} for record in records]


def python_fused(records):
    """All steps in one loop, with one new dict for each record."""
    totals = dict.fromkeys(TAX, 0.0)
    processed = []
    for record in records:
        name = " ".join(record["name"].split())
        email = record["email"].strip().lower()
        country = record["country"].strip().upper()
        amount = float(record["amount"].replace(",", ""))
        if 0 < amount <= LARGEST:
            tax = amount * TAX[country]
            total = amount + tax
            totals[country] += total
            new = {"name": name, "email": email, "country": country, "amount": amount, "tax": tax, "total": total}
            processed.append({**record, **new})
    for record in processed:
        record["share"] = record["total"] / totals[record["country"]]
    return processed


def numpy(records):
    """The numbers as arrays; the text stays with Python, since that is no faster in NumPy."""
    import numpy as np

    records = list(records)
    names = [" ".join(record["name"].split()) for record in records]
    emails = [record["email"].strip().lower() for record in records]
    countries = [record["country"].strip().upper() for record in records]
    amounts = np.array([float(record["amount"].replace(",", "")) for record in records], dtype=np.float64)
    rows = np.flatnonzero((amounts > 0) & (amounts <= LARGEST)).tolist()
    amounts = amounts[rows]
    countries = [countries[row] for row in rows]
    codes = {country: code for code, country in enumerate(TAX)}
    codes = np.array([codes[country] for country in countries], dtype=np.intp)
    taxes = amounts * np.array(list(TAX.values()))[codes]
    totals = amounts + taxes
    shares = totals / np.bincount(codes, weights=totals, minlength=len(TAX))[codes]  # adds in order, unlike np.sum
    columns = [[names[row] for row in rows], [emails[row] for row in rows], countries]
    return merged(records, rows, *columns, *(column.tolist() for column in (amounts, taxes, totals, shares)))


def polars(records):
    """Text and numbers as a frame. It reads fewer spellings of numbers than Python, to which those few are left."""
    import polars as pl

    records = list(records)
    frame = pl.DataFrame(columns(records), schema=dict.fromkeys(COLUMNS, pl.String)).with_row_index("row")
    trimmed = pl.col(COLUMNS[:3]).str.strip_chars(SPACES)
    digits = pl.col("amount").str.replace_all(",", "", literal=True)
    frame = frame.with_columns(trimmed, digits.cast(pl.Float64, strict=False).alias("amount"), digits.alias("digits"))
    unread = frame.filter(pl.col("amount").is_null())
    numbers = pl.Series("amount", map(float, unread["digits"]), dtype=pl.Float64)
    frame = frame.update(unread.select("row", numbers), on="row")
    frame = frame.filter(pl.col("amount").is_between(0, LARGEST, closed="right"))
    frame = frame.with_columns(
        pl.col("name").str.replace_all(f"[{SPACES}]+", " "),
        pl.col("email").str.to_lowercase(),
        pl.col("country").str.to_uppercase(),
    )
    if unknown := set(frame["country"].unique()) - TAX.keys():
        raise KeyError(unknown.pop())
    rate = pl.col("country").replace_strict(TAX, return_dtype=pl.Float64)
    frame = frame.with_columns((pl.col("amount") * rate).alias("tax"))
    frame = frame.with_columns((pl.col("amount") + pl.col("tax")).alias("total"))
    of_country = pl.col("total").cum_sum().last().over("country")  # adds in order, unlike sum
    frame = frame.with_columns((pl.col("total") / of_country).alias("share"))
    return merged(records, *frame.select("row", *COLUMNS, "tax", "total", "share").to_dict(as_series=False).values())


def article_rust(records):
    """As published: a map of strings for each record. Instead of refusing values of other types it makes them text."""
    from rustworthy_workloads import records as rust

    return rust.process_maps(records)


def pyo3_owned(records):
    """The same corrected: keys keep their order, and what isn't text stays an object."""
    from rustworthy_workloads import records as rust

    return rust.process_owned(records)


def pyo3_borrowed(records):
    from rustworthy_workloads import records as rust

    return rust.process(records)


def pyo3_columns(records):
    """Converts once into columns, works on them without the interpreter on all processors, and merges them back."""
    from rustworthy_workloads import records as rust

    return rust.process_columns(records)


def subprocess(records):
    import routes

    return over_json(routes.run, records)


def http(records):
    import routes

    return over_json(routes.post, records)


def grpc(records):
    import routes

    Record, Request = routes.message("Record"), routes.message("RecordsRequest")
    records = list(records)
    messages = [Record(**dict(zip(COLUMNS, values))) for values in zip(*columns(records).values(), strict=True)]
    response = routes.call("ProcessRecords", Request(records=messages))
    found = map(attrgetter("row", *COLUMNS, "tax", "total", "share"), response.records)
    return merged(records, *(zip(*found, strict=True) if response.records else [()] * 8))


def over_json(send, records):
    """Columns as JSON objects of arrays, there and back."""
    import orjson

    records = list(records)
    return merged(records, *orjson.loads(send("records", orjson.dumps(columns(records)))).values())


def columns(records):
    """The columns that are worked on. A value that isn't text has none of its methods."""
    found = {column: [record[column] for record in records] for column in COLUMNS}
    for column, values in found.items():
        for other in set(map(type, values)) - {str}:
            raise AttributeError(f"{column}: {other.__name__!r} object is no text")
    return found


def merged(records, rows, *columns):
    """New dicts of the records in these rows, with columns in the order below in their place."""
    return [
        {
            **records[row],
            "name": name,
            "email": email,
            "country": country,
            "amount": amount,
            "tax": tax,
            "total": total,
            "share": share,
        }
        for row, name, email, country, amount, tax, total, share in zip(rows, *columns, strict=True)
    ]


def orders(size, seed):
    """The input: orders of text, some of which hold more than that. The oddities come first."""
    rng = random.Random(seed)
    return [*oddities()[:size], *(order(rng, identifier) for identifier in range(size - len(oddities())))]


def nbytes(records):
    """Bytes of the keys and values that are text, eight for each other value."""
    return sum(weight(text) for record in records for text in (*record, *record.values()))


def weight(value):
    return len(value.encode()) if isinstance(value, str) else 8


def oddities():
    """Orders that tempt an implementation to differ from Python."""
    plain = {
        "id": "0",
        "date": "2026-02-28",
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "country": "SE",
        "amount": "19.99",
        "note": "",
    }
    odd = [
        {"name": "", "email": "", "note": None},
        {"name": " \t\r\n", "email": "\r\n"},
        {"name": "\x1cZoë\x85\u00a0Ångström\u3000\x1f", "email": "\u2003ZOË@ÅNGSTRÖM.SE\r\n", "country": "\x1dse\x1e"},
        {"name": "a\u200bb \ufeff c", "email": "İSTANBUL@EXAMPLE.COM", "country": "\ufb01"},  # the ligature of "fi"
        {"name": "ΟΔΥΣΣΕΥΣ", "email": "ΟΔΥΣΣΕΥΣ@EXAMPLE.GR ΣΑΣ Σ", "country": "gr"},
        {"name": "Straße", "email": "STRAẞE@EXAMPLE.DE", "country": "ß"},
        {"name": "Kelvin", "email": "\u212aELVIN@EXAMPLE.COM", "country": "ıt"},  # a dotless i
        {"name": "🧑‍🚀  e\u0301", "email": "𐐀@EXAMPLE.COM"},
        {"name": "nul \0 \0", "email": "\0A\0"},
        {"amount": "1,234,567.89"},
        {"amount": " ,1_000.5,\r\n"},
        {"amount": "\u00a01e3\u3000"},
        {"amount": "+.5"},
        {"amount": "1000000000000"},
        {"amount": "0.30000000000000004"},
        {"amount": "2.2250738585072014e-308"},
        {"amount": "5e-324"},
        # Implausible ones.
        {"amount": "1000000000000.001"},
        {"amount": "NaN"},
        {"amount": "-infinity"},
        {"amount": "1" * 400},
        {"amount": "-0"},
        {"amount": "-12.50", "country": "nowhere"},
        # Values that aren't text, and more keys.
        {"id": 2**100, "note": float("nan"), "paid": True, "weight": -0.0},
        {"tax": "exempt", "lines": [1, 2], "share": None},
        {"note": b"\xff", "": {"nested": ()}, "名前": "名前"},
    ]
    return [plain | change for change in odd]


def order(rng, identifier):
    given = ["Ada", "Grace", "Linus", "Shaquille", "Zoë", "Иван", "太郎", "Mary Ann"]
    family = ["Lovelace", "Hopper", "Torvalds", "O'Neil", "Ångström", "Петров", "山田", "van der Berg"]
    hosts = ["example.com", "Example.ORG", "MAIL.EXAMPLE.NET", "post.example.se"]
    blanks = ["", "", "", " ", "  ", "\t", "\r\n", "\u00a0"]
    gaps = [" "] * 8 + ["  ", "\t"]
    name = rng.choice(given) + rng.choice(gaps) + rng.choice(family)
    user = rng.choice(["ada", "Grace.Hopper", "LINUS", "shaq", "Zoë", "info"])
    country = rng.choice(list(TAX))
    amount = rng.lognormvariate(5, 2)
    record = {
        "id": str(identifier),
        "date": f"2026-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
        "name": f"{rng.choice(blanks)}{name}{rng.choice(blanks)}",
        "email": f"{rng.choice(blanks)}{user}{rng.randrange(10_000)}@{rng.choice(hosts)}{rng.choice(blanks)}",
        "country": country if rng.random() < 0.7 else f"{country.lower()}{rng.choice(blanks)}",
        "amount": f"{-amount if rng.random() < 0.1 else amount:,.2f}",
        "note": rng.choice(["", "for ever", "mit Liebe", "с любовью", "愛", 'the "one"', "un\r\ndeux"]),
    }
    if rng.random() < 0.05:
        record |= {"discount": rng.choice([None, 0.25, 5, False]), "account": rng.getrandbits(100)}
    return record
