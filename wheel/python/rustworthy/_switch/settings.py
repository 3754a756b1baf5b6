"""What side a switch is on: set by the environment, by a file that is looked at while the program runs, or by the program."""

from __future__ import annotations

import os
import re
import stat
import threading
import time
from typing import Any, Final, NamedTuple

from .. import _beginning
from .log import warn_once

FILE: Final = "RUSTWORTHY_SWITCHES"
PREFIX: Final = "RUSTWORTHY_SWITCH_"
# Seconds between two looks at the file.
LOOK: Final = 0.5

# The largest file that is read.
_LARGEST: Final = 1 << 20

_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


class Setting(NamedTuple):
    """What a switch is set to."""

    # Share of calls that Rust answers: 0 in `python` and in `shadow`, 1 in `rust`.
    share: float
    # Whether calls are shadowed.
    shadows: bool
    # Share of calls that are shadowed, where that is set with the mode.
    rate: float | None = None
    # The mode as it was written.
    mode: str = "python"


PYTHON: Final = Setting(0.0, False)


def place(path: str | None) -> str | None:
    """A path of the environment, which is relative to where the program was when the package was imported; None where none is given."""
    return os.path.join(_beginning, path) if path else None


def check_name(name: str) -> str:
    """The environment variable of a switch. Raises ValueError for a name that is none."""
    if not isinstance(name, str):
        raise TypeError(f'the name of a switch is a str, and {name!r} is none: write @rustworthy.switch.python("name") or switch("name", …)')
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"the name of a switch is of at most 100 letters, digits, '.', '_' and '-', and {name!r} isn't")
    return PREFIX + re.sub(r"[^A-Z0-9]", "_", name.upper())


def parse_mode(mode: object, rate: float | None = None) -> Setting:
    """Reads a mode. Raises TypeError or ValueError."""
    if not isinstance(mode, str):
        raise TypeError(f"{mode!r} is no text: write 'python', 'shadow', 'rust', or a share such as '25%'")
    if mode == "python":
        return PYTHON
    if mode == "rust":
        return Setting(1.0, True, rate, "rust")
    if mode == "shadow":
        return Setting(0.0, True, rate, "shadow")
    if mode.endswith("%"):
        try:
            share = float(mode[:-1]) / 100
        except ValueError:
            share = -1.0
        if 0.0 <= share <= 1.0:
            return Setting(share, True, rate, mode)
    raise ValueError(f"{mode!r} is no mode: write 'python', 'shadow', 'rust', or a share such as '25%'")


def parse_rate(rate: object) -> float:
    """Reads the share of calls that are shadowed. Raises TypeError or ValueError."""
    if isinstance(rate, bool) or not isinstance(rate, (int, float)):
        raise TypeError(f"shadow={rate!r} is no number: write a share of calls from 0 to 1, such as 0.01")
    if not 0.0 <= rate <= 1.0:
        raise ValueError(f"shadow={rate!r} is no share of calls from 0 to 1")
    return float(rate)


class _File:
    """The file with the settings, as it was when it last could be read."""

    def __init__(self) -> None:
        # Who is first reads it, and those that come meanwhile go by what it says.
        self.lock = threading.RLock()
        self.path: str | None = None
        self.due = 0.0
        self.stamp: Any = None
        self.settings: dict[str, Setting] = {}
        self.version = 0

    def look(self) -> dict[str, Setting]:
        with self.lock:
            if time.monotonic() >= self.due:
                path = place(os.environ.get(FILE))
                if path != self.path:
                    self.path, self.stamp, self.settings = path, None, {}
                if path is not None:
                    self.read(path)
                self.due = time.monotonic() + LOOK
        return self.settings

    def read(self, path: str) -> None:
        try:
            found = os.stat(path)
        except OSError:
            # It isn't there, and so sets nothing.
            self.stamp, self.settings = None, {}
            return
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        if stamp == self.stamp:
            return
        self.stamp = stamp
        try:
            if not stat.S_ISREG(found.st_mode):
                raise ValueError(f"it's no file; {FILE} has to name one with tables such as [switch.NAME]")
            self.settings = _parse(_content(path))
        except Exception as error:
            warn_once(f"{path}: {error}; what it said before holds until it is mended")


def _content(path: str) -> str:
    """What is in a file. Raises ValueError or OSError; never waits."""
    # Opening a pipe waits for whoever writes to it.
    with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it's no file any more")
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError(f"it's larger than {_LARGEST >> 20} MiB")
    return content.decode()


def _parse(text: str) -> dict[str, Setting]:
    import tomllib

    document = tomllib.loads(text)
    tables = document.pop("switch", {})
    if not isinstance(tables, dict):
        raise ValueError("switch isn't a table: write [switch.NAME]")
    if document:
        other = next(iter(document))
        inner = document[other]
        name = next(iter(inner)) if isinstance(inner, dict) and any(isinstance(part, dict) for part in inner.values()) else other
        raise ValueError(f"{other} is no table of switches: write [switch.{name}]")
    found = {}
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise ValueError(f'switch.{name} is no table: write [switch.{name}] and below it mode = "shadow"')
        if not table.keys() <= {"mode", "shadow"}:
            raise ValueError(f"[switch.{name}] has keys other than mode and shadow; a name with dots is written in quotes")
        try:
            rate = parse_rate(table["shadow"]) if "shadow" in table else None
            found[name] = parse_mode(table.get("mode", "shadow" if rate else "python"), rate)
        except (ValueError, TypeError) as error:
            raise ValueError(f"[switch.{name}]: {error}") from None
    return found


_file = _File()


def look(name: str, variable: str) -> Setting:
    """What the environment or the file say of a switch; the environment wins. What is unset is Python."""
    of_file = _file.look().get(name)
    text = os.environ.get(variable)
    if text:
        try:
            setting = parse_mode(text.strip(), of_file.rate if of_file else None)
        except ValueError as error:
            warn_once(f"{variable}: {error}; it is left out")
        else:
            if of_file is not None and of_file.mode != setting.mode:
                warn_once(f"{variable}={text} wins over {of_file.mode!r}, which {os.environ.get(FILE)} says of {name}")
            return setting
    return of_file or PYTHON


def look_again() -> None:
    """Has the next look see the file at once: in a child after a fork."""
    _file.due = 0.0
    # Another thread of the parent may have held it.
    _file.lock = threading.RLock()
