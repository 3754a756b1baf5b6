"""The harness's own walk over two values, where a worker for this Python is installed beside the program: it takes a fraction of
the time, and tells where values are equal. Where they differ the walk in Python says in which part, without values.

Both are tested on the same table of cases.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, Final

# Names the folder with workers, instead of the one that the wheel installs.
FOLDER: Final = "RUSTWORTHY_WORKERS"
_INSTALLED: Final = os.path.join("share", "rustworthy", "workers")
_MODULE: Final = "rustworthy_worker"

# Takes both values, whether types count, tolerances, and paths that are ignored or have no order; returns the status of an `Outcome`.
Compare = Callable[[Any, Any, bool, float, float, tuple[str, ...], tuple[str, ...]], str]

_found: Compare | None = None
_is_looked_for = False


def comparison() -> Compare | None:
    """The walk of the worker for this Python; None where there is none."""
    global _found, _is_looked_for
    if not _is_looked_for:
        _is_looked_for = True
        try:
            _found = _load()
        except Exception:
            # Of another version, of a subinterpreter that it doesn't know, or not to be loaded: it isn't needed.
            _found = None
    return _found


def _load() -> Compare | None:
    import sysconfig

    # The name tells the binary interface: a worker for another one would crash this process.
    name = f"{_MODULE}.{sysconfig.get_config_var('SOABI')}.so"
    file = next((path for folder in _folders() if os.path.isfile(path := os.path.join(folder, name))), None)
    if file is None:
        return None
    from importlib.machinery import ExtensionFileLoader, ModuleSpec

    spec = ModuleSpec(_MODULE, ExtensionFileLoader(_MODULE, file), origin=file)
    assert spec.loader is not None
    module = spec.loader.create_module(spec)
    assert module is not None
    spec.loader.exec_module(module)
    compare: Compare = module.compare
    return compare


def _folders() -> list[str]:
    named = os.environ.get(FOLDER)
    if named:
        return [named]
    from rustworthy import find_program

    prefixes = [sys.prefix]
    try:
        prefixes.insert(0, os.path.dirname(os.path.dirname(find_program())))
    except FileNotFoundError:
        pass
    return [os.path.join(prefix, _INSTALLED) for prefix in prefixes]
