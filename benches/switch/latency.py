#!/usr/bin/env python3
"""What shadowing does to p99 of a service at 70 % load: one worker, requests by a Poisson process, timed from their planned arrival.

    PYTHONPATH=wheel/python python3 benches/switch/latency.py

Rounds with the switch on python and on shadow take turns, with the same arrivals. The difference of their p99 is told with an
interval over pairs of rounds (Student's t).
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

ROUNDS = int(os.environ.get("ROUNDS", "12"))
REQUESTS = int(os.environ.get("REQUESTS", "3000"))
LOAD = 0.7
# Two-sided 95 % of Student's t by degrees of freedom.
REACH = {5: 2.571, 7: 2.365, 9: 2.262, 11: 2.201, 15: 2.131, 19: 2.093}


def p99(arrivals, text):
    begun, latencies = time.perf_counter(), []
    for arrival in arrivals:
        while True:
            left = begun + arrival - time.perf_counter()
            if left <= 0:
                break
            time.sleep(left) if left > 2e-4 else None
        handle(text)
        latencies.append(time.perf_counter() - begun - arrival)
    latencies.sort()
    return latencies[int(0.99 * len(latencies))]


def main():
    text = TEXT
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RUSTWORTHY_TELEMETRY"] = folder
        handle(text)
        times = []
        for _ in range(300):
            begun = time.perf_counter()
            handle(text)
            times.append(time.perf_counter() - begun)
        mean = sum(times) / len(times)
        found = {"python": [], "shadow": []}
        for seed in range(ROUNDS):
            lot = random.Random(seed)
            arrivals, at = [], 0.0
            for _ in range(REQUESTS):
                at += lot.expovariate(LOAD / mean)
                arrivals.append(at)
            for mode in lot.sample(["python", "shadow"], 2):
                rustworthy.set_switch("parse", mode)
                found[mode].append(p99(arrivals, text))
        from rustworthy._switch.keeper import keeper

        counts = keeper.states["parse"].counts
        print(f"CPython {sys.version.split()[0]}, {ROUNDS} pairs of rounds of {REQUESTS:,} requests of {mean * 1e3:.2f} ms at {LOAD:.0%} load")
        print(f"shadowed {counts.shadowed.value:,} of {counts.calls.value:,} calls, suspended {counts.suspended.value:,}, different {counts.different.value}")
        for mode, values in found.items():
            print(f"p99 with {mode}: {sum(values) / ROUNDS * 1e3:.2f} ms")
        differences = [b - a for a, b in zip(found["python"], found["shadow"], strict=True)]
        middle = sum(differences) / ROUNDS
        spread = math.sqrt(sum((value - middle) ** 2 for value in differences) / (ROUNDS - 1) / ROUNDS)
        reach = REACH.get(ROUNDS - 1, 2.3) * spread
        print(f"difference {middle * 1e3:+.2f} ms ({(middle - reach) * 1e3:+.2f} to {(middle + reach) * 1e3:+.2f}), budget 1 ms")


if __name__ == "__main__":
    main()
