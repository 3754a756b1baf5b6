"""What the program does of an attribution on Spark, as processes that this one starts."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import struct
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from rustworthy import find_program

# Of a packet of spans: the number of its slice, and how many bytes follow.
_PREFIX = struct.Struct("<IQ")
# What stands in place of a packet after the last one.
_END = b"\xff" * _PREFIX.size


class TraceError(Exception):
    """Traces can't be attributed; the message says which, where and what can be done."""


@dataclasses.dataclass(frozen=True)
class Job:
    """How traces are read, on whichever machine."""

    # As they were given, and as results call them.
    paths: Sequence[str]
    # Of `rustworthy attribute`: how spans are read.
    options: Sequence[str]
    # Its limits.
    limits: Sequence[str]
    slices: int
    # The program, where it isn't the one that came with this package.
    program: str | None = None

    def files(self) -> list[str]:
        """The files that the paths mean."""
        found = _output([*self._command(), "--trace", *self.paths, "--files"])
        return [os.fsdecode(name) for name in found.split(b"\0") if name]

    def cut(self, files: Sequence[str]) -> Iterator[tuple[int, bytes]]:
        """The spans of files as packets, each with the number of its slice."""
        of = [f"--of={path}" for path in self.paths]
        dealt = ["--slices", str(self.slices), *of, *self.options, *self.limits]
        with _Child([*self._command(), "--trace", *files, *dealt], stdout=subprocess.PIPE) as child:
            packets = child.stdout
            while True:
                prefix = packets.read(_PREFIX.size)
                if len(prefix) < _PREFIX.size:
                    child.fail("ended before all spans were there")
                if prefix == _END:
                    return
                number, length = _PREFIX.unpack(prefix)
                packet = packets.read(length)
                if len(packet) < length:
                    child.fail("ended before all spans were there")
                yield number, prefix + packet

    def resolve(self, packets: Iterable[Any]) -> bytes | None:
        """The part that packets of some slices make; None where there is no packet."""
        packets = iter(packets)
        first = next(packets, None)
        if first is None:
            return None
        with tempfile.TemporaryFile() as out, _Child(
            [*self._command(), "--resolve", *self.limits], stdin=subprocess.PIPE, stdout=out
        ) as child:
            child.write(first)
            for packet in packets:
                child.write(packet)
            # Without it the program takes the end for that of a process that was killed.
            child.write(_END)
            child.finish()
            out.seek(0)
            return out.read()

    def merge(self, folder: pathlib.Path, options: Sequence[str]) -> dict[str, Any]:
        """The answer of all parts in a folder."""
        out = ["--out", str(folder / "run"), "--format", "json", *options, *self.limits]
        answer = json.loads(_output([*self._command(), "--merge", str(folder), *out]))
        assert isinstance(answer, dict)
        return answer

    def _command(self) -> list[str]:
        return [self.program or find_program(), "--quiet", "attribute"]


class _Child:
    """A process of the program that ends with the block around it, and whose error is raised there."""

    def __init__(self, command: Sequence[str], **streams: Any) -> None:
        self._said = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen(command, stderr=self._said, **streams)
        except OSError as error:
            self._said.close()
            raise TraceError(f"{command[0]}: can't be started: {error}") from error

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._process.kill()
        try:
            if kind is None:
                self.finish()
        finally:
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    try:
                        stream.close()
                    except BrokenPipeError:
                        pass
            self._process.wait()
            self._said.close()

    @property
    def stdout(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def write(self, data: Any) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
        except BrokenPipeError:
            self.fail("ended before it had all spans")

    def finish(self) -> None:
        """Waits for the end, which has to be a good one."""
        if self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                pass
        if self._process.wait():
            self.fail(f"ended with {self._process.returncode}")

    def fail(self, why: str) -> None:
        """Raises what the program said, or this."""
        self._process.wait()
        self._said.seek(0)
        raise TraceError(_said(self._said.read()) or f"rustworthy {why}")


def _output(command: Sequence[str]) -> bytes:
    try:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError as error:
        raise TraceError(f"{command[0]}: can't be started: {error}") from error
    if ended.returncode:
        raise TraceError(_said(ended.stderr) or f"rustworthy ended with {ended.returncode}")
    return ended.stdout


def _said(text: bytes) -> str:
    return text.decode("utf-8", "replace").strip().removeprefix("error: ")
