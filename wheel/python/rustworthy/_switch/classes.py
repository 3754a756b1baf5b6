"""How instances of a class are taken apart: past any method of theirs that could lie or have an effect."""

from __future__ import annotations

from types import (
    BuiltinFunctionType,
    FunctionType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

# Types whose instances never change and are known by what they are.
LEAVES = frozenset({type(None), bool, int, float, complex, str, bytes, type(Ellipsis)})

# Built-in types that classes derive from, those first that are met most.
BASES: tuple[type, ...] = (
    *(dict, list, tuple, str, int, float, bytes, bytearray, complex, set, frozenset),
)

ITERATOR = "an iterator; return `list()` of it"
OPEN_FILE = "an open file; return what is in it"
NOT_AWAITED = "not awaited; return what awaiting it gives"
HASH = "the state of a hash; return its `digest()`"
FRAME = "a data frame; pass `equal` a function that compares it"

# The kinds.
BUILTIN, OBJECT, REDUCE, GLOBAL, MODULE, SCALAR, ENUM, PROXY, MEMORY, PACKED, NUMPY, NUMPY_SCALAR, ATTRIBUTES, ROW, OPAQUE = range(15)

_MANAGED_DICT = 1 << 4
_POINTER = 8

_SCALARS = {
    ("decimal", "Decimal"): "text",
    ("fractions", "Fraction"): "text",
    ("uuid", "UUID"): "text",
    ("datetime", "date"): "text",
    ("datetime", "timezone"): "repr",
    ("zoneinfo", "ZoneInfo"): "repr",
    ("datetime", "datetime"): "moment",
    ("datetime", "time"): "moment",
    ("datetime", "timedelta"): "span",
    ("pathlib", "PosixPath"): "path",
    ("pathlib", "PurePosixPath"): "path",
    ("pathlib", "WindowsPath"): "path",
    ("pathlib", "PureWindowsPath"): "path",
}

_HASHES = frozenset({"_hashlib", "_blake2", "_md5", "_sha1", "_sha2", "_sha256", "_sha512", "_sha3"})


class Class:
    """What is known of a class; it is found out once."""

    __slots__ = ("base", "cls", "has_dict", "is_enum", "kind", "name", "ordered_by", "slots", "why")

    def __init__(self, cls: type) -> None:
        self.cls = cls
        mro = cls.__mro__
        names = [(str(base.__module__), base.__qualname__) for base in mro]
        module, name = names[0]
        self.name = name if module == "builtins" else f"{module}.{name}"
        self.base: type | None = None
        self.ordered_by: Any = None
        self.why = ""
        self.is_enum = ("enum", "Enum") in names
        self.has_dict = cls.__dictoffset__ != 0 or bool(cls.__flags__ & _MANAGED_DICT)
        self.slots = [
            (slot, descriptor)
            for base in mro
            if "__slots__" in base.__dict__
            for slot, descriptor in base.__dict__.items()
            if type(descriptor) is MemberDescriptorType
        ]
        self.kind = self._kind(cls, mro, names)

    def _kind(self, cls: type, mro: tuple[type, ...], names: list[tuple[str, str]]) -> int:
        if issubclass(cls, (type, FunctionType, BuiltinFunctionType)):
            return GLOBAL
        if issubclass(cls, ModuleType):
            return MODULE
        if cls is memoryview:
            return MEMORY
        if cls is MappingProxyType:
            return PROXY
        for module, name in names:
            root = module.partition(".")[0]
            if (root, name) == ("array", "array"):
                return PACKED
            if (root, name) == ("re", "Match"):
                return ATTRIBUTES
            if (root, name) == ("sqlite3", "Row"):
                return ROW
            if root in _HASHES:
                return self._opaque(HASH)
            if (root, name) == ("numpy", "ndarray"):
                return NUMPY
            if (root, name) == ("numpy", "generic"):
                return NUMPY_SCALAR
            if root in ("pandas", "polars", "pyarrow") and name not in ("Timestamp", "Timedelta"):
                return self._opaque(FRAME)
        module, name = names[0]
        if (module.partition(".")[0], name) in _SCALARS:
            return SCALAR
        for base in BASES:
            if issubclass(cls, base):
                self.base = base
                if ("collections", "OrderedDict") in names:
                    self.ordered_by = mro[names.index(("collections", "OrderedDict"))].__iter__  # type: ignore[attr-defined]
                return BUILTIN
        if self.is_enum:
            return ENUM
        if _defines(mro, "__next__") and ("_io", "BytesIO") not in names and ("_io", "StringIO") not in names:
            return self._opaque(OPEN_FILE if any(module == "_io" for module, _ in names) else ITERATOR)
        if _defines(mro, "__await__") or _defines(mro, "__anext__"):
            return self._opaque(NOT_AWAITED)
        # `object.__reduce_ex__` decides in the same way whether only C code knows of some of the data.
        own_dict = self.has_dict and not cls.__flags__ & _MANAGED_DICT
        pointers = int(own_dict) + int(cls.__weakrefoffset__ > 0)
        extra = cls.__basicsize__ - object.__basicsize__ - pointers * _POINTER + cls.__itemsize__
        return REDUCE if extra > len(self.slots) * _POINTER else OBJECT

    def _opaque(self, why: str) -> int:
        self.why = why
        return OPAQUE

    def scalar(self) -> str:
        """Where the text of a scalar comes from."""
        return _SCALARS[self.cls.__module__.partition(".")[0], self.cls.__qualname__]


def _defines(mro: tuple[type, ...], method: str) -> bool:
    return any(method in base.__dict__ for base in mro)


_known: dict[int, Class] = {}
# Classes that are made while the program runs would be kept for ever.
_MOST_KNOWN = 10_000


def class_of(cls: type) -> Class:
    """What is known of a class."""
    known = _known.get(id(cls))
    if known is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        known = _known[id(cls)] = Class(cls)
    return known


def attributes_of(value: object, known: Class) -> list[tuple[str, Any]]:
    """Attributes of an instance, slots included, read past any `__getattribute__`; in no certain order."""
    found: list[tuple[str, Any]] = []
    if known.has_dict:
        attributes = object.__getattribute__(value, "__dict__")
        if isinstance(attributes, dict):
            found.extend((str(name), attribute) for name, attribute in dict.items(attributes))
    for name, slot in known.slots:
        try:
            found.append((name, slot.__get__(value)))
        except AttributeError:
            continue
    return found


def is_immutable_leaf(known: Class) -> bool:
    """Whether instances never change and contain nothing else."""
    return known.kind in (GLOBAL, MODULE, SCALAR, ENUM) or known.cls is MethodType
