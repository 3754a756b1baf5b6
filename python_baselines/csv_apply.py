"""csv-apply: the net revenue of every order in a CSV file. The Rust side is workloads/src/csv_apply.rs.

All contenders take a path and return a float64 array with one element per order, NaN where the amount or the
quantity is missing. Columns are read as text, so that all of them parse numbers alike: pandas' own parser of
floats doesn't always round correctly. They are read as objects, because building rows from a frame of the str
dtype takes pandas twice as long. There is no gRPC: a message would hold the file's bytes as the HTTP body does, and
files soon pass its usual limit of 4 MiB.
"""

import csv
import os
import random
import tempfile
from itertools import islice
from pathlib import Path

import routes

COLUMNS = ["amount", "quantity", "express", "engraving"]
MISSING = ["", "NA", "NaN", "null"]
RATES = {"$": 0.92, "€": 1.0, "£": 1.17, "¥": 0.0061}
EXPRESS = 1.15
ENGRAVED = 0.25  # per code point


def pandas_apply(path):
    frame = read_pandas(path)
    return frame.apply(net_revenue, axis=1, result_type="reduce").to_numpy(dtype=float)


def net_revenue(row):
    """The callback: parses and transforms one row, whose missing values are NaN instead of text."""
    amount, quantity, engraving = row["amount"], row["quantity"], row["engraving"]
    if not isinstance(amount, str) or not isinstance(quantity, str):
        return float("nan")
    if amount[0] not in RATES:
        raise ValueError(f"unknown currency: {amount!r}")
    revenue = float(amount[1:].replace(",", "")) * RATES[amount[0]] * float(quantity)
    if row["express"] == "yes":
        revenue *= EXPRESS
    if isinstance(engraving, str):
        revenue += ENGRAVED * len(engraving)
    return revenue


def pandas_vectorised(path):
    import numpy as np

    frame = read_pandas(path)
    known = (frame["amount"].notna() & frame["quantity"].notna()).to_numpy()
    orders = frame[known]
    rate = orders["amount"].str[0].map(RATES)
    if rate.isna().any():
        raise ValueError(f"unknown currency: {orders['amount'][rate.isna()].iloc[0]!r}")
    price = orders["amount"].str[1:].str.replace(",", "", regex=False).astype(float) * rate
    revenue = price * orders["quantity"].astype(float)
    revenue = revenue.where(orders["express"] != "yes", revenue * EXPRESS)
    revenue += ENGRAVED * orders["engraving"].str.len().fillna(0)
    result = np.full(len(frame), np.nan)
    result[known] = revenue
    return result


def polars(path):
    """Stricter than the others about stray quotes, empty lines and blanks around numbers; the input has none."""
    import polars as pl

    path = checked(path)
    amount = pl.when(pl.col("quantity").is_not_null()).then(pl.col("amount"))
    quantity = pl.when(pl.col("amount").is_not_null()).then(pl.col("quantity"))
    rate = amount.str.slice(0, 1).replace_strict(RATES, return_dtype=pl.Float64)
    price = amount.str.slice(1).str.replace_all(",", "", literal=True).cast(pl.Float64) * rate
    revenue = price * quantity.cast(pl.Float64)
    revenue = pl.when(pl.col("express") == "yes").then(revenue * EXPRESS).otherwise(revenue)
    revenue += ENGRAVED * pl.col("engraving").str.len_chars().fill_null(0)
    try:
        orders = pl.scan_csv(path, glob=False, infer_schema=False, null_values=MISSING, extra_columns="ignore")
        frame = orders.select(revenue.fill_null(float("nan")).alias("revenue")).collect()
    except pl.exceptions.PolarsError as error:
        Path(path).read_text(encoding="utf-8")  # raises its own error where the text is the reason
        raise ValueError(str(error)) from error
    return frame["revenue"].to_numpy()


def pyo3_path(path):
    from rustworthy_workloads import csv_apply

    return csv_apply.net_revenues(path)


def pyo3_row_callback(path):
    """The callback alone moved to Rust: pandas still builds a row object for each call."""
    from rustworthy_workloads import csv_apply

    frame = read_pandas(path)
    return frame.apply(csv_apply.net_revenue, axis=1, result_type="reduce").to_numpy(dtype=float)


def subprocess(path):
    return revenues(routes.run("csv-apply-path", os.fsencode(checked(path))))


def http(path):
    with open(checked(path), "rb") as file:
        return revenues(routes.post("csv-apply", file.read()))


def checked(path):
    """The same path; what is none raises what pandas raises."""
    if isinstance(path, bytes):
        raise TypeError("expected a path, got bytes")
    if not isinstance(path, (str, os.PathLike)):
        raise ValueError(f"invalid file path: {type(path)}")
    if "\0" in os.fspath(path):
        raise ValueError("embedded null byte")
    return path


def revenues(response):
    import numpy as np

    return np.frombuffer(response, dtype="<f8")


def read_pandas(path):
    import pandas as pd

    return pd.read_csv(path, usecols=COLUMNS, dtype=object, keep_default_na=False, na_values=MISSING)


def orders(size, seed):
    """The input: path of a CSV file with that many orders."""
    folder = Path(os.environ.get("RUSTWORTHY_SCRATCH") or tempfile.gettempdir())
    path = folder / f"csv-apply-{size}-{seed}.csv"
    partial = path.with_suffix(f".{os.getpid()}")
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(["id", "customer", "amount", "quantity", "express", "engraving"])
        writer.writerows(islice(rows(random.Random(seed)), size))
    partial.replace(path)
    return path


def nbytes(path):
    return path.stat().st_size


def rows(rng):
    """Endless orders; every spelling that readers like to disagree about comes early."""
    spellings = [
        ("Ada", "$1,234,567.89", "3", "yes", "Happy birthday, Ada"),
        ('Zoë "Zo" Ångström', "€0.10", "0.1", "no", 'She said "yes"'),
        ("山田 太郎", "¥12,000", "2", "yes", "永遠に\r\n愛してる"),
        ("O'Neil, Shaq", "£-19.99", "1", "no", "two\nlines"),
        ("null", "NA", "7", "no", "no amount"),
        ("NA", "$5.00", "null", "yes", "no quantity"),
        ("", "", "NaN", "NA", "NaN"),
        ("Nan", "$.5", "1e3", "Yes", "N/A"),
        ("🧑‍🚀 Cosmo", "€9007199254740993", "1", "yes", "👩‍👩‍👧‍👦 e\u0301"),
        ("Ümit", "$0.30000000000000004", "+7", " yes", " "),
    ]
    identifier = 0
    for identifier, spelling in enumerate(spellings):
        yield identifier, *spelling
    customers = ["Ada Lovelace", "Zoë Ångström", "Иван Петров", "山田 太郎", "O'Neil, Shaq", 'Anna "Ann" Bell']
    words = ["for ever", "mit Liebe", "с любовью", "愛", 'the "one"', "yours, always", "un\r\ndeux", "NA", ""]
    symbols = list(RATES)
    while True:
        identifier += 1
        amount = f"{rng.choice(symbols)}{rng.lognormvariate(6, 2):,.2f}"
        quantity = str(rng.randrange(1, 100))
        if rng.random() < 0.02:
            amount = rng.choice(MISSING)
        if rng.random() < 0.02:
            quantity = rng.choice(MISSING)
        express = "yes" if rng.random() < 0.3 else "no"
        engraving = f"{rng.choice(words)} {identifier}" if rng.random() < 0.5 else rng.choice(words)
        yield identifier, rng.choice(customers), amount, quantity, express, engraving
