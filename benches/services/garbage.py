"""garbage: a service whose tail is made by the garbage collector, which isn't the fault of any one function.

A request {"number": its place, "a": microseconds} spins for that long, like those of known.py, and makes a ring of
nodes, which is kept for the next thirty requests. After that it is garbage in a cycle, for the collector alone to
free: now and then, among all that is kept, in a pause of milliseconds that some request or other has to bear. Pauses
begin while a ring is made, since spinning makes nothing that the collector counts.

The truth is recorded by the service where the environment variable GARBAGE_TRUTH names a file. After each request, a
line of JSON goes to the file of that name and the process id, `truth.jsonl.4711`: the `number` of the request, the
`seconds` that it took, and those of them that it was `paused` for, from gc.callbacks. The collector's share at p99 is
the sum of `paused` over that of latency, among the requests between the 98.5th and the 99.5th percentile of latency.
Where requests don't wait (`arrivals` are closed), latency is `seconds`. Recording takes microseconds after each request
that aren't in `seconds`, and may itself set off a collection, which then is in none.
"""

import functools
import gc
import json
import os
import random
from collections import deque
from time import perf_counter

from known import spin

MEDIAN, SPREAD = 800, 0.3  # microseconds, and the deviation of their logarithm
RINGS, NODES = 30, 1_000  # that are kept, and of each of them
TRUTH = os.environ.get("GARBAGE_TRUTH")


class Pauses:
    """Seconds of collections so far. It is one of gc.callbacks."""

    def __init__(self):
        self.seconds = self.start = 0.0

    def __call__(self, phase, info):
        if phase == "start":
            self.start = perf_counter()
        else:
            self.seconds += perf_counter() - self.start


PAUSES = Pauses()
KEPT = deque(maxlen=RINGS)
if TRUTH:
    gc.callbacks.append(PAUSES)


def requests(count, seed):
    rng = random.Random(seed)
    return [{"number": number, "a": round(MEDIAN * rng.lognormvariate(0, SPREAD))} for number in range(count)]


def handle(request):
    if not TRUTH:
        return served(request)
    start, paused = perf_counter(), PAUSES.seconds
    answer = served(request)
    truth = {"number": request["number"], "seconds": perf_counter() - start, "paused": PAUSES.seconds - paused}
    journal().write(json.dumps(truth) + "\n")
    return answer


def served(request):
    a(request["a"])
    KEPT.append(ring(request["number"]))
    return request["number"]


def a(micros):
    spin(micros)


def ring(number):
    """A ring of nodes, each of which knows the one before it."""
    first = last = [number, None]
    for _ in range(NODES - 1):
        last = [number, last]
    first[1] = last
    return first


@functools.cache
def journal():
    return open(f"{TRUTH}.{os.getpid()}", "a", buffering=1, encoding="utf-8")
