"""A function and its candidate: every call by both, compared by the rules of switches."""

from __future__ import annotations

import inspect
import re
import reprlib
import time
import types
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from rustworthy._switch import job
from rustworthy._switch.comparing import DIFFERENT, Equality, Outcome
from rustworthy._switch.paths import FIELD, render
from rustworthy._switch.shadow import Budget
from rustworthy._switch.state import State
from rustworthy._switch.telemetry import lines_of

from . import diverting

OPTIONS = {"equal": "exact", "effects": "arguments", "raises": "message"}

# Nothing is left out for what it costs: these are tests.
_FREE = 1e9
# Differences of a test that are shown.
_SHOWN = 3
# Seconds that a candidate of a coroutine function may take.
_PATIENCE = 60.0

_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 4, 200, 200
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = _SHORT.maxset = _SHORT.maxfrozenset = 10


class Trial(State):
    """A pair over all tests of this process."""

    def __init__(self, function: str, candidate: str, *, equal: Any = "exact", effects: str = "arguments", raises: str = "message"):
        if effects not in ("none", "arguments"):
            raise ValueError(f"effects={effects!r} is neither 'none' nor 'arguments'")
        if raises not in ("type", "message"):
            raise ValueError(f"raises={raises!r} is neither 'type' nor 'message'")
        name = name_of(function, candidate)
        super().__init__(
            name, _unknown, waits=False, equality=Equality(equal), shadow=1.0, effects=effects, says_effects=True,
            raises=raises, budget=Budget(name, _FREE, _FREE), by=None, inline=True,
        )  # fmt: skip
        self.names = (function, candidate)
        self.job_type = Call
        # Python answers, and every call is made by the candidate too.
        self.rate = 1.0
        # The function whose calls both sides make, once a test has named it.
        self.diverted: Any = None
        # Times of both sides are kept.
        self.recording = True
        self.recursive = False
        self.differences: list[str] = []
        self.before: dict[str, int] = {}
        self.inside: ContextVar[bool] = ContextVar("rustworthy", default=False)

    def take(self, function: Callable[..., Any], candidate: Callable[..., Any]) -> None:
        """Takes what the names stand for in this test. Raises Unfit."""
        if isinstance(function, types.MethodType) and isinstance(candidate, types.MethodType):
            # Of class methods the class is among the arguments.
            candidate = candidate.__func__
        self.diverted, self.python = diverting.own(self.names[0], function)
        self.waits, self.rust_waits = _is_waited_for(self.python), _is_waited_for(candidate)
        if self.rust_waits and not self.waits:
            raise diverting.Unfit(f"{self.names[1]} is a coroutine function, and {self.names[0]} isn't")
        self.rust = candidate
        # A coroutine function has its candidate run in another thread, where an event loop of its own can be.
        self.inline = not self.waits

    # The test

    def begin(self) -> None:
        self.differences = []
        self.before = {name: getattr(self.counts, name).value for name in self.counts.__slots__}

    def of_test(self, name: str) -> int:
        """How often something has happened in this test."""
        return int(getattr(self.counts, name).value) - self.before.get(name, 0)

    def settle(self) -> None:
        """Waits for candidates that are still running."""
        if not self.inline:
            self.drain(_PATIENCE)

    def left_out(self) -> list[str]:
        """Why calls of this test weren't compared."""
        reasons = {
            "uncopyable": "arguments or results can't be copied",
            "unchecked": "results can't be compared",
            "suspended": "its candidate takes long",
            "busy": "too many calls at once",
            "impure": "it changes its arguments, though the mark says effects='none'",
        }
        return [why for name, why in reasons.items() if self.of_test(name)]

    # Calls

    def answer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self.inside.get():
            self.recursive = True
            return self.python(*args, **kwargs)
        token = self.inside.set(True)
        self.counts.calls.tick()
        try:
            return super().answer(args, kwargs)
        finally:
            self.inside.reset(token)

    async def answer_waiting(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self.inside.get():
            self.recursive = True
            return await self.python(*args, **kwargs)
        token = self.inside.set(True)
        self.counts.calls.tick()
        try:
            return await super().answer_waiting(args, kwargs)
        finally:
            # The next call of the test is to find the candidate done with this one.
            self.drain(_PATIENCE)
            self.inside.reset(token)

    def is_impure(self) -> None:
        self.counts.impure.tick()

    # What is found

    def found(self) -> dict[str, Any]:
        """Counts, and the times for the program, as plain data that a worker can send."""
        lines, _ = lines_of(self, time.time())
        counts = {name: getattr(self.counts, name).value for name in ("calls", "equal", "different")}
        function, candidate = self.names
        text = [] if self.recursive else [line.decode() for line in lines]
        return {"function": function, "candidate": candidate, "counts": counts, "recursive": self.recursive, "lines": text}


def difference(names: tuple[str, str], outcome: Outcome, call: str, sides: list[str]) -> str:
    """A call in which the two sides differ, as a text."""
    width = max(map(len, names))
    lines = [f"  {name:<{width}}  {side}" for name, side in zip(names, sides, strict=True)]
    return "\n".join([f"  called with {call}", f"  at {render(outcome.steps).lstrip('.')}: {outcome.why}", *lines])


def _call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    named = [f"{name}={_shown(value)}" for name, value in kwargs.items()]
    return f"({', '.join([*map(_shown, args), *named])})"


class Call(job.Job):
    """A call by both sides, which shows its values where they differ."""

    __slots__ = ("shown",)

    def __init__(self, state: State, args: tuple[Any, ...], kwargs: dict[str, Any], by_rust: bool) -> None:
        # The call may change them.
        self.shown = _call(args, kwargs)
        super().__init__(state, args, kwargs, by_rust)

    def _note(self, outcome: Outcome, python: Any, rust: Any) -> None:
        if outcome.status == DIFFERENT:
            assert isinstance(self.state, Trial)
            self.state.counts.different.tick()
            if len(self.state.differences) < _SHOWN:
                self.state.differences.append(difference(self.state.names, outcome, self.shown, self.sides(outcome, python, rust)))
        else:
            super()._note(outcome, python, rust)

    def sides(self, outcome: Outcome, python: Any, rust: Any) -> list[str]:
        """What each side has given, or left of its arguments where those differ."""
        if outcome.steps and outcome.steps[0] in ((FIELD, "args"), (FIELD, "kwargs")) and self.after is not None:
            return [f"left {_call(*self.after)}", f"left {_call(self.args, self.kwargs)}"]
        return [_given(python), _given(rust)]


def _given(side: Any) -> str:
    """What one side has given."""
    if isinstance(side, job.Raised):
        return f"raised {side.cls.__qualname__}: {side.text}"
    return f"returned {_shown(side)}"


def _shown(value: Any) -> str:
    try:
        return _SHORT.repr(value)
    except Exception as error:
        return f"<{type(value).__qualname__}, whose repr raised {type(error).__name__}>"


def name_of(function: str, candidate: str) -> str:
    """What the program calls a pair."""
    return re.sub(r"[^A-Za-z0-9._-]", ".", f"{function}--{candidate}")[-100:]


def _is_waited_for(function: Any) -> bool:
    return inspect.iscoroutinefunction(inspect.unwrap(getattr(function, "__func__", function))) or inspect.iscoroutinefunction(function)


def _unknown(*_: Any, **__: Any) -> None:
    raise AssertionError("no test has begun")
