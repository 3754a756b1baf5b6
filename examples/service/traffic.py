"""Inputs of the workload and requests of the scenario. The same size and seed give the same bytes."""

import json
import random

COUNTRIES = ["AT", "CH", "DE", "DK", "FI", "NO", "SE"]


def document(size: int, seed: int) -> bytes:
    """A request body of so many orders."""
    choose = random.Random(seed)
    return json.dumps([order(choose) for _ in range(size)]).encode()


def order(choose: random.Random) -> dict:
    """One order of one to eight lines."""
    lines = [
        {"article": f"A-{choose.randrange(10_000)}", "quantity": choose.randint(1, 5), "cents": choose.randint(99, 9999)}
        for _ in range(choose.randint(1, 8))
    ]
    return {"country": choose.choice(COUNTRIES), "customer": choose.randrange(1_000_000), "lines": lines}


def requests(count: int, seed: int) -> list[bytes]:
    """Request bodies: most are of a few orders, one in fifty is the export of a large customer."""
    choose = random.Random(seed)
    sizes = [400 if choose.random() < 0.02 else choose.randint(5, 60) for _ in range(count)]
    return [document(size, choose.randrange(1 << 32)) for size in sizes]
