"""red-dict: chains of arithmetic on a dict of numbers. The Rust side is workloads/src/red_dict.rs.

All contenders take (values, other, rounds) and return a dict of floats with the keys of values in their order. Each
round does five operations on what the round before it left: + 4, + other, - 1, - other, * other. An operation of two
dicts is aligned on the left one: where the right one lacks a key, 0 stands in for sums and 1 for products, and keys
that it alone has are dropped. Keys are str, values are floats or ints.

Unless a contender's name says "each time", it converts before the first round and after the last one. No route leads
out of the process: an operation takes microseconds, a round trip some fifty. Parallel kernels would need vectors that
are thousands of times as long.
"""

import random
import uuid
from array import array
from itertools import repeat


def comprehension(operands):
    values, other, rounds = checked(operands)
    for _ in range(rounds):
        values = {key: value + 4.0 for key, value in values.items()}
        values = {key: value + other.get(key, 0.0) for key, value in values.items()}
        values = {key: value - 1.0 for key, value in values.items()}
        values = {key: value - other.get(key, 0.0) for key, value in values.items()}
        values = {key: value * other.get(key, 1.0) for key, value in values.items()}
    return values


def lists(operands):
    """Data-oriented within Python: aligned once, then values alone."""
    values, other, rounds = checked(operands)
    keys = list(values)
    column = list(values.values())
    terms = [other.get(key, 0.0) for key in keys]
    factors = [other.get(key, 1.0) for key in keys]
    for _ in range(rounds):
        column = [value + 4.0 for value in column]
        column = [value + term for value, term in zip(column, terms)]
        column = [value - 1.0 for value in column]
        column = [value - term for value, term in zip(column, terms)]
        column = [value * factor for value, factor in zip(column, factors)]
    return dict(zip(keys, column))


def numpy(operands):
    import numpy as np

    values, other, rounds = checked(operands)
    column = floats(values.values())
    terms = aligned(values, other, 0.0)
    factors = aligned(values, other, 1.0)
    with np.errstate(all="ignore"):  # as Python's own floats
        for _ in range(rounds):
            column = np.add(column, 4.0)
            column = np.add(column, terms)
            column = np.subtract(column, 1.0)
            column = np.subtract(column, terms)
            column = np.multiply(column, factors)
    return dict(zip(values, column.tolist()))


def article_numpy(operands):
    """As in the published benchmark: the third operation starts over, which makes the first two dead code."""
    import numpy as np

    values, other, rounds = checked(operands)
    column = floats(values.values())
    terms = aligned(values, other, 0.0)
    factors = aligned(values, other, 1.0)
    with np.errstate(all="ignore"):
        for _ in range(rounds):
            result = np.add(column, 4.0)
            result = np.add(result, terms)
            result = np.subtract(column, 1.0)
            result = np.subtract(result, terms)
            column = np.multiply(result, factors)
    return dict(zip(values, column.tolist()))


def numpy_each_time(operands):
    import numpy as np

    def apply(operation, values, right):
        return dict(zip(values, operation(floats(values.values()), right).tolist()))

    values, other, rounds = checked(operands)
    with np.errstate(all="ignore"):
        for _ in range(rounds):
            values = apply(np.add, values, 4.0)
            values = apply(np.add, values, aligned(values, other, 0.0))
            values = apply(np.subtract, values, 1.0)
            values = apply(np.subtract, values, aligned(values, other, 0.0))
            values = apply(np.multiply, values, aligned(values, other, 1.0))
    return values


def aligned(values, other, fill):
    """What other has for the keys of values."""
    return floats(map(other.get, values, repeat(fill)))


def floats(values):
    """A float64 array, by way of one that refuses a str: NumPy would read a number from it."""
    import numpy as np

    return np.frombuffer(array("d", values))


def article_naive(operands):
    """As published: HashMaps go in and come out of every operation, and with them the order of the keys."""
    from rustworthy_workloads import red_dict

    return by_functions(operands, red_dict.article_add, red_dict.article_subtract, red_dict.article_multiply)


def naive(operands):
    """The same with pairs in place of HashMaps, so that the order is kept."""
    from rustworthy_workloads import red_dict

    return by_functions(operands, red_dict.naive_add, red_dict.naive_subtract, red_dict.naive_multiply)


def dicts(operands):
    """No conversion: Rust reads and writes Python's own dicts."""
    from rustworthy_workloads import red_dict

    return by_functions(operands, red_dict.dict_add, red_dict.dict_subtract, red_dict.dict_multiply)


def by_functions(operands, add, subtract, multiply):
    values, other, rounds = checked(operands)
    for _ in range(rounds):
        values = add(values, 4.0)
        values = add(values, other)
        values = subtract(values, 1.0)
        values = subtract(values, other)
        values = multiply(values, other)
    return values


def hash_map(operands):
    from rustworthy_workloads import red_dict

    values, other, rounds = checked(operands)
    result = chain(red_dict.HashDict(values), red_dict.HashDict(other), rounds).to_dict()
    return {key: result[key] for key in values}  # a HashMap has an order of its own


def own_index(operands):
    """Keys of its own for each dict: every operation of two looks up each key."""
    from rustworthy_workloads import red_dict

    values, other, rounds = checked(operands)
    return chain(red_dict.RedDict(values), red_dict.RedDict(other), rounds).to_dict()


def chain(values, other, rounds):
    for _ in range(rounds):
        values = values + 4.0
        values = values + other
        values = values - 1.0
        values = values - other
        values = values * other
    return values


def shared_index(operands):
    """The same keys for all: an operation of two is one of two vectors."""
    from rustworthy_workloads import red_dict

    values, other, rounds = checked(operands)
    red = red_dict.RedDict(values)
    terms = red.align(other, 0.0)
    factors = red.align(other, 1.0)
    for _ in range(rounds):
        red = red + 4.0
        red = red + terms
        red = red - 1.0
        red = red - terms
        red = red * factors
    return red.to_dict()


def shared_index_each_time(operands):
    from rustworthy_workloads import red_dict

    def add(values, other):
        red = red_dict.RedDict(values)
        return (red + red.align(other, 0.0)).to_dict()

    def subtract(values, other):
        red = red_dict.RedDict(values)
        return (red - red.align(other, 0.0)).to_dict()

    def multiply(values, other):
        red = red_dict.RedDict(values)
        return (red * red.align(other, 1.0)).to_dict()

    values, other, rounds = checked(operands)
    for _ in range(rounds):
        values = (red_dict.RedDict(values) + 4.0).to_dict()
        values = add(values, other)
        values = (red_dict.RedDict(values) - 1.0).to_dict()
        values = subtract(values, other)
        values = multiply(values, other)
    return values


def checked(operands):
    values, other, rounds = operands
    if not isinstance(values, dict) or not isinstance(other, dict):
        raise TypeError(f"expected two dicts, got {type(values)} and {type(other)}")
    return values, other, rounds


def operands(size, seed):
    """The input: dicts of that many items, and as many rounds as make the work about the same for all sizes."""
    rng = random.Random(seed)
    values = dict(extremes()[:size])
    while len(values) < size:
        values[key(rng)] = rng.uniform(-1e6, 1e6)
    # Below one, so that values settle instead of growing without end.
    other = {name: rng.uniform(-0.9, 0.9) for index, name in enumerate(values) if index % 7 != 3}
    other |= {key(rng): rng.random() for _ in range(1 + size // 10)}
    shuffled = list(other.items())
    rng.shuffle(shuffled)
    return values, dict(shuffled), max(1, 50_000 // (size + 10))


def key(rng):
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def extremes():
    return [
        ("plain", 0.1),
        ("", float("nan")),
        ("é", float("inf")),
        ("e\u0301", -0.0),
        ('quotes " and \\ \r\n lines\0', 7),
        ("山田 🧑‍🚀", 2**53 + 1),
        ("PLAIN", 1e308),
        ("tiny", 5e-324),
    ]
