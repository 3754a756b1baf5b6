"""A switch: its two sides, what it is set to, and which of them answers a call."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextvars import ContextVar
from threading import get_ident
from typing import Any

from . import captured, job, otel, settings
from .classes import LEAVES
from .comparing import Equality
from .copying import Snapshot
from .counting import Counter, Pairs, Times
from .handlers import is_raised_by_a_handler
from .keeper import keeper
from .log import warn, warn_once
from .marks import Marks
from .settings import Setting
from .shadow import Budget, pool
from .spans import request
from .telemetry import Events


class Counts:
    """How often what has happened."""

    __slots__ = (
        *("calls", "rust", "shadowed", "equal", "different", "unchecked"),
        *("failed", "raised_alike", "fell_back", "passed", "uncopyable", "suspended", "busy", "impure"),
    )

    def __init__(self) -> None:
        for name in self.__slots__:
            setattr(self, name, Counter())

    calls: Counter
    # Calls that Rust was asked to answer.
    rust: Counter
    shadowed: Counter
    equal: Counter
    different: Counter
    unchecked: Counter
    # Calls on which the candidate raised; those of them on which Python raised the same; those that Python answered.
    failed: Counter
    raised_alike: Counter
    fell_back: Counter
    # Calls that ended by an exception of the candidate's side that is never swallowed, such as KeyboardInterrupt.
    passed: Counter
    # Calls that weren't shadowed, and why.
    uncopyable: Counter
    suspended: Counter
    # The process was never idle, and too many wait for that.
    busy: Counter
    impure: Counter


class State:
    """One switch of this process."""

    # What a call in the shadow is.
    job_type: type[job.Job] = job.Job

    def __init__(
        self,
        name: str,
        python: Callable[..., Any],
        *,
        waits: bool,
        equality: Equality,
        shadow: float,
        effects: str,
        says_effects: bool,
        raises: str,
        budget: Budget,
        by: Callable[..., Any] | None,
        inline: bool,
    ) -> None:
        self.name = name
        self.variable = settings.check_name(name)
        self.python = python
        self.function = f"{getattr(python, '__module__', None)}:{getattr(python, '__qualname__', type(python).__qualname__)}"
        self.rust: Callable[..., Any] | None = None
        self.waits = waits
        self.rust_waits = False
        self.equality = equality
        self.effects_equality = equality if equality.checker is None else Equality("exact")
        self.shadow = shadow
        self.effects = effects
        self.says_effects = says_effects
        self.raises = raises
        self.budget = budget
        self.by = by
        self.inline = inline
        self.counts = Counts()
        self.events = Events()
        self.python_times, self.rust_times = Times(), Times()
        self.python_requests, self.rust_requests = Times(), Times()
        self._pairs = Times(Pairs)
        self.pairs = self._pairs
        self.random = random.Random().random
        self.override: Setting | None = None
        self.setting = settings.PYTHON
        # Why the candidate isn't asked any more: "raised", "differed", "died" or "hangs".
        self.breaker: str | None = None
        self.impure = False
        # A candidate doesn't come back; one takes long.
        self.hangs = False
        self.late = False
        self.recording = False
        # Where it's marked that this process is in the candidate, and by what number.
        self.marks: Marks | None = None
        self.mark = 0
        # When to look at the settings again, until when Python alone answers without another look, and what answers else.
        self.due = 0.0
        self.python_until = 0.0
        self.route: Callable[[tuple[Any, ...], dict[str, Any]], Any] | None = None
        self.share = 0.0
        self.rate = 0.0
        # The share of calls that Python answers without further ado.
        self.plain = 0.0
        # Which side answers the call that a thread is in, and the one that a task is in: calls within it go to the same side, as they
        # are, or a recursion would be shadowed or repeated at each of its levels.
        self.within: dict[int, bool] = {}
        self.within_task: ContextVar[list[bool] | None] = ContextVar(f"rustworthy.{name}", default=None)
        self._looking = threading.RLock()
        self._is_looking = False
        self._has_looked = False

    # Settings

    def look(self, at_once: bool = False) -> None:
        """Looks at the settings; never raises. Threads that come meanwhile go by those of before, if there are any."""
        looking = self._looking
        if not looking.acquire(blocking=at_once or not self._has_looked):
            return
        try:
            # Another thread may have been first. It may be the same thread: in what is called from here, or in a handler of a signal.
            if self._is_looking or (time.monotonic() < self.due and not at_once):
                return
            self._is_looking = True
            try:
                keeper.tend()
                self.recording = keeper.folder is not None
                self.set(self.override or settings.look(self.name, self.variable))
            except Exception as error:
                warn(f"{self.name}: {type(error).__name__}: {error}")
            finally:
                self._is_looking = False
            self._has_looked = True
            self.due = time.monotonic() + settings.LOOK
            self.python_until = self.due if self.route is None else 0.0
        finally:
            looking.release()

    def expire(self) -> None:
        """Has the next call look at the settings again, and those that come meanwhile wait for it."""
        self._has_looked = False
        self.due = self.python_until = 0.0

    def set(self, setting: Setting) -> None:
        if setting != self.setting:
            if self.recording:
                # A line is of one mode.
                keeper.flush()
            self.setting = setting
            if self.breaker in ("raised", "differed"):
                self.breaker = None
            if self.rust is None and setting.mode != "python":
                warn(f"{self.name} is set to {setting.mode}, and has no candidate: Python answers")
        self.plan()

    def plan(self) -> None:
        """What answers calls, after everything that decides it."""
        setting = self.setting
        if self.name in keeper.died and self.breaker != "died":
            self.breaker = "died"
            self.events.add(self.name, "breaker", why="died")
            warn(f"{self.name}: a process died in its candidate; it stays on Python until {keeper.folder}/{self.name}.died is removed")
        elif self.breaker == "died" and self.name not in keeper.died:
            self.breaker = None
        self.share = 0.0 if self.breaker is not None else setting.share
        if setting.shadows and not self.says_effects:
            self.says_effects = True
            self.learn_effects()
        rate = self.shadow if setting.rate is None else setting.rate
        self.rate = 0.0 if not setting.shadows or self.impure or self.effects == "unknown" else rate
        self.plain = 1.0 - self.rate if self.share <= 0.0 else 0.0
        is_off = self.rust is None or self.breaker in ("raised", "died", "hangs")
        if is_off or (self.share <= 0.0 and self.rate <= 0.0):
            self.route = None
            return
        keeper.threads.candidates_begin()
        if self.marks is None and keeper.marks is not None:
            self.mark = keeper.marks.number(self.name)
            self.marks = keeper.marks if self.mark else None
        self.route = self.answer_waiting if self.waits else self.answer

    def learn_effects(self) -> None:
        """Takes over what recorded calls have shown, where the switch itself says nothing of effects."""
        found = captured.effects(self.function)
        if found:
            self.effects = "unknown"
            warn(f"{self.name} isn't shadowed: its capture says that it {', '.join(found)}; effects='none' declares that calls may be repeated")

    def trip(self, why: str, **facts: Any) -> None:
        """Opens the breaker: Rust isn't asked any more, until the setting changes."""
        if self.breaker is not None:
            return
        self.breaker = why
        self.events.add(self.name, "breaker", why=why, **facts)
        self.plan()

    def chosen(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Whether Rust answers this call, of the share that it does: always the same for the same key."""
        if self.by is not None:
            try:
                key = self.by(*args, **kwargs)
                return _place(self.name, key) < self.share
            except Exception as error:
                warn_once(f"{self.name}: `by` raised {type(error).__name__}; such calls are drawn by lot")
        return self.random() < self.share

    # Calls

    def answer(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Answers a call by the side that it is the turn of, and has some shadowed. It's one frame, and therefore long.

        Where Python answers all calls, it's only asked for those that are to be shadowed.
        """
        share = self.share
        within, thread = self.within, get_ident()
        if share <= 0.0 or (share < 1.0 and not self.chosen(args, kwargs)):
            shadowed = job.begin(self, args, kwargs, False) if self.is_shadowed() else None
            begun = time.perf_counter()
            try:
                within[thread] = False
                result = self.python(*args, **kwargs)
            except Exception as error:
                within.pop(thread, None)
                if shadowed is not None:
                    shadowed.answered(job.Raised(error), args, kwargs, 0.0)
                raise
            finally:
                within.pop(thread, None)
            seconds = time.perf_counter() - begun
            if share > 0.0:
                self.note(False, seconds)
            if shadowed is not None:
                shadowed.answered(result, args, kwargs, seconds)
            return result
        rust = self.rust
        assert rust is not None
        self.counts.rust.tick()
        # Most calls have nothing that can be changed.
        before = None if not kwargs and LEAVES.issuperset(map(type, args)) else Snapshot(args, kwargs)
        shadowed = job.begin(self, args, kwargs, True) if self.rate > 0.0 and self.random() < self.rate else None
        marks = self.marks
        mark = 0 if marks is None else marks.enter(self.mark)
        begun = time.perf_counter()
        try:
            within[thread] = True
            result = rust(*args, **kwargs)
        except BaseException as error:
            within.pop(thread, None)
            if marks is not None:
                marks.leave(mark)
            if not self.may_fall_back(error, before):
                raise
            failure = error
        else:
            within.pop(thread, None)
            seconds = time.perf_counter() - begun
            if marks is not None:
                marks.leave(mark)
            self.note(True, seconds)
            if shadowed is not None:
                shadowed.answered(result, args, kwargs, seconds)
            return result
        self.counts.fell_back.tick()
        try:
            within[thread] = False
            result = self.python(*args, **kwargs)
        except Exception as error:
            self.fell_back(failure, error)
            raise
        finally:
            within.pop(thread, None)
        self.fell_back(failure, None)
        return result

    async def answer_waiting(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The same for a coroutine function; the candidate may be one or not."""
        share = self.share
        if share <= 0.0 or (share < 1.0 and not self.chosen(args, kwargs)):
            shadowed = job.begin(self, args, kwargs, False) if self.is_shadowed() else None
            # Tasks that outlive the call find it empty.
            within = [False]
            self.within_task.set(within)
            begun = time.perf_counter()
            try:
                result = await self.python(*args, **kwargs)
            except Exception as error:
                within.clear()
                if shadowed is not None:
                    shadowed.answered(job.Raised(error), args, kwargs, 0.0)
                raise
            finally:
                within.clear()
            seconds = time.perf_counter() - begun
            if share > 0.0:
                self.note(False, seconds)
            if shadowed is not None:
                shadowed.answered(result, args, kwargs, seconds)
            return result
        rust = self.rust
        assert rust is not None
        self.counts.rust.tick()
        # Most calls have nothing that can be changed.
        before = None if not kwargs and LEAVES.issuperset(map(type, args)) else Snapshot(args, kwargs)
        shadowed = job.begin(self, args, kwargs, True) if self.rate > 0.0 and self.random() < self.rate else None
        # While it waits, others run: a process that dies then didn't die in it, as far as can be known.
        marks = None if self.rust_waits else self.marks
        mark = 0 if marks is None else marks.enter(self.mark)
        within = [True]
        self.within_task.set(within)
        begun = time.perf_counter()
        try:
            result = rust(*args, **kwargs)
            if self.rust_waits:
                result = await result
        except BaseException as error:
            within.clear()
            if marks is not None:
                marks.leave(mark)
            if not self.may_fall_back(error, before):
                raise
            failure = error
        else:
            within.clear()
            seconds = time.perf_counter() - begun
            if marks is not None:
                marks.leave(mark)
            self.note(True, seconds)
            if shadowed is not None:
                shadowed.answered(result, args, kwargs, seconds)
            return result
        self.counts.fell_back.tick()
        within = [False]
        self.within_task.set(within)
        try:
            result = await self.python(*args, **kwargs)
        except Exception as error:
            self.fell_back(failure, error)
            raise
        finally:
            within.clear()
        self.fell_back(failure, None)
        return result

    def is_shadowed(self) -> bool:
        """Whether it's a call's turn to be shadowed; where Python answers all calls, that was drawn before."""
        return self.share <= 0.0 < self.rate or (self.rate > 0.0 and self.random() < self.rate)

    def call(self, python: bool, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Calls a side in the shadow, where a coroutine function has an event loop of its own."""
        # What it calls is no part of the request.
        request.set(None)
        self.within_task.set([not python])
        function = self.python if python else self.rust
        assert function is not None
        within, thread = self.within, get_ident()
        try:
            within[thread] = not python
            result = function(*args, **kwargs)
        finally:
            within.pop(thread, None)
        if self.waits if python else self.rust_waits:
            import asyncio

            async def wait(it: Awaitable[Any]) -> Any:
                return await it

            return asyncio.run(wait(result))
        return result

    def may_fall_back(self, error: BaseException, before: Snapshot | None) -> bool:
        """Whether Python is to answer what the candidate raised on."""
        # pyo3's `PanicException` is no `Exception`, and each extension module has its own.
        is_failure = isinstance(error, Exception) or type(error).__name__ == "PanicException"
        if not is_failure or _is_cancelled(error) or is_raised_by_a_handler(error):
            self.counts.passed.tick()
            return False
        self.counts.failed.tick()
        if before is not None and before.has_changed():
            warn(f"{self.name}: the candidate has changed its arguments and raised {type(error).__name__}; Python answers from now on")
            self.trip("raised", error=_type_name(error), changed=True)
            return False
        return True

    def fell_back(self, failure: BaseException, error: Exception | None) -> None:
        """Notes what Python made of a call that the candidate raised on."""
        if error is not None and type(error) is type(failure):
            self.counts.raised_alike.tick()
            return
        if self.breaker is None:
            warn(f"{self.name}: the candidate raised {type(failure).__name__}; Python answers from now on")
        self.trip("raised", error=_type_name(failure))

    def note(self, by_rust: bool, seconds: float) -> None:
        """Notes which side has answered, where both do."""
        if self.recording:
            (self.rust_times if by_rust else self.python_times).add(seconds)
        going_on = request.get()
        if going_on is not None:
            going_on.used(self, by_rust)
        if "opentelemetry.trace" in sys.modules:
            otel.tell_span(self.name, by_rust)

    def request_ended(self, by_rust: bool, seconds: float) -> None:
        if self.recording:
            (self.rust_requests if by_rust else self.python_requests).add(seconds)

    # What shadowing finds

    def differed(self, **facts: Any) -> None:
        self.events.add(self.name, "difference", salt=keeper.mark_of_salt(), **facts)
        if self.counts.different.value == 1 or self.setting.share > 0.0 and self.breaker is None:
            warn(f"{self.name}: the candidate's result differs at {facts['path']}")
        if self.setting.share > 0.0:
            self.trip("differed", path=facts["path"])

    def is_impure(self) -> None:
        """Notes that a call changes its arguments, though the switch says that there are no effects."""
        self.counts.impure.tick()
        if not self.impure:
            self.impure = True
            warn(f"{self.name} changes its arguments, and is shadowed no more; say effects='arguments' where they count")
            self.plan()

    def is_hanging(self) -> None:
        self.hangs = True
        self.counts.failed.tick()
        warn(f"{self.name}: the candidate doesn't come back; it isn't asked any more")
        self.breaker = None
        self.trip("hangs")

    def digest(self, text: str) -> str:
        return keeper.digest(text)

    # The process

    def times(self) -> Iterator[tuple[str, Times]]:
        yield "python_times", self.python_times
        yield "rust_times", self.rust_times
        yield "python_requests", self.python_requests
        yield "rust_requests", self.rust_requests
        yield "pairs", self._pairs

    def moved(self) -> None:
        """Notes that telemetry goes to another folder, or to none."""
        self.marks = None

    def was_asked(self) -> bool:
        """Whether the candidate was called in this process."""
        return bool(self.counts.rust.value or self.counts.shadowed.value)

    def drain(self, patience: float) -> None:
        pool.drain(patience)

    def forked(self) -> None:
        """Begins anew in a child after a fork: what was counted before is the parent's to write."""
        for name in self.counts.__slots__:
            counter = getattr(self.counts, name)
            counter.wrote(counter.news())
        for _, times in self.times():
            times.forget()
        self.events.waiting.clear()
        # Else all children would shadow the same calls.
        self.random = random.Random().random
        self.marks = None
        # Only the thread that has forked goes on.
        for thread in self.within.keys() - {get_ident()}:
            del self.within[thread]
        self._looking, self._is_looking = threading.RLock(), False
        self.late = False
        self.expire()
        pool.forget()


def _place(name: str, key: object) -> float:
    """Where a key stands between 0 and 1: the same in all processes, another one for each switch."""
    from hashlib import blake2b

    text = key if isinstance(key, bytes) else f"{type(key).__name__}:{key}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, key=name.encode()[:64], digest_size=8).digest(), "big") / 2.0**64


def _is_cancelled(error: BaseException) -> bool:
    return any(cls.__name__ == "CancelledError" for cls in type(error).__mro__)


def _type_name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def read_budgets(name: str, budget: object, latency: object) -> Budget:
    """Reads `budget="1%"` and `shadow_budget="1ms"`. Raises ValueError."""
    share = _number(budget, {"%": 0.01})
    seconds = _number(latency, {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0})
    if share is None:
        raise ValueError(f"budget={budget!r} is no share of a processor, such as '1%'")
    if seconds is None:
        raise ValueError(f"shadow_budget={latency!r} is no time, such as '1ms'")
    return Budget(name, share, seconds)


def _number(text: object, units: Mapping[str, float]) -> float | None:
    if isinstance(text, str):
        for unit, worth in units.items():
            if text.endswith(unit):
                try:
                    number = float(text.removesuffix(unit))
                except ValueError:
                    continue
                return number * worth if 0.0 < number < float("inf") else None
    return None
