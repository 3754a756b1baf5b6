"""orders_traffic: requests to the service in orders.py, of every kind and of heavy-tailed sizes.

Sizes are log-normal, each kind with a spread of its own: access logs have the widest, so they weigh more among the slow
requests than among all. Bodies are cut out of pools, which makes them cheap to make and hardly any two of them alike.
The pools hold what implementations disagree about, as the workloads' own inputs do. No request is refused: refusals
would be quick ones among the slow.
"""

import io
import itertools
import json
import math
import random

import ndjson
import orders
import pixels
import protobuf
import records
import regex_logs

POOL = 4_000  # lines of each pool
LONGEST = 20  # times the median size of its kind
PICTURES = [3_000, 10_000, 10_000, 30_000, 30_000, 100_000]  # pixels


def requests(count, seed):
    """So many requests: dicts of method, path, headers and body."""
    rng = random.Random(seed)
    makers = [Orders(rng), Events(rng), Logs(rng), Thumbnails(rng, seed), Lookups(rng)]
    weights = [maker.weight for maker in makers]
    return [maker.make() for maker in rng.choices(makers, weights, k=count)]


class Orders:
    weight = 42

    def __init__(self, rng):
        self.rng = rng
        self.pool = [json.dumps(order(rng, number), ensure_ascii=rng.random() < 0.2) for number in range(POOL)]

    def make(self):
        lines = cut(self.rng, self.pool, heavy(self.rng, 24, 0.8))
        return post("/orders", "application/x-ndjson", "\n".join(lines).encode())


class Events:
    weight = 10

    def __init__(self, rng):
        self.rng = rng
        self.pool = list(itertools.islice(ndjson.lines(rng), POOL))

    def make(self):
        lines = cut(self.rng, self.pool, heavy(self.rng, 160, 0.7))
        return post("/events", "application/x-ndjson", "".join(lines).encode())


class Logs:
    weight = 22

    def __init__(self, rng):
        self.rng = rng
        self.pool = regex_logs.lines(POOL, rng.getrandbits(32))

    def make(self):
        lines = cut(self.rng, self.pool, heavy(self.rng, 520, 1.2))
        return post("/logs", "text/plain; charset=utf-8", "".join(lines).encode())


class Thumbnails:
    weight = 12

    def __init__(self, rng, seed):
        self.rng = rng
        self.pool = [png(pixels.photo(size, seed + index)) for index, size in enumerate(PICTURES)]

    def make(self):
        width = self.rng.choices(list(orders.WIDTHS), [30, 35, 20, 12, 3])[0]
        return post(f"/thumbnails/{width}", "image/png", self.rng.choice(self.pool))


class Lookups:
    weight = 14

    def __init__(self, rng):
        self.rng = rng

    def make(self):
        number = self.rng.randrange(len(orders.CATALOGUE))
        return {"method": "GET", "path": f"/orders/{number}", "headers": [["accept", "*/*"]], "body": b""}


def post(path, kind, body):
    headers = [["content-type", kind], ["content-length", str(len(body))]]
    return {"method": "POST", "path": path, "headers": headers, "body": body}


def heavy(rng, median, spread):
    """A size, at least 1. A limit ends its tail, as the limit on bodies does of a server."""
    return math.ceil(min(rng.lognormvariate(math.log(median), spread), LONGEST * median))


def cut(rng, pool, size):
    """So many lines of a pool, from anywhere on, and from its start again where it ends."""
    start = rng.randrange(len(pool))
    return itertools.islice(itertools.cycle(pool), start, start + size)


def order(rng, number):
    lines = [protobuf.line(rng) for _ in range(rng.randrange(1, 6))]
    return records.order(rng, number) | {"lines": lines}


def png(picture):
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
