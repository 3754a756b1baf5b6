"""Puts a recording in the place of a function, whoever holds it."""

import functools
import gc
import inspect
import sys
import threading
import time
import types
import warnings
from contextvars import ContextVar

from .streams import AsyncStream, Stream
from .targets import OF_GENERATORS

GENERATOR, COROUTINE, ASYNC_GENERATOR, ITERABLE_COROUTINE = 0x20, 0x80, 0x200, 0x100

# Bodies of functions. Words in quotes are replaced by what they stand for: a function's names belong to the program.
PLAIN = """
def trampoline(*args, **kwargs):
    if 'NEXT'('OWN'.gate, True) and 'OWN'.looks():
        return 'RECORD'(args, kwargs)
    try:
        return 'ORIGINAL'(*args, **kwargs)
    except BaseException as error:
        'OWN'.late(args, kwargs, error)
        raise
"""
TIMED = """
def trampoline(*args, **kwargs):
    if 'NEXT'('OWN'.gate, True) and 'OWN'.looks():
        return 'RECORD'(args, kwargs)
    try:
        start = 'CLOCK'()
        result = 'ORIGINAL'(*args, **kwargs)
        elapsed = 'CLOCK'() - start
    except BaseException as error:
        'OWN'.late(args, kwargs, error)
        raise
    if elapsed > 'OWN'.slowest:
        'OWN'.slow(args, kwargs, result, elapsed)
    return result
"""
RECURSIVE = """
def trampoline(*args, **kwargs):
    if 'HERE'.inside:
        return 'ORIGINAL'(*args, **kwargs)
    'HERE'.inside = True
    try:
        if 'NEXT'('OWN'.gate, True) and 'OWN'.looks():
            return 'OWN'.record(args, kwargs, 'ORIGINAL')
        start = 'CLOCK'()
        result = 'ORIGINAL'(*args, **kwargs)
        elapsed = 'CLOCK'() - start
        if elapsed > 'OWN'.slowest:
            'OWN'.slow(args, kwargs, result, elapsed)
        return result
    except BaseException as error:
        'OWN'.late(args, kwargs, error)
        raise
    finally:
        'HERE'.inside = False
"""
ASYNC = """
async def trampoline(*args, **kwargs):
    if 'TASK'.get():
        return await 'ORIGINAL'(*args, **kwargs)
    'TASK'.set(True)
    try:
        if 'NEXT'('OWN'.gate, True) and 'OWN'.looks():
            return await 'OWN'.record_async(args, kwargs, 'ORIGINAL')
        start = 'CLOCK'()
        result = await 'ORIGINAL'(*args, **kwargs)
        elapsed = 'CLOCK'() - start
        if elapsed > 'OWN'.slowest:
            'OWN'.slow(args, kwargs, result, elapsed)
        return result
    except BaseException as error:
        'OWN'.late(args, kwargs, error)
        raise
    finally:
        'TASK'.set(False)
"""
STREAM = """
def trampoline(*args, **kwargs):
    if not 'HERE'.inside and 'NEXT'('OWN'.gate, True) and 'OWN'.looks():
        return (yield from 'STREAM'('OWN', args, kwargs, 'ORIGINAL', 'HERE', True))
    return (yield from 'ORIGINAL'(*args, **kwargs))
"""
RECURSIVE_STREAM = """
def trampoline(*args, **kwargs):
    if 'HERE'.inside:
        return (yield from 'ORIGINAL'(*args, **kwargs))
    return (yield from 'STREAM'('OWN', args, kwargs, 'ORIGINAL', 'HERE', 'NEXT'('OWN'.gate, True) and 'OWN'.looks()))
"""
ASYNC_STREAM = """
async def trampoline(*args, **kwargs):
    looks = not 'TASK'.get() and 'NEXT'('OWN'.gate, True) and 'OWN'.looks()
    stream = 'ASYNC_STREAM'('OWN', args, kwargs, 'ORIGINAL', 'TASK', looks)
    try:
        item = await stream.asend(None)
        while True:
            try:
                value = yield item
            except GeneratorExit:
                raise
            except BaseException as error:
                item = await stream.athrow(error)
            else:
                item = await stream.asend(value)
    except StopAsyncIteration:
        return
    finally:
        await stream.aclose()
"""


class Refused(Exception):
    """Why a target can't be recorded."""


def is_generator(flags):
    return flags & GENERATOR and not flags & ITERABLE_COROUTINE


class Here(threading.local):
    inside = False


class Trampoline:
    """The code that stands in the place of a function's own, in several kinds."""

    def __init__(self, recording, original, like):
        self.recording, self.original, self.like = recording, original, like
        self.here, self.task = Here(), ContextVar("rustworthy", default=False)
        self.codes = {}

    def code(self, source):
        if source not in self.codes:
            self.codes[source] = self.compile(source)
        return self.codes[source]

    def compile(self, source):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = compile(source, "<rustworthy>", "exec")
        code = next(constant for constant in module.co_consts if isinstance(constant, types.CodeType))
        meant = {
            "OWN": self.recording,
            "RECORD": self.record,
            "ORIGINAL": self.original,
            "NEXT": next,
            "CLOCK": time.perf_counter,
            "HERE": self.here,
            "TASK": self.task,
            "STREAM": Stream,
            "ASYNC_STREAM": AsyncStream,
        }
        constants = tuple(meant.get(one, one) if isinstance(one, str) else one for one in code.co_consts)
        changes = {"co_consts": constants}
        if self.like is not None:
            own = self.like
            changes |= {"co_freevars": own.co_freevars, "co_name": own.co_name, "co_qualname": own.co_qualname}
            if not own.co_flags & COROUTINE:
                changes["co_flags"] = code.co_flags | own.co_flags & inspect.CO_ITERABLE_COROUTINE
        return code.replace(**changes)

    def chosen(self):
        """The code for what is known of the function by now."""
        flags = 0 if self.like is None else self.like.co_flags
        if flags & COROUTINE:
            return self.code(ASYNC)
        if flags & ASYNC_GENERATOR:
            return self.code(ASYNC_STREAM)
        if is_generator(flags):
            return self.code(RECURSIVE_STREAM if self.recording.recursive else STREAM)
        if self.recording.recursive:
            return self.code(RECURSIVE)
        return self.code(TIMED if self.recording.is_timing else PLAIN)

    def record(self, args, kwargs):
        """Makes a call that is looked at, where calls within one another aren't told apart. One that is within another shows that
        they have to be from now on."""
        if self.here.inside or self.is_within(sys._getframe(2)):
            if not self.recording.recursive:
                self.recording.recursive = True
                self.recording.retrampoline()
            return self.original(*args, **kwargs)
        self.here.inside = True
        try:
            return self.recording.record(args, kwargs, self.original)
        finally:
            self.here.inside = False

    def is_within(self, frame):
        codes = (self.codes.get(PLAIN), self.codes.get(TIMED))
        while frame is not None and frame.f_code not in codes:
            frame = frame.f_back
        return frame is not None

    def costs(self):
        """How much longer calls take that aren't looked at, without reading the clock and with it."""
        if self.like is not None and (self.like.co_flags & (COROUTINE | ASYNC_GENERATOR) or is_generator(self.like.co_flags)):
            return 0.0, 0.0
        own, idle = self.original, self.recording.gate
        self.recording.gate, slowest = iter(lambda: False, True), self.recording.slowest
        self.recording.slowest, timed = 1e9, {}
        trial = Trampoline(self.recording, nothing, None)
        try:
            for source in (PLAIN, TIMED):
                function = types.FunctionType(trial.code(source), {})
                timed[source] = min(duration(function) for _ in range(5)) - min(duration(nothing) for _ in range(5))
        finally:
            self.recording.gate, self.recording.slowest, self.original = idle, slowest, own
        return max(timed[PLAIN], 0.0), max(timed[TIMED], 0.0)


def nothing(*args, **kwargs):
    return None


def duration(function):
    start = time.thread_time()
    for _ in range(200):
        function(1)
    return (time.thread_time() - start) / 200


def arm(recording, owner, name, found):
    """Records the calls of what `owner` has under `name`, which is `found` there as it lies."""
    function = found
    if isinstance(found, (staticmethod, classmethod)):
        function = found.__func__
        recording.owner = owner if isinstance(found, classmethod) else None
    if isinstance(found, property):
        raise Refused(f"it's a property; name what it calls: {name}.fget")
    if isinstance(function, types.FunctionType):
        return arm_function(recording, function)
    if isinstance(function, type):
        raise Refused(f"it's a class; name one of its methods, such as {name}.__init__")
    if not callable(function):
        raise Refused(f"it's of the type {type(function).__qualname__}, which isn't called")
    return arm_other(recording, owner, name, found)


@functools.cache
def leave_room():
    """Lets recursions get as deep as without recording, for which every call has a frame more."""
    sys.setrecursionlimit(2 * sys.getrecursionlimit())


def arm_function(recording, function):
    """Changes what a function does, and leaves it the same object: whoever holds it calls the recording."""
    own = function.__code__
    if own.co_filename == "<rustworthy>":
        raise Refused("it's recorded already, under another name")
    if (own.co_flags & ASYNC_GENERATOR or is_generator(own.co_flags)) and recording.options.streams is None:
        raise Refused(OF_GENERATORS)
    signature = signature_of(function)
    original = types.FunctionType(own, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
    original.__kwdefaults__ = function.__kwdefaults__
    original.__qualname__, original.__module__ = function.__qualname__, function.__module__
    original.__doc__ = function.__doc__
    # From Python 3.14 on annotations are evaluated when they are asked for, and may name what isn't there.
    way = "__annotate__" if hasattr(function, "__annotate__") else "__annotations__"
    setattr(original, way, getattr(function, way))
    if signature is not None:
        recording.names = positional(signature)
    recording.recursive, recording.is_async = calls_itself(own), bool(own.co_flags & COROUTINE)
    leave_room()
    trampoline = Trampoline(recording, original, own)
    recording.light, recording.timed = trampoline.costs()

    def retrampoline():
        function.__code__ = trampoline.chosen()

    recording.retrampoline = retrampoline
    if not hasattr(function, "__wrapped__"):
        if signature is not None:
            function.__signature__ = signature
        function.__wrapped__ = original
    retrampoline()
    recording.status = "armed"


def signature_of(function):
    """The signature, as far as there is one, without evaluating annotations."""
    formats = {}
    if sys.version_info >= (3, 14):
        import annotationlib

        formats = {"annotation_format": annotationlib.Format.FORWARDREF}
    try:
        return inspect.signature(function, **formats)
    except Exception:
        return None


def calls_itself(code):
    return code.co_name in code.co_names or code.co_name in code.co_freevars


def positional(signature):
    """Names of the parameters that positions stand for."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(name for name, one in signature.parameters.items() if one.kind in kinds)


def arm_other(recording, owner, name, found):
    """Puts a function in the place of what has no code of Python's, wherever that is bound to a name."""
    called = found.__func__ if isinstance(found, (staticmethod, classmethod)) else found
    kind = type(called)
    if isinstance(kind.__dict__.get("__call__"), types.FunctionType):
        raise Refused(f"it's an object that is called; name what that does: {kind.__module__}:{kind.__qualname__}.__call__")
    signature = signature_of(called)
    if signature is not None:
        recording.names = positional(signature)
    trampoline = Trampoline(recording, called, None)
    recording.light, recording.timed = trampoline.costs()
    function = types.FunctionType(trampoline.chosen(), {"__builtins__": __builtins__}, getattr(called, "__name__", name))
    functools.update_wrapper(function, called)
    for attribute in ("cache_info", "cache_clear", "cache_parameters"):
        if hasattr(called, attribute):
            setattr(function, attribute, getattr(called, attribute))

    def retrampoline():
        function.__code__ = trampoline.chosen()

    recording.retrampoline = retrampoline
    new = type(found)(function) if isinstance(found, (staticmethod, classmethod)) else function
    if isinstance(owner, type) and isinstance(found, types.BuiltinFunctionType):
        # Functions in Python would be given the object, and native ones aren't.
        new = staticmethod(function)
    try:
        setattr(owner, name, new)
    except (AttributeError, TypeError):
        raise Refused(f"{getattr(owner, '__name__', owner)!s} is native, and takes no other {name}") from None
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", None)
        if type(names) is dict and not getattr(module, "__name__", "").startswith("rustworthy_recorder"):
            for bound, value in list(names.items()):
                if value is called:
                    names[bound] = function
    # Whoever else holds it goes on calling what isn't recorded.
    holders = {type(one).__qualname__ for one in gc.get_referrers(called) if is_holder(one, trampoline, function)}
    recording.left = sorted(holders - {"frame", "function", "cell"})
    recording.status = "armed"


def is_holder(one, trampoline, function):
    own = (vars(trampoline), vars(function), trampoline, function)
    if isinstance(one, tuple) and any(trampoline.recording is part for part in one):
        return False
    return not any(one is part for part in own)
