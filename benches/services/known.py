"""known: services whose composition is known, because every request says how long each function has to take.

A request is {"a": microseconds, "b": microseconds}; the functions a and b spin on the clock for that long, one after
the other. So the truth follows from the requests alone:

- The service time of a request is a + b, and a few microseconds of the handler's own.
- A function's share of the processor is the sum of its column over the sum of both.
- Latency is service where requests don't wait (`arrivals` are closed). Where they do, `latencies` makes it out of the
  planned times of arrival: first come, first served.
- A function's share at p99 is the sum of its column over that of latency, among the requests between the 98.5th and
  the 99.5th percentile of latency: `shares` tells it, and that of waiting.
- A function that were s times faster would have its column divided by s: the same functions then tell the truth of a
  what-if. The migrations are real ones of that kind, to a quarter of the time.

A spin ends with the first look at the clock that is late enough, so it is a fraction of a microsecond too long; and by
as much as the processor was taken away, if it was at the end. Real work would depend on the machine as well.

`body_tail` has a body made of a and a tail made of b: b takes next to nothing but in three of a hundred requests, ten
times as long as a. So a is nearly all of p50, and b nearly all of p99. `queue` has both in every request, of mildly
varying size, for utilisations at which waiting is half of p99, two thirds, and nearly all of it.
"""

import random
from heapq import heappop, heappush
from time import perf_counter

FASTER = 4  # times, what is migrated
TAIL = 0.03  # of the requests of body_tail


def body_tail(count, seed):
    rng = random.Random(seed)
    return [{"a": micros(rng, 1_000, 0.2), "b": tail(rng)} for _ in range(count)]


def tail(rng):
    return micros(rng, 10_000, 0.3) if rng.random() < TAIL else 50


def queue(count, seed):
    rng = random.Random(seed)
    return [{"a": micros(rng, 900, 0.5), "b": micros(rng, 300, 0.3)} for _ in range(count)]


def micros(rng, median, spread):
    return round(median * rng.lognormvariate(0, spread))


def handle(request):
    a(request["a"])
    b(request["b"])
    return request["a"] + request["b"]


def a(micros):
    spin(micros)


def b(micros):
    spin(micros)


def a_faster(micros):
    spin(micros / FASTER)


def b_faster(micros):
    spin(micros / FASTER)


def spin(micros):
    end = perf_counter() + micros * 1e-6
    while perf_counter() < end:
        pass


def latencies(requests, arrivals, servers=1):
    """Seconds from the planned arrival of each request to its answer, first come, first served."""
    free, found = [0.0] * servers, []
    for request, arrival in zip(requests, arrivals, strict=True):
        end = max(heappop(free), arrival) + (request["a"] + request["b"]) * 1e-6
        heappush(free, end)
        found.append(end - arrival)
    return found


def shares(requests, latencies, low=0.985, high=0.995):
    """The shares of a, b and waiting in the latency of requests between two of its quantiles."""
    ranked = sorted(zip(latencies, requests, strict=True), key=lambda pair: pair[0])
    chosen = ranked[round(low * len(ranked)) : round(high * len(ranked))]
    whole = sum(latency for latency, _ in chosen)
    a, b = (sum(request[name] for _, request in chosen) * 1e-6 / whole for name in "ab")
    return {"a": a, "b": b, "waiting": 1 - a - b}
