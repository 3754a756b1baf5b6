"""Has the program compare functions of this Python, in processes of their own."""

from __future__ import annotations

import json
import os
import pathlib
import pickle
import re
import site
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from rustworthy import find_program

from .result import CompareError, Comparison, read
from .sources import Names

_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")

# What makes a value that was given anew.
_GIVEN = "rustworthy_inputs:value"
_VALUE = """
import pathlib, pickle

def value(size, seed):
    return pickle.loads(pathlib.Path(__file__).with_name("rustworthy_inputs.pickle").read_bytes())
"""


def compare(
    baseline: str | Callable[..., Any],
    *contenders: str | Callable[..., Any],
    inputs: Any,
    size: int = 1000,
    equal: str | Mapping[str, Any] | Callable[[Any, Any], bool] = "exact",
    quick: bool = False,
    budget: str | None = None,
    seed: int | None = None,
) -> Comparison:
    """Compares functions on the same input, each in processes of its own: times with intervals, and whether they give the same.

    - `baseline` and `contenders`: functions of one argument, as `"module:function"` or themselves. Those of a notebook, or of a
      program, are taken from their source.
    - `inputs`: the argument, or what makes it, `make(size, seed)`, as `"module:callable"` or itself
    - `equal`: `"exact"`, `"value"`, `{"rel-tol": 1e-9, "abs-tol": 0.0, "ignore": ["[*].id"], "unordered": ["tags"]}` (each
      optional), or a function of both results that returns a bool
    - `quick`: whether little time will do; `budget`: how much, such as `"30s"`

    Raises CompareError, with the reason and what can be done. A function that fails, or differs, is told in the result.
    """
    if not contenders:
        raise CompareError("there is nothing to compare with: name another function after the first")
    with tempfile.TemporaryDirectory(prefix="rustworthy-") as name:
        folder = pathlib.Path(name)
        names = Names()
        functions = [names.of(function, "function") for function in (baseline, *contenders)]
        labels = _labels(functions)
        made_by = _input(folder, names, inputs)
        text = _manifest(
            labels,
            made_by,
            # A value has no other size than its own.
            size=1 if made_by == _GIVEN else size,
            equal=names.of(equal, "equal") if callable(equal) else equal,
        )
        source = names.source()
        if source:
            (folder / "rustworthy_main.py").write_text(source, "utf-8")
        for place, data in names.pickles.items():
            (folder / place).write_bytes(data)
        (folder / "rustworthy.toml").write_text(text, "utf-8")
        options = ["--quick"] if quick else []
        options += [] if budget is None else ["--budget", budget]
        options += [] if seed is None else ["--seed", str(seed)]
        table, notes = _run(folder, [next(iter(labels)), *options])
        result = json.loads((folder / "run/run.json").read_text("utf-8"))
        given = dict(zip(labels, map(_given, (baseline, *contenders)), strict=True))
        return read(result, given, table, notes)


def _input(folder: pathlib.Path, names: Names, inputs: Any) -> str:
    """The callable that makes the input."""
    if callable(inputs) or isinstance(inputs, str) and _NAME.fullmatch(inputs):
        return names.of(inputs, "inputs")
    try:
        data = pickle.dumps(inputs)
    except Exception as error:
        raise CompareError(
            f"inputs: {type(error).__name__}: {error}; such a value can't be given to other processes: give a function "
            "that makes it, make(size, seed)"
        ) from error
    if b"__main__" in data:
        raise CompareError(
            "inputs: it holds an object of a class that this notebook or program defines, which other processes don't have: "
            "give a function that makes it, make(size, seed), or put the class into a module"
        )
    (folder / "rustworthy_inputs.pickle").write_bytes(data)
    (folder / "rustworthy_inputs.py").write_text(_VALUE, "utf-8")
    return _GIVEN


def _labels(functions: list[str]) -> dict[str, str]:
    """The name of each contender: that of the function, with its module's where two have the same."""
    labels: dict[str, str] = {}
    for target in functions:
        short = _dashed(target.partition(":")[2])
        alike = [other for other in functions if _dashed(other.partition(":")[2]) == short]
        label = short if len(alike) == 1 and short else _dashed(target) or "function"
        number = 2
        while label in labels:
            label, number = f"{_dashed(target)}-{number}", number + 1
        labels[label] = target
    return labels


def _dashed(text: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))


def _given(function: str | Callable[..., Any]) -> str:
    if isinstance(function, str):
        return function
    return f"{getattr(function, '__module__', None)}:{getattr(function, '__qualname__', type(function).__qualname__)}"


def _manifest(labels: Mapping[str, str], made_by: str, size: int, equal: Any) -> str:
    workload = next(iter(labels))
    lines = [
        "[project]",
        f"python-path = {_toml(['.', *_path()])}",
        'host = "python"',
        f"[workload.{workload}]",
        f"input = {_toml(made_by)}",
        f"sizes = {_toml({'default': size})}",
        f"equal = {_toml(equal)}",
    ]
    for place, (label, target) in enumerate(labels.items()):
        lines += [f"[workload.{workload}.contender.{label}]", f"python = {_toml(target)}"]
        lines += ["baseline = true"] if place == 0 else []
    return "\n".join(lines) + "\n"


def _path() -> list[str]:
    """Folders in which this process finds modules, but for those that are the interpreter's own everywhere."""
    own = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    own |= {*site.getsitepackages(), site.getusersitepackages(), os.path.join(sysconfig.get_path("platstdlib"), "lib-dynload")}
    folders = [os.path.abspath(part) for part in sys.path if isinstance(part, str)]
    return [folder for folder in dict.fromkeys(folders) if folder not in own and os.path.isdir(folder)]


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_toml(str(name))} = {_toml(part)}" for name, part in value.items()) + " }"
    if isinstance(value, (list, tuple, set, frozenset)):
        return f"[{', '.join(map(_toml, value))}]"
    # Texts are escaped as in JSON, but for surrogates, which make no characters of TOML.
    return json.dumps(value, ensure_ascii=False)


def _run(folder: pathlib.Path, words: list[str]) -> tuple[str, str]:
    """Runs the program: what it prints, and what it says beside it."""
    try:
        program = find_program()
    except FileNotFoundError as error:
        raise CompareError(str(error)) from None
    own = ["--project", str(folder), "--python", sys.executable, "--out", str(folder / "run"), "--no-progress", "--color", "never"]
    process = subprocess.Popen(
        [program, "compare", *words, *own], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        output, errors = process.communicate()
    except BaseException:
        # An interruption has reached it too, and it ends in good order.
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
    lines = errors.decode("utf-8", "replace").replace(f"{folder}/", "").splitlines()
    # The page goes with the folder.
    said = "\n".join(line for line in lines if not line.startswith("report: ")).strip()
    if process.returncode in (130, -2):
        raise KeyboardInterrupt
    # With 3 one of the functions has failed or differs, which the result tells.
    if process.returncode not in (0, 3):
        raise CompareError(said or f"the program has ended with exit code {process.returncode}")
    return output.decode("utf-8", "replace").rstrip(), said
