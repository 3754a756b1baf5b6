#!/usr/bin/env python3
"""What ports of Scientist, shadowing by hand and the switch make of the same faults of a candidate, in one table.

    pip install -r benches/switch/requirements.txt && PYTHONPATH=wheel/python python benches/switch/peers.py
"""

import copy
import logging
import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import laboratory
import pyentist
import rustworthy
import scientist
from rustworthy._switch.keeper import keeper
from rustworthy._switch.shadow import pool

logging.disable(logging.CRITICAL)


class PanicException(BaseException):
    """As pyo3 raises it."""


def raises(error):
    def function(*_):
        raise error

    return function


def append(values):
    values.append(4)
    return sum(values) - 4


def hang(_):
    threading.Event().wait(3)
    return 6


# What it is, the original, the candidate, and whether they agree.
FAULTS = [
    ("raises an exception", sum, raises(ValueError("a")), False),
    ("panics (a BaseException)", sum, raises(PanicException("a")), False),
    ("raises KeyboardInterrupt", sum, raises(KeyboardInterrupt()), False),
    ("changes its argument", sum, append, False),
    ("differs in type alone", sum, lambda values: float(sum(values)), False),
    ("returns an iterator", list, iter, False),
    ("both raise the same", raises(ValueError("a")), raises(ValueError("a")), True),
    ("both raise, not the same", raises(ValueError("a")), raises(KeyError("a")), False),
    ("both return NaN", lambda _: math.nan, lambda _: float("nan"), True),
    ("takes 3 s", sum, hang, True),
]


def with_laboratory(python, rust):
    told = []

    class Experiment(laboratory.Experiment):
        def publish(self, result):
            told.append(result.match)

    @Experiment.decorator(rust)
    def control(values):
        return python(values)

    return control, told, lambda: None


def with_py_scientist(python, rust):
    told = []

    class Publisher:
        def publish(self, result):
            told.append(result.matched)

    def control(values):
        experiment = scientist.Experiment("peer").use(lambda: python(values)).try_(lambda: rust(values))
        return experiment.publish(Publisher()).run()

    return control, told, lambda: None


def with_pyentist(python, rust):
    told = []

    class Experiment(pyentist.DefaultExperiment):
        def publish(self, result):
            told.append(result.was_matched)

    def control(values):
        experiment = Experiment("peer")
        experiment.use(lambda: python(values))
        experiment.try_candidate("candidate", lambda: rust(values))
        return experiment.run()

    return control, told, lambda: None


def by_hand(python, rust):
    """As most people would write it."""
    workers, told = ThreadPoolExecutor(1), []

    def compare(values, expected):
        try:
            told.append(rust(values) == expected)
        except Exception:
            told.append(False)

    def control(values):
        copied = copy.deepcopy(values)
        result = python(values)
        workers.submit(compare, copied, copy.deepcopy(result))
        return result

    return control, told, lambda: workers.shutdown(wait=True)


def with_switch(python, rust):
    keeper.states.clear()
    made = rustworthy.switch("peer", python=python, rust=rust, shadow=1.0, budget="1000%", shadow_budget="1s")
    rustworthy.set_switch("peer", "shadow")
    return made, None, lambda: pool.drain(5)


def seen(call, python):
    """What the caller sees, in words; compared with what the original alone gives."""
    expected, got = [], []
    for function, into in ((python, expected), (call, got)):
        values = [1, 2, 3]
        began = time.perf_counter()
        try:
            into.append(repr(function(values)))
        except BaseException as error:
            into.append(f"raises {type(error).__name__}")
        into.append(values)
        into.append(time.perf_counter() - began > 1.0)
    if expected[0] != got[0]:
        return f"**{got[0]}**"
    if expected[1] != got[1]:
        return "**changed arguments**"
    return "**waits 3 s**" if got[2] else "nothing"


def told_of(told):
    if told is not None:
        return {(): "nothing", (True,): "equal", (False,): "different"}.get(tuple(told), str(told))
    counts = keeper.states["peer"].counts
    return "equal" if counts.equal.value else "different" if counts.different.value else "nothing"


PEERS = {
    "laboratory": with_laboratory,
    "py-scientist": with_py_scientist,
    "pyentist": with_pyentist,
    "by hand": by_hand,
    "switch": with_switch,
}
# The ports have both sides run in random order: the worst of so many calls is shown.
TIMES = 12


def found(make, python, rust, right):
    """What the caller sees, and what is told, of the call that goes worst."""
    worst = None
    for _ in range(1 if rust is hang else TIMES):
        call, told, finish = make(python, rust)
        sees = seen(call, python)
        finish()
        tells = told_of(told)
        tells = tells if tells == right else f"**{tells}**"
        wrong = sees.startswith("**") + tells.startswith("**")
        if worst is None or wrong > worst[0]:
            worst = wrong, f"{sees}; {tells}"
    return worst[1]


def main():
    print("| candidate | right |", " | ".join(PEERS), "|")
    print("|---|---|" + "---|" * len(PEERS))
    for what, python, rust, agree in FAULTS:
        right = "equal" if agree else "different"
        cells = [found(make, python, rust, right) for make in PEERS.values()]
        print(f"| {what} | nothing; {right} | {' | '.join(cells)} |", flush=True)
    print("\nWhat the caller sees of it, beside what the original alone gives; and what is told. Bold is wrong.")


if __name__ == "__main__":
    main()
