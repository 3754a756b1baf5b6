"""Values whose classes have an `==` of their own, which their structure doesn't show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from .capturing import capture
from .comparing import DIFFERENT, EQUAL, Equality, Outcome, compare
from .paths import INDEX, KEY, Step

# Containers within one another that are looked into: some contain themselves.
_DEPTH: Final = 100


def compare_values(expected: Any, got: Any, equality: Equality, root: Sequence[Step] = (), depth: int = _DEPTH) -> Outcome:
    """Compares as `compare` does, except that what Python calls equal is equal, unless equality is exact.

    Lists, tuples and dicts are looked into, so that a difference is never in a part that is equal.
    """
    outcome = compare(capture(expected), capture(got), equality, root)
    # What is ignored depends on the place, which only the whole walk knows.
    if equality.exact or equality.ignored or equality.unordered or outcome.status != DIFFERENT:
        return outcome
    if _are_equal(expected, got):
        return Outcome(EQUAL)
    parts = _parts(expected, got) if depth > 0 else None
    if parts is None:
        return outcome
    so_far = Outcome(EQUAL)
    for step, one, other in parts:
        found = compare_values(one, other, equality, (*root, step), depth - 1)
        if found.status == DIFFERENT:
            return found
        if found.status != EQUAL:
            so_far = found
    return so_far


def _are_equal(expected: Any, got: Any) -> bool:
    try:
        return bool(expected == got)
    except Exception:
        return False


def _parts(expected: Any, got: Any) -> list[tuple[Step, Any, Any]] | None:
    """The parts of two containers of the same type that have the same parts."""
    cls = type(expected)
    if cls is not type(got) or cls not in (list, tuple, dict) or len(expected) != len(got):
        return None
    if cls is not dict:
        return [((INDEX, index), *both) for index, both in enumerate(zip(expected, got, strict=True))]
    try:
        return [((KEY, capture(name)), part, got[name]) for name, part in expected.items()]
    except Exception:
        return None
