"""Marks of candidates that run, in memory that outlives the process: what a process died in is known at the next start.

That a process ended while a mark was set doesn't say how: `os._exit`, a signal from outside and a crash look alike. A crash is known by
the report that `faulthandler` writes behind the marks, with the thread that it was in, unless the program has these reports written
elsewhere. An end without one is no death. It's only after several in a row that the candidate is taken for the cause: a stack that
overflows in a thread, for instance, leaves no report.
"""

from __future__ import annotations

import json
import mmap
import os
import re
import threading
import time
from typing import Any, Final

from .log import warn

# Threads that can be in a candidate at once and are told apart.
_SLOTS: Final = 4096
# A file holds numbers of switches by slot, threads by slot, names by number, and far behind them the report of a crash.
_THREADS_AT: Final = 2 * _SLOTS
_NAMES_AT: Final = _THREADS_AT + 8 * _SLOTS
_REPORT_AT: Final = 1 << 23
_LONGEST_REPORT: Final = 1 << 18
_SUFFIX: Final = ".running"
DIED: Final = ".died"
# Notes ends in the candidate that were no crash as far as is known, a line each, since the last process that ended elsewhere.
ENDED: Final = ".ended"
# How many of them in a row are taken for deaths.
_MOST_ENDS: Final = 3

_THREAD_OF_REPORT: Final = re.compile(rb"^Current thread 0x([0-9a-f]+)", re.MULTILINE)


class _Reports:
    """Where the interpreter reports crashes to."""

    def __init__(self) -> None:
        # One number for all files in turn: it mustn't come to stand for a file of the program's.
        self._file = -1

    def go_to(self, path: str) -> None:
        """Has them go behind the marks in a file, unless the program has them go elsewhere."""
        import faulthandler

        if self._file < 0 and faulthandler.is_enabled():
            return
        file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        os.lseek(file, _REPORT_AT, os.SEEK_SET)
        if self._file < 0:
            self._file = file
            faulthandler.enable(file)
        else:
            self._replace(file)

    def go_nowhere(self) -> None:
        if self._file >= 0:
            self._replace(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC))

    def _replace(self, file: int) -> None:
        os.dup2(file, self._file, inheritable=False)
        os.close(file)


_reports = _Reports()


class Marks:
    """The marks of this process, in a file of its own that it holds a lock on while it lives."""

    def __init__(self, folder: str) -> None:
        import fcntl

        self.folder = folder
        self.path = os.path.join(folder, f"{os.getpid()}-{os.urandom(4).hex()}{_SUFFIX}")
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, _NAMES_AT)
            memory = memoryview(mmap.mmap(self._file, _NAMES_AT))
            self._slots: Any = memory[:_THREADS_AT].cast("H")
            self._threads: Any = memory[_THREADS_AT:].cast("Q")
        except BaseException:
            os.close(self._file)
            os.unlink(self.path)
            raise
        self._end = _NAMES_AT
        self._names: list[str] = []
        self._lock = threading.Lock()
        self._next = 0
        self._own = threading.local()

    def number(self, name: str) -> int:
        """The number that stands for a switch."""
        with self._lock:
            if len(self._names) >= 0xFFFF:
                return 0
            if not self._names:
                try:
                    _reports.go_to(self.path)
                except (OSError, RuntimeError, ValueError, ImportError):
                    # Crashes are told from other ends by how many there are in a row.
                    pass
            self._names.append(name)
            line = f"{name}\n".encode()
            os.pwrite(self._file, line, self._end)
            self._end += len(line)
            return len(self._names)

    def enter(self, number: int) -> int:
        """Marks that this thread is in the candidate of a switch; returns what to hand to `leave`."""
        try:
            slot = self._own.slot
        except AttributeError:
            with self._lock:
                slot = self._own.slot = self._next % _SLOTS
                self._next += 1
            self._threads[slot] = threading.get_ident()
        before: int = self._slots[slot]
        self._slots[slot] = number
        return before

    def leave(self, before: int) -> None:
        """Marks that it is no longer."""
        self._slots[self._own.slot] = before

    def close(self, remove: bool) -> None:
        """Ends it; the file of another process, or of one that goes on, isn't removed."""
        _reports.go_nowhere()
        try:
            if remove:
                _forget_ends(self.folder, self._names)
                os.unlink(self.path)
        except OSError:
            pass
        try:
            os.close(self._file)
        except OSError:
            pass


def died_in(folder: str) -> set[str]:
    """Names of switches in whose candidates a process has died that used this folder.

    What dead processes have left is turned into a file `NAME.died`, which stays until it is removed by hand.
    """
    import fcntl

    for entry in _entries(folder, _SUFFIX):
        path = os.path.join(folder, entry)
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file).st_nlink:
                content = os.pread(file, _REPORT_AT, 0)
                _conclude(folder, entry, content, os.pread(file, _LONGEST_REPORT, _REPORT_AT))
                os.unlink(path)
        except OSError:
            # Its process lives.
            pass
        finally:
            os.close(file)
    return {entry.removesuffix(DIED) for entry in _entries(folder, DIED)}


def _conclude(folder: str, entry: str, content: bytes, report: bytes) -> None:
    """Notes what a process that has ended was in, by its marks and the report of a crash."""
    if len(content) < _NAMES_AT:
        return
    names = content[_NAMES_AT:].rstrip(b"\0").decode("ascii", "replace").split("\n")[:-1]
    slots = memoryview(content[:_THREADS_AT]).cast("H")
    threads = memoryview(content[_THREADS_AT:_NAMES_AT]).cast("Q")
    marked = set(slots)
    crashed = _THREAD_OF_REPORT.search(report)
    for number, name in enumerate(names, 1):
        if report:
            # Where it's none of Python's threads, it may be one of the candidate's.
            if number in marked and (crashed is None or _is_in(slots, threads, number, int(crashed[1], 16))):
                _note_death(folder, name, entry, "a process died in its candidate")
        elif number in marked:
            _note_end(folder, name, entry)
        else:
            _forget_ends(folder, [name])


def _is_in(slots: Any, threads: Any, number: int, thread: int) -> bool:
    return any(one == number and other == thread for one, other in zip(slots, threads, strict=True))


def _entries(folder: str, suffix: str) -> list[str]:
    try:
        return [entry for entry in os.listdir(folder) if entry.endswith(suffix)]
    except OSError:
        return []


def _note_death(folder: str, name: str, process: str, why: str) -> None:
    path = os.path.join(folder, f"{name}{DIED}")
    try:
        with open(path, "x") as file:
            file.write(_note(name, process))
    except FileExistsError:
        return
    warn(f"{name}: {why}; it stays on Python until {path} is removed")


def _note_end(folder: str, name: str, process: str) -> None:
    """Notes an end in the candidate that may have had any cause."""
    path = os.path.join(folder, f"{name}{ENDED}")
    with open(path, "a+") as file:
        file.write(_note(name, process))
        file.seek(0)
        ends = sum(1 for _ in file)
    if ends >= _MOST_ENDS:
        _note_death(folder, name, process, f"{ends} processes in a row ended in its candidate, though without the report of a crash")
        _forget_ends(folder, [name])
    else:
        warn(
            f"{name}: a process ended while its candidate ran, without the report of a crash: killed from outside, by os._exit, or by "
            f"the candidate; after {_MOST_ENDS} in a row it stays on Python"
        )


def _forget_ends(folder: str, names: list[str]) -> None:
    there = set(_entries(folder, ENDED))
    for name in names:
        if f"{name}{ENDED}" in there:
            try:
                os.unlink(os.path.join(folder, f"{name}{ENDED}"))
            except OSError:
                pass


def _note(name: str, process: str) -> str:
    return json.dumps({"switch": name, "process": process.partition("-")[0], "noticed": round(time.time(), 3)}) + "\n"
