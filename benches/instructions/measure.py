"""What `rustworthy gate --metric instructions` finds, and how often it is wrong.

    python3 benches/instructions/measure.py PROGRAM PYTHON (unchanged | changed) TIMES [CONTENDER...]

PROGRAM is a built `rustworthy`, PYTHON an executable with NumPy in its environment. `unchanged` gates a change that
touches none of the functions, a new one beside them, every time with another seed and of another length; `changed` gates
functions that do more work by a known share. Each gate is of real worktrees of a
real repository. Lines of results go to standard output as they come, a table ends them.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SHARES = [0.0005, 0.001, 0.002, 0.005]

MANIFEST = """
[project]
python-path = ["."]

[workload.w]
input = "impls:make"
sizes = {{ default = 1000 }}
{contenders}
"""

# Each does its work in steps, of which 2,000 take about 10 ms without anything that counts. A set of objects is ordered by
# their addresses, a set of strings by the seed of their hashes, and the extension module is the program's own.
IMPLS = """
import numpy as np
from rustworthy_workloads import sum_squares

STEPS = {steps}
ARRAY = np.arange(2_000, dtype=np.float64)
INDEX = (np.arange(2_000) * 7919) % 2_000
TEXTS = [f"key {{number}}" for number in range(2_000)]


def make(size, seed):
    return size


def python(size):
    total = 0
    for step in range(STEPS):
        for number in range(60):
            total += number * number
    return total // STEPS


def numpy(size):
    total = 0.0
    for step in range(STEPS):
        total += float((ARRAY[INDEX] * 1.5 + ARRAY).sum())
    return round(total / STEPS)


class Node:
    def __init__(self, value):
        self.value = value


def addresses(size):
    total = 0
    for step in range(STEPS // 10):
        nodes = {{Node(number) for number in range(40)}}
        total += sum(node.value for node in nodes)
    return total // (STEPS // 10)


def strings(size):
    total = 0
    for step in range(STEPS // 10):
        words = set(TEXTS[step % 1_000:step % 1_000 + 100])
        total += len(words & set(TEXTS[::30]))
    return total > 0


def pyo3(size):
    for step in range(STEPS // 20):
        total = sum_squares.serial(100_000)
    return total
"""


class Repository:
    """A project in a repository whose commit is the old side."""

    def __init__(self, folder, contenders):
        self.folder = Path(folder)
        self.contenders = contenders
        entries = [
            f'[workload.w.contender.{name}]\npython = "impls:{name}"\n{"baseline = true" if place == 0 else ""}\n'
            for place, name in enumerate(contenders)
        ]
        (self.folder / "rustworthy.toml").write_text(MANIFEST.format(contenders="\n".join(entries)))
        self.write(2_000)
        self.git("init", "--quiet")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "One")

    def write(self, steps, unrelated=""):
        (self.folder / "impls.py").write_text(IMPLS.format(steps=steps) + unrelated)

    def git(self, *arguments):
        names = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", "-C", self.folder, *names, *arguments], check=True)

    def gate(self, program, python, seed):
        """The benchmarks of one gate, and the seconds that it took."""
        begun = time.monotonic()
        command = [program, "gate", "--against", "HEAD", "--metric", "instructions", "--fail-over", "0.01%"]
        command += ["--python", python, "--seed", str(seed), "--format", "json", "-q"]
        ran = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if not ran.stdout:
            sys.exit(ran.stderr)
        return json.loads(ran.stdout), time.monotonic() - begun


def told(share, result, took):
    """The lines of one gate."""
    lines = []
    for benchmark in result["benchmarks"]:
        change = benchmark["change"] or {}
        counts = benchmark["counts"]
        per_call = [count["old"] / count["calls"] for count in counts]
        line = {
            "share": share,
            "contender": benchmark["contender"],
            "verdict": benchmark["verdict"],
            "change": change.get("estimate"),
            "low": change.get("low"),
            "high": change.get("high"),
            "seeds": len(counts),
            "identical": sum(count["old"] == count["new"] for count in counts),
            "between_seeds": (max(per_call) - min(per_call)) / min(per_call) if per_call else None,
            "instructions": round(per_call[0]) if per_call else None,
            "problem": benchmark["problem"],
            "seconds": round(took / len(result["benchmarks"]), 1),
        }
        print(json.dumps(line), flush=True)
        lines.append(line)
    return lines


def table(lines):
    """One row for each contender and share."""
    print("\n| more work | contender | gates | called | unchanged | largest error | seeds | equal pairs | s a benchmark |")
    print("|--:|---|--:|--:|--:|--:|--:|--:|--:|")
    for share, contender in sorted({(line["share"], line["contender"]) for line in lines}):
        rows = [line for line in lines if (line["share"], line["contender"]) == (share, contender)]
        errors = [abs(row["change"] - share) for row in rows if row["change"] is not None]
        called = sum(row["verdict"] in ("regressed", "improved") for row in rows)
        unchanged = sum(row["verdict"] == "unchanged" for row in rows)
        seeds, identical = (sum(row[key] for row in rows) for key in ("seeds", "identical"))
        seconds = sum(row["seconds"] for row in rows) / len(rows)
        largest = f"{100 * max(errors):.4f} %" if errors else "–"
        print(
            f"| {100 * share:g} % | {contender} | {len(rows)} | {called} | {unchanged} | {largest} | {seeds} | "
            f"{identical} | {seconds:.0f} |"
        )


def main():
    program, python, what, times, *named = sys.argv[1:]
    times = int(times)
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        if what == "unchanged":
            repository = Repository(folder, named or ["python", "numpy", "addresses", "strings", "pyo3"])
            for seed in range(times):
                text = f"    '{'unused ' * 3 ** (seed % 6)}'"
                beside = ["def beside(size):", text, *["    size += 1"] * seed, "    return size"]
                repository.write(2_000, "\n\n" + "\n".join(beside) + "\n")
                lines += told(0.0, *repository.gate(program, python, seed))
        else:
            repository = Repository(folder, named or ["python", "numpy"])
            for seed in range(times):
                for share in SHARES:
                    repository.write(round(2_000 * (1 + share)))
                    lines += told(share, *repository.gate(program, python, seed))
    table(lines)


main()
