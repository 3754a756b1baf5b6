"""Production traces that are too many for one machine: `rustworthy attribute --trace`, on Spark.

`attribute` has Spark read the files, bring the spans of each trace together, and resolve its requests; this process merges them. The
answer is that of one process, byte for byte but for when and how it was made, whatever the number of partitions.

Needs pyspark 4.0 or newer with pyarrow and pandas, and this package on every worker, where the files have the names that the driver has for
them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._program import Job, TraceError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["TraceError", "attribute"]

# Bytes of a part that one row has: what is collected comes in such pieces.
_PIECE = 8 << 20

# Tasks that read, for each core: so that one which gets the large files doesn't hold up the rest.
_TASKS_PER_CORE = 4


def attribute(
    spark: SparkSession,
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    service: str | None = None,
    request: str | None = None,
    weights: str = "auto",
    calibrate: str | os.PathLike[str] | None = None,
    columns: Mapping[str, str] | None = None,
    allow_truncated: bool = False,
    grouping: bool = True,
    limits: Mapping[str, int] | None = None,
    partitions: int | None = None,
    confidence: float | None = None,
    seed: int | None = None,
    program: str | os.PathLike[str] | None = None,
) -> dict[str, Any]:
    """Which operations make up the latency of the requests in traces: the result of `rustworthy attribute`,
    `rustworthy.attribution.v1`.

    - `paths`: files, and folders of them, which every worker has under these names. A file is read by one task.
    - `service`, `request`, `weights`, `allow_truncated`, `grouping`, `confidence`, `seed`: as the options of `attribute`
    - `calibrate`: `FILE` or `METRIC=FILE`, a histogram of the latencies of all requests, which this process has
    - `columns`: what columns of spans in Parquet hold, `{"trace": "trace_id", "duration": "took:ms"}`
    - `limits`: such as `{"trace-spans": 2_000_000}`. Traces with more spans are left out, counted and told of; beyond another limit
      it is an error, as it is of one process.
    - `partitions`: how many parts the traces are divided into; usually as many as Spark makes of a shuffle
    - `program`: `rustworthy` on the workers and here, where it isn't the one that came with this package

    Raises TraceError, with the reason and what can be done. Spark raises its own exception for one of a worker, with that message in it.
    """
    try:
        from ._source import Spans
    except ImportError as error:
        raise TraceError(f"needs pyspark 4.0 or newer, pyarrow and pandas: pip install 'pyspark>=4.0' pyarrow pandas ({error})") from error
    parts = partitions or int(spark.conf.get("spark.sql.shuffle.partitions") or "200")
    if parts < 1:
        raise TraceError(f"partitions: {parts} is none; give 1 or more")
    named = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    options = _given("--service", service) + _given("--request", request) + _given("--weights", weights)
    options += [f"--columns={role}={column}" for role, column in (columns or {}).items()]
    options += ["--skip-long-traces"]
    options += ["--allow-truncated"] if allow_truncated else []
    options += [] if grouping else ["--no-grouping"]
    job = Job(
        paths=[os.fspath(path) for path in named],
        options=options,
        limits=[f"--limit={name}={number}" for name, number in (limits or {}).items()],
        slices=_slices(parts),
        program=None if program is None else os.fspath(program),
    )
    spark.dataSource.register(Spans)
    tasks = _tasks(job.files(), _cores(spark) * _TASKS_PER_CORE)
    read = spark.read.format("rustworthy_spans").option("job", json.dumps(dataclasses.asdict(job)))
    spans = _brought_together(read.option("tasks", json.dumps(tasks)).load(), parts)
    with tempfile.TemporaryDirectory(prefix="rustworthy-") as name:
        folder = pathlib.Path(name)
        _collect(spans.mapInArrow(_resolved(job), "piece int, part binary"), folder)
        drawn = _given("--confidence", None if confidence is None else f"{100 * confidence}%")
        drawn += _given("--calibrate", None if calibrate is None else os.fspath(calibrate))
        drawn += _given("--seed", None if seed is None else str(seed))
        return job.merge(folder, drawn)


def _given(option: str, value: str | None) -> list[str]:
    return [] if value is None else [f"{option}={value}"]


def _slices(parts: int) -> int:
    # More than there are parts, since some fall together; fewer than would make many small packets.
    return min(max(4 * parts, 16), 4096) if parts > 1 else 1


def _cores(spark: SparkSession) -> int:
    # What runs behind Spark Connect doesn't tell.
    with contextlib.suppress(Exception):
        return int(spark.sparkContext.defaultParallelism)
    return 8


def _tasks(files: Sequence[str], most: int) -> list[list[str]]:
    """Files dealt out to tasks, the largest first, each to the one that has least."""
    tasks: list[tuple[int, list[str]]] = [(0, []) for _ in range(min(most, len(files)))]
    sized = sorted(((os.path.getsize(file), file) for file in files), reverse=True)
    for size, file in sized:
        least = min(range(len(tasks)), key=lambda place: (tasks[place][0], place))
        before, names = tasks[least]
        # A file costs something by itself.
        tasks[least] = (before + size + 1, [*names, file])
    return [sorted(names) for _, names in tasks]


def _brought_together(spans: DataFrame, parts: int) -> DataFrame:
    # Spark 4.1 takes a number for that of a partition; before, a hash of it decides.
    if hasattr(spans, "repartitionById"):
        from pyspark.sql import functions

        return spans.repartitionById(parts, functions.pmod("slice", functions.lit(parts)))
    return spans.repartition(parts, "slice")


def _resolved(job: Job) -> Any:
    def resolved(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        packets = (packet.as_buffer() for batch in batches for packet in batch.column("spans"))
        part = job.resolve(packets)
        for piece, start in enumerate(range(0, len(part or b""), _PIECE)):
            columns = [pa.array([piece], pa.int32()), pa.array([(part or b"")[start : start + _PIECE]], pa.binary())]
            yield pa.record_batch(columns, names=["piece", "part"])

    return resolved


def _collect(parts: DataFrame, folder: pathlib.Path) -> None:
    """Writes parts to files, of which this process holds a piece at once."""
    from pyspark import StorageLevel

    # All at once where they are made, and then one after the other to here.
    kept = parts.persist(StorageLevel.DISK_ONLY)
    try:
        kept.count()
        number = 0
        out = None
        try:
            for row in kept.toLocalIterator(prefetchPartitions=True):
                if row.piece == 0:
                    if out is not None:
                        out.close()
                    out = (folder / f"{number:05}.parquet").open("wb")
                    number += 1
                assert out is not None
                out.write(row.part)
        finally:
            if out is not None:
                out.close()
    finally:
        kept.unpersist()
