"""What a comparison has found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

_STATUS = {"measured": "", "failed": "failed", "timed_out": "timed out", "skipped": "skipped"}
_EQUIVALENCE = {"baseline": "baseline", "equal": "equal", "within_tolerance": "within tolerance", "different": "different"}
_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (0.0, "ns"))


class CompareError(Exception):
    """Why functions couldn't be compared, with what can be done."""


@dataclass(frozen=True)
class Estimate:
    """A number with its confidence interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Contender:
    """One of the functions."""

    #: As it was given.
    function: str
    #: What the table calls it.
    name: str
    #: ``measured``, ``failed``, ``timed_out`` or ``skipped``.
    status: str
    error: str | None
    #: ``baseline``, ``equal``, ``within_tolerance``, ``different`` or ``unchecked``.
    equivalence: str
    #: The first difference, or why it isn't known.
    detail: str | None
    #: Seconds of a call.
    seconds: Estimate | None
    #: How many times as fast as the baseline; None without equality.
    speedup: Estimate | None
    samples: int
    peak_memory_bytes: int | None


@dataclass(frozen=True, repr=False)
class Comparison:
    """What was found of all functions. A notebook shows it as a table, and so does ``print``."""

    contenders: tuple[Contender, ...]
    #: Everything, as ``rustworthy.comparison.v1`` has it.
    json: Mapping[str, Any] = field(compare=False)
    #: The table as the program prints it.
    table: str
    #: What the program has said beside it.
    notes: str

    @property
    def baseline(self) -> Contender:
        """The function that the others are compared with."""
        return next(contender for contender in self.contenders if contender.equivalence == "baseline")

    def __getitem__(self, function: str) -> Contender:
        """By the function as it was given, or by the name in the table. Raises KeyError."""
        for contender in self.contenders:
            if function in (contender.function, contender.name):
                return contender
        raise KeyError(function)

    def __iter__(self) -> Iterator[Contender]:
        return iter(self.contenders)

    def __len__(self) -> int:
        return len(self.contenders)

    def __str__(self) -> str:
        return self.table

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{title}</th>" for title in ("function", "time of a call", "speedup", "result"))
        rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in _cells(one))}</tr>" for one in self.contenders)
        # What there is to know of the measurement stands below the program's own table.
        whole = f"<details><summary>as the program prints it</summary><pre>{escape(self.table)}</pre></details>"
        notes = f"<pre>{escape(self.notes)}</pre>" if self.notes else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{whole}{notes}"


def _cells(contender: Contender) -> tuple[str, str, str, str]:
    if contender.status != "measured":
        result = f"{_STATUS.get(contender.status, contender.status)}: {contender.error or 'without a reason'}"
    else:
        result = _EQUIVALENCE.get(contender.equivalence, contender.equivalence)
        if contender.detail:
            result += f": {contender.detail}"
    seconds, speedup = contender.seconds, contender.speedup
    time = "" if seconds is None else _time(seconds)
    times = "" if speedup is None else f"{speedup.estimate:.2f}× ({speedup.low:.2f} to {speedup.high:.2f})"
    return contender.function, time, times, result


def _time(seconds: Estimate) -> str:
    unit, name = next((unit, name) for unit, name in _UNITS if seconds.estimate >= unit)
    unit = unit or 1e-9
    return f"{seconds.estimate / unit:.3g} {name} ({seconds.low / unit:.3g} to {seconds.high / unit:.3g})"


def read(result: Mapping[str, Any], functions: Mapping[str, str], table: str, notes: str) -> Comparison:
    """Reads a result; `functions` says which name of a contender stands for which function."""
    [workload] = result["workloads"]
    contenders = tuple(
        Contender(
            function=functions[one["name"]],
            name=one["name"],
            status=one["status"],
            error=one["error"],
            equivalence=one["equivalence"]["status"],
            detail=one["equivalence"]["detail"],
            seconds=_estimate(one["seconds"]),
            speedup=_estimate(one["speedup"]),
            samples=one["samples"],
            peak_memory_bytes=one["peak_memory_bytes"],
        )
        for one in workload["contenders"]
    )
    return Comparison(contenders, result, table, notes)


def _estimate(value: Mapping[str, float] | None) -> Estimate | None:
    return None if value is None else Estimate(value["estimate"], value["low"], value["high"])
