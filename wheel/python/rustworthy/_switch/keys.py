"""Numbers as Python compares them, and what equal values have in common."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from .capturing import ARRAY, BYTEARRAY, DICT, FROZENSET, LIST, OBJECT, OPAQUE, REDUCED, SCALAR, SET, TUPLE, TYPED, Node

_NUMBERS = (bool, int, float, complex)
_SEQUENCES = (LIST, TUPLE)
_SETS = (SET, FROZENSET)


def unwrapped(value: Any) -> Any:
    while type(value) is Node and value.kind == TYPED:
        value = value.value
    return value


def elements_of(elements: Any) -> list[Any]:
    """Elements of an array as plain values, moments as nanoseconds or what is finer."""
    dtype = getattr(elements, "dtype", None)
    if dtype is None:
        return list(elements)
    if dtype.kind in "mM":
        # NaT becomes None, which equals itself.
        nanoseconds = elements.astype(f"{dtype.kind}8[ns]").ravel()
        return [None if missing else int(value) for value, missing in zip(nanoseconds.view("i8"), nanoseconds != nanoseconds, strict=True)]
    found: list[Any] = elements.ravel().tolist()
    return found


def number_of(value: Any) -> Any:
    """The number that a value is, subclasses of number types included; None for anything else."""
    value = unwrapped(value)
    if isinstance(value, _NUMBERS):
        return value
    if type(value) is Node and value.kind == SCALAR:
        return value.state[1]
    return None


def _is_nan(number: Any) -> bool:
    return bool(number != number)


def same_number(a: Any, b: Any) -> bool:
    """Python's `==`, exact across types, but NaN equals NaN."""
    if type(a) is complex or type(b) is complex:
        x, y = _parts(a), _parts(b)
        if type(a) is type(b):
            return all(p == q or (p != p and q != q) for p, q in zip(x, y, strict=True))
    return bool(a == b) or (_is_nan(a) and _is_nan(b))


def _parts(number: Any) -> tuple[float, float]:
    if type(number) is complex:
        return number.real, number.imag
    try:
        return float(number), 0.0
    except OverflowError:
        return (math.inf if number > 0 else -math.inf), 0.0
    except ValueError:
        return math.nan, 0.0


def _is_finite(number: Any) -> bool:
    return all(map(math.isfinite, _parts(number)))


def are_near(a: Any, b: Any, relative: float, absolute: float) -> bool:
    """Whether `|a - b| <= max(relative * max(|a|, |b|), absolute)`. Infinities and NaN are near themselves only."""
    if not relative and not absolute:
        return False
    if not (_is_finite(a) and _is_finite(b)):
        return False
    (ar, ai), (br, bi) = _parts(a), _parts(b)
    distance = float(abs(a - b)) if isinstance(a, int) and isinstance(b, int) else math.hypot(ar - br, ai - bi)
    return distance <= max(absolute, relative * max(math.hypot(ar, ai), math.hypot(br, bi)))


def is_real(number: Any) -> bool:
    if number is None or _is_nan(number):
        return False
    return type(number) is not complex


def key_of(value: Any, exact: bool) -> Any:
    """What equal values have in common: something that can be hashed, and whose `repr` doesn't vary."""
    if not exact:
        number = number_of(value)
        if number is not None:
            if _is_nan(number):
                return "nan"
            return ("n", number.real if type(number) is complex and number.imag == 0 else number)
        value = unwrapped(value)
    if type(value) is not Node:
        if isinstance(value, float):
            return ("float", "nan" if value != value else value + 0.0)
        if isinstance(value, complex):
            return ("complex", *(("nan" if part != part else part + 0.0) for part in (value.real, value.imag)))
        return (type(value).__name__, value)
    kind = value.kind
    if kind in _SEQUENCES:
        return (kind, *(key_of(part, exact) for part in value.value))
    if kind in _SETS:
        return (kind if exact else SET, _multiset((key_of(part, exact) for part in value.value), exact))
    if kind == DICT:
        pairs = ((key_of(name, exact), key_of(part, exact)) for name, part in value.value)
        return (kind, *pairs) if exact else (kind, _multiset(pairs, exact))
    if kind == BYTEARRAY:
        return ("bytearray" if exact else "bytes", value.value)
    if kind == SCALAR:
        if not exact and value.state[0] is not None:
            return ("w", value.state[0])
        return ("a", value.type_name, value.value)
    if kind == TYPED:
        return ("T", value.type_name, key_of(value.value, exact), _fields(value.state, exact))
    if kind == OBJECT:
        return ("o", value.type_name, _fields(value.state, exact))
    if kind == REDUCED:
        return ("r", value.type_name, *(key_of(part, exact) for part in value.value))
    if kind == ARRAY:
        dtype, shape, elements = value.value
        inner: Any = _fields(value.state, exact) if elements is None else tuple(key_of(part, exact) for part in elements_of(elements))
        return ("A", dtype if exact else "", tuple(shape), inner)
    if kind == OPAQUE:
        # Why is left out: the text may hold an address.
        return ("?", value.type_name)
    return (kind, value.value)


def _fields(fields: Sequence[tuple[str, Any]], exact: bool) -> tuple[Any, ...]:
    return tuple((name, key_of(part, exact)) for name, part in fields)


def _multiset(keys: Iterable[Any], exact: bool) -> Any:
    """Keys in an order that depends on them alone, or where equal numbers differ in type without any."""
    counted = Counter(keys)
    return tuple(sorted(counted.items(), key=repr)) if exact else frozenset(counted.items())
