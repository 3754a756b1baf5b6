"""criterion: old saved as a baseline, new compared with it."""

import json
import os
import re

from tools.builds import old_and_new
from tools.comparison import Answer, Question, RivalError, Skipped
from tools.process import run

# What the analysis takes, and what rounding the iterations up adds to the measurement.
ANALYSIS_SECONDS = 0.4
ROUNDING_SECONDS = 0.3
# criterion's default is 3 s of warm-up and 5 s of measurement. Warm-up doubles the calls until its time has passed, so
# that it takes up to twice as long: what is asked of it here is less than what it gets.
WARM_UP_SHARE = 2 / 8
MEASUREMENT_SHARE = 5 / 8
ALARMS = {
    "Performance has regressed.": "slower",
    "Performance has improved.": "faster",
    "Change within noise threshold.": None,
    "No change in performance detected.": None,
}


def compare(question: Question) -> Answer | Skipped:
    """Runs old, then new, each for half of the time."""
    if question.subject != "rust":
        return Skipped("criterion times Rust functions")
    old, new = old_and_new(question, "criterion_squares")
    seconds = max(0.5, question.seconds / 2 - ANALYSIS_SECONDS - ROUNDING_SECONDS)
    options = ["--bench", "--noplot", "--color=never", f"--warm-up-time={seconds * WARM_UP_SHARE:.3f}"]
    options.append(f"--measurement-time={seconds * MEASUREMENT_SHARE:.3f}")
    home = question.folder / "criterion"
    place = {"cwd": question.folder, "env": {**os.environ, "CRITERION_HOME": str(home)}}
    run([old, *options, "--save-baseline=old"], question.patience, **place)
    said = run([new, *options, "--baseline=old"], question.patience, **place)
    change = json.loads((home / "squares/change/estimates.json").read_text())
    return Answer(verdict(said), change["mean"]["point_estimate"])


def verdict(said: str) -> str | None:
    """What criterion's closing sentence says of new."""
    sentence = re.search("|".join(map(re.escape, ALARMS)), said)
    if not sentence:
        raise RivalError(f"criterion: no verdict in its output\n{said}")
    return ALARMS[sentence[0]]
