"""CRISP of Uber, which finds critical paths in Jaeger's JSON, beside rustworthy.

    python3 crisp.py prepare       gets CRISP at the commit below, and an environment for it, in target/
    python3 crisp.py run FOLDER    analyses a folder of one file a trace, all with the operation and service below at their
                                   root; prints seconds, peak memory and shares of exclusive time as JSON

CRISP runs as its README has it, in its light mode: one pass, no HTML.
"""

import json
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE / "target"
VENV = TARGET / "venv"
SOURCE = TARGET / "CRISP"
REPOSITORY = "https://github.com/uber-research/CRISP"
COMMIT = "2710c0b9d52e47be91240a400ca7f85ae3a43fcf"
OPERATION = "GET /checkout"
SERVICE = "gateway"


def prepare(repository):
    if not SOURCE.exists():
        subprocess.run(["git", "clone", "-q", repository, SOURCE], check=True)
    subprocess.run(["git", "-C", SOURCE, "checkout", "-q", COMMIT], check=True)
    subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    subprocess.run([VENV / "bin/python", "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)


def run(folder):
    command = [VENV / "bin/python", "-m", "crisp.process_trace", "-a", OPERATION, "-s", SERVICE, "-i", folder, "-o", folder]
    start = time.perf_counter()
    subprocess.run([*command, "--lightMode", "--parallelism", "1"], cwd=SOURCE, check=True, capture_output=True)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    # It writes beside the traces, and nothing where it found none that begin as asked.
    written = [file for file in Path(folder).iterdir() if file.suffix in {".cct", ".dot", ".pb"}]
    if not written:
        sys.exit("CRISP found no trace")
    exclusive = tally(next(file for file in written if file.suffix == ".cct"))
    for file in written:
        file.unlink()
    print(json.dumps({"seconds": seconds, "peak": peak, "exclusive": exclusive}))


def tally(file):
    """Of each operation its part of all exclusive time; a line is `[service] outer;[service] inner MICROSECONDS <<TRACES>>`."""
    sums = {}
    for line in file.read_text().splitlines():
        path, micros, _ = line.rsplit(" ", 2)
        service, operation = path.rsplit(";", 1)[-1].removeprefix("[").split("] ", 1)
        # CRISP doesn't group names.
        name = f"{service}: {re.sub(r'/[0-9]+', '/{id}', operation)}"
        sums[name] = sums.get(name, 0.0) + float(micros)
    total = sum(sums.values())
    return {name: micros / total for name, micros in sums.items()}


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["prepare", *repository]:
            prepare(*repository or [REPOSITORY])
        case ["run", folder]:
            run(folder)
        case _:
            sys.exit(__doc__)
