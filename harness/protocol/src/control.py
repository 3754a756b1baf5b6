"""A loop of what Python programs do most: calls, attributes, arithmetic, strings, dicts and lists."""

import sys
from time import perf_counter


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def norm(self):
        return self.x * self.x + self.y * self.y


def work(iterations):
    seen = {}
    total = 0.0
    for i in range(iterations):
        point = Point(i, 0.5)
        total += point.norm()
        key = "k" + str(i & 63)
        seen[key] = seen.get(key, 0) + 1
        parts = [j + i for j in (1, 2, 3)]
        total -= parts[-1]
    return total, len(seen)


def seconds(iterations):
    start = perf_counter()
    work(iterations)
    return perf_counter() - start


if __name__ == "__main__":
    for line in sys.stdin:
        print("seconds", seconds(int(line)), flush=True)
