"""export: a service that exports orders. Four functions of similar weight, and a heavy tail.

The orders are sorted, written as JSON, summed up by Adler-32 and armoured in base64, each by code in Python. All four
grow with the request, sorting a little faster than the rest, so that none stands out at any quantile. Each is
migrated to what the standard library has in C, with the same result.
"""

import binascii
import json
import random
import zlib

MEDIAN, SPREAD, MOST = 45, 1.0, 1_000  # orders of an export, the deviation of its logarithm, and the most of them
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def requests(count, seed):
    """Exports: orders as lists of their fields, none of which is a float."""
    rng = random.Random(seed)
    pool = [order(rng) for _ in range(1_000)]
    sizes = (min(1 + int(MEDIAN * rng.lognormvariate(0, SPREAD)), MOST) for _ in range(count))
    return [rng.choices(pool, k=size) for size in sizes]


def order(rng):
    words = ["red", "blue", 'the "best"', "back\\slash", "two\nlines", "plain"]
    return [rng.choice(["SE", "DE", "FR", "ES"]), rng.randrange(10_000), rng.choice(words), rng.random() < 0.5, None]


def handle(request):
    document = written(ordered(request)).encode("ascii")
    return {"adler": summed(document), "body": armoured(document)}


def ordered(orders):
    """By country and number; equal ones stay in their order."""
    return merge_sorted(orders)


def merge_sorted(orders):
    if len(orders) < 2:
        return list(orders)
    middle = len(orders) // 2
    left, right = merge_sorted(orders[:middle]), merge_sorted(orders[middle:])
    merged, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if key(right[j]) < key(left[i]):
            merged.append(right[j])
            j += 1
        else:
            merged.append(left[i])
            i += 1
    return merged + left[i:] + right[j:]


def ordered_native(orders):
    return sorted(orders, key=key)


def key(order):
    return order[0], order[1]


def written(orders):
    return json_text(orders)


def json_text(value):
    """JSON of lists, text in ASCII, whole numbers, truth values and None."""
    if isinstance(value, list):
        return f"[{', '.join([json_text(element) for element in value])}]"
    if isinstance(value, str):
        return f'"{"".join([ESCAPES.get(character, character) for character in value])}"'
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def written_native(orders):
    return json.dumps(orders)


def summed(data):
    low, high = 1, 0
    for byte in data:
        low = (low + byte) % 65521
        high = (high + low) % 65521
    return high << 16 | low


def summed_native(data):
    return zlib.adler32(data)


def armoured(data):
    """Base64, three bytes a turn."""
    missing = -len(data) % 3
    padded = data + bytes(missing)
    text = []
    for start in range(0, len(padded), 3):
        first, second, third = padded[start : start + 3]
        bits = first << 16 | second << 8 | third
        text += ALPHABET[bits >> 18], ALPHABET[bits >> 12 & 63], ALPHABET[bits >> 6 & 63], ALPHABET[bits & 63]
    text[len(text) - missing :] = "=" * missing
    return "".join(text)


def armoured_native(data):
    return binascii.b2a_base64(data, newline=False).decode()
