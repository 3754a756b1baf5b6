"""What switches have counted, as lines of a file of this process and day.

A line holds what is new since the last one, so that lines of any number of processes add up. Files hold no values: counts,
times, digests, and paths of differences.
"""

from __future__ import annotations

import json
import os
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from .log import warn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .state import State

FOLDER: Final = "RUSTWORTHY_TELEMETRY"
VERSION: Final = 1
SUFFIX: Final = ".jsonl"
# A file that is larger is written anew with lines of an hour put together, and again when it has grown to so many times that.
_COMPACT: Final = 1 << 20
_GROWTH: Final = 4
# Differences of a switch that a process writes down one by one in a day; all are counted.
_MOST_DIFFERENCES: Final = 20
# Seconds after which a folder that couldn't be written to is tried again.
_RETRY: Final = 10.0


class Writer:
    """The file of this process."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._file = -1
        self._path = ""
        self._day = ""
        self._process = f"{_host()}-{os.getpid()}-{os.urandom(4).hex()}"
        self._ends_whole = True
        self._limit = _COMPACT
        self._retry = 0.0
        self._is_told = False

    def write(self, lines: list[bytes]) -> bool:
        """Appends lines; whether that worked. That something is wrong is said once."""
        now = time.monotonic()
        if now < self._retry:
            return False
        try:
            self._open()
            for line in lines:
                self._append(line)
            if os.fstat(self._file).st_size > self._limit:
                self._compact()
            return True
        except OSError as error:
            self._retry = now + _RETRY
            if not self._is_told:
                self._is_told = True
                warn(f"{self.folder}: {error.strerror or error}; telemetry of switches waits until it can be written")
            return False

    def try_again(self) -> None:
        """Has the next lines be written though it failed a moment ago: there may be no other time."""
        self._retry = 0.0

    def _open(self) -> None:
        day = time.strftime("%Y%m%d", time.gmtime())
        if day != self._day or self._file < 0:
            self.close()
            os.makedirs(self.folder, exist_ok=True)
            self._path = os.path.join(self.folder, f"{day}-{self._process}{SUFFIX}")
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
            self._day = day
            self._limit = _COMPACT

    def _append(self, line: bytes) -> None:
        if not self._ends_whole:
            # What stands there of a line is no line, and the next one has to begin on its own.
            line = b"\n" + line
        self._ends_whole = False
        written = os.write(self._file, line)
        if written < len(line):
            raise OSError(28, "no space left on the device")
        self._ends_whole = True

    def _compact(self) -> None:
        """Puts the lines of each hour together, in a new file that takes the old one's place."""
        with open(self._path, "rb") as file:
            kept = compacted(file)
        temporary = self._path + ".new"
        try:
            with open(temporary, "wb") as file:
                file.writelines(kept)
            os.replace(temporary, self._path)
        except OSError:
            _remove(temporary)
            raise
        os.close(self._file)
        self._file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        self._ends_whole = True
        self._limit = max(_COMPACT, _GROWTH * sum(map(len, kept)))

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _host() -> str:
    name = os.uname().nodename if hasattr(os, "uname") else "host"
    return "".join(character if character.isalnum() else "-" for character in name)[:40] or "host"


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass


def compacted(lines: Iterable[bytes]) -> list[bytes]:
    """Lines of counts put together by switch, mode and hour; others as they are. What is no line is left out."""
    merged: dict[Any, dict[str, Any]] = {}
    others: list[bytes] = []
    for line in lines:
        try:
            read = json.loads(line)
            if "event" in read:
                others.append(line if line.endswith(b"\n") else line + b"\n")
                continue
            key = (read["switch"], read["mode"], int(read["from"] // 3600))
        except (ValueError, KeyError, TypeError):
            continue
        if key in merged:
            _add(merged[key], read)
        else:
            merged[key] = read
    return others + [encode(line) for line in merged.values()]


def _add(into: dict[str, Any], other: dict[str, Any]) -> None:
    for name, value in other.items():
        if isinstance(value, dict):
            _add(into.setdefault(name, {}), value)
        elif name == "from":
            into[name] = min(into[name], value)
        elif name == "to":
            into[name] = max(into[name], value)
        elif name != "v" and isinstance(value, (int, float)) and not isinstance(value, bool):
            into[name] = into.get(name, 0) + value


def encode(line: dict[str, Any]) -> bytes:
    return json.dumps(line, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode() + b"\n"


class Events:
    """What happens rarely, and is written down one by one."""

    __slots__ = ("_day", "_differences", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[dict[str, Any]] = deque(maxlen=1000)
        self._differences = 0
        self._day = 0

    def add(self, name: str, event: str, **facts: Any) -> None:
        now = time.time()
        if event == "difference":
            if self._day != now // 86_400:
                self._day, self._differences = int(now // 86_400), 0
            self._differences += 1
            if self._differences > _MOST_DIFFERENCES:
                return
        self.waiting.append({"v": VERSION, "at": round(now, 3), "switch": name, "event": event, **facts})


def lines_of(state: State, since: float) -> tuple[list[bytes], dict[str, int]]:
    """What is new of a switch, and the ticks of its counters that this is."""
    counts = state.counts
    # What comes of calls before the calls themselves: however many go on meanwhile, no line tells of more of it than of them.
    ticks = {name: news for name in reversed(counts.__slots__) if (news := getattr(counts, name).news())}
    series = {
        name: sums.as_json()
        for name, times in state.times()
        if (sums := times.collect()).number
    }
    lines = [encode(event) for event in list(state.events.waiting)]
    if ticks or series:
        line = {
            "v": VERSION,
            "from": round(since, 3),
            "to": round(time.time(), 3),
            "switch": state.name,
            "function": state.function,
            "mode": state.setting.mode,
        }
        lines.append(encode({**line, **ticks, **series}))
    return lines, ticks


def wrote(state: State, ticks: dict[str, int], events: int) -> None:
    """Notes that this is written."""
    for name, number in ticks.items():
        getattr(state.counts, name).wrote(number)
    for _, times in state.times():
        times.wrote()
    for _ in range(events):
        state.events.waiting.popleft()
