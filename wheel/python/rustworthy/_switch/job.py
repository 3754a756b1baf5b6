"""One call in the shadow of another: what it is given, and what comes of comparing both."""

from __future__ import annotations

import time
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from .capturing import capture
from .comparing import DIFFERENT, UNKNOWN, Outcome
from .copying import Copier, Snapshot, TooLong, Uncopyable
from .handlers import is_raised_by_a_handler
from .keys import key_of
from .log import warn_once
from .own import compare_values
from .paths import FIELD, render
from .shadow import pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from .state import State


class Raised:
    """An exception as far as it is compared; kept without its traceback, which holds on to frames."""

    __slots__ = ("cls", "text")

    def __init__(self, error: BaseException) -> None:
        self.cls = type(error)
        try:
            self.text = str(error)
        except Exception:
            self.text = ""


class Job:
    """A call whose other side is to run on copies of its arguments."""

    __slots__ = ("after", "args", "by_rust", "changed", "context", "cost", "kwargs", "originals", "result", "seconds", "state")

    def __init__(self, state: State, args: tuple[Any, ...], kwargs: dict[str, Any], by_rust: bool) -> None:
        begun = time.perf_counter()
        copier = Copier(begun + state.budget.latency, notes=state.effects == "none")
        self.args = tuple([copier.copy(value) for value in args])
        self.kwargs = {name: copier.copy(value) for name, value in kwargs.items()}
        # Whether the caller's own arguments are changed by the call.
        self.originals = copier if copier.seen else None
        self.context = copy_context()
        self.state = state
        # Which side the caller is given; the other one runs in the shadow.
        self.by_rust = by_rust
        # Whether the candidate has changed the caller's arguments. Whether Python does so too is seen when it has run.
        self.changed = False
        self.result: Any = None
        self.after: Any = None
        self.seconds = 0.0
        self.cost = time.perf_counter() - begun

    def answered(self, result: Any, args: tuple[Any, ...], kwargs: dict[str, Any], seconds: float) -> None:
        """Notes what the caller is given, and hands the job over; never raises."""
        state = self.state
        begun = time.perf_counter()
        try:
            if self.originals is not None and self.originals.has_changed():
                if not self.by_rust:
                    state.is_impure()
                    return
                self.changed = True
            copier = Copier(begun + state.budget.latency)
            self.result = result if isinstance(result, Raised) else copier.copy(result)
            if state.effects == "arguments":
                copier = Copier(begun + state.budget.latency)
                self.after = (copier.copy(args), copier.copy(kwargs))
        except Uncopyable as error:
            state.counts.uncopyable.tick()
            warn_once(f"{state.name}: results of {error} can't be copied, and aren't shadowed")
            return
        except TooLong:
            state.counts.suspended.tick()
            state.budget.delayed(self.cost + time.perf_counter() - begun)
            return
        except Exception as error:
            state.counts.uncopyable.tick()
            warn_once(f"{state.name}: {type(error).__name__}: {error}; such calls aren't shadowed")
            return
        self.originals = None
        self.seconds = seconds
        if self.is_inline():
            try:
                self.run()
            except Exception as error:
                warn_once(f"{state.name}: {type(error).__name__}: {error}")
        elif (refused := pool.submit(self)) is not None:
            getattr(state.counts, refused).tick()
            return
        cost = self.cost + time.perf_counter() - begun
        state.budget.delayed(cost)
        state.budget.spend(cost)

    def is_inline(self) -> bool:
        """Whether it runs in the caller's thread. What is awaited can't, since the caller's event loop runs there."""
        state = self.state
        return state.inline and not (state.waits if self.by_rust else state.rust_waits)

    def run(self) -> None:
        """Runs the other side and compares; in a thread of the pool, unless inline was asked for."""
        state = self.state
        used = time.thread_time()
        state.counts.shadowed.tick()
        before = Snapshot(self.args, self.kwargs) if state.effects == "none" else None
        marks = None if self.by_rust else state.marks
        mark = 0 if marks is None else marks.enter(state.mark)
        begun = time.perf_counter()
        try:
            got: Any = self.context.run(state.call, self.by_rust, self.args, self.kwargs)
        except BaseException as error:
            if self.is_inline() and (isinstance(error, KeyboardInterrupt) or is_raised_by_a_handler(error)):
                # It's the caller that is interrupted, whose thread this is.
                if marks is not None:
                    marks.leave(mark)
                state.counts.passed.tick()
                raise
            got = Raised(error)
        seconds = time.perf_counter() - begun
        if marks is not None:
            marks.leave(mark)
        if state.hangs and not self.by_rust:
            return
        python, rust = (got, self.result) if self.by_rust else (self.result, got)
        if state.recording and not isinstance(python, Raised) and not isinstance(rust, Raised):
            state.pairs.add((seconds, self.seconds) if self.by_rust else (self.seconds, seconds))
        try:
            outcome = self._judge(python, rust, before)
        except Exception as error:
            outcome = Outcome(UNKNOWN, (), f"{type(error).__name__}: {error}")
        self._note(outcome, python, rust)
        state.budget.ran(time.thread_time() - used)

    def _judge(self, python: Any, rust: Any, before: Snapshot | None) -> Outcome:
        state = self.state
        if isinstance(rust, Raised):
            state.counts.failed.tick()
        if isinstance(python, Raised) or isinstance(rust, Raised):
            if type(python) is not type(rust) or python.cls is not rust.cls:
                return Outcome(DIFFERENT, (), "raised")
            if state.raises == "message" and python.text != rust.text:
                return Outcome(DIFFERENT, ((FIELD, "args"),), "messages")
            state.counts.raised_alike.tick()
            outcome = Outcome("equal")
        elif state.equality.checker is not None:
            outcome = _by_checker(state.equality.checker, python, rust, state.name)
        else:
            outcome = compare_values(python, rust, state.equality)
        if outcome.status == DIFFERENT:
            return outcome
        if before is not None and before.has_changed() != self.changed:
            return Outcome(DIFFERENT, ((FIELD, "arguments"),), "changed")
        if self.changed:
            state.is_impure()
            return Outcome(UNKNOWN, ((FIELD, "arguments"),), "both sides change them")
        if self.after is not None:
            left, right = self.after, (self.args, self.kwargs)
            expected, got = (right, left) if self.by_rust else (left, right)
            for index, name in enumerate(("args", "kwargs")):
                after = compare_values(expected[index], got[index], state.effects_equality, [(FIELD, name)])
                if after.status == DIFFERENT:
                    return after
                if after.status == UNKNOWN:
                    outcome = after
        return outcome

    def _note(self, outcome: Outcome, python: Any, rust: Any) -> None:
        state = self.state
        if outcome.status == UNKNOWN:
            state.counts.unchecked.tick()
            warn_once(f"{state.name}: {outcome.path} can't be compared: {outcome.why}")
        elif outcome.status != DIFFERENT:
            state.counts.equal.tick()
        else:
            state.counts.different.tick()
            state.differed(
                path=render(outcome.steps, state.digest),
                why=outcome.why,
                arguments=state.digest(_text((self.args, self.kwargs))),
                python=_shown(state.digest, python),
                rust=_shown(state.digest, rust),
            )

    def hangs(self) -> None:
        """Notes that the other side doesn't come back."""
        if not self.by_rust:
            self.state.is_hanging()


def _by_checker(checker: Callable[[Any, Any], bool], python: Any, rust: Any, name: str) -> Outcome:
    answer = checker(python, rust)
    if answer is True:
        return Outcome("equal")
    if answer is False:
        return Outcome(DIFFERENT, (), "the function says so")
    warn_once(f"{name}: what `equal` returns is a {type(answer).__name__}, and has to be True or False")
    return Outcome(UNKNOWN, (), "the function returned no bool")


def _text(value: Any) -> str:
    try:
        return repr(key_of(capture(value), exact=True))
    except ValueError:
        # An int of more digits than Python writes.
        return type(value).__name__


def _shown(digest: Callable[[str], str], side: Any) -> str:
    """What telemetry says of a side: the type of an exception, or a digest."""
    if isinstance(side, Raised):
        return f"raised {side.cls.__module__}.{side.cls.__qualname__}"
    return digest(_text(side))


def begin(state: State, args: tuple[Any, ...], kwargs: dict[str, Any], by_rust: bool) -> Job | None:
    """A job for a call that is about to be answered; None for one that isn't shadowed, which is counted. Never raises."""
    if not state.budget.allows():
        state.counts.suspended.tick()
        return None
    begun = time.perf_counter()
    try:
        return state.job_type(state, args, kwargs, by_rust)
    except Uncopyable as error:
        state.counts.uncopyable.tick()
        warn_once(f"{state.name}: arguments of {error} can't be copied, and such calls aren't shadowed")
    except TooLong:
        state.counts.suspended.tick()
        state.budget.delayed(time.perf_counter() - begun)
    except Exception as error:
        state.counts.uncopyable.tick()
        warn_once(f"{state.name}: {type(error).__name__}: {error}; such calls aren't shadowed")
    return None
