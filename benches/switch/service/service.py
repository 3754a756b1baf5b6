"""A service whose requests call a function behind a switch four times, which is most of what they do."""

import rustworthy

TEXT = ",".join(map(str, range(1500)))


def parse(text):
    return [int(part) for part in text.split(",")]


made = rustworthy.switch("parse", python=parse, rust=parse)


def handle(text):
    with rustworthy.span("request"):
        return sum(sum(made(text)) for _ in range(4))


def requests(count, seed):
    return [TEXT] * count
