"""Programs whose time is known to be split between two parts: each part takes its own time, from outside of its work.

`python programs.py NAME SECONDS FILE` runs one of them for about so long and writes to FILE what it took, in JSON: `a` and
`b`, the seconds of either part, and `work`, the wall time per round. What belongs to a part has its name begin with it.
"""

import json
import os
import sys
import threading
import time
import zlib


def spin(count):
    number = 0
    for _ in range(count):
        number += 1
    return number


def split_a():
    return spin_a(200_000)


def spin_a(count):
    number = 0
    for _ in range(count):
        number += 1
    return number


def split_b():
    return spin_b(100_000)


def spin_b(count):
    number = 0
    for _ in range(count):
        number += 1
    return number


def recursion_a():
    return fib_a(19)


def fib_a(number):
    return number if number < 2 else fib_a(number - 1) + fib_a(number - 2)


def recursion_b():
    return deep_b(60) + sum(deep_b(60) for _ in range(40))


def deep_b(depth):
    return depth if depth == 0 else deep_b(depth - 1) + 1


def generators_a():
    return sum(chain_a(numbers_a(40_000)))


def numbers_a(count):
    for number in range(count):
        yield number


def chain_a(numbers):
    for number in numbers:
        yield number + 1


def generators_b():
    return sum([number + 1 for number in range(60_000)])


def leaves_a():
    total = 0
    for number in range(60_000):
        total += leaf_a(number)
    return total


def leaf_a(number):
    return number


def leaves_b():
    total = 0
    for number in range(150_000):
        total += number
    return total


def numpy_a():
    import numpy

    return numpy.sort(NUMBERS)


def numpy_b():
    return spin(100_000)


def extension_a():
    return zlib.compress(BYTES, 6)


def extension_b():
    return json.loads(json.dumps(RECORDS))


NUMBERS, BYTES, RECORDS = None, None, None


def prepare(name):
    global NUMBERS, BYTES, RECORDS
    if name == "numpy":
        import numpy

        NUMBERS = numpy.random.default_rng(1).random(120_000)
    BYTES = bytes(range(256)) * 400
    RECORDS = [{"id": number, "name": f"name {number}", "tags": ["a", "b"]} for number in range(2_000)]


def in_turn(name, seconds):
    """Both parts in turn, timed from outside."""
    a, b = globals()[f"{name}_a"], globals()[f"{name}_b"]
    spent, rounds = [0.0, 0.0], 0
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        before = time.perf_counter()
        a()
        middle = time.perf_counter()
        b()
        after = time.perf_counter()
        spent[0] += middle - before
        spent[1] += after - middle
        rounds += 1
    return {"a": spent[0], "b": spent[1], "work": sum(spent) / rounds}


def threads_a(spent, end):
    start, rounds = time.perf_counter(), 0
    while time.perf_counter() < end:
        split_a()
        rounds += 1
    spent["a"], spent["work"] = time.thread_time(), (time.perf_counter() - start) / rounds


def threads_b(spent, end):
    while time.perf_counter() < end:
        split_b()
        time.sleep(0.005)
    spent["b"] = time.thread_time()


def threads(seconds):
    """Two threads: one works all the time, the other now and then; each tells its processor time."""
    spent, start = {}, time.perf_counter()
    both = [threading.Thread(target=part, args=(spent, start + seconds)) for part in (threads_a, threads_b)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    return {"a": spent["a"], "b": spent["b"], "work": spent["work"]}


def nested(depth, work):
    return work() if depth == 0 else nested(depth - 1, work)


def crowd(seconds):
    """Twenty threads that wait deep in calls, and one that works: many stacks."""
    over = threading.Event()
    waiting = [threading.Thread(target=nested, args=(10 + number % 10, over.wait)) for number in range(20)]
    for thread in waiting:
        thread.start()
    found = in_turn("leaves", seconds)
    over.set()
    for thread in waiting:
        thread.join()
    return found | {"ended": time.time()}


PROGRAMS = ["split", "recursion", "generators", "threads", "leaves", "numpy", "extension"]

if __name__ == "__main__":
    name, seconds, file = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    if "PROCESSOR" in os.environ:
        # The program alone: a sampler beside it is free to run elsewhere.
        os.sched_setaffinity(0, {int(os.environ["PROCESSOR"])})
    prepare(name)
    special = {"threads": threads, "crowd": crowd}
    found = special[name](seconds) if name in special else in_turn(name, seconds)
    with open(file, "w") as out:
        json.dump(found, out)
