#!/usr/bin/env python3
"""Asks another benchmarking tool whether new is slower than old. See README.md."""

import argparse
import json
import signal
import sys
import tempfile
import time
import venv
from pathlib import Path

from tools import builds, criterion, hyperfine, pyperf, tango
from tools.comparison import HOME, TARGET, VENV_PYTHON, Question, RivalError, Skipped
from tools.process import run

TOOLS = {"pyperf": pyperf, "hyperfine": hyperfine, "criterion": criterion, "tango": tango}
SUBJECTS = ("python", "rust")


def prepare() -> None:
    """Installs and builds what the comparisons need. Doing it again does what is missing."""
    hyperfine.executable()
    TARGET.mkdir(exist_ok=True)
    if not VENV_PYTHON.exists():
        venv.create(TARGET / "venv", with_pip=True, symlinks=True)
    run([VENV_PYTHON, "-m", "pip", "install", "--quiet", "--requirement", HOME / "requirements.txt"])
    builds.build()


def compare(tool: str, subject: str, slower: float, seconds: float) -> dict:
    """One comparison, as the object that is printed."""
    line = {"tool": tool, "subject": subject, "alarm": None, "change": None}
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=existing(TARGET), prefix="comparison-") as folder:
        answer = TOOLS[tool].compare(Question(subject, slower, seconds, Path(folder)))
    line["seconds"] = round(time.perf_counter() - start, 3)
    if isinstance(answer, Skipped):
        return line | {"skipped": answer.why}
    return line | {"alarm": answer.alarm, "change": answer.change}


def existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise RivalError(f"{folder} is missing; run `rivals.py prepare` first")
    return folder


def number(lowest: float, highest: float):
    """A parser of numbers between `lowest` and `highest`."""

    def parse(text: str) -> float:
        value = float(text)
        if not lowest <= value <= highest:
            raise argparse.ArgumentTypeError(f"{text} is not between {lowest:g} and {highest:g}")
        return value

    parse.__name__ = "number"
    return parse


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("prepare", help="install and build what the comparisons need")
    one = commands.add_parser("compare", help="compare old with new once, and print the answer as a line of JSON")
    one.add_argument("--tool", choices=TOOLS, required=True)
    one.add_argument("--subject", choices=SUBJECTS, required=True)
    one.add_argument("--slower", type=number(-0.5, 1), default=0.0, help="share of work that new does more; 0 for A/A")
    one.add_argument("--seconds", type=number(2, 600), default=8.0, help="wall time for both sides together")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    # Leaves by way of every `finally`, so that a stop from outside leaves nothing running either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if args.command == "prepare":
            prepare()
        else:
            print(json.dumps(compare(args.tool, args.subject, args.slower, args.seconds)))
    except RivalError as error:
        sys.exit(f"rivals.py: {error}")


if __name__ == "__main__":
    main()
