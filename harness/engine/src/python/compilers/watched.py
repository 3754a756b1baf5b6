"""Makes calls of a function, and takes down whose code their time goes to; into a file, since nobody says when the last is made."""

import cProfile
import importlib
import json
import operator
import os
import sys
import time

MODULE = @module@
SOURCE = @source@
CALLABLE = @callable@
RESULT = @result@

# What a compiler may save of a call into native code that was compiled long ago, in seconds.
CALLING = 1e-6
# Nothing more is watched after so many seconds.
ENOUGH = 1.0


def delayed():
    """Seconds for which this thread was ready to run while others had the processor; `None` where the system doesn't tell."""
    try:
        with open("/proc/thread-self/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return None


class Watch:
    def __init__(self, function):
        self.function, self.profile, self.calls, self.told = function, cProfile.Profile(), 0, 1
        self.delayed, self.computed, self.wall, self.is_late = 0.0, 0.0, 0.0, False

    def call(self, *args, **kwargs):
        if self.wall >= ENOUGH:
            return self.function(*args, **kwargs)
        self.calls += 1
        before, computed, start = delayed(), time.process_time(), time.perf_counter()
        try:
            result = self.profile.runcall(self.function, *args, **kwargs)
            # The work is done when somebody asks for it.
            self.is_late |= any(hasattr(type(result), name) for name in ("__next__", "__await__", "__anext__"))
            return result
        finally:
            self.wall += time.perf_counter() - start
            self.computed += time.process_time() - computed
            after = delayed()
            known = None not in (before, after, self.delayed)
            self.delayed = self.delayed + after - before if known else None
            if self.calls >= self.told or self.wall >= ENOUGH:
                self.told = 2 * self.calls
                self.tell()

    def tell(self):
        own, places = 0.0, {}
        for entry in self.profile.getstats():
            if isinstance(entry.code, str):
                continue
            here = entry.code.co_filename == SOURCE
            places[entry.code.co_filename] = places.get(entry.code.co_filename, 0.0) + entry.inlinetime
            own += entry.inlinetime if here else 0.0
            for inner in entry.calls or ():
                if isinstance(inner.code, str):
                    places[inner.code] = places.get(inner.code, 0.0) + inner.inlinetime
                    own += min(inner.inlinetime, CALLING * inner.callcount) if here else 0.0
        places.pop(SOURCE, None)
        most = max(places, key=places.get, default=None)
        found = {
            "own": None if self.is_late else own,
            "total": sum(entry.inlinetime for entry in self.profile.getstats()),
            "wall": self.wall,
            "delayed": self.delayed,
            "computed": self.computed,
            "most": most and named(most),
        }
        part = f"{RESULT}.part"
        with open(part, "w") as file:
            json.dump(found, file)
        os.replace(part, RESULT)


def named(place):
    """A module by its name; native code as it calls itself, `<built-in method _hashlib.scrypt>`."""
    for name, module in list(sys.modules.items()):
        if getattr(module, "__file__", None) == place:
            return name
    return place


call = Watch(operator.attrgetter(CALLABLE)(importlib.import_module(MODULE))).call
