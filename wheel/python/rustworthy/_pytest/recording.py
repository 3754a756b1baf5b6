"""Records calls that tests make, by the recorder of `rustworthy capture`.

The program runs a stand-in in place of the tests, which tells where the recorder lies. This process and those that it starts record as
that does, into the same folder; once the stand-in has ended, the program keeps what is there.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

from rustworthy import find_program

if TYPE_CHECKING:
    import pytest

RECORDER = "rustworthy_recorder"
VARIABLE = "RUSTWORTHY_CAPTURE"
PATH = "PYTHONPATH"
# What stands for the tests: it says what it was started with, and waits for their end. They alone answer to Ctrl-C.
STAND_IN = """
import json, os, sys
told = {"path": os.environ["PYTHONPATH"].split(os.pathsep)[0], "options": os.environ["RUSTWORTHY_CAPTURE"]}
with open(int(sys.argv[1]), "w") as answer:
    answer.write(json.dumps(told) + "\\n")
sys.stdin.readline()
"""


def begin(config: pytest.Config, targets: list[str], options: str) -> Capture:
    """Starts recording. Raises UsageError when something is wrong with what was asked for."""
    import pytest

    if VARIABLE in os.environ:
        raise pytest.UsageError("--rustworthy-capture: these tests are recorded already, by what has started pytest; leave one of them out")
    if RECORDER in sys.modules:
        raise pytest.UsageError("--rustworthy-capture: this process has recorded tests already; run pytest in a new one")
    try:
        words = shlex.split(options)
    except ValueError as error:
        raise pytest.UsageError(f"--rustworthy-args: {options}: {error}") from None
    try:
        program = find_program()
    except FileNotFoundError as error:
        raise pytest.UsageError(f"--rustworthy-capture: {error}") from None
    capture = Capture(pathlib.Path(str(config.invocation_params.dir)))
    config.add_cleanup(capture.abandon)
    problem = capture.start([program, "capture", *targets, *words])
    if problem is not None:
        raise pytest.UsageError(problem)
    return capture


class Capture:
    """A capture that is being made of this process."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.has_recorded = False
        self.environment: dict[str, str | None] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self.output: IO[bytes] = tempfile.TemporaryFile()
        self.notes: IO[bytes] = tempfile.TemporaryFile()
        self.lines: list[str] = []

    def start(self, command: list[str]) -> str | None:
        """Starts the program, and records with it; returns why it refuses to."""
        answers, answer = os.pipe()
        stand_in = ["--color", "never", "--", sys.executable, "-c", STAND_IN, str(answer)]
        # It looks for functions where the tests find them.
        path = os.pathsep.join(part for part in sys.path if part)
        try:
            process = subprocess.Popen(
                [*command, *stand_in],
                cwd=self.folder,
                env={**os.environ, PATH: path},
                stdin=subprocess.PIPE,
                stdout=self.output,
                stderr=self.notes,
                pass_fds=[answer],
                start_new_session=True,
            )
        except OSError as error:
            os.close(answers)
            return f"--rustworthy-capture: {command[0]}: {error.strerror}"
        finally:
            os.close(answer)
        with open(answers, encoding="utf-8") as file:
            line = file.readline()
        if not line:
            process.communicate()
            why = self.text(self.notes).removeprefix("error: ") or "the program has ended without a word"
            return f"--rustworthy-capture: {why}{hint(command)}"
        self.process = process
        told = json.loads(line)
        inherited = os.environ.get(PATH)
        self.set(PATH, told["path"] + (os.pathsep + inherited if inherited else ""))
        self.set(VARIABLE, told["options"])
        record(told["path"])
        return None

    def set(self, name: str, value: str) -> None:
        """Sets a variable for the processes that tests and their workers start."""
        self.environment[name] = os.environ.get(name)
        os.environ[name] = value

    def end(self) -> None:
        """Has the program keep what was recorded, which takes a moment: it makes the calls again."""
        process = self.process
        if process is None:
            return
        self.restore()
        try:
            process.communicate(b"\n")
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            process.wait()
        # How the tests have ended isn't what the program tells: its stand-in always ends well.
        self.has_recorded = process.returncode == 0
        self.lines = [*self.text(self.output).splitlines(), *self.text(self.notes).splitlines()]
        self.process = None

    def told(self) -> Iterator[str]:
        """What there is to say."""
        return iter(self.lines)

    def abandon(self) -> None:
        """Ends the program where no tests have run after all."""
        self.restore()
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.communicate(b"\n")
            self.process = None
        self.output.close()
        self.notes.close()

    def restore(self) -> None:
        for name, value in self.environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self.environment = {}

    @staticmethod
    def text(file: IO[bytes]) -> str:
        file.seek(0)
        return file.read().decode("utf-8", "replace").strip()


def hint(command: list[str]) -> str:
    """How to give options of `capture`, which its errors may advise."""
    return "" if "--replace" in command else "\n(options of `capture` are given by --rustworthy-args, such as --rustworthy-args=--replace)"


def record(folder: str) -> None:
    """Loads the recorder that lies in a folder, which then records in this process."""
    place = os.path.join(folder, RECORDER)
    spec = importlib.util.spec_from_file_location(RECORDER, os.path.join(place, "__init__.py"), submodule_search_locations=[place])
    assert spec is not None and spec.loader is not None
    recorder: Any = importlib.util.module_from_spec(spec)
    sys.modules[RECORDER] = recorder
    spec.loader.exec_module(recorder)
    recorder.start()
