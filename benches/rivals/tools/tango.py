"""tango: old and new take turns, judged by the asterisk that tango puts behind a significant change."""

import os
import re

from tools.builds import old_and_new
from tools.comparison import Answer, Question, RivalError, Skipped
from tools.process import run

# What starting both sides and estimating their iterations takes.
START_SECONDS = 0.2
# tango's exit code when new is significantly slower.
SLOWER_CODE = 1


def compare(question: Question) -> Answer | Skipped:
    """Runs new against old, interleaved by tango itself, for all of the time."""
    if question.subject != "rust":
        return Skipped("tango times Rust functions")
    old, new = old_and_new(question, "tango_squares")
    seconds = max(0.1, question.seconds - START_SECONDS)
    command = [new, "compare", old, "--time", f"{seconds:.3f}"]
    return judge(run(command, question.patience, SLOWER_CODE, env={**os.environ, "NO_COLOR": "1"}))


def judge(said: str) -> Answer:
    """Reads `squares [ 120.1 us ... 122.5 us ] +2.01%*`."""
    found = re.search(r"^squares .*\]\s+([+-][\d.]+)%(\*?)", said, re.MULTILINE)
    if not found:
        raise RivalError(f"tango: no verdict in its output\n{said}")
    change = float(found[1]) / 100
    alarm = None if not found[2] else "slower" if change > 0 else "faster"
    return Answer(alarm, change)
