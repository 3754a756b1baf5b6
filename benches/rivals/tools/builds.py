"""Two builds of a Rust bench, old and new, each in a folder of its own."""

import json
import shutil
from pathlib import Path

from tools.comparison import HOME, TARGET, Question, RivalError
from tools.process import run

# Where `build` leaves the benches, by their names.
BENCHES = TARGET / "benches"


def build() -> None:
    """Builds the program and the benches of the Rust subject."""
    cargo = ["cargo", "build", "--release", "--locked", "--message-format=json", f"--target-dir={TARGET}"]
    messages = run([*cargo, "--bins", "--benches"], cwd=HOME)
    BENCHES.mkdir(exist_ok=True)
    for message in map(json.loads, messages.splitlines()):
        if message.get("executable") and "bench" in message["target"]["kind"]:
            shutil.copy(message["executable"], BENCHES / message["target"]["name"])


def old_and_new(question: Question, bench: str) -> list[Path]:
    """Copies of the executable of `bench`, one to do old's steps and one to do new's."""
    executables = []
    for side, steps in zip(("old", "new"), question.sizes):
        folder = question.folder / side
        folder.mkdir()
        (folder / "steps").write_text(str(steps))
        try:
            executables.append(Path(shutil.copy(BENCHES / bench, folder / bench)))
        except FileNotFoundError as error:
            raise RivalError(f"{BENCHES / bench} is missing; run `rivals.py prepare` first") from error
    return executables
