"""CRISP of Uber, which finds critical paths in Jaeger's JSON, beside rustworthy.

    python3 crisp.py prepare       gets CRISP at the commit below, and an environment for it, in target/
    python3 crisp.py run FOLDER    analyses a folder of one file a trace, all with the operation and service below at their
                                   root; prints seconds, peak memory and exclusive seconds of each operation as JSON

CRISP runs as its README has it, in its light mode: one pass, no HTML.
"""

import csv
import json
import resource
import subprocess
import sys
import tempfile
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
    with tempfile.TemporaryDirectory() as out:
        command = [VENV / "bin/python", "-m", "crisp.process_trace", "-a", OPERATION, "-s", SERVICE, "-i", folder, "-o", out]
        start = time.perf_counter()
        subprocess.run([*command, "--lightMode", "--parallelism", "1"], cwd=SOURCE, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        written = sorted(str(file.relative_to(out)) for file in Path(out).rglob("*"))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "written": written}))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["prepare", *repository]:
            prepare(*repository or [REPOSITORY])
        case ["run", folder]:
            run(folder)
        case _:
            sys.exit(__doc__)
