"""Inputs of the workload and requests of the scenario. The same count and seed give the same searches."""

import random
from urllib.parse import quote

from rapidfuzz.distance import Levenshtein

from app import distance
from catalogue import NAMES


def pairs(size: int, seed: int) -> list[tuple[str, str]]:
    """What is asked for, beside what there is."""
    choose = random.Random(seed)
    return [(misspelt(choose), choose.choice(NAMES)) for _ in range(size)]


def misspelt(choose: random.Random) -> str:
    """A name of the catalogue with a letter missing."""
    name = choose.choice(NAMES)
    gap = choose.randrange(len(name))
    return name[:gap] + name[gap + 1 :]


def requests(count: int, seed: int) -> list[dict]:
    """Searches, as an ASGI server would hand them on."""
    choose = random.Random(seed)
    return [
        {"method": "GET", "path": f"/search?q={quote(misspelt(choose))}", "headers": [], "body": b""}
        for _ in range(count)
    ]


def in_python(inputs: list[tuple[str, str]]) -> list[int]:
    """Distances as the application computes them."""
    return [distance(a, b) for a, b in inputs]


def with_rapidfuzz(inputs: list[tuple[str, str]]) -> list[int]:
    """Distances by a library."""
    return [Levenshtein.distance(a, b) for a, b in inputs]
