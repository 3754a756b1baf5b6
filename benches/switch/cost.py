#!/usr/bin/env python3
"""What a call costs behind a switch, above the wrappers that people would write by hand.

    PYTHONPATH=wheel/python python3 benches/switch/cost.py

All of them are timed in turn, in short rounds; of each the fastest round counts, since others hold up what they run beside. What the
threads of the pool use is in the second figure, processor time of the fastest of some longer rounds. The candidate costs nothing, as
the function.
"""

import copy
import functools
import os
import random
import resource
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import rustworthy
from rustworthy._switch.shadow import pool

ROUNDS = int(os.environ.get("ROUNDS", "500"))
CALLS = 2_000


def function(x):
    return x


def wrapped(python):
    @functools.wraps(python)
    def wrapper(*args, **kwargs):
        return python(*args, **kwargs)

    return wrapper


def counting(python):
    """Counts calls as most people would."""
    lock, calls = threading.Lock(), 0

    @functools.wraps(python)
    def wrapper(*args, **kwargs):
        nonlocal calls
        with lock:
            calls += 1
        return python(*args, **kwargs)

    return wrapper


def shadowing(python, rust, share):
    """Shadows as most people would."""
    pool = ThreadPoolExecutor(1)

    def compare(args, kwargs, expected):
        if rust(*args, **kwargs) != expected:
            raise AssertionError

    @functools.wraps(python)
    def wrapper(*args, **kwargs):
        if random.random() >= share:
            return python(*args, **kwargs)
        copied = copy.deepcopy((args, kwargs))
        result = python(*args, **kwargs)
        pool.submit(compare, *copied, copy.deepcopy(result))
        return result

    return wrapper


def switched(name, mode, **options):
    made = rustworthy.switch(name, python=function, rust=function, **options)
    rustworthy.set_switch(name, mode)
    return made


def timed(call):
    begun = time.perf_counter()
    for _ in range(CALLS):
        call(1)
    return (time.perf_counter() - begun) / CALLS


def processor_time(call):
    """Processor time a call of all threads, those of the pool included."""
    pool.drain(5)
    begun = time.process_time()
    for _ in range(10 * CALLS):
        call(1)
    pool.drain(5)
    return (time.process_time() - begun) / (10 * CALLS)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RUSTWORTHY_TELEMETRY"] = folder
        ways = {
            "the function itself": function,
            "functools.wraps": wrapped(function),
            "… and a counter with a lock": counting(function),
            "switch, mode python": switched("python", "python"),
            "switch, shadow at 1 %": switched("shadow", "shadow"),
            "switch, shadow at 1 %, budget 100 %": switched("shadow-free", "shadow", budget="100%"),
            "shadowing by hand at 1 %": shadowing(function, function, 0.01),
            "switch, 50 %": switched("half", "50%", shadow=0),
            "switch, rust": switched("rust", "rust", shadow=0),
        }
        times = {name: [] for name in ways}
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(ROUNDS):
            for name, call in random.sample(sorted(ways.items()), len(ways)):
                times[name].append(timed(call))
        used = {name: [] for name in ways}
        for _ in range(ROUNDS // 20):
            for name, call in random.sample(sorted(ways.items()), len(ways)):
                used[name].append(processor_time(call))
        plain_best, plain_used = min(times["functools.wraps"]), min(used["functools.wraps"])
        print(f"CPython {sys.version.split()[0]}, {ROUNDS} rounds of {CALLS:,} calls")
        print("| way | fastest round, ns a call | above functools.wraps | processor time of all threads above functools.wraps |")
        print("|---|--:|--:|--:|")
        for name, all_times in times.items():
            best = min(all_times)
            print(f"| {name} | {best * 1e9:.0f} | {(best - plain_best) * 1e9:+.0f} | {(min(used[name]) - plain_used) * 1e9:+.0f} |")
        from rustworthy._switch.keeper import keeper

        for name in ("shadow", "shadow-free"):
            counts = keeper.states[name].counts
            print(f"{name}: shadowed {counts.shadowed.value:,}, suspended {counts.suspended.value:,} of {counts.calls.value:,}")
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"peak memory {before / 1024:.1f} MiB before, {after / 1024:.1f} MiB after")


if __name__ == "__main__":
    main()
