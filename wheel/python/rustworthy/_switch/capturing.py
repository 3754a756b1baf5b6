"""Takes a value apart into a tree that later changes of the value leave as it is, and that is compared without its code.

The rules are those of the harness, which compares contenders by them; both are tested on the same table of cases.
"""

from __future__ import annotations

import copyreg
import sys
from typing import Any, Final

from . import classes
from .classes import LEAVES, Class, class_of

# Containers within one another that are looked into.
DEPTH: Final = 100
# Containers that are taken apart again where they occur more than once.
_REPEATS: Final = 20_000
_WHY: Final = 300

# Kinds of nodes. A plain value (`LEAVES`) is its own node.
LIST, TUPLE, DICT, SET, FROZENSET, BYTEARRAY, ARRAY, NAMED, SCALAR, TYPED, OBJECT, REDUCED, CYCLE, OPAQUE = range(14)

_NODES = {list: LIST, tuple: TUPLE, dict: DICT, set: SET, frozenset: FROZENSET, bytearray: BYTEARRAY}


class Node:
    """A value that isn't plain: what it is, the name of its class, its parts, and its attributes beyond them."""

    __slots__ = ("kind", "state", "type_name", "value")

    def __init__(self, kind: int, type_name: str, value: Any, state: Any = ()) -> None:
        self.kind = kind
        self.type_name = type_name
        self.value = value
        self.state = state


def capture(value: object) -> Any:
    """The tree of a value. What can't be taken apart is opaque in it."""
    return _Walk().value(value)


class _Walk:
    __slots__ = ("again", "path", "repeats", "seen")

    def __init__(self) -> None:
        self.path: list[int] = []
        self.seen: set[int] = set()
        self.again = 0
        self.repeats = 0

    def value(self, value: Any) -> Any:
        cls = type(value)
        if cls in LEAVES:
            return value
        address = id(value)
        if address in self.path:
            return Node(CYCLE, "cycle", len(self.path) - self.path.index(address))
        known = class_of(cls)
        if len(self.path) >= DEPTH:
            return Node(OPAQUE, known.name, f"nested deeper than {DEPTH} levels")
        again = address in self.seen
        if again and self.repeats >= _REPEATS:
            return Node(OPAQUE, known.name, "too many paths lead to it")
        self.seen.add(address)
        self.path.append(address)
        self.again += again
        self.repeats += self.again > 1
        try:
            return self.parts(value, known)
        except (MemoryError, KeyboardInterrupt):
            raise
        except BaseException as error:
            return Node(OPAQUE, known.name, f"{type(error).__name__}: {error}"[:_WHY])
        finally:
            self.path.pop()
            self.again -= again

    def parts(self, value: Any, known: Class) -> Any:
        kind = known.kind
        if kind == classes.BUILTIN:
            plain = self.builtin(value, known)
            if known.cls is known.base:
                return plain
            state = [] if known.is_enum else self.attributes(value, known)
            return Node(TYPED, known.name, plain, state)
        if kind == classes.OBJECT:
            return Node(OBJECT, known.name, None, self.attributes(value, known))
        if kind == classes.SCALAR:
            return _scalar(value, known)
        if kind == classes.REDUCE:
            return self.reduced(value, known)
        if kind == classes.GLOBAL:
            return _named(value, known)
        if kind == classes.MODULE:
            return Node(NAMED, "name", value.__name__)
        if kind == classes.ENUM:
            return Node(OBJECT, known.name, None, [("name", value._name_), ("value", self.value(value._value_))])
        if kind == classes.PROXY:
            pairs = [(self.value(name), self.value(part)) for name, part in value.items()]
            return Node(TYPED, known.name, Node(DICT, "dict", pairs), [])
        if kind == classes.ATTRIBUTES:
            return Node(OBJECT, known.name, None, [(name, self.value(getattr(value, name))) for name in ("re", "regs", "string")])
        if kind == classes.ROW:
            columns = [("columns", self.value(value.keys())), ("values", self.value(list(value)))]
            return Node(OBJECT, known.name, None, columns)
        if kind == classes.MEMORY:
            return _memory(value, known)
        if kind == classes.PACKED:
            return Node(TYPED, known.name, _packed(value), [])
        if kind == classes.NUMPY:
            return self.array(value, known)
        if kind == classes.NUMPY_SCALAR:
            return self.array_scalar(value, known)
        return Node(OPAQUE, known.name, known.why)

    def builtin(self, value: Any, known: Class) -> Any:
        """A value as one of the built-in type that its class derives from."""
        base = known.base
        if base is dict:
            if known.ordered_by is not None:
                # `OrderedDict` keeps its order apart from that of the dict that it is.
                names = list(known.ordered_by(value))
                pairs = [(name, dict.__getitem__(value, name)) for name in names]
            else:
                pairs = list(dict.items(value))
            return Node(DICT, "dict", [(self.value(name), self.value(part)) for name, part in pairs])
        if base is list or base is tuple or base is set or base is frozenset:
            return Node(_NODES[base], base.__name__, [self.value(part) for part in base.__iter__(value)])
        if base is bytearray:
            return Node(BYTEARRAY, "bytearray", bytes(bytearray.__getitem__(value, slice(None))))
        return plain_of(value, base)

    def attributes(self, value: Any, known: Class) -> list[tuple[str, Any]]:
        found = [(name, self.value(part)) for name, part in classes.attributes_of(value, known)]
        return sorted(found, key=lambda attribute: attribute[0])

    def reduced(self, value: Any, known: Class) -> Any:
        """By what `copy` and `pickle` make it from."""
        register = copyreg.dispatch_table.get(type(value))
        reduction = value.__reduce_ex__(4) if register is None else register(value)
        if isinstance(reduction, str):
            return Node(NAMED, "name", f"{known.name} {reduction}")

        def unless_class(part: Any) -> Any:
            return Node(NAMED, "name", known.name) if part is known.cls else self.value(part)

        parts: list[Any] = []
        for index, part in enumerate(reduction):
            if index == 0:
                parts.append(unless_class(part))
            elif index == 1:
                parts.append(Node(TUPLE, "tuple", [unless_class(argument) for argument in part]))
            elif index == 3 and part is not None:
                parts.append(Node(LIST, "list", [self.value(element) for element in part]))
            elif index == 4 and part is not None:
                parts.append(Node(DICT, "dict", [(self.value(a), self.value(b)) for a, b in part]))
            else:
                parts.append(self.value(part))
        while parts and parts[-1] is None:
            parts.pop()
        return Node(REDUCED, known.name, parts)

    def array(self, value: Any, known: Class) -> Any:
        numpy = sys.modules["numpy"]
        if known.cls is numpy.ndarray:
            return self.plain_array(value)
        if known.cls.__qualname__ == "MaskedArray":
            data = Node(ARRAY, "array", (str(value.dtype), value.shape, [self.value(part) for part in value.ravel().tolist()]))
            return Node(TYPED, known.name, data, [])
        return Node(TYPED, known.name, self.plain_array(value.view(numpy.ndarray)), self.attributes(value, known))

    def plain_array(self, value: Any) -> Any:
        dtype = value.dtype
        if dtype.names is not None:
            fields = [(name, self.plain_array(value[name])) for name in dtype.names]
            return Node(ARRAY, "array", (str(dtype), value.shape, None), fields)
        if dtype.kind in "biufcSUV" and dtype.isbuiltin != 2 and dtype.char not in "gG":
            # A copy: elements are looked at one by one only where the bytes differ.
            return Node(ARRAY, "array", (dtype.str, value.shape, value.copy()))
        if dtype.kind in "mM":
            return Node(ARRAY, "array", (dtype.str, value.shape, value.copy()))
        return Node(ARRAY, "array", (str(dtype), value.shape, [self.value(part) for part in value.ravel().tolist()]))

    def array_scalar(self, value: Any, known: Class) -> Any:
        if value.dtype.kind in "mM":
            return Node(TYPED, known.name, self.plain_array(sys.modules["numpy"].asarray(value)), [])
        return Node(TYPED, known.name, self.value(value.item()), [])


def plain_of(value: Any, base: type | None) -> Any:
    """An instance of a subclass of an immutable built-in type as an instance of that type, past its own methods."""
    if base is str:
        return str.__str__(value)
    if base is int:
        return int.__int__(value)
    if base is float:
        return float.__float__(value)
    if base is bytes:
        return bytes.__getitem__(value, slice(None))
    return complex.__complex__(value)


def _named(value: Any, known: Class) -> Node:
    module, name = value.__module__, value.__qualname__
    if not isinstance(module, str):
        return Node(OPAQUE, known.name, f"{name} belongs to no module")
    found: Any = sys.modules.get(module)
    try:
        first, *rest = name.split(".")
        found = vars(found)[first]
        for part in rest:
            found = getattr(found, part)
    except (AttributeError, KeyError, TypeError):
        found = None
    if found is value:
        return Node(NAMED, "name", name if module == "builtins" else f"{module}.{name}")
    return Node(OPAQUE, known.name, f"{module}.{name} can't be found by its name")


def _scalar(value: Any, known: Class) -> Node:
    how = known.scalar()
    instant = None
    if how == "moment":
        text, instant = _moment(value)
    elif how == "span":
        text = str(value)
        instant = ("span", (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds)
    elif how == "repr":
        text = repr(value)
    elif how == "path":
        text = value.__fspath__()
    else:
        text = str(value)
    # Numbers are compared as such.
    number = value if known.name in ("decimal.Decimal", "fractions.Fraction") else None
    return Node(SCALAR, known.name, text, (instant, number))


def _moment(value: Any) -> tuple[str, Any]:
    text = value.isoformat()
    instant = None
    if hasattr(value, "toordinal"):
        local = value.toordinal() * 86_400
        local = (local + value.hour * 3600 + value.minute * 60 + value.second) * 1_000_000 + value.microsecond
        offset = value.utcoffset()
        if offset is None:
            instant = ("naive", local)
        else:
            instant = ("utc", local - ((offset.days * 86_400 + offset.seconds) * 1_000_000 + offset.microseconds))
    if value.tzinfo is not None:
        # An object without a name of its own shows its address.
        zone, cls = str(value.tzinfo), type(value.tzinfo).__qualname__
        if cls == "timezone":
            text += f" {zone}"
        else:
            text += f" {cls}" if " at 0x" in zone else f" {cls}({zone})"
    if value.fold:
        text += " fold=1"
    return text, instant


def _packed(value: Any) -> Node:
    code = value.typecode
    size = value.itemsize
    if code in "uw":
        dtype = "U1"
    elif code in "fd":
        dtype = f"f{size}"
    else:
        dtype = f"{'i' if code.islower() else 'u'}{size}"
    return Node(ARRAY, "array", (dtype, (len(value),), value[:]))


_FORMATS = {**dict.fromkeys("bhilqn", "i"), **dict.fromkeys("BHILQNP", "u"), **dict.fromkeys("efd", "f"), "?": "b", "c": "S"}


def _memory(value: memoryview, known: Class) -> Node:
    content = value.tobytes()
    if value.format == "B" and value.ndim == 1:
        return Node(TYPED, known.name, content, [])
    kind = _FORMATS.get(value.format)
    if kind is None:
        state = [("bytes", content), ("format", value.format), ("shape", Node(TUPLE, "tuple", list(value.shape or ())))]
        return Node(OBJECT, known.name, None, state)
    elements = memoryview(content).cast(value.format).tolist()  # type: ignore[call-overload]
    return Node(TYPED, known.name, Node(ARRAY, "array", (f"{kind}{value.itemsize}", value.shape, elements)), [])
