"""Compiles a function with Numba, and the functions of its module that it calls."""

import importlib
import operator
import re
import sys
import types

MODULE = @module@
CALLABLE = @callable@
PACKAGES = @packages@

# Last: what the project has of the same packages goes first.
sys.path.append(PACKAGES)
import numba  # noqa: E402
from numba.core.errors import NumbaError, UnsupportedBytecodeError  # noqa: E402

TELLING = (
    "Cannot determine Numba type of",
    "cannot determine Numba type of",
    "Untyped global name",
    "Unknown attribute",
    "No implementation of function",
    "non-precise type",
    "nsupported",
    "not supported",
    "Cannot unify",
)


class CannotCompile(BaseException):
    """The reason, in a line. No `Exception`: what a recorded call raises of those counts as its output."""


def names(code):
    """Global names that code refers to, that of its comprehensions included."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= names(constant)
    return found


def compiled(function, known):
    """A function with those of its module that it refers to compiled too."""
    if function in known:
        return known[function]
    scope = dict(function.__globals__)
    copy = types.FunctionType(
        function.__code__, scope, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__, copy.__module__ = function.__kwdefaults__, function.__module__
    copy.__qualname__ = function.__qualname__
    known[function] = made = numba.njit(cache=True)(copy)
    for name in names(function.__code__):
        value = function.__globals__.get(name)
        if isinstance(value, types.FunctionType) and value.__module__ == function.__module__:
            scope[name] = compiled(value, known)
    return made


def reason(error):
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    telling = [line for text in TELLING for line in lines if text in line]
    plain = [line for line in lines if not line.startswith("Failed in ")]
    return (telling or plain or lines or [type(error).__name__])[0]


def described(value):
    """A type as one would say it: `list of dict of str`."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple, set)) else ()
    first = next(iter(parts), None)
    return type(value).__name__ if first is None else f"{type(value).__name__} of {described(first)}"


def unknown(args):
    """What of the arguments Numba has no type for."""
    for value in args:
        try:
            numba.typeof(value)
        except (ValueError, NumbaError):
            return f"it has no type for {described(value)}"
    return None


def explained(dispatcher):
    """Has it raise one line where it can't be compiled for its arguments."""
    compile_for = dispatcher._compile_for_args

    def compile_or_explain(*args, **kws):
        try:
            return compile_for(*args, **kws)
        except (NumbaError, UnsupportedBytecodeError) as error:
            raise CannotCompile(unknown(args) or reason(error)) from None

    dispatcher._compile_for_args = compile_or_explain
    return dispatcher


function = operator.attrgetter(CALLABLE)(importlib.import_module(MODULE))
if not isinstance(function, types.FunctionType):
    raise CannotCompile(f"'{CALLABLE}' is no plain function but of type '{type(function).__name__}'")
call = explained(compiled(function, {}))
