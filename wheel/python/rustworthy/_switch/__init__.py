"""A Python function and its candidate in Rust behind a switch: shadowing, telemetry, and falling back."""

from .definition import Switched, set_switch, switch
from .spans import span

__all__ = ["Switched", "set_switch", "span", "switch"]
