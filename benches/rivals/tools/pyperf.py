"""pyperf: one file of results each for old and new, judged by `pyperf compare_to`."""

import json
import math
import re
import time
from pathlib import Path
from statistics import fmean

from python_subject import work
from tools.comparison import HOME, PYTHON_ITEMS, VENV_PYTHON, Answer, Question, RivalError, Skipped
from tools.process import run

# pyperf's default for the shortest duration of a value.
MIN_SECONDS = 0.1
# Shorter than the default in the way of `pyperf --fast`: two values a process instead of three, fewer processes
# instead of 20, but not fewer than three.
WARMUPS = 1
VALUES = 2
FEWEST_PROCESSES = 3
# What starting a process costs, imports included.
START_SECONDS = 0.2
# Calibrating doubles the loops until a value is long enough, and repeats that value twice: about four values.
CALIBRATING_VALUES = 4


def compare(question: Question) -> Answer | Skipped:
    """Times old, then new, in as many processes as the time allows."""
    if question.subject != "python":
        return Skipped("pyperf times Python functions")
    processes = processes_that_fit(question.seconds / 2)
    old, new = (question.folder / f"{side}.json" for side in ("old", "new"))
    for results, items in zip((old, new), question.sizes):
        command = [VENV_PYTHON, HOME / "python_subject.py", "--items", items, "--output", results, "--quiet"]
        run([*command, "--processes", processes, "--values", VALUES, "--warmups", WARMUPS], question.patience)
    said = run([VENV_PYTHON, "-m", "pyperf", "compare_to", "--verbose", old, new], question.patience)
    return Answer(verdict(said), mean(new) / mean(old) - 1)


def processes_that_fit(seconds: float) -> int:
    """How many processes fit into `seconds`, beside the one that calibrates the loops."""
    call = min(seconds_of_a_call() for _ in range(3))
    loops = 2 ** max(0, math.ceil(math.log2(MIN_SECONDS / call)))
    measuring = START_SECONDS + (WARMUPS + VALUES) * loops * call
    calibrating = START_SECONDS + CALIBRATING_VALUES * loops * call
    return max(FEWEST_PROCESSES, round((seconds - START_SECONDS - calibrating) / measuring))


def seconds_of_a_call() -> float:
    start = time.perf_counter()
    work(PYTHON_ITEMS)
    return time.perf_counter() - start


def verdict(said: str) -> str | None:
    """What the text of `compare_to --verbose` says of new."""
    if "Not significant!" in said:
        return None
    found = re.search(r"\dx (slower|faster)\nSignificant", said)
    if not found:
        raise RivalError(f"pyperf compare_to: no verdict in its output\n{said}")
    return found[1]


def mean(results: Path) -> float:
    """Mean of all values in a file of pyperf; `compare_to` prints their ratio with two decimals only."""
    runs = json.loads(results.read_text())["benchmarks"][0]["runs"]
    return fmean(value for run in runs for value in run.get("values", []))
