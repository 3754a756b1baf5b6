"""ndjson: how many characters of a log are records of errors. The Rust side is workloads/src/ndjson.rs.

All contenders take the path of a file with one JSON record a line, and return a sum: the lengths of those lines whose
record has "level": "ERROR". The semantics are those of the baseline, json.loads in a loop over an open file:

- A length is in code points and counts the line break, which is one character: \\n, \\r\\n and a lone \\r all end a
  line, U+0085 and U+2028 don't.
- Every line is parsed, whatever its level. One that isn't JSON is a JSONDecodeError, a blank one too; one that isn't
  an object is an AttributeError; bytes that aren't UTF-8 are a UnicodeDecodeError.
- JSON is what json.loads takes for it: NaN, Infinity, lone surrogates as escapes, and floats that overflow. Integers
  of more than 4300 digits are a ValueError. Of keys that occur twice the last one counts.
- Nesting that is too deep is a RecursionError. How deep depends on the version of Python and on its caller (about 994
  levels in CPython 3.11); the Rust side refuses from 991 on.

Libraries refuse more of that than json.loads, which therefore has the last word on what they refuse. A file with
several faults raises one of the errors that are due, not always the same.

Left out: polars and pandas, whose readers keep the fields and not the lines that are measured, and gRPC, whose
messages end at 4 MiB by default.
"""

import io
import json
import os
import random
import tempfile
from itertools import islice
from pathlib import Path

SHORT = 1_900  # bytes: less can't hold nesting or digits that json.loads refuses and a library accepts


def python(path):
    total = 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            if json.loads(line).get("level") == "ERROR":
                total += len(line)
    return total


def read_all(path):
    """All lines, then all records, at once in memory."""
    with open(path, encoding="utf-8") as file:
        lines = file.readlines()
    records = [json.loads(line) for line in lines]
    return sum(len(line) for line, record in zip(lines, records, strict=True) if record.get("level") == "ERROR")


def raw_decode(path):
    """The same parser without the two regular expressions that json.loads runs around it, for blanks."""
    decode = json.JSONDecoder().raw_decode
    total = 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            try:
                record, end = decode(line)
            except json.JSONDecodeError:  # blanks come first, or it isn't JSON
                end = len(line)
            if line[end:] != "\n":
                record = json.loads(line)
            if record.get("level") == "ERROR":
                total += len(line)
    return total


def orjson(path):
    import orjson

    total = 0
    with open(path, "rb") as file:
        for line in file:
            try:
                record = orjson.loads(line) if is_plain(line) else None
            except orjson.JSONDecodeError:
                record = None
            if not isinstance(record, dict):
                total += reread(line)
            elif record.get("level") == "ERROR":
                total += len(line.decode())
    return total


def msgspec(path):
    """Decodes the level alone. Other fields are checked and skipped, but for their encoding."""
    import msgspec

    Record = msgspec.defstruct("Record", [("level", object, None)])
    decode = msgspec.json.Decoder(Record).decode
    total = 0
    with open(path, "rb") as file:
        for line in file:
            characters = len(line.decode())
            try:
                record = decode(line) if is_plain(line) else None
            except msgspec.MsgspecError:
                record = None
            if record is None:
                total += reread(line)
            elif record.level == "ERROR":
                total += characters
    return total


def is_plain(line):
    """Whether a line is short, and ends nowhere else but at its end."""
    return len(line) < SHORT and b"\r" not in line


def reread(lines):
    """The baseline over some bytes of the file."""
    total = 0
    for line in io.TextIOWrapper(io.BytesIO(lines), encoding="utf-8"):
        if json.loads(line).get("level") == "ERROR":
            total += len(line)
    return total


def pyo3_path(path):
    from rustworthy_workloads import ndjson

    return ndjson.serial(path)


def pyo3_path_rayon(path):
    from rustworthy_workloads import ndjson

    return ndjson.parallel(path)


def pyo3_per_line(path):
    """The parser alone moved to Rust: Python still reads the lines and counts them."""
    from rustworthy_workloads import ndjson

    is_error = ndjson.is_error
    total = 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            if is_error(line):
                total += len(line)
    return total


def subprocess(path):
    import routes

    return answer(path, lambda: routes.run("ndjson-path", os.fsencode(path)))


def http(path):
    import routes

    return answer(path, lambda: routes.post("ndjson", Path(os.fsdecode(path)).read_bytes()))


def answer(path, ask):
    """A refusal names a built-in exception; JSONDecodeError is none, and is left to the baseline to raise."""
    try:
        return int.from_bytes(ask(), "little")
    except ValueError:
        python(path)
        raise


def logs(size, seed):
    """The input: path of a log with that many records."""
    folder = Path(os.environ.get("RUSTWORTHY_SCRATCH") or tempfile.gettempdir())
    path = folder / f"ndjson-{size}-{seed}.ndjson"
    partial = path.with_suffix(f".{os.getpid()}")
    with partial.open("w", encoding="utf-8", newline="") as file:
        file.writelines(islice(lines(random.Random(seed)), size))
    partial.replace(path)
    return path


def nbytes(path):
    return path.stat().st_size


def lines(rng):
    """Endless lines; what parsers and readers like to disagree about, and all of them can read, comes early."""
    deep = "[" * 100 + "]" * 100
    yield from [
        '{"level": "ERROR", "message": "naïve Zoë: 山田さん \U0001f9d1\u200d\U0001f680 e\u0301"}\n',
        '{"level": "ERROR", "message": "carriage return and line feed"}\r\n',
        '{"level": "INFO", "level": "ERROR", "message": "the last one counts"}\n',
        '{"level": "ERROR", "level": "INFO", "message": "the last one"}\n',
        '{"l\\u0065vel": "\\u0045RROR", "message": "\\ud83e\\uddd1 \\" \\\\ \\/ \\b\\f\\n\\r\\t"}\n',
        '{"error": {"level": "ERROR"}, "message": "no level of its own"}\n',
        '{"level": "error"}\n{"level": "ERROR "}\n{"level": ["ERROR"]}\n{"level": null}\n{"level": 40}\n{}\n',
        '{"level": "ERROR", "message": "U+0085 \x85 and U+2028 \u2028 end no line"}\n',
        ' \t{ "level" : "ERROR" , "blanks" : [ ] } \t\r\n',
        f'{{"level": "ERROR", "id": {10**300}, "huge": {2**64}, "zero": -0, "small": 1e-999, "e": 1E+05}}\n',
        f'{{"level": "ERROR", "deep": {deep}}}\n',
        f'{{"level": "ERROR", "message": "{"long " * 4_000}"}}\n',
    ]
    levels = ["DEBUG", "INFO", "INFO", "INFO", "WARNING", "ERROR"]
    services = ["checkout", "search", "billing", "käse-api", "推薦"]
    verbs = ["served", "failed to reach", "retried", "opened", "closed", "не нашёл", 'said "no" to']
    number = 0
    while True:
        number += 1
        record = {
            "ts": f"2025-11-{rng.randrange(1, 31):02}T{rng.randrange(24):02}:{rng.randrange(60):02}:00.{number % 1000:03}Z",
            "level": rng.choice(levels),
            "service": rng.choice(services),
            "message": f"{rng.choice(verbs)} {rng.choice(services)} at /v1/items/{rng.getrandbits(32)}",
            "trace": f"{rng.getrandbits(64):016x}",
            "status": rng.choice([200, 200, 201, 404, 500]),
            "seconds": round(rng.lognormvariate(-3, 1), 6),
            "user": {"id": rng.getrandbits(rng.randrange(1, 64)), "name": rng.choice(["Ada", "Zoë", "山田 太郎", None])},
            "tags": rng.sample(["eu", "canary", "beta", "internal"], rng.randrange(3)),
        }
        line = json.dumps(record, ensure_ascii=rng.random() < 0.2)
        yield line + ("\r\n" if rng.random() < 0.02 else "\n")
