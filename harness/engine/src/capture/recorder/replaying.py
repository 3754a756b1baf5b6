"""Makes recorded calls again, in a process of its own, and takes down what they do beside returning something.

What would be seen from outside is not done again: it raises. Run as `python replaying.py ORDER`, where the order is a file.
"""

import asyncio
import datetime
import dis
import functools
import importlib.util
import inspect
import io
import json
import os
import random
import re
import sys
import threading
import time

CHANGES = "changes files"
EFFECTS = {
    "os.remove": CHANGES,
    "os.rename": CHANGES,
    "os.mkdir": CHANGES,
    "os.rmdir": CHANGES,
    "os.link": CHANGES,
    "os.symlink": CHANGES,
    "os.truncate": CHANGES,
    "os.chmod": CHANGES,
    "os.chown": CHANGES,
    "os.utime": CHANGES,
    "shutil.rmtree": CHANGES,
    "shutil.move": CHANGES,
    "socket.connect": "uses the network",
    "socket.bind": "uses the network",
    "socket.sendto": "uses the network",
    "socket.getaddrinfo": "uses the network",
    "socket.gethostbyname": "uses the network",
    "subprocess.Popen": "starts processes",
    "os.system": "starts processes",
    "os.exec": "starts processes",
    "os.fork": "starts processes",
    "os.forkpty": "starts processes",
    "os.posix_spawn": "starts processes",
    "os.spawn": "starts processes",
    "os.kill": "signals processes",
    "sqlite3.connect": "opens a database",
    "os.putenv": "changes the environment",
    "os.unsetenv": "changes the environment",
    "builtins.input": "reads from the terminal",
}
CLOCKS = {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "localtime", "gmtime", "ctime"}
STORES = {dis.opmap[name] for name in ("STORE_GLOBAL", "DELETE_GLOBAL") if name in dis.opmap}


class NotDone(RuntimeError):
    """Raised in the place of something that others would notice."""


class Seen:
    """What calls read and do."""

    def __init__(self):
        self.reads, self.effects, self.is_watching = {}, {}, False
        # Whether something wasn't done again in the present call.
        self.has_stopped = False
        self.codes = set()
        self.library = os.path.dirname(os.__file__)
        # The loop that a coroutine runs in has a clock, and sets of tasks by their addresses.
        self.loop = os.path.join(self.library, "asyncio", "")

    def read(self, what):
        self.reads[what] = self.reads.get(what, 0) + 1

    def audit(self, event, arguments):
        if not self.is_watching:
            return
        if event == "open":
            path, mode, flags = arguments
            if isinstance(path, int) or str(path).endswith((".py", ".pyc", ".so")):
                return
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND):
                self.do("writes files")
            self.read("files")
        elif event in EFFECTS:
            self.do(EFFECTS[event])
        elif event == "time.sleep":
            self.effects["sleeps"] = self.effects.get("sleeps", 0) + 1

    def do(self, what):
        self.effects[what] = self.effects.get(what, 0) + 1
        self.has_stopped = True
        raise NotDone(f"it {what}, which isn't done again in a replay")

    def profile(self, frame, event, called):
        if not self.is_watching:
            return
        if event == "call":
            self.enter(frame.f_code)
        elif event == "c_call":
            what = read_by(called)
            if what is not None and not self.is_of_the_loop(frame):
                self.read(what)

    def enter(self, code):
        if code in self.codes:
            return
        self.codes.add(code)
        if code.co_filename.startswith((self.library, "<frozen ")) and "site-packages" not in code.co_filename:
            if code.co_qualname in ("_Environ.__getitem__", "_Environ.get", "getenv"):
                self.read("environment")
            if code.co_qualname == "Thread.start":
                self.effects["starts threads"] = 1
            return
        for instruction in dis.get_instructions(code):
            if instruction.opcode in STORES:
                what = f"sets the global {instruction.argval}"
                self.effects[what] = self.effects.get(what, 0) + 1

    def is_of_the_loop(self, frame):
        """Whether the loop calls it, itself or by way of the standard library."""
        while frame is not None and frame.f_code.co_filename.startswith((self.library, "<frozen ")):
            if frame.f_code.co_filename.startswith(self.loop):
                return True
            frame = frame.f_back
        return False


def read_by(called):
    """What a native function reads that may be otherwise the next time; None for nothing."""
    name, module, own = getattr(called, "__name__", ""), getattr(called, "__module__", None), getattr(called, "__self__", None)
    if module == "time" and name in CLOCKS:
        return "clock"
    if isinstance(own, type) and issubclass(own, datetime.date) and name in ("now", "today", "utcnow"):
        return "clock"
    if isinstance(own, random.Random) or name in ("urandom", "getrandom", "generate_time_safe"):
        return "random numbers"
    if type(own).__module__.startswith("numpy.random"):
        return "random numbers"
    if module == "builtins" and name == "id":
        return "addresses of objects"
    return None


class Printed(io.TextIOBase):
    """Stands for standard output and errors."""

    def __init__(self, seen):
        self.seen = seen

    def write(self, text):
        if self.seen.is_watching:
            self.seen.effects["prints"] = self.seen.effects.get("prints", 0) + 1
        return len(text)


class Drained:
    """What a generator has given, up to a bound, and whether there was more."""

    def __init__(self, items, most):
        self.items, self.more = items[:most], len(items) > most


def drained(stream, most):
    items = []
    for item in stream:
        items.append(item)
        if len(items) > most:
            break
    stream.close()
    return Drained(items, most)


async def drained_async(stream, most):
    items = []
    async for item in stream:
        items.append(item)
        if len(items) > most:
            break
    await stream.aclose()
    return Drained(items, most)


def as_far(one, was):
    """What came of a call, as far as the recording goes: whoever read a stream may not have read it to its end."""
    own, other = one.get("result"), was.get("result")
    is_stream = all(isinstance(side, dict) and side.get("$") == "stream" for side in (own, other))
    if not is_stream or not other["more"]:
        return one
    items = own["items"][: len(other["items"])]
    return {**one, "result": {**own, "items": items, "more": own["more"] or len(items) < len(own["items"]) or len(items) == len(other["items"])}}


def replay(order, seen, calls, encoder, encoding):
    """Makes the calls; yields the number of each, how it ended, and how long it took."""
    function = encoding.found(order["function"])
    is_stream, most = inspect.isasyncgenfunction(function), order["streams"]
    is_async = inspect.iscoroutinefunction(function) or is_stream
    numbers = range(len(calls.lines))
    deadline = time.monotonic() + order["seconds"]
    # The loop is there before anything is watched: making one opens sockets.
    runner = asyncio.Runner() if is_async else None
    if is_async:
        runner.get_loop()
    for number in reversed(numbers) if order["reversed"] else numbers:
        if time.monotonic() > deadline:
            return
        try:
            args, kwargs = calls.arguments(number)
        except Exception as error:
            yield number, {"unmade": f"{type(error).__name__}: {error}"}, 0.0
            continue
        ended, value = "result", None
        if order["profiles"]:
            sys.setprofile(seen.profile)
        start = time.perf_counter()
        seen.is_watching, seen.has_stopped = True, False
        try:
            value = function(*args, **kwargs)
            if is_async:
                value = runner.run(drained_async(value, most) if is_stream else value)
            elif most is not None and inspect.isgenerator(value):
                value = drained(value, most)
        except BaseException as error:
            ended, value = "raised", error
        finally:
            seen.is_watching = False
            elapsed = time.perf_counter() - start
            sys.setprofile(None)
        found = outcome(ended, value, args, kwargs, encoder, encoding.Unrecordable)
        if seen.has_stopped:
            found["stopped"] = True
        yield number, found, elapsed


def outcome(ended, value, args, kwargs, encoder, unrecordable):
    """How a call has ended, as a capture has it."""
    own = encoder(pickles={})
    try:
        after = [[own.encode(one, f"args[{place}]") for place, one in enumerate(args)]]
        after.append({name: own.encode(one, f"kwargs.{name}") for name, one in kwargs.items()})
        if isinstance(value, Drained):
            items = [own.encode(item, f"result[{place}]") for place, item in enumerate(value.items)]
            return {"result": {"$": "stream", "items": items, "more": value.more}, "after": after}
        if ended == "result":
            return {"result": own.encode(value, "result"), "after": after}
    except unrecordable as problem:
        return {"unreadable": f"{problem.path}: {problem.what}"}
    kind = type(value)
    try:
        message = str(value)
    except Exception:
        message = ""
    return {"raised": [f"{kind.__module__}:{kind.__qualname__}", message], "after": after}


def differences(one, other, path="result"):
    """Where two encoded values differ, and how: in order, in a number, or otherwise."""
    if type(one) is not type(other):
        if isinstance(one, (int, float)) and isinstance(other, (int, float)) and bool not in (type(one), type(other)):
            yield path, "number", abs(one - other) / max(abs(one), abs(other), 1e-300)
        else:
            yield path, "other", None
    elif isinstance(one, dict):
        if one.get("$") == "dict" and other.get("$") == "dict":
            one, other = ({json.dumps(key): item for key, item in side["items"]} for side in (one, other))
        if one.keys() != other.keys():
            yield path, "other", None
            return
        if list(one) != list(other):
            yield path, "order", None
        for key in one:
            yield from differences(one[key], other[key], path if key.startswith("$") or "$" in one else f"{path}.{key}")
    elif isinstance(one, list):
        if one == other:
            return
        if sorted(map(json.dumps, one)) == sorted(map(json.dumps, other)):
            yield path, "unordered", None
        elif len(one) != len(other):
            yield path, "other", None
        else:
            for place, (left, right) in enumerate(zip(one, other)):
                yield from differences(left, right, f"{path}[{place}]")
    elif one != other:
        is_number = isinstance(one, float)
        yield path, "number" if is_number else "other", abs(one - other) / max(abs(one), abs(other)) if is_number else None


def recorded(line):
    """How a recorded call has ended."""
    after = line["after"] or [line["args"], line["kwargs"]]
    if line.get("raised") is not None:
        return {"raised": [line["raised"]["class"], line["raised"]["message"]], "after": after}
    return {"result": line["result"], "after": after}


def kind_of(ended):
    """The way that a call took, as far as its end shows it."""
    if "raised" in ended:
        return f"raised {ended['raised'][0]}"
    result = ended.get("result")
    return f"returned {result.get('$', 'dict') if isinstance(result, dict) else type(result).__name__}"


# Numbers that differ by no more than this share differ in the last digits.
TOLERANCE = 1e-9


def parts(path):
    """The parts of an output that a path leads to, as a manifest names them, or None where it can't."""
    head, _, rest = path.lstrip(".").partition("result")
    if head or not re.fullmatch(r"(\.[^\W\d]\w*|\[\d+\])*", rest):
        return None
    return rest.lstrip(".") or "output"


def together(paths):
    """Paths that differ in places alone as one, with `*` for the places."""
    by_shape = {}
    for path in paths:
        by_shape.setdefault(re.sub(r"\[\d+\]", "[*]", path), set()).add(path)
    return sorted(shape if len(own) > 1 else own.pop() for shape, own in by_shape.items())


def compared(calls, first, second, by_chance):
    """What two replays and the recording tell together. What comes `by_chance` has no tolerance."""
    report = {"replayed": 0, "unmade": [], "otherwise": 0, "redacted_otherwise": 0, "difference": None, "kinds": []}
    kinds, found = set(), {"ignore": set(), "unordered": set()}
    for number, line in enumerate(calls.lines):
        one, other = first.get(str(number)), second.get(str(number))
        if one is None or other is None:
            continue
        if "unmade" in one[0]:
            report["unmade"].append([number + 1, one[0]["unmade"]])
            continue
        report["replayed"] += 1
        for path, kind, size in differences(one[0], other[0], ""):
            if kind == "number" and (by_chance or size > TOLERANCE):
                kind = "other"
            kinds.add(kind)
            if kind in ("other", "unordered"):
                found["ignore" if kind == "other" else kind].add(parts(path))
            if report["difference"] is None:
                report["difference"] = {"call": number + 1, "path": path.lstrip("."), "kind": kind}
        was = recorded(line)
        if "stopped" in one[0]:
            continue
        if line["redacted"]:
            slower = max(one[1], 1e-4) > 5 * max(line["seconds"], 1e-4) or max(line["seconds"], 1e-4) > 5 * max(one[1], 1e-4)
            report["redacted_otherwise"] += kind_of(one[0]) != kind_of(was) or slower and line["seconds"] > 1e-3
        elif any(kind != "order" for _, kind, _ in differences(as_far(one[0], was), was, "")):
            report["otherwise"] += 1
    # Where all of an output differs, leaving it out leaves nothing.
    for name, paths in found.items():
        paths = None if None in paths else together(paths)
        is_telling = paths is not None and not (name == "ignore" and ({"output", "[*]"} & {*paths} or len(paths) > 8))
        report[name] = paths if is_telling else None
    report["kinds"] = sorted(kinds)
    return report


def main(file):
    with open(file, encoding="utf-8") as text:
        order = json.load(text)
    sys.path[:] = order["path"]
    sys.dont_write_bytecode = True
    os.chdir(order["folder"])
    seen = Seen()
    own = importlib.util.spec_from_file_location
    parts = {}
    for name in ("encoding", "calls"):
        spec = own(f"rustworthy_{name}", os.path.join(order["recorder"], f"{name}.py"))
        parts[name] = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(parts[name])
    encoding = parts["encoding"]
    calls = parts["calls"].Calls(order["capture"], encoding.Decoder, True)
    encoder = functools.partial(encoding.Encoder, recipes=order["recipes"])
    sys.stdout = sys.stderr = Printed(seen)
    sys.addaudithook(seen.audit)
    report = {"failure": None, "calls": {}}
    try:
        for number, ended, elapsed in replay(order, seen, calls, encoder, encoding):
            report["calls"][str(number)] = [ended, elapsed]
    except BaseException as error:
        report["failure"] = f"{type(error).__name__}: {error}"
    report["reads"], report["effects"] = sorted(seen.reads), sorted(seen.effects)
    report["threads"] = threading.active_count() > 1
    if order["against"] is not None:
        with open(order["against"], encoding="utf-8") as text:
            first = json.load(text)
        by_chance = bool({"clock", "random numbers"} & {*first["reads"], *report["reads"]})
        both = compared(calls, first["calls"], report["calls"], by_chance)
        reads, effects = ({*first[name], *report[name]} for name in ("reads", "effects"))
        report = both | {"failure": first["failure"] or report["failure"], "reads": sorted(reads), "effects": sorted(effects)}
    with open(order["out"], "w", encoding="utf-8") as text:
        json.dump(report, text)
    # Whatever the replayed code has started is to leave nothing hanging.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
