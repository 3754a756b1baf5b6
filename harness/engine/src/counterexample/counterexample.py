"""Looks for a small call in which a contender differs from the baseline, and writes it as a test that fails.

A recorded call is taken as it was written down, and parts of its arguments are left out or made smaller as long as the two differ in the
same way. What would be seen from outside isn't done: it raises. Run as `python counterexample.py ORDER`, where the order is a file.
"""

import asyncio
import importlib.util
import inspect
import json
import math
import os
import sys
import time
import types

# Calls of both that are made at most.
MOST_TRIES = 3000

ATTRIBUTES = '''
def attributes(value):
    """What an object holds, by name."""
    slots = [name for kind in type(value).__mro__ for name in vars(kind).get("__slots__", ())]
    return {name: getattr(value, name) for name in slots if hasattr(value, name)} | getattr(value, "__dict__", {})
'''

TYPES = '''
def shape(value, within=()):
    """A value as what can be compared exactly: with types, and with the order of keys."""
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    if id(value) in within:
        return kind, "within itself"
    within = (*within, id(value))
    if isinstance(value, dict):
        return kind, [(shape(key, within), shape(item, within)) for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        return kind, [shape(item, within) for item in value]
    if isinstance(value, (set, frozenset)):
        return kind, sorted((shape(item, within) for item in value), key=repr)
    if isinstance(value, (int, float, complex, str, bytes, bytearray)):
        return kind, "nan" if value != value else value
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        return kind, str(value.dtype), shape(value.tolist())
    held = attributes(value)
    return kind, shape(held, within) if held or type(value).__repr__ is object.__repr__ else repr(value)


def same(expected, got):
    return shape(expected) == shape(got)
'''

VALUES = '''
def same(expected, got):
    if isinstance(expected, (int, float)) and isinstance(got, (int, float)):
        return alike(expected, got)
    if isinstance(expected, dict) and isinstance(got, dict):
        return expected.keys() == got.keys() and all(same(item, got[key]) for key, item in expected.items())
    for kind in (list, tuple):
        if isinstance(expected, kind) and isinstance(got, kind):
            return len(expected) == len(got) and all(map(same, expected, got))
    if hasattr(expected, "tolist") and hasattr(got, "tolist"):
        return same(expected.tolist(), got.tolist())
    if type(expected) is type(got) and type(expected).__eq__ is object.__eq__:
        return same(attributes(expected), attributes(got))
    return bool(expected == got)
'''

ALIKE = '''
def alike(expected, got):
    return expected == got or expected != expected and got != got
'''

NEAR = '''
def alike(expected, got):
    is_nan = expected != expected and got != got
    return is_nan or math.isclose(expected, got, rel_tol={relative!r}, abs_tol={absolute!r})
'''

OUTCOME = '''
def outcome(function, args, kwargs):
    """How a call ends, what it gives, and what it leaves of its arguments."""
    try:
        result = function(*args, **kwargs)
        if inspect.isawaitable(result):
            result = asyncio.run(completed(result))
        ended = "returned", result
    except {errors} as error:
        ended = "raised", {error}
    return (*ended, {after})


async def completed(awaitable):
    return await awaitable


def agree(expected, got):
    values = {same}(expected[1], got[1]) if expected[0] == got[0] == "returned" else expected[:2] == got[:2]
    return values and {left}(expected[2], got[2])
'''

MADE = '''
def made(kind, state, **base):
    """An object without running code of its class."""
    value = kind.__new__(kind, *base.get("content", ()))
    for name, item in state.items():
        object.__setattr__(value, name, item)
    return value
'''

FILE = '''"""{about}"""

{imports}

sys.path[:0] = {path!r}

{functions}
{helpers}

def arguments():
    return {args}, {kwargs}


def {test}():
    expected = outcome({baseline}, *arguments())
    got = outcome({contender}, *arguments())
    assert agree(expected, got), f"\\n{baseline_name}: {{expected}}\\n{contender_name}: {{got}}"
'''


class Unwritable(Exception):
    """Why a value can't be written as Python."""


class Source:
    """Writes recorded values as Python."""

    def __init__(self, decode):
        self.decode, self.modules, self.makes = decode, {"asyncio", "inspect", "sys"}, False

    def text(self, data):
        if isinstance(data, list):
            return f"[{self.all(data)}]"
        if not isinstance(data, dict):
            return repr(data)
        tag = data.get("$")
        if tag is None:
            return self.dict(data)
        write = getattr(self, f"write_{tag}", None)
        if write is not None:
            return write(data)
        if tag in ("int", "complex", "range", "ellipsis"):
            return repr(self.decode(data))
        if tag in ("date", "datetime", "time", "timedelta"):
            text = repr(self.decode(data))
            self.modules |= {"datetime"} | ({"zoneinfo"} if "zoneinfo." in text else set())
            return text
        module = {"decimal": "decimal", "fraction": "fractions", "uuid": "uuid", "path": "pathlib", "purepath": "pathlib"}.get(tag)
        if module is None:
            raise Unwritable(f"it holds a value that isn't written as Python: {data.get('class', tag)}")
        self.modules.add(module)
        return f"{module}.{self.decode(data)!r}"

    def all(self, items):
        return ", ".join(map(self.text, items))

    def dict(self, data):
        return f"{{{', '.join(f'{name!r}: {self.text(item)}' for name, item in data.items())}}}"

    def pairs(self, data):
        return f"{{{', '.join(f'{self.text(key)}: {self.text(item)}' for key, item in data['items'])}}}"

    def name(self, name):
        module, _, path = name.partition(":")
        self.modules.add(module)
        return ".".join(filter(None, ("" if module == "builtins" else module, path)))

    def write_float(self, data):
        return f"float({data['text']!r})"

    def write_str(self, data):
        return repr(self.decode(data))

    def write_bytes(self, data):
        return repr(self.decode(data))

    write_bytearray = write_bytes

    def write_tuple(self, data):
        return f"({self.all(data['items'])}{',' if len(data['items']) == 1 else ''})"

    def write_set(self, data):
        return f"{{{self.all(data['items'])}}}" if data["items"] else "set()"

    def write_frozenset(self, data):
        return f"frozenset([{self.all(data['items'])}])"

    def write_dict(self, data):
        return self.pairs(data)

    def write_ordereddict(self, data):
        self.modules.add("collections")
        return f"collections.OrderedDict({self.pairs(data)})"

    def write_counter(self, data):
        self.modules.add("collections")
        return f"collections.Counter({self.pairs(data)})"

    def write_defaultdict(self, data):
        self.modules.add("collections")
        return f"collections.defaultdict({self.text(data['factory'])}, {self.pairs(data)})"

    def write_deque(self, data):
        self.modules.add("collections")
        return f"collections.deque([{self.all(data['items'])}], {data['most']})"

    def write_namespace(self, data):
        self.modules.add("types")
        return f"types.SimpleNamespace(**{self.dict(data['state'])})"

    def write_pattern(self, data):
        self.modules.add("re")
        return f"re.compile({self.text(data['of'])}, {data['flags']})"

    def write_name(self, data):
        return self.name(data["name"])

    def write_made(self, data):
        return f"{self.name(data['by'])}()"

    def write_enum(self, data):
        return f"{self.name(data['class'])}[{data['name']!r}]"

    def write_object(self, data):
        if isinstance(data.get("base"), (list, dict)):
            raise Unwritable(f"it holds an object that isn't written as Python: {data['class']}")
        self.makes = True
        content = f", content=[{self.text(data['base'])}]" if "base" in data else ""
        return f"made({self.name(data['class'])}, {self.dict(data.get('state', {}))}{content})"


class Pair:
    """A baseline and a contender, and whether they agree."""

    def __init__(self, order, seen, found):
        self.order, self.equal, self.seen = order, order["equal"], seen
        self.names = [order["baseline"], order["contender"]]
        self.functions = [found(name) for name in self.names]
        self.helpers = self.comparison() + self.outcomes()
        self.rules = {"asyncio": asyncio, "inspect": inspect, "math": math}
        if "callable" in self.equal:
            self.rules["equal"] = found(self.equal["callable"])
        exec(self.helpers, self.rules)

    def comparison(self):
        """The code that compares what calls give."""
        if "callable" in self.equal or self.equal.get("exact"):
            return ATTRIBUTES + "\n" + TYPES
        is_near = "relative" in self.equal
        alike = NEAR.format(**self.equal) if is_near else ALIKE
        return "\n".join([ATTRIBUTES, alike, VALUES])

    def outcomes(self):
        """The code that makes calls."""
        raises = self.order["raises"]
        name = 'f"{type(error).__module__}.{type(error).__qualname__}"'
        return "\n" + (
            OUTCOME.replace("{errors}", "()" if raises == "never" else "Exception")
            .replace("{error}", f"({name}, str(error))" if raises == "message" else f"({name},)")
            .replace("{after}", "(args, kwargs)" if self.order["with_arguments"] else "None")
            .replace("{same}", "equal" if "callable" in self.equal else "same")
            .replace("{left}", "same")
        )

    def ends(self, args, kwargs, decoded):
        """How both calls end where they don't agree, which a smaller call has to have in common; None where they do."""
        self.seen.is_watching = True
        try:
            expected, got = (self.rules["outcome"](function, *decoded(args, kwargs)) for function in self.functions)
            if self.rules["agree"](expected, got):
                return None
        except Exception:
            return None
        finally:
            self.seen.is_watching = False
        return [(ended, what[0] if ended == "raised" else None) for ended, what, _ in (expected, got)]


def smaller(data):
    """Recorded values that are a little smaller than one, the much smaller ones first."""
    if isinstance(data, list):
        yield from shorter(data)
        for place, item in enumerate(data):
            for less in smaller(item):
                yield [*data[:place], less, *data[place + 1 :]]
    elif isinstance(data, dict):
        yield from smaller_dict(data)
    elif isinstance(data, str):
        yield from shorter(data)
    elif isinstance(data, float):
        yield from (less for less in (0.0, 1.0, float(int(data))) if abs(less) < abs(data))
    elif isinstance(data, int) and not isinstance(data, bool) and data:
        yield from dict.fromkeys(less for less in (0, 1, int(data / 2), data - (1 if data > 0 else -1)) if abs(less) < abs(data))


def shorter(data):
    """Parts of a list or text with a stretch left out, long ones first."""
    length = len(data)
    while length > 0:
        for start in range(0, len(data), length):
            yield data[:start] + data[start + length :]
        length //= 2


def smaller_dict(data):
    tag = data.get("$")
    if tag is None:
        for name in data:
            yield {key: item for key, item in data.items() if key != name}
    # Of a tuple each place may have a meaning of its own; of a named one it certainly does.
    elif isinstance(data.get("items"), list):
        for items in shorter(data["items"]):
            yield {**data, "items": items}
    for name, item in data.items():
        if name == "state" and tag is not None:
            # An object without one of its attributes is none that there could be.
            less_of = ({**item, own: less} for own, value in item.items() for less in smaller(value))
        else:
            less_of = smaller(item) if tag is None or name in ("items", "base") else ()
        for less in less_of:
            yield {**data, name: less}


def shrunk(pair, args, kwargs, decoded, deadline):
    """The smallest call that was found in time in which the two differ as they do in this one."""
    wanted, tries = pair.ends(args, kwargs, decoded), 0
    if wanted is None:
        return None
    found = True
    while found:
        found = False
        for less in candidates(args, kwargs):
            tries += 1
            if time.monotonic() > deadline or tries > MOST_TRIES:
                return args, kwargs
            if pair.ends(*less, decoded) == wanted:
                args, kwargs = less
                found = True
                break
    return args, kwargs


def candidates(args, kwargs):
    # How many arguments there are is what the function says.
    for place, item in enumerate(args):
        for less in smaller(item):
            yield [*args[:place], less, *args[place + 1 :]], kwargs
    for less in smaller_dict(kwargs):
        yield args, less


def written(order, pair, args, kwargs, decode):
    """The test."""
    source = Source(decode)
    parts = {"args": source.text({"$": "tuple", "items": args}), "kwargs": source.dict(kwargs)}
    names = [source.name(name) for name in pair.names]
    functions = ""
    if "callable" in pair.equal:
        functions = f"equal = {source.name(pair.equal['callable'])}\n"
    if "math." in pair.helpers:
        source.modules.add("math")
    own = sorted(module for module in source.modules if module in sys.stdlib_module_names and module != "builtins")
    others = sorted(source.modules - set(own) - {"builtins"})
    # The modules under test are found once the path is set.
    functions = "".join(f"import {module}  # noqa: E402\n" for module in others) + ("\n" + functions if functions else "")
    about = (
        f"Call {order['line']} of the capture of {order['captured']}: {pair.names[1]} differs from {pair.names[0]}.\n\n"
        "Its arguments were made smaller as long as the two differed. Written by rustworthy; run it with pytest.\n"
    )
    return FILE.format(
        about=about,
        imports="\n".join(f"import {module}" for module in own),
        path=order["path"],
        functions=functions,
        helpers=pair.helpers + ("\n" + MADE if source.makes else ""),
        test=order["test"],
        baseline=names[0],
        contender=names[1],
        baseline_name=pair.names[0],
        contender_name=pair.names[1],
        **parts,
    )


def fails(text, name, seen):
    """Whether the test fails as it should."""
    module = types.ModuleType("test")
    exec(compile(text, "<test>", "exec"), vars(module))
    seen.is_watching = True
    try:
        getattr(module, name)()
    except AssertionError:
        return True
    finally:
        seen.is_watching = False
    return False


def find(order, parts, seen):
    """Writes the test; why there is none."""
    calls = parts["calls"].Calls(order["capture"], parts["encoding"].Decoder, order["trusts_pickles"])
    line = calls.lines[order["line"] - 1]
    args, kwargs = line["args"], line["kwargs"]

    def decoded(args, kwargs):
        decoder = parts["encoding"].Decoder(calls.pickle if calls.trusts_pickles else None)
        made = tuple(decoder.decode(value, f"args[{place}]") for place, value in enumerate(args))
        return made, {name: decoder.decode(value, f"kwargs.{name}") for name, value in kwargs.items()}

    pair = Pair(order, seen, parts["encoding"].found)
    less = shrunk(pair, args, kwargs, decoded, time.monotonic() + order["seconds"])
    if less is None:
        return "made by itself, it doesn't differ"
    reason = None
    for args, kwargs in (less, (args, kwargs)):
        try:
            text = written(order, pair, args, kwargs, lambda data: parts["encoding"].Decoder().decode(data, "value"))
        except Unwritable as problem:
            reason = str(problem)
            continue
        if not fails(text, order["test"], seen):
            reason = "written as Python, it doesn't differ"
            continue
        part = f"{order['out']}.part"
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(part, order["out"])
        return None
    return reason


def main(file):
    with open(file, encoding="utf-8") as text:
        order = json.load(text)
    sys.path[:0] = order["path"]
    sys.dont_write_bytecode = True
    parts = {}
    for name in ("encoding", "calls", "replaying"):
        spec = importlib.util.spec_from_file_location(f"rustworthy_{name}", os.path.join(os.path.dirname(file), f"{name}.py"))
        parts[name] = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(parts[name])
    # Modules may do what they like as they are imported, as in any run.
    for name in (order["baseline"], order["contender"]):
        parts["encoding"].found(name)
    seen = parts["replaying"].Seen()
    sys.stdout = sys.stderr = parts["replaying"].Printed(seen)
    sys.addaudithook(seen.audit)
    try:
        why = find(order, parts, seen)
    except BaseException as error:
        why = f"{type(error).__name__}: {error}"
    with open(order["report"], "w", encoding="utf-8") as text:
        json.dump({"why": why}, text)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
