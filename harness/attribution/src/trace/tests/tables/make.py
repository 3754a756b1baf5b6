"""Spans of two requests as ClickHouse, DuckDB and pyarrow write them, in this folder.

With `pip install chdb duckdb pyarrow`, which were 4.4.0 (ClickHouse 26.9), 2.0.1 and 26.0.1:

    for what in clickhouse-zstd clickhouse-lz4 duckdb pyarrow; do python make.py $what; done
"""

import pathlib
import sys

WHAT = sys.argv[1]
FILE = pathlib.Path(__file__).with_name(f"{WHAT}.parquet")
START = 1_780_000_000_000_000_000
MILLISECOND = 1_000_000

# As OpenTelemetry's exporter to ClickHouse makes it, in what matters for its types.
TABLE = """CREATE TABLE otel_traces (
    Timestamp DateTime64(9), TraceId String, SpanId String, ParentSpanId String, TraceState String,
    SpanName LowCardinality(String), SpanKind LowCardinality(String), ServiceName LowCardinality(String),
    ResourceAttributes Map(LowCardinality(String), String), ScopeName String, ScopeVersion String,
    SpanAttributes Map(LowCardinality(String), String), Duration UInt64, StatusCode LowCardinality(String),
    StatusMessage String,
    Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes Map(LowCardinality(String), String)),
    Links Nested (TraceId String, SpanId String, TraceState String, Attributes Map(LowCardinality(String), String))
) ENGINE = MergeTree ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))"""
COLUMNS = [
    "Timestamp", "TraceId", "SpanId", "ParentSpanId", "TraceState", "SpanName", "SpanKind", "ServiceName",
    "ResourceAttributes", "SpanAttributes", "Duration", "StatusCode",
]


def spans():
    for number in (1, 2):
        root = f"{16 * number + 1:016x}"
        code = {"code.function.name": "shop.cart.load", "code.file.path": "/srv/app/shop/cart.py"}
        for place, (name, kind, status, start, took, attributes) in enumerate([
            ("GET /cart", "Server", "Unset", 0, 100, {}),
            ("load", "Internal", "Error", 10, 30, code),
            ("POST /pay", "Client", "Unset", 50, 40, {"http.method": "POST"}),
        ]):
            yield (
                START + (1_000 * number + start) * MILLISECOND, f"{number:032x}", f"{16 * number + place + 1:016x}",
                root if place else "", "ot=th:8", name, kind, "shop", {"host.name": "a"}, attributes,
                took * MILLISECOND, status,
            )


def literal(value):
    if isinstance(value, dict):
        return "map(" + ", ".join(f"'{key}', '{text}'" for key, text in value.items()) + ")"
    return repr(value)


def clickhouse(method):
    from chdb import session

    database = session.Session()
    database.query(TABLE)
    rows = (f"(fromUnixTimestamp64Nano(toInt64({start})), {', '.join(map(literal, rest))})" for start, *rest in spans())
    database.query(f"INSERT INTO otel_traces ({', '.join(COLUMNS)}) VALUES {', '.join(rows)}")
    settings = f"output_format_parquet_compression_method = '{method}'"
    FILE.write_bytes(database.query(f"SELECT * FROM otel_traces SETTINGS {settings}", "Parquet").bytes())


def warehouse():
    """The same with other names, ids in bytes and values that may be missing."""
    import pyarrow

    starts, traces, ids, parents, states, names, kinds, services, resources, attributes, durations, statuses = zip(*spans())
    texts = pyarrow.map_(pyarrow.string(), pyarrow.string())
    as_map = lambda column: pyarrow.array([list(one.items()) for one in column], texts)
    return pyarrow.table({
        "start": pyarrow.array(starts, pyarrow.timestamp("ns", "UTC")),
        "trace_id": pyarrow.array([bytes.fromhex(one) for one in traces], pyarrow.binary(16)),
        "span_id": pyarrow.array([bytes.fromhex(one) for one in ids], pyarrow.binary()),
        "parent_id": pyarrow.array([bytes.fromhex(one) or None for one in parents], pyarrow.binary()),
        "state": states, "name": pyarrow.array(names).dictionary_encode(), "kind": kinds, "service": services,
        "resource": as_map(resources), "attributes": as_map(attributes),
        "duration_ns": pyarrow.array(durations, pyarrow.int64()), "status": statuses,
    })


if WHAT.startswith("clickhouse-"):
    clickhouse(WHAT.removeprefix("clickhouse-"))
elif WHAT == "duckdb":
    import duckdb

    table = warehouse()
    duckdb.sql(f"""COPY (
        SELECT * REPLACE (hex(trace_id) AS trace_id, hex(span_id) AS span_id, hex(parent_id) AS parent_id,
                          CAST(start AS TIMESTAMP) AS start)
        FROM "table" ORDER BY name
    ) TO '{FILE}' (FORMAT parquet)""")
else:
    import pyarrow.parquet

    pyarrow.parquet.write_table(warehouse(), FILE, compression="zstd", data_page_version="2.0")
