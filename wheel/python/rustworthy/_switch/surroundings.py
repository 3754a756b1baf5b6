"""What of a process makes candidates run otherwise than one would think: it is told, once."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Final

from .log import warn, warn_once

# Seconds that a thread may take to end.
_ENDING: Final = 0.005


def tell_of_the_interpreter(name: str) -> None:
    """Says so where a switch is defined in an interpreter of an unusual kind."""
    free = getattr(sys, "_is_gil_enabled", None)
    if free is not None and free():
        import sysconfig

        if sysconfig.get_config_var("Py_GIL_DISABLED"):
            warn(f"{name}: an extension module has turned the global lock on again, which this Python was built without")
    if _is_subinterpreter():
        warn_once(
            f"{name} is in a subinterpreter: most extension modules can't be loaded in one, its settings and counts are its own, and "
            "a process that dies in a candidate stops it in all interpreters"
        )


def _is_subinterpreter() -> bool:
    try:
        # Its name since 3.13.
        interpreters = __import__("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")
        current, main = interpreters.get_current(), interpreters.get_main()
    except Exception:
        return False
    return bool(current != main)


class Threads:
    """Threads that aren't Python's, such as those of a pool in Rust: after a fork the child hasn't got them, and waits for them forever."""

    def __init__(self) -> None:
        # How many there were before any candidate was asked.
        self._before: int | None = None

    def candidates_begin(self) -> None:
        """Notes those that are none of a candidate's, before the first candidate of the process is asked."""
        if self._before is None:
            self._before = _foreign_threads()

    def tell_of_a_fork(self, asked: list[str]) -> None:
        """Says so where there are more before a fork; `asked` are the switches whose candidates have been asked in this process."""
        if self._before is None or not asked:
            return
        more = _foreign_threads() - self._before
        if more > 0:
            # A thread of Python's that is about to end isn't known to it any more.
            time.sleep(_ENDING)
            more = min(more, _foreign_threads() - self._before)
        if more > 0:
            names = ", ".join(sorted(asked)[:3])
            number = "a thread has" if more == 1 else f"{more} threads have"
            warn_once(
                f"{number} come into this process since the candidate of {names} was first asked that aren't Python's, and a child of this "
                "fork doesn't get them: where they are a pool of the candidate's, have it asked after the fork, and not before"
            )


def _foreign_threads() -> int:
    """Threads of the process that Python doesn't know of; 0 where the system doesn't tell."""
    try:
        return len(os.listdir("/proc/self/task")) - threading.active_count()
    except OSError:
        return 0
