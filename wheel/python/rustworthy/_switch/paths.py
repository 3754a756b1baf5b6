"""Places in a value: as differences show them, as patterns name them, and as telemetry writes them, without values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

# Steps into a value.
INDEX, KEY, FIELD, ELEMENT = range(4)
Step = tuple[int, Any]

# Steps at either end that are shown of a long path.
_SHOWN: Final = 10
# Characters of a key that telemetry writes as it is.
_LONGEST_KEY: Final = 40
# What a value as a whole is called.
_WHOLE: Final = "output"

_TOKEN = re.compile(r"\[(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\]'\"]*)\]|\.?[^.\[\]]+")


def render(steps: Sequence[Step], hide: Callable[[str], str] | None = None) -> str:
    """A path as text. `hide` makes a digest of keys that may tell something."""
    shown = [_step(step, hide) for step in steps]
    if len(shown) > 2 * _SHOWN + 1:
        shown = [*shown[:_SHOWN], "…", *shown[-_SHOWN:]]
    return "".join(shown) or _WHOLE


def _step(step: Step, hide: Callable[[str], str] | None) -> str:
    kind, place = step
    if kind == INDEX:
        return f"[{place}]"
    if kind == ELEMENT:
        index, shape = place
        indices = []
        for length in reversed(shape):
            index, at = divmod(index, length or 1)
            indices.append(str(at))
        return f"[{', '.join(reversed(indices)) or '()'}]"
    if isinstance(place, str) and place.isidentifier() and (hide is None or len(place) <= _LONGEST_KEY):
        return f".{place}"
    shown = repr(place) if isinstance(place, (str, int, float, bytes, bool, type(None))) else _described(place)
    return f"[{shown}]" if hide is None else f"['#{hide(shown)}']"


def _described(key: Any) -> str:
    from .keys import key_of

    return repr(key_of(key, exact=True))


def parse(pattern: str) -> tuple[str, ...]:
    """The steps that a pattern names: `[*].id`, `tags`, `.items[0]['a b']`; none for `output`, which is all of it.

    Raises ValueError where it is none.
    """
    if not isinstance(pattern, str):
        raise TypeError(f"a path is a str, such as '[*].id', and {pattern!r} is none")
    below = pattern.removeprefix(_WHOLE)
    if below != pattern and (not below or below[0] in ".["):
        # A part that has this name is `.output`.
        if not below:
            return ()
        return parse(below)
    tokens = _TOKEN.findall(pattern)
    if not tokens or "".join(tokens) != pattern:
        raise ValueError(f"{pattern!r} is no path; write '[*].id', 'tags' or \".items['a b']\"")
    return tuple(token if token.startswith(("[", ".")) else f".{token}" for token in tokens)


def matches(pattern: tuple[str, ...], steps: Sequence[Step]) -> bool:
    """Whether a pattern names exactly this place."""
    return len(pattern) == len(steps) and all(
        wanted in ("[*]", ".*") or wanted == _step(step, None) for wanted, step in zip(pattern, steps, strict=True)
    )
