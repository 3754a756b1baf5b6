"""Marks of candidates that run, in memory that outlives the process: what a process died in is known at the next start."""

from __future__ import annotations

import json
import mmap
import os
import threading
import time
from typing import Any, Final

from .log import warn

# Threads that can be in a candidate at once and are told apart.
_SLOTS: Final = 4096
_BYTES: Final = 2 * _SLOTS
_SUFFIX: Final = ".running"
DIED: Final = ".died"


class Marks:
    """The marks of this process, in a file of its own that it holds a lock on while it lives."""

    def __init__(self, folder: str) -> None:
        import fcntl

        self.path = os.path.join(folder, f"{os.getpid()}-{os.urandom(4).hex()}{_SUFFIX}")
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, _BYTES)
            self._slots: Any = memoryview(mmap.mmap(self._file, _BYTES)).cast("H")
        except BaseException:
            os.close(self._file)
            os.unlink(self.path)
            raise
        self._end = _BYTES
        self._number = 0
        self._lock = threading.Lock()
        self._next = 0
        self._own = threading.local()

    def number(self, name: str) -> int:
        """The number that stands for a switch."""
        with self._lock:
            if self._number >= 0xFFFF:
                return 0
            self._number += 1
            line = f"{name}\n".encode()
            os.pwrite(self._file, line, self._end)
            self._end += len(line)
            return self._number

    def enter(self, number: int) -> int:
        """Marks that this thread is in the candidate of a switch; returns what to hand to `leave`."""
        try:
            slot = self._own.slot
        except AttributeError:
            with self._lock:
                slot = self._own.slot = self._next % _SLOTS
                self._next += 1
        before: int = self._slots[slot]
        self._slots[slot] = number
        return before

    def leave(self, before: int) -> None:
        """Marks that it is no longer."""
        self._slots[self._own.slot] = before

    def close(self, remove: bool) -> None:
        """Ends it; the file of another process, or of one that goes on, isn't removed."""
        try:
            if remove:
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
            file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            content = os.pread(file, 1 << 24, 0)
            numbers = {number for number in memoryview(content[:_BYTES]).cast("H") if number} if len(content) >= _BYTES else set()
            names = content[_BYTES:].decode("ascii", "replace").split("\n")
            for number in numbers:
                if number <= len(names):
                    _note_death(folder, names[number - 1], entry)
            os.unlink(path)
        except OSError:
            # Its process lives.
            pass
        finally:
            os.close(file)
    return {entry.removesuffix(DIED) for entry in _entries(folder, DIED)}


def _entries(folder: str, suffix: str) -> list[str]:
    try:
        return [entry for entry in os.listdir(folder) if entry.endswith(suffix)]
    except OSError:
        return []


def _note_death(folder: str, name: str, process: str) -> None:
    path = os.path.join(folder, f"{name}{DIED}")
    note = json.dumps({"switch": name, "process": process.partition("-")[0], "noticed": round(time.time(), 3)})
    try:
        with open(path, "x") as file:
            file.write(note + "\n")
    except FileExistsError:
        return
    warn(f"{name}: a process died in its candidate; it stays on Python until {path} is removed")
