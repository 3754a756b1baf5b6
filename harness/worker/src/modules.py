"""Which files the modules that are loaded came from."""

import os
import sys


def loaded():
    """Names and files without links, of all modules that have one."""
    files = ((name, getattr(module, "__dict__", {}).get("__file__")) for name, module in sorted(sys.modules.items()))
    return [(name, os.path.realpath(file)) for name, file in files if isinstance(file, str)]
