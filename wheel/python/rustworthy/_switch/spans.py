"""`rustworthy.span`: a stretch of a request, known to whoever listens: telemetry of switches, OpenTelemetry, a scenario."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextvars import ContextVar, Token
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Request:
    """The outermost stretch of a context, and which side answered the switches that were called in it."""

    __slots__ = ("sides",)

    def __init__(self) -> None:
        # True for Rust, False for Python, None for both.
        self.sides: dict[Any, bool | None] = {}

    def used(self, state: Any, by_rust: bool) -> None:
        if self.sides.get(state, by_rust) is not by_rust:
            self.sides[state] = None
        else:
            self.sides[state] = by_rust


request: ContextVar[Request | None] = ContextVar("rustworthy.request", default=None)

class Listener(Protocol):
    """Who wants to hear of stretches as they are: a scenario of `rustworthy attribute` does."""

    def begins(self, name: str) -> object:
        """A stretch begins; what this returns is given back when it ends."""

    def ends(self, begun: Any) -> object:
        """It has ended."""


listeners: list[Listener] = []


class span:
    """A stretch of a request: `with rustworthy.span("parse"): …`, or as a decorator of a function or coroutine function.

    It's the outermost one of a context that counts as the request for `rustworthy rollout`. Where OpenTelemetry is in use it
    is a span of it too. Exceptions pass through.
    """

    __slots__ = ("_begun", "_heard", "_name", "_outer", "_request", "_traced")

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"the name of a span is a str, and {name!r} is none")
        self._name = name
        self._outer: Token[Request | None] | None = None
        self._request: Request | None = None
        self._traced: Any = None
        self._heard: list[tuple[Listener, object]] = []
        self._begun = 0.0

    def __enter__(self) -> None:
        if request.get() is None:
            self._request = Request()
            self._outer = request.set(self._request)
        trace = sys.modules.get("opentelemetry.trace")
        if trace is not None:
            try:
                self._traced = trace.get_tracer("rustworthy").start_as_current_span(self._name)
                self._traced.__enter__()
            except Exception:
                self._traced = None
        self._begun = time.perf_counter()
        for listener in listeners:
            try:
                self._heard.append((listener, listener.begins(self._name)))
            except Exception:
                pass

    def __exit__(self, *raised: Any) -> None:
        while self._heard:
            listener, begun = self._heard.pop()
            try:
                listener.ends(begun)
            except Exception:
                pass
        ended = time.perf_counter()
        if self._traced is not None:
            try:
                self._traced.__exit__(*raised)
            except Exception:
                pass
            self._traced = None
        if self._outer is not None:
            try:
                request.reset(self._outer)
            except ValueError:
                # It was left in another context than it was entered in, which ends by itself.
                pass
            self._outer = None
            if self._request is not None:
                for state, by_rust in self._request.sides.items():
                    if by_rust is not None:
                        state.request_ended(by_rust, ended - self._begun)
                self._request = None

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        name = self._name
        if getattr(getattr(function, "__code__", None), "co_flags", 0) & 0x80:

            @wraps(function)
            async def waits(*args: P.args, **kwargs: P.kwargs) -> Any:
                with span(name):
                    return await function(*args, **kwargs)  # type: ignore[misc]

            return waits  # type: ignore[return-value]

        @wraps(function)
        def calls(*args: P.args, **kwargs: P.kwargs) -> R:
            with span(name):
                return function(*args, **kwargs)

        return calls
