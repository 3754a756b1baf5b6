"""The shop with `totals` behind a switch, and a day of its requests, one after another.

    python switched.py 5000
"""

import os
import sys
from collections import Counter

import contenders
import orjson
import rustworthy
import service
import traffic


def first_try(body: bytes) -> dict[str, int]:
    """A candidate that forgets the order of countries."""
    result: Counter[str] = Counter()
    for order in orjson.loads(body):
        result[order["country"]] += sum(line["quantity"] * line["cents"] for line in order["lines"])
    return dict(result)


# A service with less idle time would leave `budget` at 1 %, and take days for what this program does in seconds.
service.totals = rustworthy.switch(
    "totals",
    python=service.totals,
    rust=first_try if os.environ.get("CANDIDATE") == "first_try" else contenders.with_orjson,
    shadow=1.0,
    budget="100%",
)


def main() -> None:
    bodies = traffic.requests(200, seed=1)
    for number in range(int(sys.argv[1])):
        with rustworthy.span("orders"):
            service.handle(bodies[number % len(bodies)])


if __name__ == "__main__":
    main()
