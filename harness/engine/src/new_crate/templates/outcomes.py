"""Calls that two functions have to answer alike.

Arguments are made anew for each of the two. What they return or raise, and what they leave of their arguments, is written down as
recorded calls are (`encoding.py`), and that is compared: types and values throughout, dicts in their order, NaN equal to NaN.
"""

import asyncio
import inspect
import json
import os
import pathlib
import re
import sys
import typing

import encoding

HERE = pathlib.Path(__file__).resolve().parent


class Subject:
    """A function and what stands for it, each `module:function`.

    `folders` go first on the search path, and `capture` is the folder of recorded calls, both relative to this one; `tolerance` is the
    relative one for floats.
    """

    def __init__(self, original, candidate, folders, capture=None, tolerance=0.0):
        sys.path[:0] = [str((HERE / folder).resolve()) for folder in folders]
        self.names, self.tolerance = (original, candidate), tolerance
        self.trusts_pickles = os.environ.get("RUSTWORTHY_TRUST_PICKLES") == "1"
        self.capture = None if capture is None else (HERE / capture).resolve()
        self.lines = self.read()

    def read(self):
        if self.capture is None or not (self.capture / "calls.jsonl").is_file():
            return []
        with open(self.capture / "calls.jsonl", encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def functions(self):
        return [encoding.found(name) for name in self.names]

    def arguments(self, call):
        decoder = encoding.Decoder(self.pickle if self.trusts_pickles else None)
        args = [decoder.decode(value, f"args[{place}]") for place, value in enumerate(call["args"])]
        return args, {name: decoder.decode(value, f"kwargs.{name}") for name, value in call["kwargs"].items()}

    def pickle(self, digest):
        if not digest.isalnum():
            raise ValueError(f"{digest!r} is no digest")
        return (self.capture / "objects" / digest).read_bytes()

    def difference(self, call):
        """Where the two differ on a call, or None."""
        expected, got = (outcome(function, *self.arguments(call)) for function in self.functions())
        return difference(expected, got, "", self.tolerance)

    def strategy(self):
        """Calls like the recorded ones; without any, calls of the types that the parameters are annotated with, or None."""
        from hypothesis import strategies as st

        if self.lines:
            plain = [line for line in self.lines if self.trusts_pickles or not holds([line["args"], line["kwargs"]], "pickle", "made")]
            return st.sampled_from(plain).flatmap(like) if plain else None
        function = self.functions()[0]
        try:
            hints = typing.get_type_hints(function)
        except Exception:
            return None
        args, kwargs = [], {}
        for name, one in inspect.signature(function).parameters.items():
            if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD):
                continue
            if name not in hints:
                return None
            (kwargs.__setitem__ if one.kind == one.KEYWORD_ONLY else lambda _, value: args.append(value))(
                name, st.from_type(hints[name]).map(encoded)
            )
        return st.fixed_dictionaries({"args": st.tuples(*args).map(list), "kwargs": st.fixed_dictionaries(kwargs)})


def holds(data, *tags):
    if isinstance(data, list):
        return any(holds(item, *tags) for item in data)
    return isinstance(data, dict) and (data.get("$") in tags or any(holds(item, *tags) for item in data.values()))


def like(call):
    """Calls that give values of the same types as this one."""
    from hypothesis import strategies as st

    # What is the same as another part has to stay so.
    if holds(call["args"], "same") or holds(call["kwargs"], "same"):
        return st.just({"args": call["args"], "kwargs": call["kwargs"]})
    args = st.tuples(*[varied(value) for value in call["args"]]).map(list)
    kwargs = st.fixed_dictionaries({name: varied(value) for name, value in call["kwargs"].items()})
    return st.fixed_dictionaries({"args": args, "kwargs": kwargs})


def varied(data):
    """Values like an encoded one: itself, and others of its type that aren't much larger."""
    from hypothesis import strategies as st

    if data is None or isinstance(data, bool):
        return st.just(data) if data is None else st.booleans()
    if isinstance(data, int):
        most = max(2 * abs(data), 8)
        return st.just(data) | st.integers(-most if data < 0 else 0, most).map(encoded)
    if isinstance(data, float):
        return st.just(data) | st.floats(-2 * abs(data) - 1.0, 2 * abs(data) + 1.0)
    if isinstance(data, str):
        own = st.text(st.sampled_from(sorted(set(data))), max_size=2 * len(data)) if data else st.nothing()
        return st.just(data) | own | st.text(max_size=max(2 * len(data), 4)).map(encoded)
    if isinstance(data, list):
        if not data:
            return st.just(data)
        return st.just(data) | st.lists(st.one_of([varied(item) for item in data[:8]]), max_size=2 * len(data))
    tag = data.get("$")
    if tag is None:
        return st.fixed_dictionaries({key: varied(value) for key, value in data.items()})
    if tag == "tuple":
        return st.tuples(*[varied(item) for item in data["items"]]).map(lambda items: {"$": "tuple", "items": list(items)})
    if tag == "bytes":
        return st.just(data) | st.binary(max_size=max(len(data["base64"]), 4)).map(encoded)
    return st.just(data)


def encoded(value):
    return encoding.Encoder().encode(value, "value")


def outcome(function, args, kwargs):
    """How a call ends, and what it leaves of its arguments."""
    try:
        result = function(*args, **kwargs)
        if inspect.isawaitable(result):
            result = asyncio.run(awaited(result))
    except Exception as error:
        kind = type(error)
        # Where an object lies is another place each time.
        ended = {"raised": f"{kind.__module__}.{kind.__qualname__}", "message": re.sub(r"0x[0-9a-f]+", "0x…", str(error))}
    else:
        ended = {"result": written(result, "result")}
    return {**ended, "args": written(list(args), "args"), "kwargs": written(kwargs, "kwargs")}


async def awaited(awaitable):
    return await awaitable


def written(value, path):
    try:
        return encoding.Encoder(pickles={}).encode(value, path)
    except encoding.Unrecordable as why:
        return {"$": "unwritten", "type": type(value).__qualname__, "why": str(why)}


def difference(expected, got, path, tolerance):
    """The first place where two encoded values differ, or None."""
    if isinstance(expected, float) and isinstance(got, float):
        near = abs(expected - got) <= tolerance * max(abs(expected), abs(got))
        return None if expected == got or near else f"{path}: {expected!r}, and it is {got!r}"
    if type(expected) is not type(got):
        return f"{path}: {shown(expected)}, and it is {shown(got)}"
    if isinstance(expected, dict):
        if list(expected) != list(got):
            return f"{path}: has {list(expected)}, and it has {list(got)}"
        places = ((f"{path}.{key}" if path else key, expected[key], got[key]) for key in expected)
    elif isinstance(expected, list):
        if len(expected) != len(got):
            return f"{path}: {len(expected)} items, and it has {len(got)}"
        places = ((f"{path}[{place}]", one, other) for place, (one, other) in enumerate(zip(expected, got)))
    else:
        return None if expected == got else f"{path}: {shown(expected)}, and it is {shown(got)}"
    return next(filter(None, (difference(one, other, place, tolerance) for place, one, other in places)), None)


def shown(value):
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
