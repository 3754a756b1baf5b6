"""Has calls of a function answered by something else for a while, whoever holds the function."""

from __future__ import annotations

import functools
import importlib
import inspect
import types
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .trial import Trial

# Bodies of functions. Words in quotes are replaced by what they stand for: a function's names belong to the program.
PLAIN = """
def trampoline(*args, **kwargs):
    return 'ANSWER'(args, kwargs)
"""
WAITING = """
async def trampoline(*args, **kwargs):
    return await 'ANSWER'(args, kwargs)
"""


class Unfit(Exception):
    """Why calls of what a name stands for can't be answered otherwise."""


def found(name: str) -> Any:
    """What a name `module:function` stands for. Raises Unfit."""
    module, _, path = name.partition(":")
    try:
        owner: Any = importlib.import_module(module)
    except Exception as error:
        raise Unfit(f"{name}: importing '{module}' raised {type(error).__name__}: {error}") from error
    for part in path.split("."):
        if not hasattr(owner, part):
            raise Unfit(f"{name}: {_name(owner)} has no '{part}'{_near(part, owner)}")
        owner = getattr(owner, part)
    if not callable(owner):
        raise Unfit(f"{name} is of the type {type(owner).__qualname__}, which isn't called")
    return owner


class Diversion:
    """A function whose code is another's until this is undone."""

    def __init__(self, trial: Trial) -> None:
        self.function, self.code = trial.diverted, trial.diverted.__code__
        self.function.__code__ = _trampoline(trial.answer_waiting if trial.waits else trial.answer, self.code)

    def undo(self) -> None:
        self.function.__code__ = self.code


def own(name: str, function: Any) -> tuple[types.FunctionType, types.FunctionType]:
    """A function in Python, and another one that does what it does while its own code is changed. Raises Unfit."""
    function = getattr(function, "__func__", function)
    if isinstance(function, functools.partial) or not isinstance(function, types.FunctionType):
        kind = type(function)
        wrapped = getattr(function, "__wrapped__", None)
        more = f"; it wraps {wrapped.__module__}:{wrapped.__qualname__}, but no name leads there" if wrapped is not None else ""
        raise Unfit(f"{name} is of the type {kind.__module__}.{kind.__qualname__}, and no function in Python{more}")
    code = function.__code__
    if code.co_filename == "<rustworthy>":
        raise Unfit(f"{name} is recorded or compared already: leave --rustworthy-capture out for it, or name it in one mark")
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR):
        raise Unfit(f"{name} is a generator function, whose call is over before its work is done; name what consumes it")
    original = types.FunctionType(code, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
    original.__kwdefaults__ = function.__kwdefaults__
    original.__qualname__, original.__module__ = function.__qualname__, function.__module__
    return function, original


def _trampoline(answer: Any, own: types.CodeType) -> types.CodeType:
    source = WAITING if own.co_flags & inspect.CO_COROUTINE else PLAIN
    with warnings.catch_warnings():
        # Python suspects a call of a text.
        warnings.simplefilter("ignore")
        module = compile(source, "<rustworthy>", "exec")
    code = next(constant for constant in module.co_consts if isinstance(constant, types.CodeType))
    constants = tuple(answer if one == "ANSWER" else one for one in code.co_consts)
    return code.replace(co_consts=constants, co_freevars=own.co_freevars, co_name=own.co_name, co_qualname=own.co_qualname)


def _name(owner: Any) -> str:
    kind = "module" if isinstance(owner, types.ModuleType) else "class"
    return f"{kind} '{getattr(owner, '__name__', owner)}'"


def _near(part: str, owner: Any) -> str:
    import difflib

    near = difflib.get_close_matches(part, [name for name in dir(owner) if callable(getattr(owner, name, None))], 1, 0.6)
    return f"; did you mean '{near[0]}'?" if near else ""
