"""Tests with the mark: a function and its candidate, in every call that a test makes."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from rustworthy import find_program

from . import MARK
from .diverting import Diversion, Unfit, found
from .trial import OPTIONS, Trial, name_of


class Sides:
    """All functions that tests hold candidates against."""

    def __init__(self, items: Sequence[pytest.Item]) -> None:
        self.trials: dict[tuple[str, str, str], Trial] = {}
        # What workers have found, and in the end this process too.
        self.lines: list[dict[str, Any]] = []
        for item in items:
            for mark in item.iter_markers(MARK):
                problem = mistake(mark)
                if problem is not None:
                    raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.{MARK}: {problem}")

    def watching(self, item: pytest.Item) -> Watch:
        marks = list(item.iter_markers(MARK))
        return Watch([self.trial(*mark.args, **mark.kwargs) for mark in marks])

    def trial(self, function: str, candidate: str, **options: Any) -> Trial:
        key = (function, candidate, repr(sorted(options.items())))
        if key not in self.trials:
            self.trials[key] = Trial(function, candidate, **options)
        return self.trials[key]

    def found(self) -> list[dict[str, Any]]:
        """What this process has found, for the one that tells."""
        return [trial.found() for trial in self.trials.values() if trial.diverted is not None]

    def add(self, found: Sequence[dict[str, Any]]) -> None:
        self.lines.extend(found)

    def told(self) -> Iterator[str]:
        """What there is to say of each function and its candidate."""
        all_found = [*self.lines, *self.found()]
        pairs = list(dict.fromkeys((one["function"], one["candidate"]) for one in all_found))
        speedups = measured(all_found)
        for pair in pairs:
            own = [one for one in all_found if (one["function"], one["candidate"]) == pair]
            total = {name: sum(one["counts"][name] for one in own) for name in own[0]["counts"]}
            is_recursive = any(one["recursive"] for one in own)
            yield f"{pair[1]} for {pair[0]}: {', '.join(words(total, speedups.get(name_of(*pair)), is_recursive))}"


class Watch:
    """The calls of one test."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        self.trials = trials
        self.diversions: list[Diversion] = []
        self.problems: list[str] = []

    def __enter__(self) -> Watch:
        for trial in self.trials:
            trial.begin()
            try:
                trial.take(found(trial.names[0]), found(trial.names[1]))
                self.diversions.append(Diversion(trial))
            except Unfit as problem:
                self.problems.append(f"@pytest.mark.{MARK}: {problem}")
        return self

    def __exit__(self, *_: object) -> None:
        for diversion in reversed(self.diversions):
            diversion.undo()
        for trial in self.trials:
            trial.settle()

    def judge(self, outcome: Any) -> None:
        """Fails a test that has passed so far, in which a candidate differs or wasn't compared at all."""
        # A test that has failed anyway may not have come to the calls.
        has_failed = outcome.excinfo is not None
        text = "\n\n".join(self.problems or [text for trial in self.trials for text in wrong(trial, not has_failed)])
        if not text:
            return
        if has_failed:
            outcome.excinfo[1].add_note(text)
            return
        error = pytest.fail.Exception(text, pytrace=False)
        if hasattr(outcome, "force_exception"):
            outcome.force_exception(error)
        else:
            outcome._excinfo = (type(error), error, None)


def mistake(mark: pytest.Mark) -> str | None:
    """What is wrong with a mark as it's written."""
    if len(mark.args) != 2 or not all(isinstance(name, str) and is_name(name) for name in mark.args):
        return f"it takes the names of a function and its candidate: @pytest.mark.{MARK}('module:slow', 'module:fast')"
    unknown = sorted(mark.kwargs.keys() - OPTIONS.keys())
    if unknown:
        return f"it has no option {', '.join(unknown)}; it has {', '.join(OPTIONS)}"
    if mark.args[0] == mark.args[1]:
        return f"{mark.args[0]} is function and candidate at once"
    try:
        Trial(*mark.args, **mark.kwargs)
    except (ValueError, TypeError) as error:
        return str(error)
    return None


def is_name(text: str) -> bool:
    module, colon, name = text.partition(":")
    return bool(colon) and all(part.isidentifier() for part in [*module.split("."), *name.split(".")])


def wrong(trial: Trial, has_to_be_compared: bool) -> Iterator[str]:
    """Why the calls of a test don't show that a candidate does as its function."""
    function, candidate = trial.names
    calls, equal, different = (trial.of_test(name) for name in ("calls", "equal", "different"))
    if different:
        head = f"{candidate} differs from {function} in {different} of {calls} {'call' if calls == 1 else 'calls'}"
        yield "\n\n".join([head, *trial.differences])
    elif has_to_be_compared and calls == 0:
        yield f"{function} wasn't called, so that {candidate} wasn't compared with it"
    elif has_to_be_compared and equal == 0:
        yield f"{candidate} wasn't compared with {function}: {', '.join(trial.left_out()) or 'no call has ended'}"


def words(counts: dict[str, int], speedup: dict[str, float] | None, is_recursive: bool) -> Iterator[str]:
    compared = counts["equal"] + counts["different"]
    if counts["different"]:
        yield f"different in {counts['different']:,} of {compared:,} {'call' if compared == 1 else 'calls'}"
        return
    yield f"equal in {counts['equal']:,} {'call' if counts['equal'] == 1 else 'calls'}"
    left_out = counts["calls"] - compared
    if left_out > 0:
        yield f"{left_out:,} not compared"
    if compared == 0 or left_out > compared:
        return
    if is_recursive:
        yield "speedup unknown: the function calls itself, which is slower while it's watched (time it with `rustworthy compare`)"
    elif speedup is None:
        yield "speedup unknown: too few calls to tell"
    else:
        yield f"{speedup['estimate']:.2f}× as fast in these calls ({speedup['low']:.2f} to {speedup['high']:.2f})"


def measured(all_found: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """The speedup of each pair with its interval, which the program computes from the times of both sides in the same calls."""
    lines = [line for one in all_found for line in one["lines"]]
    if not lines:
        return {}
    try:
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "tests.jsonl"), "w", encoding="utf-8") as file:
                file.writelines(lines)
            command = [find_program(), "rollout", "--telemetry", folder, "--format", "json"]
            ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
            switches = json.loads(ran.stdout)["switches"]
    except (OSError, ValueError, KeyError, subprocess.SubprocessError):
        return {}
    return {one["name"]: one["speedup"] for one in switches if one["speedup"] is not None}
