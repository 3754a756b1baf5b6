"""A small shop. A request is a JSON document of orders, the response is what they come to in each country."""

import json


def handle(body: bytes) -> bytes:
    """Answers a request."""
    return render(totals(body))


def totals(body: bytes) -> dict[str, int]:
    """Cents by country, in alphabetical order."""
    result: dict[str, int] = {}
    for order in json.loads(body):
        cents = 0
        for line in order["lines"]:
            cents += line["quantity"] * line["cents"]
        country = order["country"]
        result[country] = result.get(country, 0) + cents
    return dict(sorted(result.items()))


def render(result: dict[str, int]) -> bytes:
    """The response, with prices as people write them."""
    prices = {country: f"{cents // 100}.{cents % 100:02}" for country, cents in result.items()}
    return json.dumps(prices).encode()
