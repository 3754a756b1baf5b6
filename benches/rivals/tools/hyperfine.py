"""hyperfine: runs of whole processes, old and then new, judged by Welch's t-test as its own script does it."""

import json
import shutil
import time
from statistics import fmean

from tools.comparison import HOME, TARGET, VENV_PYTHON, Answer, Question, RivalError
from tools.process import run

INSTALL = "hyperfine is not installed; `apt-get install hyperfine` or `cargo install hyperfine` brings it"
# Level of `scripts/welch_ttest.py`.
SIGNIFICANCE = 0.05
# Calls in one run: about 100 ms, so that starting the process is a small part of it.
PYTHON_CALLS = 10
RUST_CALLS = 800
# A t-test needs two of each; hyperfine's own default is at least 10.
FEWEST_RUNS = 3
# What the t-test takes, most of it for importing SciPy.
ANALYSIS_SECONDS = 0.4


def executable() -> str:
    """Path of hyperfine."""
    found = shutil.which("hyperfine")
    if not found:
        raise RivalError(INSTALL)
    return found


def compare(question: Question) -> Answer:
    """Fits the number of runs to the time by one run of old, then lets hyperfine warm up and time both."""
    old, new = (program(question.subject, size) for size in question.sizes)
    run(old, question.patience)
    start = time.perf_counter()
    run(old, question.patience)
    a_run = time.perf_counter() - start
    # Beside the two runs above, hyperfine warms each side up with one.
    runs = max(FEWEST_RUNS, round((question.seconds - ANALYSIS_SECONDS) / 2 / a_run) - 2)
    results = question.folder / "results.json"
    options = ["--shell=none", "--style=none", "--warmup=1", f"--runs={runs}", f"--export-json={results}"]
    run([executable(), *options, " ".join(old), " ".join(new)], question.patience)
    p = json.loads(run([VENV_PYTHON, HOME / "tools/welch.py", results], question.patience))["p"]
    return judge(p, *(fmean(result["times"]) for result in json.loads(results.read_text())["results"]))


def program(subject: str, size: int) -> list[str]:
    """Command line of the subject as a process."""
    if subject == "python":
        return [str(VENV_PYTHON), str(HOME / "python_subject.py"), str(size), str(PYTHON_CALLS)]
    return [str(TARGET / "release/rivals"), str(size), str(RUST_CALLS)]


def judge(p: float, old: float, new: float) -> Answer:
    """Welch's verdict has no direction; the means have."""
    change = new / old - 1
    alarm = None if p >= SIGNIFICANCE else "slower" if change > 0 else "faster"
    return Answer(alarm, change)
