"""Spans in Parquet, read by rustworthy and scanned by DuckDB and DataFusion, each on one core.

    python3 -m venv venv && venv/bin/pip install duckdb datafusion
    venv/bin/python columns.py write FILE SPANS        in the columns of the OpenTelemetry Collector's exporter to ClickHouse, in their order
    venv/bin/python columns.py scan PROGRAM FILE       prints a Markdown table

What is measured of rustworthy is reading the spans and dealing them out by their traces (`attribute --trace FILE --slices 64`), the whole process; of
the other two a query that looks at every value of ten of its columns and counts attributes of spans, and one that brings the spans of each trace together, without the start
of Python. Rounds in which all take their turns; medians.
"""

import os
import resource
import statistics
import subprocess
import sys
import time

ROUNDS = 5
# Of the spans that are written.
SPANS_A_TRACE, SERVICES, NAMES = 15, 12, 40

WRITE = f"""
copy (
    with spans as (
        select n, n // {SPANS_A_TRACE} as trace, n % {SPANS_A_TRACE} as place,
            1780000000000000000 + trace * 1000000 + place * 20000 as start, hash(n) as random
        from range($spans) as spans(n)
    )
    select
        make_timestamp_ns(start) as "Timestamp",
        printf('%016x%016x', hash(trace), hash(trace + 1)) as "TraceId",
        printf('%016x', random) as "SpanId",
        case when place = 0 then '' else printf('%016x', hash(n - 1 - random % place)) end as "ParentSpanId",
        '' as "TraceState",
        'operation ' || (place * 7 + random % 3) % {NAMES} as "SpanName",
        case place % 3 when 0 then 'Server' when 1 then 'Client' else 'Internal' end as "SpanKind",
        'service ' || (place * 5) % {SERVICES} as "ServiceName",
        map {{'service.name': 'service ' || (place * 5) % {SERVICES}, 'host.name': 'host ' || random % 40}} as "ResourceAttributes",
        map {{'http.request.method': 'GET', 'http.route': '/' || random % 50, 'http.response.status_code': '200',
            'server.address': 'host ' || random % 40, 'url.path': '/' || random % 5000, 'thread.id': '' || random % 64}} as "SpanAttributes",
        cast(1000000 + random % 1000000 - place * 50000 as bigint) as "Duration",
        case when random % 100 = 0 then 'Error' else 'Unset' end as "StatusCode"
    from spans order by "ServiceName", "SpanName", "Timestamp"
) to '$file' (format parquet, compression zstd)
"""

COLUMNS = ["TraceId", "SpanId", "ParentSpanId", "TraceState", "SpanName", "SpanKind", "ServiceName", "Timestamp", "Duration", "StatusCode"]
SCAN = "select " + ", ".join(f'max("{column}")' for column in COLUMNS) + ', sum(cardinality("SpanAttributes")) from {table}'
GROUP = (
    'select count(*), max(spans), max(longest) from (select "TraceId", count(*) as spans, max("Duration") as longest, '
    + ", ".join(f'max("{column}") as "{column}"' for column in COLUMNS if column not in ("TraceId", "Duration"))
    + ' from {table} group by "TraceId") as traces'
)


def write(file, spans):
    import duckdb

    # Parameters can't stand in all these places.
    duckdb.sql(WRITE.replace("$spans", str(int(spans))).replace("$file", file))


def of_duckdb(file):
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    return lambda query: connection.sql(query.format(table=f"'{file}'")).fetchall()


def of_datafusion(file):
    import datafusion

    context = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(1))
    context.register_parquet("spans", file)
    return lambda query: context.sql(query.format(table="spans")).collect()


def query(engine, statement, file):
    """Seconds of the clock and of a processor, of a query in this process."""
    run = {"DuckDB": of_duckdb, "DataFusion": of_datafusion}[engine](file)
    start, used = time.perf_counter(), time.process_time()
    run({"scan": SCAN, "group": GROUP}[statement])
    print(time.perf_counter() - start, time.process_time() - used)


def processor():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def own(program, file):
    start, used = time.perf_counter(), processor()
    subprocess.run([program, "--quiet", "attribute", "--trace", file, "--slices", "64"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start, processor() - used


def scan(program, file):
    import datafusion
    import duckdb

    def other(engine, statement):
        done = subprocess.run([sys.executable, __file__, "query", engine, statement, file], check=True, capture_output=True)
        return tuple(map(float, done.stdout.split()))

    spans = duckdb.sql(f"select count(*) from '{file}'").fetchall()[0][0]
    contenders = {"rustworthy reads and deals out": lambda: own(program, file)}
    for engine, version in (("DuckDB", duckdb.__version__), ("DataFusion", datafusion.__version__)):
        for statement, does in (("scan", "scans"), ("group", "brings traces together")):
            contenders[f"{engine} {version} {does}"] = lambda engine=engine, statement=statement: other(engine, statement)
    took = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, run in contenders.items():
            took[name].append(run())
    print(f"{spans} spans, {os.path.getsize(file) / 1e6:.0f} MB\n")
    print("| | seconds | of a processor | million spans a second of it |\n|---|--:|--:|--:|")
    for name, each in took.items():
        clock, used = (statistics.median(of) for of in zip(*each))
        print(f"| {name} | {clock:.2f} | {used:.2f} | {spans / used / 1e6:.2f} |")


if __name__ == "__main__":
    try:
        {"write": write, "scan": scan, "query": query}[sys.argv[1]](*sys.argv[2:])
    except (IndexError, KeyError, TypeError):
        sys.exit(__doc__)
