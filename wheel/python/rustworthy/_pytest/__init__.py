"""The plugin for pytest: options, a mark, and when each of its parts is needed. The parts are imported by those who use them.

``--rustworthy-capture MODULE:FUNCTION`` records calls that tests make; ``@pytest.mark.rustworthy("module:slow", "module:fast")``
holds a candidate against a function in all calls that a test makes.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "rustworthy"
# Under which names what a run needs is kept with its configuration.
_CAPTURE = "_rustworthy_capture"
_SIDES = "_rustworthy_sides"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("rustworthy", "calls of functions, recorded and compared")
    group.addoption(
        "--rustworthy-capture",
        action="append",
        default=[],
        metavar="MODULE:FUNCTION",
        help="record the calls of a function that tests make, as `rustworthy capture` does; may be given several times",
    )
    group.addoption(
        "--rustworthy-args",
        default="",
        metavar="ARGS",
        help="options of `rustworthy capture` for that, in one string: --rustworthy-args='--replace --keep 500'",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{MARK}(function, candidate, *, equal='exact', effects='arguments', raises='message'): make every call of a function "
        "that the test makes by a candidate too, each named as 'module:function', and fail where the two differ",
    )


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    # Before conftest files are loaded, which may bind what is to be recorded.
    known = early_config.known_args_namespace
    is_run = not (known.help or known.version or known.collectonly or is_worker())
    if is_run and getattr(known, "rustworthy_capture", None):
        from . import recording

        setattr(early_config, _CAPTURE, recording.begin(early_config, known.rustworthy_capture, known.rustworthy_args))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker(MARK) is not None]
    if marked:
        from . import marked as sides

        setattr(config, _SIDES, sides.Sides(marked))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    sides = getattr(item.config, _SIDES, None)
    if sides is None or item.get_closest_marker(MARK) is None:
        yield
        return
    with sides.watching(item) as watch:
        outcome: Any = yield
    watch.judge(outcome)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    recorder = sys.modules.get("rustworthy_recorder")
    if recorder is not None and recorder.RECORDER is not None:
        # Workers are killed now and then before they end by themselves.
        recorder.RECORDER.flush()
    sides = getattr(config, _SIDES, None)
    if sides is not None and hasattr(config, "workeroutput"):
        config.workeroutput[MARK] = sides.found()
    capture = getattr(config, _CAPTURE, None)
    if capture is not None:
        capture.end()
        if not capture.has_recorded and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker of pytest-xdist has ended."""
    found = getattr(node, "workeroutput", {}).get(MARK)
    if found:
        from . import marked

        if getattr(node.config, _SIDES, None) is None:
            setattr(node.config, _SIDES, marked.Sides([]))
        getattr(node.config, _SIDES).add(found)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    parts = [part for part in (getattr(config, name, None) for name in (_SIDES, _CAPTURE)) if part is not None]
    lines = [line for part in parts for line in part.told()]
    if lines:
        terminalreporter.section("rustworthy")
        for line in lines:
            terminalreporter.write_line(line)


def is_worker() -> bool:
    """Whether this process runs tests for another one, which records with it."""
    import os

    return "PYTEST_XDIST_WORKER" in os.environ
