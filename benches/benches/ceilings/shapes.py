"""Functions behind eight boundaries, and what makes their arguments."""

from random import Random


def polylines(size, seed):
    random = Random(seed)
    text = []
    for _ in range(2 * size):
        number = random.randrange(-2_000, 2_000)
        number = ~(number << 1) if number < 0 else number << 1
        while number >= 0x20:
            text.append(chr((0x20 | (number & 0x1F)) + 63))
            number >>= 5
        text.append(chr(number + 63))
    return "".join(text)


def decode(text):
    points, latitude, longitude, place = [], 0, 0, 0
    while place < len(text):
        numbers = []
        for _ in range(2):
            bits = shift = 0
            while True:
                chunk = ord(text[place]) - 63
                place += 1
                bits |= (chunk & 0x1F) << shift
                shift += 5
                if chunk < 0x20:
                    break
            numbers.append(~(bits >> 1) if bits & 1 else bits >> 1)
        latitude += numbers[0]
        longitude += numbers[1]
        points.append((latitude / 1e5, longitude / 1e5))
    return points


def floats(size, seed):
    random = Random(seed)
    return [random.random() for _ in range(size)]


def total(values):
    result = 0.0
    for value in values:
        result += value
    return result


def ints(size, seed):
    random = Random(seed)
    return [random.randrange(1_000, 1_000_000) for _ in range(size)]


def tripled(values):
    return [3 * value for value in values]


def records(size, seed):
    random = Random(seed)
    names = ["name", "street", "town", "state", "note"]
    # Each of another length, so that there is one that is the longest.
    return [
        {name: "x" * (5 * place + random.randrange(1, 5)) + str(random.random())[:1] for place, name in enumerate(names)}
        for _ in range(size)
    ]


def longest(records):
    return [max(record.values(), key=len) for record in records]


def data(size, seed):
    return Random(seed).randbytes(100 * size)


def length(data):
    return len(data)


def prices(size, seed):
    random = Random(seed)
    return {f"article {number}": random.random() for number in range(size)}


def raised(prices):
    return {name: 1.1 * price for name, price in prices.items()}


def text(size, seed):
    random = Random(seed)
    return "".join(random.choice("abcdefghij klmno") for _ in range(10 * size))


def copied(text):
    return text[:1] + text[1:]


def texts(size, seed):
    return [f"text {number} of {seed}" for number in range(size)]


def lengths(texts):
    return {text: len(text) for text in texts}
