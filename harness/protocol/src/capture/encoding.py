"""Values as JSON that can be read without running code, and back.

None, booleans, texts, whole numbers up to 2**53, finite floats, lists, and dicts whose keys are texts and don't hold "$" stand for
themselves. All else is an object with a tag in "$":

    {"$": "int", "text": "18446744073709551616"}      {"$": "float", "text": "nan"}         {"$": "str", "utf16": "d800"}
    {"$": "bytes", "base64": "…"}                     {"$": "tuple", "items": […]}          {"$": "set", "items": […]}
    {"$": "dict", "items": [[key, value], …]}         {"$": "same", "as": "args[0].name"}   {"$": "array", "dtype": …}
    {"$": "decimal", "text": "1.10"}                  {"$": "datetime", "text": "…"}        {"$": "object", "class": "module:Name", …}
    {"$": "deque", "items": […], "most": null}        {"$": "counter", "items": [[…]]}      {"$": "pickle", "sha256": "…"}
    {"$": "made", "by": "module:callable"}, which is called without arguments to make the value

"same" is a container that was met before, at that path. An object is its class and its state: attributes by name, and the items
of a class that is derived from a container. What has a way of its own to be copied is pickled, and stands in a file apart.
"""

import array
import base64
import collections
import datetime
import decimal
import enum
import fractions
import hashlib
import io
import pathlib
import pickle
import re
import sys
import types
import uuid

EXACT = 1 << 53
MOST_PICKLED = 4 << 20
DEEPEST = 200
# Bytes after which it's seen whether an encoding takes too long, and what is said if it does.
LOOKS = 2048
TOO_LONG = "so much that writing it down takes more of the program's time than recording may"

NUMBERS = (int, float, complex, bool)
CONTAINERS = (list, dict, set, frozenset, tuple, bytearray)
BASES = (list, dict, set, frozenset, tuple, str, bytes, bytearray, int, float)


class Unrecordable(Exception):
    """What can't be written down: where it is, and of which type."""

    def __init__(self, path, what):
        super().__init__(f"{path}: {what}")
        self.path, self.what = path, what


class Encoder:
    """Encodes the values of one call.

    Texts pass through `redact.text`, which is also told whether what holds them has a name that `redact.is_secret`. `pickles` collects
    what only pickle can hold, by digest. An encoding that has taken more than `most` bytes, roughly, is given up, and so is one during
    which `is_over` becomes true. `main` is the name by which others import the program's own module. `recipes` names what makes a
    value anew that can't be written down, `module:callable`, by the value's path or its type.
    """

    def __init__(self, redact=None, pickles=None, most=1 << 24, main=None, recipes=None, is_over=None):
        self.redact, self.pickles, self.most, self.main = redact, pickles, most, main
        self.recipes, self.is_over, self.next_look = recipes or {}, is_over, LOOKS
        self.met, self.kept, self.size, self.secret = {}, [], 0, False

    def encode(self, value, path, name=None):
        """A value, at that path, which has that name."""
        if name is not None and self.redact is not None and not self.secret and self.redact.is_secret(name):
            self.secret = True
            try:
                return self.value(value, path, 0)
            finally:
                self.secret = False
        return self.value(value, path, 0)

    def named(self, value, path, name, depth):
        if self.secret or self.redact is None or type(name) is not str or not self.redact.is_secret(name):
            return self.value(value, path, depth)
        self.secret = True
        try:
            return self.value(value, path, depth)
        finally:
            self.secret = False

    def value(self, value, path, depth):
        kind = type(value)
        self.size += 8
        if self.size > self.next_look:
            self.look_at_the_clock(path)
        if value is None or kind is bool:
            return value
        if kind is str:
            return self.text(value)
        if kind is int:
            if self.secret:
                value = int(self.redact.text(str(value), True)) if value.bit_length() < 4000 else 0
            return value if -EXACT <= value <= EXACT else {"$": "int", "text": whole(value)}
        if kind is float:
            return value if value - value == 0.0 else {"$": "float", "text": repr(value)}
        if self.size > self.most:
            raise Unrecordable(path, f"more than {self.most} bytes")
        if depth > DEEPEST:
            raise Unrecordable(path, f"more than {DEEPEST} levels")
        if kind is bytes or kind is bytearray:
            return self.binary(value, path)
        scalar = SCALARS.get(kind)
        if kind is datetime.datetime and known_zone(value.tzinfo):
            scalar = ("datetime", moment)
        elif kind is datetime.time and value.tzinfo is not None and type(value.tzinfo) is not datetime.timezone:
            scalar = None
        if scalar:
            self.size += 32
            return {"$": scalar[0], "text": scalar[1](value)}
        before = self.met.get(id(value))
        if before is not None:
            return {"$": "same", "as": before}
        # An empty tuple is one object wherever it is.
        if kind is not tuple or value:
            self.met[id(value)] = path
            # Temporary objects would make room for others with the same id.
            self.kept.append(value)
        made_by = self.recipe(value, kind, path) if self.recipes else None
        if made_by is not None:
            return {"$": "made", "by": made_by}
        if kind is list:
            return self.items(value, path, depth)
        if kind is tuple:
            return {"$": "tuple", "items": self.items(value, path, depth)}
        if kind is dict:
            return self.dict(value, path, depth)
        if kind is set or kind is frozenset:
            return {"$": kind.__name__, "items": self.sorted_items(value, path, depth)}
        return self.other(value, kind, path, depth)

    def recipe(self, value, kind, path):
        """What makes a value anew, by its path or its type; of a type of functions, those that have no name to be imported by."""
        if path in self.recipes or not isinstance(value, types.FunctionType):
            return self.recipes.get(path) or self.recipes.get(named(kind))
        try:
            self.importable(value, path)
        except Unrecordable:
            return self.recipes.get(named(kind))
        return None

    def look_at_the_clock(self, path):
        self.next_look = self.size + LOOKS
        if self.is_over is not None and self.is_over():
            raise Unrecordable(re.match(r"\w*(\[\d+\]|\.\w+)?", path).group(), TOO_LONG)

    def items(self, value, path, depth):
        return [self.value(item, f"{path}[{place}]", depth + 1) for place, item in enumerate(value)]

    def sorted_items(self, value, path, depth):
        # In an order that hash seeds don't decide. What is within one of them is the same as nothing outside of it.
        outside, items = self.met, []
        for item in value:
            self.met = dict(outside)
            items.append(self.value(item, f"{path}{{}}", depth + 1))
        self.met = outside
        return sorted(items, key=repr)

    def dict(self, value, path, depth):
        if all(type(key) is str and key != "$" and key.isascii() for key in value):
            made, shown = {}, self.redact.key if self.redact is not None else str
            for key, item in value.items():
                key, plain = shown(key), key
                made[key] = self.named(item, within(path, key), plain, depth)
            if len(made) == len(value):
                return made
        return {"$": "dict", "items": self.pairs(value.items(), path, depth)}

    def pairs(self, items, path, depth):
        pairs = []
        for place, (key, item) in enumerate(items):
            encoded = self.value(key, f"{path}[#{place}] (key)", depth + 1)
            pairs.append([encoded, self.named(item, at(path, encoded, place), key, depth + 1)])
        return pairs

    def text(self, value):
        self.size += len(value)
        if self.redact is not None:
            value = self.redact.text(value, self.secret)
        try:
            value.encode()
        except UnicodeEncodeError:
            return {"$": "str", "utf16": value.encode("utf-16-be", "surrogatepass").hex()}
        return value

    def binary(self, value, path):
        self.size += len(value)
        if self.size > self.most:
            raise Unrecordable(path, f"more than {self.most} bytes")
        if type(value) is bytearray:
            before = self.met.get(id(value))
            if before is not None:
                return {"$": "same", "as": before}
            self.met[id(value)] = path
            self.kept.append(value)
        plain = bytes(value)
        if self.redact is not None:
            plain = self.redact.text(plain.decode("latin-1"), self.secret).encode("latin-1")
        return {"$": type(value).__name__, "base64": base64.b64encode(plain).decode()}

    def other(self, value, kind, path, depth):
        if isinstance(value, type) or isinstance(value, (types.FunctionType, types.BuiltinFunctionType)):
            return {"$": "name", "name": self.importable(value, path)}
        if isinstance(value, types.ModuleType):
            return {"$": "name", "name": f"{value.__name__}:"}
        if isinstance(value, enum.Enum):
            return {"$": "enum", "class": self.importable(kind, path), "name": value.name}
        if kind is collections.OrderedDict or kind is collections.Counter:
            return {"$": kind.__name__.lower(), "items": self.pairs(value.items(), path, depth)}
        if kind is collections.defaultdict:
            factory = self.value(value.default_factory, f"{path}.default_factory", depth + 1)
            return {"$": "defaultdict", "factory": factory, "items": self.pairs(value.items(), path, depth)}
        if kind is collections.deque:
            return {"$": "deque", "items": self.items(value, path, depth), "most": value.maxlen}
        if kind is re.Pattern:
            return {"$": "pattern", "of": self.value(value.pattern, path, depth + 1), "flags": value.flags}
        if kind is array.array:
            plain = self.binary(value.tobytes(), path)
            return {"$": "packed", "code": value.typecode, "base64": plain["base64"]}
        if kind is types.SimpleNamespace:
            return {"$": "namespace", "state": self.state(vars(value), path, depth)}
        if kind.__module__ == "numpy" and kind.__name__ in ("ndarray", "memmap") or is_numpy_scalar(kind):
            return self.array(value, kind, path)
        if has_own_way(kind):
            return self.pickled(value, path)
        return self.object(value, kind, path, depth)

    def state(self, attributes, path, depth):
        return {name: self.named(item, f"{path}.{name}", name, depth + 1) for name, item in attributes.items()}

    def importable(self, value, path):
        """The name that a class or function is imported by."""
        module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
        found = sys.modules.get(module) if module else None
        for part in (name or "").split("."):
            found = getattr(found, part, None)
        if found is not value:
            raise Unrecordable(path, f"{name or named(type(value))}, which has no name that it can be imported by")
        if module == "__main__":
            if self.main is None:
                raise Unrecordable(path, f"{name}, which is of the program itself, and that can't be imported")
            module = self.main
        return f"{module}:{name}"

    def array(self, value, kind, path):
        dtype = value.dtype
        self.size += value.nbytes
        if self.size > self.most:
            raise Unrecordable(path, f"more than {self.most} bytes")
        if dtype.hasobject or dtype.names is not None or dtype.kind in "USV":
            return self.pickled(value, path)
        order = "F" if value.ndim > 1 and value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        data = base64.b64encode(value.tobytes(order)).decode()
        return {"$": "array", "dtype": dtype.str, "shape": list(value.shape), "order": order,
                "scalar": kind.__name__ != "ndarray" and kind.__name__ != "memmap", "base64": data}

    def object(self, value, kind, path, depth):
        encoded = {"$": "object", "class": self.importable(kind, path)}
        base = next((base for base in BASES if isinstance(value, base)), None)
        # The methods of the base: those of the class may do anything.
        if base is dict:
            encoded["base"] = self.dict(dict(dict.items(value)), path, depth)
        elif base in (list, tuple):
            encoded["base"] = self.items(base.__iter__(value), path, depth)
        elif base in (set, frozenset):
            encoded["base"] = self.sorted_items(base.__iter__(value), path, depth)
        elif base is str:
            encoded["base"] = self.text(str.__str__(value))
        elif base in (bytes, bytearray):
            encoded["base"] = self.binary(bytes(memoryview(value)), path)
        elif base is int:
            encoded["base"] = self.value(int.__int__(value), path, depth)
        elif base is float:
            encoded["base"] = self.value(float.__float__(value), path, depth)
        state = dict(getattr(value, "__dict__", None) or {})
        for name in slots(kind):
            try:
                state[name] = object.__getattribute__(value, name)
            except AttributeError:
                pass
        if state:
            encoded["state"] = self.state(state, path, depth)
        return encoded

    def pickled(self, value, path):
        if self.pickles is None:
            raise Unrecordable(path, named(type(value)))
        try:
            data = pickle.dumps(value, protocol=4)
        except Exception:
            raise Unrecordable(path, named(type(value))) from None
        # Names of the program's own module are found in it under the name by which others import that.
        of_main = {"main": self.main} if b"__main__" in data else {}
        if of_main and self.main is None:
            raise Unrecordable(path, f"{named(type(value))}, which is of the program itself, and that can't be imported")
        if len(data) > MOST_PICKLED:
            raise Unrecordable(path, f"{named(type(value))} of {len(data)} bytes")
        if self.redact is not None and (self.secret or self.redact.finds(data.decode("latin-1"))):
            raise Unrecordable(path, f"{named(type(value))}, which only pickle can hold, with what looks like a secret in it")
        self.size += len(data)
        digest = hashlib.sha256(data).hexdigest()
        self.pickles[digest] = data
        return {"$": "pickle", "sha256": digest, "class": named(type(value)), **of_main}


def moment(value):
    """A date and time as text: ISO 8601, with the fold, and behind a blank the name of its zone where that has one."""
    zone = value.tzinfo
    if zone is None or type(zone) is datetime.timezone:
        return f"{value.isoformat()}{' fold' if value.fold else ''}"
    return f"{value.replace(tzinfo=None).isoformat()}{' fold' if value.fold else ''} {zone.key}"


SCALARS = {
    complex: ("complex", repr),
    decimal.Decimal: ("decimal", str),
    fractions.Fraction: ("fraction", str),
    datetime.date: ("date", datetime.date.isoformat),
    datetime.time: ("time", lambda value: f"{value.isoformat()}{' fold' if value.fold else ''}"),
    datetime.timedelta: ("timedelta", lambda value: f"{value.days} {value.seconds} {value.microseconds}"),
    uuid.UUID: ("uuid", str),
    range: ("range", lambda value: f"{value.start} {value.stop} {value.step}"),
    type(Ellipsis): ("ellipsis", lambda _: ""),
    pathlib.PosixPath: ("path", str),
    pathlib.PurePosixPath: ("purepath", str),
}


def whole(value):
    """A whole number as text, however long."""
    return hex(value) if value.bit_length() > 4000 else str(value)


def named(kind):
    return f"{kind.__module__}.{kind.__qualname__}" if kind.__module__ != "builtins" else kind.__qualname__


def is_numpy_scalar(kind):
    numpy = sys.modules.get("numpy")
    return numpy is not None and issubclass(kind, numpy.generic)


def within(path, key):
    """The path of what a dict has under a text."""
    return f"{path}.{key}" if key.isidentifier() else f"{path}[{key!r}]"


def at(path, key, place):
    """The path of what a dict has under a key, as that is encoded."""
    return f"{path}[{key!r}]" if isinstance(key, (str, int, float)) else f"{path}[#{place}]"


def slots(kind):
    for base in kind.__mro__:
        names = vars(base).get("__slots__", ())
        for name in (names,) if isinstance(names, str) else names:
            if name not in ("__dict__", "__weakref__"):
                yield f"_{base.__name__.lstrip('_')}{name}" if name.startswith("__") and not name.endswith("__") else name


def known_zone(zone):
    """Whether a time zone is known by its offset or its name."""
    return zone is None or type(zone) is datetime.timezone or (
        type(zone).__module__ == "zoneinfo" and getattr(zone, "key", None) is not None
    )


# Flag of classes that are made at run time, by a `class` statement for one.
HEAP = 1 << 9
OF_COPYING = ("__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__getnewargs__", "__getnewargs_ex__", "__copy__")


def has_own_way(kind):
    """Whether attributes aren't all that there is to an object: its class is native, or says itself how it is copied."""
    for base in kind.__mro__:
        if base is object or base in BASES:
            continue
        own = vars(base)
        # A `class` statement leaves room for attributes or names them, unless the class above has room already.
        if not base.__flags__ & HEAP or not ("__dict__" in own or "__slots__" in own or base.__base__.__dictoffset__):
            return True
        # Those of named tuples and data classes only repeat what they hold.
        ways = [own[name] for name in OF_COPYING if own.get(name)]
        if any(getattr(way, "__module__", None) != "dataclasses" for way in ways) and not is_named_tuple(kind):
            return True
        if is_native(base):
            return True
    return False


def is_native(kind):
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return kind.__module__ in sys.builtin_module_names or file is not None and not file.endswith((".py", ".pyc"))


def is_named_tuple(kind):
    return issubclass(kind, tuple) and hasattr(kind, "_fields")


class OfMain(pickle.Unpickler):
    """Reads what was pickled in a program's own module, where that has another name."""

    def __init__(self, data, main):
        super().__init__(io.BytesIO(data))
        self.main = main

    def find_class(self, module, name):
        return super().find_class(self.main if module == "__main__" else module, name)


class Decoder:
    """Makes the values of one call anew. `pickles` gives what was pickled, by digest, or is None where nothing is to be
    read or called that may be any code."""

    def __init__(self, pickles=None):
        self.pickles, self.met = pickles, {}

    def decode(self, data, path):
        if isinstance(data, list):
            made = self.met[path] = []
            made.extend(self.decode(item, f"{path}[{place}]") for place, item in enumerate(data))
            return made
        if not isinstance(data, dict):
            return data
        tag = data.get("$")
        if tag is None:
            made = self.met[path] = {}
            for key, item in data.items():
                made[key] = self.decode(item, within(path, key))
            return made
        decode = DECODERS.get(tag)
        if decode is None:
            raise ValueError(f"{path}: there is no value of the tag {tag!r}")
        made = decode(self, data, path)
        if tag not in ("same", "name"):
            self.met.setdefault(path, made)
        return made

    def items(self, data, path):
        return [self.decode(item, f"{path}[{place}]") for place, item in enumerate(data["items"])]

    def unordered(self, data, path):
        return [self.decode(item, f"{path}{{}}") for item in data["items"]]

    def dict(self, data, path):
        return self.fill({}, data, path)

    def defaultdict(self, data, path):
        made = self.met[path] = collections.defaultdict()
        made.default_factory = self.decode(data["factory"], f"{path}.default_factory")
        return self.fill(made, data, path)

    def fill(self, made, data, path):
        self.met[path] = made
        for place, (key, item) in enumerate(data["items"]):
            plain = self.decode(key, f"{path}[#{place}] (key)")
            made[plain] = self.decode(item, at(path, key, place))
        return made

    def deque(self, data, path):
        made = self.met[path] = collections.deque(maxlen=data["most"])
        made.extend(self.items(data, path))
        return made

    def namespace(self, data, path):
        made = self.met[path] = types.SimpleNamespace()
        for name, item in data["state"].items():
            setattr(made, name, self.decode(item, f"{path}.{name}"))
        return made

    def packed(self, data, path):
        made = array.array(data["code"])
        made.frombytes(base64.b64decode(data["base64"]))
        return made

    def same(self, data, path):
        try:
            return self.met[data["as"]]
        except KeyError:
            raise ValueError(f"{path}: there is nothing at {data['as']} to be the same as") from None

    def array(self, data, path):
        import numpy

        flat = numpy.frombuffer(base64.b64decode(data["base64"]), dtype=numpy.dtype(data["dtype"]))
        made = flat.reshape(data["shape"], order=data["order"])
        return made[()] if data["scalar"] else made.copy(order=data["order"])

    def pickle(self, data, path):
        if self.pickles is None:
            raise ValueError(f"{path} is pickled ({data['class']}), and reading that may run any code; allow it with --trust-pickles")
        pickled = self.pickles(data["sha256"])
        return OfMain(pickled, data["main"]).load() if "main" in data else pickle.loads(pickled)

    def made(self, data, path):
        if self.pickles is None:
            raise ValueError(f"{path} is made by calling {data['by']}, and that may be any code; allow it with --trust-pickles")
        return found(data["by"])()

    def object(self, data, path):
        kind = found(data["class"])
        base = next((base for base in BASES if issubclass(kind, base)), object)
        if base in (tuple, str, bytes, int, float, frozenset):
            content = self.base(data["base"], base, path)
            made = base.__new__(kind, content)
        else:
            made = base.__new__(kind)
        self.met[path] = made
        if base in (list, set, bytearray, dict) and "base" in data:
            base.__init__(made, self.base(data["base"], base, path))
        for name, item in data.get("state", {}).items():
            object.__setattr__(made, name, self.decode(item, f"{path}.{name}"))
        return made

    def base(self, data, base, path):
        if base in (list, tuple):
            return [self.decode(item, f"{path}[{place}]") for place, item in enumerate(data)]
        if base in (set, frozenset):
            return [self.decode(item, f"{path}{{}}") for item in data]
        return Decoder(self.pickles).decode(data, path) if base is not dict else self.dict_of(data, path)

    def dict_of(self, data, path):
        made = self.decode(data, path)
        del self.met[path]
        return made


def found(name):
    """What an importable name stands for."""
    module, _, names = name.partition(":")
    value = __import__(module)
    value = sys.modules[module]
    for part in filter(None, names.split(".")):
        value = getattr(value, part)
    return value


def of_moment(text):
    words = text.split(" ")
    value = datetime.datetime.fromisoformat(words[0])
    if "fold" in words[1:]:
        value = value.replace(fold=1)
    zones = [word for word in words[1:] if word != "fold"]
    if zones:
        import zoneinfo

        value = value.replace(tzinfo=zoneinfo.ZoneInfo(zones[0]))
    return value


def of_time(text):
    words = text.split(" ")
    return datetime.time.fromisoformat(words[0]).replace(fold=len(words) - 1)


def scalar(make):
    return lambda _, data, path: make(data["text"])


DECODERS = {
    "int": scalar(lambda text: int(text, 0)),
    "float": scalar(float),
    "str": lambda _, data, path: bytes.fromhex(data["utf16"]).decode("utf-16-be", "surrogatepass"),
    "bytes": lambda _, data, path: base64.b64decode(data["base64"]),
    "bytearray": lambda _, data, path: bytearray(base64.b64decode(data["base64"])),
    "tuple": lambda self, data, path: tuple(self.items(data, path)),
    "set": lambda self, data, path: set(self.unordered(data, path)),
    "frozenset": lambda self, data, path: frozenset(self.unordered(data, path)),
    "dict": Decoder.dict,
    "same": Decoder.same,
    "array": Decoder.array,
    "ordereddict": lambda self, data, path: self.fill(collections.OrderedDict(), data, path),
    "counter": lambda self, data, path: self.fill(collections.Counter(), data, path),
    "defaultdict": Decoder.defaultdict,
    "deque": Decoder.deque,
    "namespace": Decoder.namespace,
    "packed": Decoder.packed,
    "pattern": lambda self, data, path: re.compile(self.decode(data["of"], path), data["flags"]),
    "time": scalar(of_time),
    "pickle": Decoder.pickle,
    "object": Decoder.object,
    "name": lambda _, data, path: found(data["name"]),
    "made": Decoder.made,
    "enum": lambda _, data, path: found(data["class"])[data["name"]],
    "complex": scalar(complex),
    "decimal": scalar(decimal.Decimal),
    "fraction": scalar(fractions.Fraction),
    "date": scalar(datetime.date.fromisoformat),
    "datetime": scalar(of_moment),
    "timedelta": scalar(lambda text: datetime.timedelta(*map(int, text.split()))),
    "uuid": scalar(uuid.UUID),
    "range": scalar(lambda text: range(*map(int, text.split()))),
    "ellipsis": scalar(lambda _: ...),
    "path": scalar(pathlib.PosixPath),
    "purepath": scalar(pathlib.PurePosixPath),
}
