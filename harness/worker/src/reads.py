"""Which files Python code reads."""

import os
import sys

# More names than this say no more than these do.
MOST = 20_000

read = set()


def watch():
    """Keeps the names of all files that are opened for reading from here on, whatever opens them from Python: databases
    and libraries too, which native code opens."""

    def hook(event, arguments):
        if len(read) >= MOST:
            return
        if event in ("ctypes.dlopen", "sqlite3.connect"):
            path, flags = arguments[0], os.O_RDONLY
        elif event == "open":
            path, _, flags = arguments
        else:
            return
        if not isinstance(path, (str, bytes)) or not isinstance(flags, int) or flags & os.O_ACCMODE != os.O_RDONLY:
            return
        try:
            read.add(os.path.join(os.getcwd(), os.fsdecode(path)))
        except OSError:
            # Whatever is raised here would be raised by what is measured: the working directory may be gone.
            pass

    sys.addaudithook(hook)


def files():
    """Files without links."""
    return sorted({os.path.realpath(path) for path in read.copy()})
