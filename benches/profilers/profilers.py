"""Profilers side by side on programs whose split is known: how far off they are, and how much they slow down.

    python3 profilers.py prepare             makes an environment with the other profilers, in target/
    python3 profilers.py splits [SECONDS]    each profiler once on each program: the share that it reports for one part
                                             less the share that the part took in that very run
    python3 profilers.py slowdown [TIMES]    each profiler between two runs without: time of the same work
    python3 profilers.py finish              how long rustworthy takes after the end of a program for 200,000 stacks

`rustworthy` is the one that was built last: target/debug/rustworthy. All sample 200 times a second; cProfile traces.
"""

import json
import os
import pstats
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / "target" / "venv"
PYTHON = VENV / "bin" / "python"
PROGRAM = HERE / "programs.py"
RUSTWORTHY = HERE.parent.parent / "target" / "debug" / "rustworthy"

sys.path.insert(0, str(HERE))
from programs import PROGRAMS  # noqa: E402

RATE = 200


def prepare():
    subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)


def command(profiler, arguments, folder):
    """How to run the program under a profiler."""
    program = [str(PROGRAM), *arguments]
    return {
        "none": [PYTHON, *program],
        "rustworthy": [RUSTWORTHY, "-q", "profile", "--rate", str(RATE), "--out", folder, "--format", "json", "--", PYTHON, *program],
        "py-spy": [VENV / "bin/py-spy", "record", "-r", str(RATE), "-f", "raw", "-o", f"{folder}/raw", "--", PYTHON, *program],
        "pyinstrument": [PYTHON, "-m", "pyinstrument", "-i", str(1 / RATE), "-r", "json", "-o", f"{folder}/json", *program],
        "cProfile": [PYTHON, "-m", "cProfile", "-o", f"{folder}/stats", *program],
        "scalene": [PYTHON, "-m", "scalene", "--cpu-only", "--json", "--profile-all", "--outfile", f"{folder}/scalene.json", *program],
    }[profiler]


def part_of(name):
    """Which part a function belongs to: its name ends with it."""
    name = name.rsplit(".", 1)[-1]
    return name[-1] if name.endswith(("_a", "_b")) else None


def of_stacks(stacks):
    """Sums of the stacks by the outermost function that belongs to a part."""
    sums = {"a": 0.0, "b": 0.0}
    for names, weight in stacks:
        part = next((part for part in map(part_of, names) if part), None)
        if part:
            sums[part] += weight
    return sums


def folded(file):
    for line in Path(file).read_text().splitlines():
        stack, count = line.rsplit(" ", 1)
        yield [frame.split(" (")[0] for frame in stack.split(";")], float(count)


def of_pyinstrument(frame, names=()):
    names = (*names, frame["function"])
    children = frame.get("children", [])
    yield names, frame["time"] - sum(child["time"] for child in children)
    for child in children:
        yield from of_pyinstrument(child, names)


def reported(profiler, name, folder):
    """What a profiler says of the parts."""
    if profiler == "rustworthy":
        return of_stacks(folded(f"{folder}/profile.folded"))
    if profiler == "py-spy":
        return of_stacks(folded(f"{folder}/raw"))
    if profiler == "pyinstrument":
        return of_stacks(of_pyinstrument(json.loads(Path(f"{folder}/json").read_text())["root_frame"]))
    if profiler == "cProfile":
        stats = pstats.Stats(f"{folder}/stats").stats
        return {part: sum(row[3] for key, row in stats.items() if key[2] == f"{name}_{part}") for part in "ab"}
    lines = json.loads(Path(f"{folder}/scalene.json").read_text())["files"]
    sums = {"a": 0.0, "b": 0.0}
    for file in lines.values():
        for function in file["functions"]:
            part = part_of(function["line"])
            if part:
                sums[part] += function["n_cpu_percent_python"] + function["n_cpu_percent_c"] + function["n_sys_percent"]
    return sums


def run(profiler, name, seconds):
    """The truth, and what the profiler says; `None` where it says nothing."""
    with tempfile.TemporaryDirectory() as folder:
        truth = Path(folder) / "truth.json"
        line = command(profiler, [name, str(seconds), str(truth)], folder)
        ended = subprocess.run([str(word) for word in line], capture_output=True, text=True, cwd=folder)
        if not truth.exists():
            sys.exit(f"{profiler} on {name}: {ended.stderr[-2000:]}")
        found = json.loads(truth.read_text())
        said, extra = None, None
        if profiler != "none":
            try:
                said = reported(profiler, name, folder)
            except (OSError, ValueError, KeyError, TypeError) as error:
                print(f"{profiler} on {name}: {error!r}: {ended.stderr[-300:]}", file=sys.stderr)
        if profiler == "rustworthy":
            extra = json.loads(ended.stdout)["targets"][0]["samples"]
        return found, said, extra


PROFILERS = ["rustworthy", "py-spy", "pyinstrument", "cProfile", "scalene"]


def splits(seconds):
    print(f"| program | one part really took | {' | '.join(PROFILERS)} | failed samples of rustworthy |")
    print("|---|--:|" + "--:|" * len(PROFILERS) + "--:|")
    for name in PROGRAMS:
        cells, truths, failed = [], [], ""
        for profiler in PROFILERS:
            found, said, extra = run(profiler, name, seconds)
            true = found["a"] / (found["a"] + found["b"])
            truths.append(true)
            if extra:
                failed = f"{extra['failed']} of {extra['taken']}"
            if not said or sum(said.values()) == 0:
                cells.append("nothing")
            else:
                cells.append(f"{100 * (said['a'] / sum(said.values()) - true):+.1f}")
            print(name, profiler, f"{true:.3f}", cells[-1], file=sys.stderr)
        print(f"| {name} | {100 * statistics.median(truths):.0f} % | {' | '.join(cells)} | {failed} |", flush=True)


def slowdown(times, seconds=1.0):
    print(f"| program | {' | '.join(PROFILERS)} |")
    print("|---|" + "--:|" * len(PROFILERS))
    pooled = {profiler: [] for profiler in PROFILERS}
    ratios = {(name, profiler): [] for name in PROGRAMS for profiler in PROFILERS}
    for turn in range(times):
        for name in PROGRAMS:
            # Processors differ, and change their speed: neighbours in time on the same one are held against each other.
            os.environ["PROCESSOR"] = str(random.choice(sorted(os.sched_getaffinity(0))))
            before = run("none", name, seconds)[0]["work"]
            for profiler in random.sample(PROFILERS, len(PROFILERS)):
                work = run(profiler, name, seconds)[0]["work"]
                after = run("none", name, seconds)[0]["work"]
                ratio = 2 * work / (before + after)
                ratios[name, profiler].append(ratio)
                pooled[profiler].append(ratio)
                before = after
        print(f"turn {turn + 1} of {times}", file=sys.stderr)
    for name in PROGRAMS:
        print(f"| {name} | {' | '.join(f'{statistics.median(ratios[name, profiler]):.3f}' for profiler in PROFILERS)} |")
    cells = []
    for profiler in PROFILERS:
        low, high = interval(pooled[profiler])
        cells.append(f"{statistics.median(pooled[profiler]):.3f} ({low:.3f} to {high:.3f})")
    print(f"| all, with 95 % interval of the median | {' | '.join(cells)} |")


def finish():
    with tempfile.TemporaryDirectory() as folder:
        truth = Path(folder) / "truth.json"
        program = [PYTHON, PROGRAM, "crowd", "100", truth]
        line = [RUSTWORTHY, "-q", "profile", "--idle", "--rate", str(RATE), "--out", folder, "--format", "json", "--", *program]
        ended = subprocess.run([str(word) for word in line], capture_output=True, text=True, cwd=folder, check=True)
        took = time.time() - json.loads(truth.read_text())["ended"]
        samples = json.loads(ended.stdout)["targets"][0]["samples"]
        print(f"{samples['active'] + samples['waiting']:,} stacks: {took:.2f} s from the end of the program to the end of rustworthy")


def interval(values):
    """Of the median, by order statistics."""
    values = sorted(values)
    arm = 1.96 * len(values) ** 0.5 / 2
    return values[max(0, round(len(values) / 2 - arm) - 1)], values[min(len(values) - 1, round(len(values) / 2 + arm))]


if __name__ == "__main__":
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    match sys.argv[1:]:
        case ["prepare"]:
            prepare()
        case ["splits", *rest]:
            splits(float(rest[0]) if rest else 10)
        case ["slowdown", *rest]:
            slowdown(int(rest[0]) if rest else 10)
        case ["finish"]:
            finish()
        case _:
            sys.exit(__doc__)
