"""What a switch has to say. It never raises: not in a program whose warnings are errors either."""

from __future__ import annotations

_said: set[str] = set()
# What is said once is remembered, of so many things.
_MOST = 10_000


def warn(text: str) -> None:
    """Says something to the logger `rustworthy`, which shows on standard error unless the program logs elsewhere."""
    try:
        import logging

        logging.getLogger("rustworthy").warning("%s", text)
    except Exception:
        pass


def warn_once(text: str) -> None:
    """The same, once a process."""
    if text not in _said and len(_said) < _MOST:
        _said.add(text)
        warn(text)
