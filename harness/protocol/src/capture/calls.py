"""The calls of a capture, to be made again."""

import json
import os
import random


class Calls:
    """The lines of a capture, and what is needed to make their arguments anew."""

    def __init__(self, folder, decoder, trusts_pickles):
        self.folder, self.decoder, self.trusts_pickles = folder, decoder, trusts_pickles
        with open(os.path.join(folder, "calls.jsonl"), encoding="utf-8") as file:
            self.lines = [json.loads(line) for line in file]

    def arguments(self, number):
        """Positional arguments and those by name of a call, made anew."""
        line = self.lines[number]
        decoder = self.decoder(self.pickle if self.trusts_pickles else None)
        args = tuple(decoder.decode(value, f"args[{place}]") for place, value in enumerate(line["args"]))
        return args, {name: decoder.decode(value, f"kwargs.{name}") for name, value in line["kwargs"].items()}

    def pickle(self, digest):
        if not digest.isalnum():
            raise ValueError(f"{digest!r} is no digest")
        with open(os.path.join(self.folder, "objects", digest), "rb") as file:
            return file.read()

    def sample(self, size, seed):
        """Numbers of the calls that stand for so many: each as often as its weight says, and at least once where there is room."""
        weights = [line["weight"] for line in self.lines]
        if not weights or size <= 0:
            return []
        if size < len(weights):
            chance = random.Random(seed)
            keys = sorted(range(len(weights)), key=lambda number: chance.expovariate(1.0) / (weights[number] or 1e-300))
            return sorted(keys[:size])
        counts, rest = [1] * len(weights), size - len(weights)
        shares = [weight / sum(weights) * size - 1 for weight in weights]
        wanted = sum(share for share in shares if share > 0) or 1.0
        shares = [max(share, 0.0) / wanted * rest for share in shares]
        for number, share in enumerate(shares):
            counts[number] += int(share)
        by_rest = sorted(range(len(shares)), key=lambda number: int(shares[number]) - shares[number])
        for number in by_rest[: size - sum(counts)]:
            counts[number] += 1
        return [number for number, count in enumerate(counts) for _ in range(count)]


def inputs(folder, decoder, trusts_pickles, size, seed):
    """The calls that stand for so many, each with the line that it has, as the input of a workload."""
    calls = Calls(folder, decoder, trusts_pickles)
    if not calls.lines:
        raise ValueError(f"no call could be recorded: {folder} holds none")
    made = []
    for number in calls.sample(size, seed):
        try:
            made.append((number + 1, *calls.arguments(number)))
        except Exception as error:
            raise ValueError(f"call {number + 1} of {folder} can't be made again: {error}") from error
    return made
