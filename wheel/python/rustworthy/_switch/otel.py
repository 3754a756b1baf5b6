"""OpenTelemetry, where the program uses it: nothing here imports it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .state import State

_counters: dict[str, Any] = {}


def is_used() -> bool:
    """Whether the program has imported its metrics."""
    return "opentelemetry.metrics" in sys.modules


def count(state: State, ticks: dict[str, int]) -> None:
    """Adds what is new to metrics `rustworthy.switch.calls` and so on, by switch and mode; never raises."""
    metrics = sys.modules.get("opentelemetry.metrics")
    if metrics is None:
        return
    try:
        for name, number in ticks.items():
            counter = _counters.get(name)
            if counter is None:
                counter = _counters[name] = metrics.get_meter("rustworthy").create_counter(f"rustworthy.switch.{name}")
            counter.add(number, {"switch": state.name, "mode": state.setting.mode})
    except Exception:
        pass


def tell_span(name: str, by_rust: bool) -> None:
    """Notes on the span that is going on which side answered; never raises."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is not None:
        try:
            trace.get_current_span().set_attribute(f"rustworthy.switch.{name}", "rust" if by_rust else "python")
        except Exception:
            pass
