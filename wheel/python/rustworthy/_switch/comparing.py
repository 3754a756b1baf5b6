"""Whether what one side gives is what the other gives, by the rules of the harness."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from . import paths
from .capturing import ARRAY, BYTEARRAY, CYCLE, DICT, FROZENSET, LIST, NAMED, OBJECT, OPAQUE, REDUCED, SCALAR, SET, TUPLE, TYPED, Node
from .keys import are_near, elements_of, is_real, key_of, number_of, same_number, unwrapped
from .paths import ELEMENT, FIELD, INDEX, KEY, Step

EQUAL: Final = "equal"
WITHIN_TOLERANCE: Final = "within_tolerance"
DIFFERENT: Final = "different"
UNKNOWN: Final = "unknown"

_SEQUENCES = (LIST, TUPLE)
_SETS = (SET, FROZENSET)


class Equality:
    """What counts as equal: `equal` of a switch, read."""

    __slots__ = ("absolute", "checker", "exact", "ignored", "relative", "texts", "unordered")

    def __init__(self, equal: str | Mapping[str, Any] | Callable[[Any, Any], bool]) -> None:
        self.exact = True
        self.relative = self.absolute = 0.0
        self.ignored: tuple[tuple[str, ...], ...] = ()
        self.unordered: tuple[tuple[str, ...], ...] = ()
        # The paths of both as they were written.
        self.texts: dict[str, tuple[str, ...]] = {"ignore": (), "unordered": ()}
        self.checker: Callable[[Any, Any], bool] | None = None
        if isinstance(equal, str):
            if equal not in ("exact", "value"):
                raise ValueError(f"equal={equal!r} is neither 'exact' nor 'value', tolerances or a function")
            self.exact = equal == "exact"
        elif isinstance(equal, Mapping):
            self._read(equal)
        elif callable(equal):
            self.checker = equal
        else:
            raise TypeError(f"equal={equal!r} is neither 'exact' nor 'value', tolerances or a function")

    def _read(self, equal: Mapping[str, Any]) -> None:
        for name, value in equal.items():
            key = str(name).replace("_", "-")
            if key in ("rel-tol", "abs-tol"):
                if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
                    raise ValueError(f"equal: {name} is {value!r}, and has to be a number from 0 on")
                self.exact = False
                if key == "rel-tol":
                    self.relative = float(value)
                else:
                    self.absolute = float(value)
            elif key in ("ignore", "unordered"):
                if isinstance(value, str) or not isinstance(value, Iterable):
                    raise TypeError(f"equal: {name} is a list of paths, such as ['[*].id']")
                self.texts[key] = tuple(value)
                found = tuple(paths.parse(path) for path in self.texts[key])
                if key == "ignore":
                    self.ignored = found
                else:
                    self.unordered = found
            else:
                raise ValueError(f"equal: {name!r} is none of rel-tol, abs-tol, ignore, unordered")


class Outcome:
    """What came of a comparison, and for anything but equal the place."""

    __slots__ = ("status", "steps", "why")

    def __init__(self, status: str, steps: Sequence[Step] = (), why: str = "") -> None:
        self.status = status
        self.steps = steps
        self.why = why

    @property
    def path(self) -> str:
        return paths.render(self.steps)


class _Different(Exception):
    def __init__(self, steps: Sequence[Step], why: str) -> None:
        self.steps = steps
        self.why = why


def compare(expected: Any, got: Any, equality: Equality, root: Sequence[Step] = ()) -> Outcome:
    """Compares trees of `capture`. A difference anywhere outweighs parts that can't be compared."""
    walk = _Walk(equality, root)
    try:
        walk.values(expected, got)
    except _Different as found:
        return Outcome(DIFFERENT, found.steps, found.why)
    if walk.unknown is not None:
        return Outcome(UNKNOWN, *walk.unknown)
    return Outcome(WITHIN_TOLERANCE if walk.tolerated else EQUAL)


class _Walk:
    __slots__ = ("equality", "exact", "picky", "steps", "tolerated", "unknown")

    def __init__(self, equality: Equality, root: Sequence[Step]) -> None:
        self.equality = equality
        self.exact = equality.exact
        self.picky = bool(equality.ignored or equality.unordered)
        self.steps: list[Step] = list(root)
        self.unknown: tuple[list[Step], str] | None = None
        self.tolerated = False

    def values(self, a: Any, b: Any) -> None:
        if a is b and type(a) is not Node:
            return
        for opaque, other in ((a, b), (b, a)):
            if type(opaque) is Node and opaque.kind == OPAQUE:
                if _type_name(other) == opaque.type_name:
                    return self.cannot_know(opaque)
        if self.exact:
            self.exactly(a, b)
        else:
            self.loosely(a, b)

    def exactly(self, a: Any, b: Any) -> None:
        if _type_name(a) != _type_name(b):
            self.differ("types")
        if type(a) is not Node or type(b) is not Node:
            if type(a) is type(b) and (a == b or (isinstance(a, (float, complex)) and same_number(a, b))):
                return
            self.differ("values")
        if a.kind == TYPED and b.kind == TYPED:
            self.values(a.value, b.value)
            return self.fields(a.state, b.state)
        if a.kind == SCALAR and b.kind == SCALAR:
            if a.value != b.value or a.state[0] != b.state[0]:
                self.differ("values")
            return None
        return self.parts(a, b)

    def loosely(self, a: Any, b: Any) -> None:
        x, y = number_of(a), number_of(b)
        if x is not None and y is not None:
            if same_number(x, y):
                return None
            if are_near(x, y, self.equality.relative, self.equality.absolute):
                self.tolerated = True
                return None
            self.differ("values")
        if type(a) is Node and type(b) is Node and a.kind == b.kind == TYPED:
            inner, other = a.value, b.value
            if type(inner) is Node and type(other) is Node:
                if inner.kind == other.kind == DICT and a.type_name == b.type_name == "collections.OrderedDict":
                    return self.dicts_in_order(inner.value, other.value)
                if inner.kind == other.kind == ARRAY and a.type_name == b.type_name:
                    # What such a class adds is part of the value, such as a unit.
                    self.values(inner, other)
                    return self.fields(a.state, b.state)
        a, b = unwrapped(a), unwrapped(b)
        if type(a) is Node and type(b) is Node and a.kind == b.kind == SCALAR:
            if not _same_scalar(a, b):
                self.differ("values")
            return None
        return self.parts(a, b)

    def parts(self, a: Any, b: Any) -> None:
        """Values that aren't numbers, part by part."""
        if type(a) is not Node or type(b) is not Node:
            x, y = _bytes(a), _bytes(b)
            if x is not None and y is not None:
                return None if x == y else self.differ("values")
            if type(a) is type(b):
                return None if a == b else self.differ("values")
            self.differ("types")
        kind, other = a.kind, b.kind
        if kind in _SETS and other in _SETS:
            return self.sets(a.value, b.value)
        if kind != other or (kind in (OBJECT, REDUCED) and a.type_name != b.type_name):
            self.differ("types")
        if kind in _SEQUENCES:
            return self.sequences(a.value, b.value)
        if kind == DICT:
            return self.dicts_in_order(a.value, b.value) if self.exact else self.dicts(a.value, b.value)
        if kind in (BYTEARRAY, NAMED, CYCLE):
            return None if a.value == b.value else self.differ("values")
        if kind == ARRAY:
            return self.arrays(a, b)
        if kind == OBJECT:
            return self.fields(a.state, b.state)
        if kind == REDUCED:
            return self.reduced(a.value, b.value)
        return self.differ("types")

    def sequences(self, a: Sequence[Any], b: Sequence[Any]) -> None:
        if self.picky and any(paths.matches(pattern, self.steps) for pattern in self.equality.unordered):
            return self.sets(a, b)
        if not self.picky and len(a) == len(b) and a == b and list(map(type, a)) == list(map(type, b)):
            # Plain values alone: nodes are equal to nothing but themselves.
            return None
        for index, (x, y) in enumerate(zip(a, b, strict=False)):
            self.at((INDEX, index), x, y)
        return None if len(a) == len(b) else self.differ("lengths")

    def reduced(self, a: Sequence[Any], b: Sequence[Any]) -> None:
        for index in range(max(len(a), len(b))):
            x = a[index] if index < len(a) else None
            y = b[index] if index < len(b) else None
            if index == 1:
                self.at((FIELD, "args"), x, y)
            else:
                self.values(x, y)

    def fields(self, a: Sequence[tuple[str, Any]], b: Sequence[tuple[str, Any]]) -> None:
        ours, theirs = dict(a), dict(b)
        for name in sorted(ours.keys() | theirs.keys()):
            if name in ours and name in theirs:
                self.at((FIELD, name), ours[name], theirs[name])
            else:
                self.missing((FIELD, name))

    def dicts_in_order(self, a: Sequence[tuple[Any, Any]], b: Sequence[tuple[Any, Any]]) -> None:
        theirs = self.positions(a, b)
        found = [index for index in theirs if index >= 0]
        if found != sorted(found):
            self.differ("order of keys")
        self.pairs(a, b, theirs)

    def dicts(self, a: Sequence[tuple[Any, Any]], b: Sequence[tuple[Any, Any]]) -> None:
        self.pairs(a, b, self.positions(a, b))

    def pairs(self, a: Sequence[tuple[Any, Any]], b: Sequence[tuple[Any, Any]], theirs: Sequence[int]) -> None:
        for (name, value), index in zip(a, theirs, strict=False):
            if index < 0:
                continue
            other, got = b[index]
            if type(name) is not str or type(other) is not str:
                self.at((KEY, name), name, other)
            self.at((KEY, name), value, got)

    def positions(self, a: Sequence[tuple[Any, Any]], b: Sequence[tuple[Any, Any]]) -> list[int]:
        """For each key the position of the same key in the other dict; -1 for one that is missing and ignored."""
        theirs: dict[Any, list[int]] = {}
        for index in range(len(b) - 1, -1, -1):
            theirs.setdefault(key_of(b[index][0], self.exact), []).append(index)
        found = []
        for name, _ in a:
            left = theirs.get(key_of(name, self.exact))
            if left:
                found.append(left.pop())
            else:
                self.missing((KEY, name))
                found.append(-1)
        for index in sorted(index for left in theirs.values() for index in left):
            self.missing((KEY, b[index][0]))
        return found

    def sets(self, a: Sequence[Any], b: Sequence[Any]) -> None:
        """As multisets: two NaN may be elements of one."""
        theirs: dict[Any, list[Any]] = {}
        for element in b:
            theirs.setdefault(key_of(element, self.exact), []).append(element)
        left = []
        for element in a:
            same = theirs.get(key_of(element, self.exact))
            if same:
                # Opaque parts have equal keys, and are noted here.
                self.values(element, same.pop())
            else:
                left.append(element)
        right = [element for same in theirs.values() for element in same]
        if not self.exact and len(left) == len(right):
            # Within tolerances, real numbers pair up by size.
            ours, others = [number_of(element) for element in left], [number_of(element) for element in right]
            if all(is_real(number) for number in (*ours, *others)):
                for x, y in zip(sorted(ours), sorted(others), strict=True):
                    self.values(x, y)
                return
        if left or right:
            self.differ("elements")

    def arrays(self, a: Node, b: Node) -> None:
        (dtype, shape, elements), (other_dtype, other_shape, others) = a.value, b.value
        if self.exact and dtype != other_dtype:
            self.differ("dtypes")
        if tuple(shape) != tuple(other_shape):
            self.differ("shapes")
        if elements is None or others is None:
            if elements is not others or [name for name, _ in a.state] != [name for name, _ in b.state]:
                self.differ("dtypes")
            for (name, x), (_, y) in zip(a.state, b.state, strict=True):
                self.at((KEY, name), x, y)
            return
        if dtype == other_dtype and hasattr(elements, "tobytes") and hasattr(others, "tobytes"):
            if elements.tobytes() == others.tobytes():
                return
        for index, (x, y) in enumerate(zip(elements_of(elements), elements_of(others), strict=True)):
            self.at((ELEMENT, (index, tuple(shape))), x, y)

    def at(self, step: Step, a: Any, b: Any) -> None:
        self.steps.append(step)
        if not (self.picky and self.is_ignored()):
            self.values(a, b)
        self.steps.pop()

    def missing(self, step: Step) -> None:
        self.steps.append(step)
        if not (self.picky and self.is_ignored()):
            self.differ("missing")
        self.steps.pop()

    def is_ignored(self) -> bool:
        return any(paths.matches(pattern, self.steps) for pattern in self.equality.ignored)

    def differ(self, why: str) -> None:
        raise _Different(list(self.steps), why)

    def cannot_know(self, opaque: Node) -> None:
        if self.unknown is None:
            self.unknown = (list(self.steps), f"{opaque.type_name}: {opaque.value}")


def _type_name(value: Any) -> str:
    if type(value) is Node:
        return str(value.type_name)
    return "None" if value is None else type(value).__name__


def _bytes(value: Any) -> bytes | None:
    if type(value) is bytes:
        return value
    return value.value if type(value) is Node and value.kind == BYTEARRAY else None


def _same_scalar(a: Node, b: Node) -> bool:
    if a.state[0] is not None and b.state[0] is not None:
        return bool(a.state[0] == b.state[0])
    return bool(a.value == b.value and a.type_name == b.type_name)
