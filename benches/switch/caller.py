#!/usr/bin/env python3
"""What shadowing a call takes of its caller's processor time, by what it is given and what it returns.

    PYTHONPATH=wheel/python python3 benches/switch/caller.py

Every call is shadowed, so that this is what one call in a hundred pays by default. Processor time of the calling thread alone: on a
machine with a processor to spare, that's what is added to the call's latency, waiting for Python's global lock aside.
"""

import json
import sys
import time

import rustworthy
from rustworthy._switch.shadow import pool

CALLS = 400

ORDERS = [{"id": number, "country": "DE", "lines": [{"article": "A-1", "cents": 99}] * 4} for number in range(100)]

# What it is, the function, its argument, and `effects`.
CASES = [
    ("an int, gives an int", lambda x: x + 1, 1),
    ("5 KB of text, gives a list of 1,000 ints", lambda text: [int(part) for part in text.split(",")], ",".join(map(str, range(1000, 2000)))),
    ("a list of 10,000 floats, gives a float", sum, [0.5] * 10_000),
    ("100 orders as dicts and lists, gives a dict", lambda orders: {order["id"]: len(order["lines"]) for order in orders}, ORDERS),
    ("25 KB of JSON, gives 100 orders", json.loads, json.dumps(ORDERS)),
]


def times(call, argument):
    found = []
    for _ in range(CALLS):
        begun = time.thread_time()
        call(argument)
        found.append(time.thread_time() - begun)
        pool.drain(5)
    found.sort()
    return found[len(found) // 2], found[int(0.99 * len(found))]


def main():
    print(f"CPython {sys.version.split()[0]}, {CALLS} calls each, microseconds of the calling thread")
    print("| argument and result | Python, median | p99 | shadowed, median | p99 | added, median |")
    print("|---|--:|--:|--:|--:|--:|")
    for number, (what, function, argument) in enumerate(CASES):
        made = rustworthy.switch(f"caller-{number}", python=function, rust=function, shadow=1.0, budget="10000%", shadow_budget="1s")
        rustworthy.set_switch(f"caller-{number}", "python")
        python = times(made, argument)
        rustworthy.set_switch(f"caller-{number}", "shadow")
        shadow = times(made, argument)
        cells = [f"{1e6 * value:.0f}" for value in (*python, *shadow, shadow[0] - python[0])]
        print(f"| {what} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
