"""Counters that threads share without a lock, and times as histograms that can be merged."""

from __future__ import annotations

import math
import sys
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any, Final

# Times that wait to be written. Beyond that the oldest are left out: they are a sample anyway.
_MOST_WAITING: Final = 50_000
# Buckets of a histogram for each doubling of the time: they are 2.2 % wide.
BUCKETS_PER_DOUBLING: Final = 32


class _Locked:
    """Counts where there is no global lock, of which `itertools.count` makes use."""

    __slots__ = ("_lock", "_value")

    def __init__(self) -> None:
        from threading import Lock

        self._lock = Lock()
        self._value = 0

    def tick(self) -> int:
        with self._lock:
            self._value += 1
            return self._value

    def read(self) -> int:
        return self._value


class Counter:
    """Counts up, exactly, however many threads call `tick`."""

    __slots__ = ("_read", "_written", "tick")

    def __init__(self) -> None:
        self._written = 0
        self.tick: Callable[[], int]
        self._read: Callable[[], int]
        if getattr(sys, "_is_gil_enabled", lambda: True)():
            counter = count(1)
            self.tick = counter.__next__
            # The one way to read it without counting: copying is gone in newer versions.
            self._read = lambda: int(repr(counter)[6:-1]) - 1
        else:
            locked = _Locked()
            self.tick, self._read = locked.tick, locked.read

    @property
    def value(self) -> int:
        """Ticks since the process began, those before a fork included."""
        return self._read()

    def news(self) -> int:
        """Ticks that aren't written yet."""
        return self._read() - self._written

    def wrote(self, ticks: int) -> None:
        """Notes that so many of the news are written, or are another process's."""
        self._written += ticks


class Series:
    """Times by number, sum, sum of squares and histogram."""

    __slots__ = ("buckets", "number", "squares", "total")

    def __init__(self) -> None:
        self.number = 0
        self.total = 0.0
        self.squares = 0.0
        self.buckets: dict[int, int] = {}

    def add(self, seconds: float) -> None:
        self.number += 1
        self.total += seconds
        self.squares += seconds * seconds
        bucket = bucket_of(seconds)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1

    def as_json(self) -> dict[str, Any]:
        return {
            "n": self.number,
            "sum": self.total,
            "squares": self.squares,
            "buckets": {str(bucket): number for bucket, number in sorted(self.buckets.items())},
        }


def bucket_of(seconds: float) -> int:
    """The bucket of a time: `i` begins at 2^(i / 32) nanoseconds."""
    return int(math.log2(max(seconds * 1e9, 1.0)) * BUCKETS_PER_DOUBLING)


class Pairs:
    """Times of both sides for the same calls."""

    __slots__ = ("number", "products", "python", "rust")

    def __init__(self) -> None:
        self.number = 0
        self.python = Series()
        self.rust = Series()
        self.products = 0.0

    def add(self, times: tuple[float, float]) -> None:
        python, rust = times
        self.number += 1
        self.python.add(python)
        self.rust.add(rust)
        self.products += python * rust

    def as_json(self) -> dict[str, Any]:
        return {"python": self.python.as_json(), "rust": self.rust.as_json(), "products": self.products}


class Times:
    """Times that threads hand over without a lock, and what they add up to since they were last written."""

    __slots__ = ("_make", "_waiting", "add", "sums")

    def __init__(self, make: Callable[[], Any] = Series) -> None:
        self._make = make
        self._waiting: deque[Any] = deque(maxlen=_MOST_WAITING)
        self.add = self._waiting.append
        self.sums = make()

    def collect(self) -> Any:
        """Adds up what waits. To be called by one thread at a time."""
        for _ in range(len(self._waiting)):
            self.sums.add(self._waiting.popleft())
        return self.sums

    def wrote(self) -> None:
        self.sums = self._make()

    def forget(self) -> None:
        """Drops what another process will write."""
        self._waiting.clear()
        self.sums = self._make()
