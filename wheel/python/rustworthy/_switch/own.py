"""Values whose classes have an `==` of their own, which their structure doesn't show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from . import native
from .capturing import capture
from .comparing import DIFFERENT, EQUAL, UNKNOWN, WITHIN_TOLERANCE, Equality, Outcome, compare
from .paths import INDEX, KEY, Step

# Containers within one another that are looked into: some contain themselves.
_DEPTH: Final = 100


# Types whose equal values are the same by any rule.
_PLAIN: Final = frozenset({type(None), bool, int, str, bytes})
# Containers that are looked into before the walk that remembers what it has seen.
_MOST_LOOKED_INTO: Final = 2000


def compare_values(expected: Any, got: Any, equality: Equality, root: Sequence[Step] = ()) -> Outcome:
    """Compares by the worker's walk where that is at hand, and in Python where it isn't, or to say where the two differ."""
    # Mostly they're plain and the same, which takes a fraction of a walk that can tell where they differ: others may wait for it.
    try:
        if are_surely_the_same(expected, got, [_MOST_LOOKED_INTO]):
            return Outcome(EQUAL)
    except RecursionError:
        pass
    found = _natively(expected, got, equality, root)
    if found in (EQUAL, WITHIN_TOLERANCE):
        return Outcome(found)
    outcome = compare_in_python(expected, got, equality, root)
    if found == DIFFERENT and outcome.status == UNKNOWN:
        # It looks into more than Python does: data frames, and what nests deeper.
        return Outcome(DIFFERENT, root, "values")
    return outcome


def are_surely_the_same(a: Any, b: Any, left: list[int]) -> bool:
    """Whether two values are the same in all that can be compared; False also where that isn't known. Runs no code of classes.

    `left` holds how many more containers are looked into: parts may be shared, and a container may contain itself.
    """
    cls = type(a)
    if cls is not type(b):
        return False
    if cls in _PLAIN:
        return bool(a == b)
    if cls is float:
        # Zeros may differ in sign.
        return a == b and a != 0.0
    left[0] -= 1
    if left[0] < 0:
        return False
    if cls is list or cls is tuple:
        kinds = list(map(type, a))
        if kinds != list(map(type, b)):
            return False
        if _PLAIN.issuperset(kinds):
            return bool(a == b)
        return all(are_surely_the_same(one, other, left) for one, other in zip(a, b, strict=True))
    if cls is dict:
        # Order counts.
        return are_surely_the_same(list(a), list(b), left) and are_surely_the_same(list(a.values()), list(b.values()), left)
    return False


def _natively(expected: Any, got: Any, equality: Equality, root: Sequence[Step]) -> str:
    walk = native.comparison()
    ignored, unordered = equality.texts["ignore"], equality.texts["unordered"]
    if walk is None or (root and (ignored or unordered)):
        # Paths that are ignored begin above these parts.
        return UNKNOWN
    try:
        return walk(expected, got, equality.exact, equality.relative, equality.absolute, ignored, unordered)
    except Exception:
        return UNKNOWN


def compare_in_python(
    expected: Any, got: Any, equality: Equality, root: Sequence[Step] = (), depth: int = _DEPTH
) -> Outcome:
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
        found = compare_in_python(one, other, equality, (*root, step), depth - 1)
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
