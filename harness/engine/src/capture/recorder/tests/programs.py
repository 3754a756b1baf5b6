"""Runs programs with a recorder beside them, as the command does."""

import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import textwrap

RECORDER = pathlib.Path(__file__).parents[1]
ENCODING = RECORDER.parents[3] / "protocol/src/capture/encoding.py"
TREES = RECORDER.parents[1] / "trees.py"


class Program:
    """A folder with files, in which commands are run whose calls are recorded."""

    def __init__(self, **files):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name) / "project"
        self.folder.mkdir()
        for name, text in files.items():
            file = self.folder / name.replace("__slash__", "/")
            file = file if file.suffix or name.startswith("bin") else file.with_suffix(".py")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def run(self, targets, *words, keep=200, most_bytes=16 << 20, check=True, recorded=True, search=None, **more):
        """Runs Python with these words; what is printed, and what is recorded."""
        front = pathlib.Path(tempfile.mkdtemp(dir=self.temporary.name))
        shutil.copytree(RECORDER, front / "rustworthy_recorder", ignore=shutil.ignore_patterns("tests", "sitecustomize.py"))
        shutil.copy(RECORDER / "sitecustomize.py", front)
        for shared in (ENCODING, TREES):
            shutil.copy(shared, front / "rustworthy_recorder")
        out = front / "out"
        (out / "objects").mkdir(parents=True)
        options = front / "options.json"
        said = {"folder": str(out), "targets": list(targets), "keep": keep, "most_bytes": most_bytes, "streams": None}
        said |= {"salt": "00" * 16, "redact": [], "pickles": True, "recipes": {}, "starter": os.getpid()}
        options.write_text(json.dumps(said | more))
        env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
        if recorded:
            env |= {"PYTHONPATH": os.pathsep.join(filter(None, [str(front), search])), "RUSTWORTHY_CAPTURE": str(options)}
        ran = subprocess.run([sys.executable, *words], cwd=self.folder, env=env, capture_output=True, text=True, timeout=60)
        if check and ran.returncode:
            raise AssertionError(f"exit {ran.returncode}\n{ran.stdout}\n{ran.stderr}")
        return Recorded(ran, out)


class Recorded:
    """What a program left."""

    def __init__(self, ran, out):
        self.code, self.stdout, self.stderr = ran.returncode, ran.stdout, ran.stderr
        self.lines, self.processes, self.counters = [], [], {}
        self.files = sorted(out.glob("*.jsonl"))
        self.modes = [stat.S_IMODE(file.stat().st_mode) for file in self.files]
        self.text = "".join(file.read_text() for file in self.files)
        for file in self.files:
            for line in file.read_text().splitlines():
                line = json.loads(line)
                if "call" in line:
                    line.pop("raised")
                    self.lines.append(line | json.loads(line.pop("text")))
                elif "process" in line:
                    self.processes.append(line["process"])
                else:
                    self.counters[file.name, line["counters"]] = line
        refused = out / "refused.json"
        self.refused = json.loads(refused.read_text()) if refused.exists() else None
        self.objects = list((out / "objects").iterdir())

    def calls(self, number=0):
        return sum(line["calls"] for (_, target), line in self.counters.items() if target == number)

    def status(self, number=0):
        return {line["status"] for (_, target), line in self.counters.items() if target == number} or None

    def unrecordable(self):
        return {why: count for line in self.counters.values() for why, count in line["unrecordable"]}
