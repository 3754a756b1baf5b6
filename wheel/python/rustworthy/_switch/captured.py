"""What calls of a function do beside returning something, as `rustworthy capture` has found and written beside them."""

from __future__ import annotations

# Where captures are, from the working folder on, and how many of what size are looked at.
_FOLDER = ".rustworthy/captures"
_MOST = 1000
_LARGEST = 1 << 20


def effects(function: str) -> list[str]:
    """Of `module:callable`: `writes files`, `uses the network`, …; nothing where no capture tells. Never raises."""
    try:
        return _effects(function)
    except Exception:
        return []


def _effects(function: str) -> list[str]:
    import json
    import os

    found: set[str] = set()
    with os.scandir(_FOLDER) as entries:
        for entry, _ in zip(entries, range(_MOST), strict=False):
            try:
                with open(os.path.join(entry.path, "capture.json"), encoding="utf-8") as file:
                    capture = json.loads(file.read(_LARGEST))
                if capture["function"] == function:
                    found.update(map(str, capture["purity"]["effects"]))
            except (OSError, ValueError, LookupError, TypeError):
                continue
    return sorted(found)
