"""One function and what makes its argument: enough for `rustworthy try receipts`."""

import random


def orders(size: int, seed: int) -> list[dict[str, str]]:
    """Orders as a database driver returns them."""
    generator = random.Random(seed)
    return [
        {"number": f"{generator.randrange(10**12):012}", "customer": f"customer {generator.randrange(1000)}"}
        for _ in range(size)
    ]


def receipts(orders: list[dict[str, str]]) -> list[str]:
    """The number of each order with two check digits."""
    lines = []
    for order in orders:
        check = 0
        for position, digit in enumerate(order["number"], start=1):
            check = (check + position * (ord(digit) - 48)) % 97
        lines.append(f"{order['number']}-{check:02}")
    return lines
