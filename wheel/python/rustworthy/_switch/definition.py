"""`rustworthy.switch`: the wrapper that a program calls in the function's place."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import WRAPPER_ASSIGNMENTS, partial, update_wrapper
from threading import get_ident
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from . import settings
from .comparing import Equality
from .keeper import keeper
from .log import warn
from .surroundings import tell_of_the_interpreter
from .state import State, read_budgets

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
C = TypeVar("C", bound=Callable[..., Any])

Equal = str | Mapping[str, Any] | Callable[[Any, Any], bool]


class _Unsaid(str):
    """A default that can be told from the same text of a caller's."""


_UNSAID = _Unsaid("none")

# Options of a switch, as its signature has them.
_DEFAULTS: dict[str, Any] = {
    "equal": "exact",
    "shadow": 0.01,
    "effects": _UNSAID,
    "raises": "type",
    "budget": "1%",
    "shadow_budget": "1ms",
    "by": None,
    "inline": False,
}

_COROUTINE = 0x80 | 0x100
_GENERATOR = 0x20
_ASYNC_GENERATOR = 0x200


class Switched(Protocol[P, R_co]):
    """A function that is behind a switch. It looks like the Python original, which is its `__wrapped__`."""

    __name__: str
    __qualname__: str
    __wrapped__: Callable[..., Any]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...

    def rust(self, candidate: C) -> C:
        """Names the candidate in Rust; a decorator."""


class Definition:
    """`rustworthy.switch` itself: a function that is also the home of two decorators."""

    def __call__(
        self,
        name: str,
        python: Callable[P, R],
        rust: Callable[..., Any] | None = None,
        *,
        equal: Equal = "exact",
        shadow: float = 0.01,
        effects: str = _UNSAID,
        raises: str = "type",
        budget: str = "1%",
        shadow_budget: str = "1ms",
        by: Callable[..., Any] | None = None,
        inline: bool = False,
    ) -> Switched[P, R]:
        """Puts a Python function and a candidate in Rust behind a switch, which says which of them answers.

        `RUSTWORTHY_SWITCH_NAME`, the file that `RUSTWORTHY_SWITCHES` names, or `rustworthy.set_switch` set it while the program
        runs: `python` (the default), `shadow`, a share such as `25%`, or `rust`.

        - `equal`: `"exact"`, `"value"`, `{"rel-tol": 1e-9, "abs-tol": 0.0, "ignore": ["[*].id"], "unordered": ["tags"]}` (each
          optional), or a function of both results that returns a bool
        - `shadow`: the share of calls that both sides are given
        - `effects`: `"none"`, `"arguments"` where arguments after the call count as output, or `"unknown"`: never shadowed; where nothing
          is said it's `"none"`, unless calls that `rustworthy capture` has recorded have shown some
        - `raises`: `"type"` or `"message"`: what of an exception has to be the same
        - `budget`: the share of a processor that shadowing may use, `shadow_budget` what it may take of its caller's time
        - `by`: a function of the arguments; calls with the same key are answered by the same side of a share
        - `inline`: shadows in the caller's thread, not in one of its own

        Raises ValueError or TypeError for what can't be; calls never raise what the sides don't.
        """
        wrapper = _define(name, python, equal, shadow, effects, raises, budget, shadow_budget, by, inline)
        if rust is None:
            warn(f"{name} has no candidate: Python answers")
        else:
            wrapper.rust(rust)
        return cast("Switched[P, R]", wrapper)

    def python(self, name: str, **options: Any) -> Callable[[Callable[P, R]], Switched[P, R]]:
        """Decorates the Python original, with the options of `switch`; its `.rust`, or `rustworthy.switch.rust(name)`, decorates the candidate."""

        settings.check_name(name)
        if not options.keys() <= _DEFAULTS.keys():
            raise TypeError(f"switch.python has no option {', '.join(sorted(options.keys() - _DEFAULTS.keys()))}; it has {', '.join(_DEFAULTS)}")

        def decorate(python: Callable[P, R]) -> Switched[P, R]:
            if isinstance(python, (classmethod, staticmethod)):
                inner = decorate(python.__func__)
                outer = cast("Any", type(python))(inner)
                return cast("Switched[P, R]", outer)
            return cast("Switched[P, R]", _define(name, python, **{**_DEFAULTS, **options}))

        return decorate

    def rust(self, name: str) -> Callable[[C], C]:
        """Decorates the candidate of the switch of this name."""
        settings.check_name(name)

        def decorate(candidate: C) -> C:
            state = keeper.states.get(name)
            if state is None:
                raise ValueError(f"there is no switch {name!r} yet: decorate the Python function first")
            return _take(state, candidate)

        return decorate

    def flush(self) -> None:
        """Writes what is counted now, rather than within half a second: before `os._exit`, or in a test."""
        keeper.flush(at_once=True)


switch = Definition()


def set_switch(name: str, mode: str | None, *, shadow: float | None = None) -> None:
    """Sets a switch of this process, above environment and file; None leaves it to these again.

    Raises TypeError or ValueError for a name or a mode that is none.
    """
    settings.check_name(name)
    state = keeper.states.get(name)
    if state is None:
        known = ", ".join(sorted(keeper.states)) or "none"
        raise ValueError(f"there is no switch {name!r}; those of this process are: {known}")
    rate = None if shadow is None else settings.parse_rate(shadow)
    state.override = None if mode is None else settings.parse_mode(mode, rate)
    state.look(at_once=True)


def _define(
    name: str,
    python: Callable[..., Any],
    equal: Equal,
    shadow: float,
    effects: str,
    raises: str,
    budget: str,
    shadow_budget: str,
    by: Callable[..., Any] | None,
    inline: bool,
) -> Any:
    settings.check_name(name)
    _check_types(name, effects=effects, raises=raises, budget=budget, shadow_budget=shadow_budget, inline=inline)
    if not callable(python):
        raise TypeError(f"{name}: python={python!r} can't be called")
    flags = _flags(python)
    if flags & (_GENERATOR | _ASYNC_GENERATOR) and not flags & 0x100:
        raise TypeError(f"{name}: a generator function can't be behind a switch; put one there that returns a list")
    if effects not in ("none", "arguments", "unknown"):
        raise ValueError(f"{name}: effects={effects!r} is none of 'none', 'arguments' and 'unknown'")
    if raises not in ("type", "message"):
        raise ValueError(f"{name}: raises={raises!r} is neither 'type' nor 'message'")
    if by is not None and not callable(by):
        raise TypeError(f"{name}: by={by!r} can't be called")
    state = State(
        name,
        python,
        waits=bool(flags & _COROUTINE),
        equality=Equality(equal),
        shadow=settings.parse_rate(shadow),
        effects=str(effects),
        says_effects=effects is not _UNSAID,
        raises=raises,
        budget=read_budgets(name, budget, shadow_budget),
        by=by,
        inline=inline,
    )
    _register(state)
    wrapper: Any = _waiting(state) if state.waits else _calling(state)
    # A callable that isn't a function may lack some of these.
    update_wrapper(wrapper, python, [name for name in WRAPPER_ASSIGNMENTS if hasattr(python, name)])
    wrapper.rust = partial(_take, state)
    return wrapper


# What an option may be where its value isn't read otherwise, and what to write.
_TYPES: dict[str, tuple[type, str]] = {
    "effects": (str, "'none', 'arguments' or 'unknown'"),
    "raises": (str, "'type' or 'message'"),
    "budget": (str, "a share of a processor such as '1%'"),
    "shadow_budget": (str, "a time such as '1ms'"),
    "inline": (bool, "True or False"),
}


def _check_types(name: str, **options: Any) -> None:
    for option, value in options.items():
        kind, remedy = _TYPES[option]
        if not isinstance(value, kind):
            raise TypeError(f"{name}: {option}={value!r} is a {type(value).__name__}; write {remedy}")


def _register(state: State) -> None:
    """Takes a name, which is one switch's alone; a module that is loaded again may define its own again."""
    other = keeper.names.setdefault(state.variable, state.name)
    if other != state.name:
        raise ValueError(f"switches {other!r} and {state.name!r} would both be set by {state.variable}")
    before = keeper.states.get(state.name)
    if before is not None:
        if _place_of(before.python) != _place_of(state.python):
            raise ValueError(f"there is a switch {state.name!r} already, for {'.'.join(_place_of(before.python))}")
        # What it has counted isn't lost.
        keeper.flush()
    keeper.states[state.name] = state
    tell_of_the_interpreter(state.name)


def _place_of(function: Any) -> tuple[str, str]:
    return str(getattr(function, "__module__", "")), str(getattr(function, "__qualname__", type(function).__qualname__))


def _take(state: State, candidate: C) -> C:
    if isinstance(candidate, (classmethod, staticmethod)):
        _take(state, candidate.__func__)
        return candidate
    if not callable(candidate):
        raise TypeError(f"{state.name}: rust={candidate!r} can't be called")
    flags = _flags(candidate)
    if flags & (_GENERATOR | _ASYNC_GENERATOR) and not flags & 0x100:
        raise TypeError(f"{state.name}: a generator function can't be a candidate; return a list")
    state.rust_waits = bool(flags & _COROUTINE)
    if state.rust_waits and not state.waits:
        raise TypeError(f"{state.name}: the candidate is a coroutine function, and the Python function isn't")
    state.rust = candidate
    state.expire()
    return candidate


def _flags(function: Any) -> int:
    """What kind of code a callable has; 0 where it shows none."""
    while isinstance(function, partial):
        function = function.func
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is None:
        code = getattr(getattr(type(function), "__call__", None), "__code__", None)
    if code is None and getattr(function, "_is_coroutine_marker", None) is not None:
        return _COROUTINE
    return getattr(code, "co_flags", 0)


def _calling(state: State) -> Any:
    # What a call needs is at hand here: looking it up would take as long as all of it. A call that Python answers without being
    # shadowed has no frame but this one, so that a recursion gets as deep as with any wrapper.
    tick, clock, python = state.counts.calls.tick, time.monotonic, state.python

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        tick()
        now = clock()
        if now < state.python_until:
            return python(*args, **kwargs)
        if now >= state.due:
            state.look()
        if state.route is None:
            return python(*args, **kwargs)
        if state.within and (side := state.within.get(get_ident())) is not None:
            if not side or state.rust is None:
                return python(*args, **kwargs)
            state.counts.rust.tick()
            return state.rust(*args, **kwargs)
        if state.plain and state.random() < state.plain:
            return python(*args, **kwargs)
        return state.route(args, kwargs)

    return wrapper


def _waiting(state: State) -> Any:
    tick, clock, python = state.counts.calls.tick, time.monotonic, state.python

    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        tick()
        now = clock()
        if now < state.python_until:
            return await python(*args, **kwargs)
        if now >= state.due:
            state.look()
        if state.route is None:
            return await python(*args, **kwargs)
        if within := state.within_task.get():
            if not within[0] or state.rust is None:
                return await python(*args, **kwargs)
            state.counts.rust.tick()
            result = state.rust(*args, **kwargs)
            return await result if state.rust_waits else result
        if state.plain and state.random() < state.plain:
            return await python(*args, **kwargs)
        return await state.route(args, kwargs)

    return wrapper
