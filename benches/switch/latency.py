#!/usr/bin/env python3
"""What shadowing does to p99 of a service at 70 % load: one worker, requests by a Poisson process, timed from their planned arrival.

    PYTHONPATH=wheel/python python3 benches/switch/latency.py

With `CLOCK=processor` time goes on by what the process computes and by what it sleeps for: by that clock nothing is held up by what else
runs on the machine, while threads of the process wait for one another as ever, and what they compute at the same time is added up.

Blocks of requests with the switch on python and on shadow take turns, in pairs with the same arrivals, so that what else the machine
does falls on both. The load is by what requests have taken of late. Told are the difference of p99 over all requests of a mode, with an
interval by drawing pairs again, of pairs in which other processes have hardly computed; and the median over pairs of the difference of their
p99, with an interval by order statistics, which a few disturbed pairs don't move.
"""

import math
import os
import pathlib
import random
import sys
import tempfile
import time

import rustworthy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "service"))
from service import TEXT, handle

PAIRS = int(os.environ.get("PAIRS", "150"))
REQUESTS = int(os.environ.get("REQUESTS", "250"))
LOAD = float(os.environ.get("LOAD", "0.7"))
# How much of a processor others may use during a pair.
OTHERS = float(os.environ.get("OTHERS", "0.3"))
# How often pairs are drawn again for the interval.
DRAWN_AGAIN = 300


class Wall:
    """Time as it goes by."""

    def now(self):
        return time.perf_counter()

    def wait(self, until):
        while (left := until - self.now()) > 0:
            time.sleep(left) if left > 2e-4 else None


class Processor:
    """Time as it would go by on a machine with nothing else to do."""

    def __init__(self):
        self.slept = 0.0

    def now(self):
        return time.process_time() + self.slept

    def wait(self, until):
        gap = until - self.now()
        if gap > 0:
            used = time.process_time()
            time.sleep(gap)
            # What other threads have computed meanwhile is in the clock already; beyond the gap, they have held up this one.
            self.slept += max(gap - (time.process_time() - used), 0.0)


CLOCK = Processor() if os.environ.get("CLOCK") == "processor" else Wall()


def run(arrivals, text):
    """Latencies of a block's requests, the share of its time that they took, and the time of each."""
    begun, latencies, busy = CLOCK.now(), [], 0.0
    for arrival in arrivals:
        CLOCK.wait(begun + arrival)
        started = CLOCK.now()
        handle(text)
        ended = CLOCK.now()
        latencies.append(ended - begun - arrival)
        busy += ended - started
    return latencies, busy / (CLOCK.now() - begun), busy / len(arrivals)


def of_others():
    """Seconds of processor time that other processes have used."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, interrupts, soft, stolen = map(int, file.readline().split()[1:9])
    used = (user + nice + system + interrupts + soft + stolen) / os.sysconf("SC_CLK_TCK")
    return used - time.process_time()


def quantile(blocks, share=0.99):
    values = sorted(value for latencies, *_ in blocks for value in latencies)
    return values[int(share * len(values))]


def calibrated(text, requests=300):
    """The time of a request."""
    times = []
    for _ in range(requests):
        begun = CLOCK.now()
        handle(text)
        times.append(CLOCK.now() - begun)
    return sum(times) / len(times)


def tell(what, pairs):
    """Says what both modes were like in some pairs."""
    if len(pairs) < 20:
        print(f"{what}: {len(pairs)}, which is too few")
        return
    for mode in ("python", "shadow"):
        blocks = [pair[mode] for pair in pairs]
        busy = sum(share for _, share, _ in blocks) / len(pairs)
        print(f"{what}, {mode}: busy {busy:.0%}, p50 {quantile(blocks, 0.5) * 1e3:.2f} ms, p99 {quantile(blocks) * 1e3:.2f} ms")

    def difference(pairs):
        return quantile([pair["shadow"] for pair in pairs]) - quantile([pair["python"] for pair in pairs])

    lot = random.Random(0)
    drawn = sorted(difference(lot.choices(pairs, k=len(pairs))) for _ in range(DRAWN_AGAIN))
    print(f"{what}: {len(pairs)}, difference of p99 {between(difference(pairs), drawn[int(0.025 * DRAWN_AGAIN)], drawn[int(0.975 * DRAWN_AGAIN)])}")
    each = sorted(difference([pair]) for pair in pairs)
    # Ranks between which the median is in 95 % of cases.
    reach = 0.98 * math.sqrt(len(each))
    low, high = (each[min(max(round(len(each) / 2 + side * reach), 0), len(each) - 1)] for side in (-1, 1))
    print(f"{what}: median over pairs {between(each[len(each) // 2], low, high)}; budget 1 ms")


def between(middle, low, high):
    return f"{middle * 1e3:+.2f} ms ({low * 1e3:+.2f} to {high * 1e3:+.2f})"


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RUSTWORTHY_TELEMETRY"] = folder
        handle(TEXT)
        rustworthy.set_switch("parse", "python")
        mean = calibrated(TEXT)
        pairs, means, made = [], [], 0
        for seed in range(PAIRS):
            lot = random.Random(seed)
            arrivals, at = [], 0.0
            for _ in range(REQUESTS):
                at += lot.expovariate(LOAD / mean)
                arrivals.append(at)
            pair, others = {}, 0.0
            for mode in lot.sample(["python", "shadow"], 2):
                rustworthy.set_switch("parse", mode)
                before = of_others()
                pair[mode] = run(arrivals, TEXT)
                others = max(others, (of_others() - before) / (arrivals[-1] or 1.0))
                # What is on its way belongs to this block.
                time.sleep(0.02)
            taken = pair["python"][2]
            mean += 0.3 * (taken - mean)
            means.append(mean)
            made += 1
            pairs.append((others, pair))
        from rustworthy._switch.keeper import keeper

        state = keeper.states["parse"]
        counts = state.counts
        print(f"CPython {sys.version.split()[0]}, {type(CLOCK).__name__.lower()} clock, {made} pairs of blocks of {REQUESTS} requests of {sum(means) / made * 1e3:.2f} ms")
        for what, chosen in (("all pairs", [pair for _, pair in pairs]), ("quiet pairs", [pair for others, pair in pairs if others <= OTHERS])):
            tell(what, chosen)
        found = ", ".join(f"{name} {getattr(counts, name).value:,}" for name in ("calls", "shadowed", "suspended", "busy", "different"))
        print(f"{found}; a call in the shadow takes {state.budget.length * 1e3:.2f} ms of a processor at most")


if __name__ == "__main__":
    main()
