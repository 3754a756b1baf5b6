"""Copies of values for the side that runs in the shadow, and snapshots that tell whether a call has changed its arguments.

Neither pickles nor calls `copy.copy`: that would run code of the values' classes, which may have effects.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict, deque
from collections.abc import Iterable
from itertools import islice
from operator import is_
from types import BuiltinFunctionType
from typing import Any, Final

from . import classes
from .capturing import DEPTH, plain_of
from .classes import LEAVES, Class, class_of

# Containers, and parts of one, that are copied before the clock is looked at.
_BETWEEN_LOOKS: Final = 256
_PARTS_BETWEEN_LOOKS: Final = 4096
# Bytes a second that are copied at least where a copy is made in one go.
_PACE: Final = 1e9


class Uncopyable(Exception):
    """A value that can't be copied; its argument is the name of the class."""


class TooLong(Exception):
    """Copying takes longer than it may."""


class Copier:
    """Copies values, of which parts may be shared."""

    __slots__ = ("count", "deadline", "depth", "kept", "made", "seen")

    def __init__(self, deadline: float, notes: bool = False) -> None:
        # Each container with what it held, where that is asked for: whether it has changed since is told by `has_changed`.
        self.seen: list[tuple[Any, Any]] | None = [] if notes else None
        # Copies by the address of the original, which is kept alive so that the address stays its own.
        self.made: dict[int, Any] = {}
        self.kept: list[Any] = []
        self.deadline = deadline
        self.count = 0
        self.depth = 0

    def copy(self, value: Any) -> Any:
        """A copy that shares nothing with the value that can change. Raises Uncopyable, or TooLong."""
        cls = type(value)
        if cls in LEAVES:
            return value
        found = self.made.get(id(value), self)
        if found is not self:
            return found
        self.count += 1
        if self.count % _BETWEEN_LOOKS == 0:
            self._look_at_the_clock()
        if self.depth >= DEPTH:
            raise Uncopyable(f"{class_of(cls).name}, nested deeper than {DEPTH} levels")
        self.depth += 1
        made = self._made(value, cls)
        self.depth -= 1
        if self.seen is not None and cls is not tuple:
            # After it was copied: what would take too long isn't noted either.
            self.seen.append((value, _shallow(value)))
        self.made[id(value)] = made
        self.kept.append(value)
        return made

    def has_changed(self) -> bool:
        """Whether any container has changed since it was copied."""
        return _have_changed(self.seen or ())

    def _look_at_the_clock(self) -> None:
        if time.perf_counter() > self.deadline:
            raise TooLong

    def _is_plain(self, parts: Any) -> bool:
        """Whether there are only leaves in a container, of which one with millions would take longer to copy than there is time."""
        if len(parts) <= _PARTS_BETWEEN_LOOKS:
            return LEAVES.issuperset(map(type, parts))
        rest = iter(parts)
        while some := list(islice(rest, _PARTS_BETWEEN_LOOKS)):
            if not LEAVES.issuperset(map(type, some)):
                return False
            self._look_at_the_clock()
        return True

    def _watched(self, parts: Iterable[Any]) -> Iterable[Any]:
        """Parts of a container, with a look at the clock now and then."""
        for number, part in enumerate(parts):
            if number % _PARTS_BETWEEN_LOOKS == 0:
                self._look_at_the_clock()
            yield part

    def _check_size(self, size: int) -> None:
        """Refuses what is copied in one go and takes too long for that."""
        if size > _PACE * (self.deadline - time.perf_counter()):
            raise TooLong

    def _made(self, value: Any, cls: type) -> Any:
        if cls is list:
            if self._is_plain(value):
                return value.copy()
            made: Any = []
            self.made[id(value)] = made
            copy = self.copy
            parts = value if len(value) <= _PARTS_BETWEEN_LOOKS else self._watched(value)
            made.extend([part if type(part) in LEAVES else copy(part) for part in parts])
            return made
        if cls is dict:
            made = {}
            self.made[id(value)] = made
            copy = self.copy
            for name, part in value.items() if len(value) <= _PARTS_BETWEEN_LOOKS else self._watched(value.items()):
                made[name if type(name) in LEAVES else copy(name)] = part if type(part) in LEAVES else copy(part)
            return made
        if cls is tuple:
            if self._is_plain(value):
                return value
            parts = [self.copy(part) for part in self._watched(value)]
            # A tuple within itself was copied on the way.
            again = self.made.get(id(value))
            return again if again is not None else tuple(parts)
        if cls is bytearray:
            self._check_size(len(value))
            return value.copy()
        if cls is set or cls is frozenset:
            return value.copy() if self._is_plain(value) else cls(map(self.copy, self._watched(value)))
        return self._other(value, class_of(cls))

    def _other(self, value: Any, known: Class) -> Any:
        kind = known.kind
        if classes.is_immutable_leaf(known):
            return value
        if kind == classes.BUILTIN:
            return self._derived(value, known)
        if kind == classes.OBJECT:
            made = _new(known.cls)
            self.made[id(value)] = made
            return self._with_attributes(made, value, known)
        if kind in (classes.PACKED, classes.NUMPY_SCALAR):
            if kind == classes.NUMPY_SCALAR:
                return value
            self._check_size(len(value) * value.itemsize)
            return value[:]
        if kind == classes.NUMPY and known.cls is sys.modules["numpy"].ndarray and not value.dtype.hasobject:
            self._check_size(value.nbytes)
            return value.copy(order="K")
        if kind == classes.MEMORY and value.readonly and type(value.obj) is bytes:
            return value
        if known.cls is deque:
            made = deque(maxlen=value.maxlen)
            self.made[id(value)] = made
            made.extend([self.copy(part) for part in self._watched(value)])
            return made
        if known.cls.__module__ == "re" and known.cls.__qualname__ in ("Pattern", "Match"):
            return value
        if issubclass(known.cls, BaseException) and kind == classes.REDUCE:
            return self._raised(value, known)
        raise Uncopyable(known.name)

    def _derived(self, value: Any, known: Class) -> Any:
        """An instance of a class that derives from a built-in type."""
        base, cls = known.base, known.cls
        if known.is_enum:
            return value
        if base is list:
            made = _new(cls)
            self.made[id(value)] = made
            list.extend(made, [self.copy(part) for part in self._watched(list.__iter__(value))])
        elif base is dict:
            made = _new(cls)
            self.made[id(value)] = made
            if isinstance(value, defaultdict):
                defaultdict.__init__(made, value.default_factory)
            set_item = _setter(cls)
            names = list(known.ordered_by(value)) if known.ordered_by is not None else list(dict.keys(value))
            for name in self._watched(names):
                set_item(made, self.copy(name), self.copy(dict.__getitem__(value, name)))
        elif base is tuple:
            made = _new(cls, [self.copy(part) for part in self._watched(tuple.__iter__(value))])
        elif base is set or base is frozenset:
            parts = [self.copy(part) for part in self._watched(base.__iter__(value))]
            made = _new(cls, parts)
            if base is set:
                set.update(made, parts)
        elif base is bytearray:
            made = _new(cls)
            bytearray.extend(made, bytearray.__getitem__(value, slice(None)))
        else:
            made = _new(cls, plain_of(value, base))
        self.made[id(value)] = made
        return self._with_attributes(made, value, known)

    def _with_attributes(self, made: Any, value: Any, known: Class) -> Any:
        if known.has_dict:
            attributes = object.__getattribute__(value, "__dict__")
            if not isinstance(attributes, dict):
                raise Uncopyable(known.name)
            copied = {name: self.copy(part) for name, part in dict.items(attributes)}
            if copied:
                object.__getattribute__(made, "__dict__").update(copied)
        for _, slot in known.slots:
            try:
                part = slot.__get__(value)
            except AttributeError:
                continue
            slot.__set__(made, self.copy(part))
        return made

    def _raised(self, value: BaseException, known: Class) -> Any:
        made = _new(known.cls)
        self.made[id(value)] = made
        made.args = tuple(self.copy(part) for part in value.args)
        return self._with_attributes(made, value, known)


def _new(cls: type, *arguments: Any) -> Any:
    """A new instance by the first `__new__` of C code among its classes: those of Python code may do anything."""
    for base in cls.__mro__:
        new = base.__dict__.get("__new__")
        if isinstance(new, BuiltinFunctionType):
            return new(cls, *arguments)
    raise Uncopyable(class_of(cls).name)


def _setter(cls: type) -> Any:
    from collections import OrderedDict

    return OrderedDict.__setitem__ if issubclass(cls, OrderedDict) else dict.__setitem__


# Containers among the arguments of a call that are looked at. Of larger arguments it isn't known whether they have changed.
_MOST_SEEN: Final = 10_000

# What a call used up can't be given to another one.
_USED_UP = (classes.ITERATOR, classes.OPEN_FILE, classes.NOT_AWAITED)


class Snapshot:
    """What arguments were before a call, so far as that can be told cheaply: what they contain, not what that is."""

    __slots__ = ("parts", "seen", "used_up")

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        # Each container with a shallow copy of what was in it.
        self.parts: list[tuple[Any, Any]] = []
        self.seen: set[int] = set()
        self.used_up = False
        try:
            for value in (*args, *kwargs.values()):
                if type(value) not in LEAVES:
                    self._take(value, 0)
        except Exception:
            # An object that can't be looked at may have changed.
            self.used_up = True

    def _take(self, value: Any, depth: int) -> None:
        cls = type(value)
        if self.used_up or id(value) in self.seen:
            return
        self.seen.add(id(value))
        if depth >= DEPTH or len(self.seen) > _MOST_SEEN:
            self.used_up = True
            return
        if cls is not list and cls is not dict:
            known = class_of(cls)
            if known.kind == classes.OPAQUE:
                self.used_up = self.used_up or known.why in _USED_UP
                return
        parts = _shallow(value)
        if parts is None:
            return
        if cls is not tuple and cls is not frozenset:
            self.parts.append((value, parts))
        if isinstance(parts, list) and not LEAVES.issuperset(map(type, parts)):
            for part in parts:
                if type(part) not in LEAVES:
                    self._take(part, depth + 1)

    def has_changed(self) -> bool:
        """Whether the arguments have changed since, as far as can be told; True for what a call uses up."""
        return self.used_up or _have_changed(self.parts)


def _contents(value: Any, known: Class) -> Any:
    """What a container holds; None for what holds nothing that is seen."""
    kind = known.kind
    if kind == classes.BUILTIN:
        base = known.base
        if base is list or base is tuple or base is set or base is frozenset:
            parts = list(base.__iter__(value))
        elif base is dict:
            parts = [*dict.keys(value), *dict.values(value)]
        elif base is bytearray:
            return bytes(value)
        else:
            parts = []
        if known.cls is not base:
            parts.extend(part for attribute in classes.attributes_of(value, known) for part in attribute)
        return parts
    if kind == classes.OBJECT:
        return [part for attribute in classes.attributes_of(value, known) for part in attribute]
    if known.cls is deque:
        return list(value)
    if kind in (classes.PACKED, classes.NUMPY, classes.MEMORY):
        return value.tobytes()
    return None


def _shallow(value: Any) -> Any:
    """What a container holds, by the parts themselves; None for what holds nothing that is seen."""
    cls = type(value)
    if cls is list:
        return value.copy()
    if cls is dict:
        return [*value, *value.values()]
    return _contents(value, class_of(cls))


def _have_changed(containers: Iterable[tuple[Any, Any]]) -> bool:
    try:
        return any(_differ(parts, _shallow(value)) for value, parts in containers)
    except Exception:
        return True


def _differ(before: Any, after: Any) -> bool:
    if not isinstance(before, list):
        return bool(before != after)
    if len(before) != len(after):
        return True
    # Nearly always it's the same objects, which is seen without running any code in Python.
    return not all(map(is_, before, after)) and not all(a is b or _same_plain(a, b) for a, b in zip(before, after, strict=True))


def _same_plain(a: Any, b: Any) -> bool:
    """Whether two values that can't change are the same, though they are two objects."""
    return type(a) is type(b) and type(a) in LEAVES and bool(a == b)
