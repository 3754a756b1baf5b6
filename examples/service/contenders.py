"""Other ways to compute what `service.totals` does."""

from collections import Counter

import orjson


def with_orjson(body: bytes) -> dict[str, int]:
    """The same with a parser in Rust, from the package index."""
    result: Counter[str] = Counter()
    for order in orjson.loads(body):
        result[order["country"]] += sum(line["quantity"] * line["cents"] for line in order["lines"])
    return dict(sorted(result.items()))
