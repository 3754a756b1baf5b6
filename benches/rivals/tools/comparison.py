"""What every tool is asked, and what it answers."""

from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
TARGET = HOME / "target"
VENV_PYTHON = TARGET / "venv/bin/python"

# Size of the work as it is: about 10 ms of Python, about 120 µs of Rust.
PYTHON_ITEMS = 20_000
RUST_STEPS = 180_000


@dataclass(frozen=True)
class Question:
    """Is new, which does `1 + slower` times the work of old, slower? To be answered in about `seconds`."""

    subject: str
    slower: float
    seconds: float
    folder: Path  # empty, for the tool's files; removed afterwards

    @property
    def sizes(self) -> tuple[int, int]:
        """The amount of work of old and of new."""
        old = PYTHON_ITEMS if self.subject == "python" else RUST_STEPS
        return old, int(old * (1 + self.slower))

    @property
    def patience(self) -> float:
        """Seconds after which one process of the tool counts as hung."""
        return 5 * self.seconds + 60


@dataclass(frozen=True)
class Answer:
    """The tool's verdict on new, and by what share new's time differs from old's, as the tool has it."""

    alarm: str | None  # "slower", "faster"
    change: float | None


@dataclass(frozen=True)
class Skipped:
    """The tool can't be asked about this subject."""

    why: str


class RivalError(Exception):
    """A tool failed, or said what nobody can read; the message names the remedy where there is one."""
