"""Files of traces as a data source of Spark, which has slices of spans."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.types import StructType

from ._program import Job

# A packet of spans, and the slice that it is of.
SCHEMA = pa.schema([("slice", pa.int32()), ("spans", pa.binary())])


@dataclasses.dataclass
class Files(InputPartition):
    """Files that one task reads."""

    names: list[str]


class Spans(DataSource):
    """Spans of files, as packets of the slices of their traces."""

    @classmethod
    def name(cls) -> str:
        return "rustworthy_spans"

    def schema(self) -> str:
        return "slice int, spans binary"

    def reader(self, schema: StructType) -> DataSourceReader:
        return Reader(Job(**json.loads(self.options["job"])), json.loads(self.options["tasks"]))


class Reader(DataSourceReader):
    """Has the program read the files of each task."""

    def __init__(self, job: Job, tasks: list[list[str]]) -> None:
        self._job = job
        self._tasks = tasks

    def partitions(self) -> list[InputPartition]:
        return [Files(task) for task in self._tasks]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        assert isinstance(partition, Files)
        for number, packet in self._job.cut(partition.names):
            columns = [pa.array([number], pa.int32()), pa.array([packet], pa.binary())]
            yield pa.record_batch(columns, schema=SCHEMA)
