"""The event loop of the process: asyncio's, or that of the policy that the project has set."""

import asyncio
import faulthandler
import signal
import sys


class stream(list):
    """The items of an asynchronous iterator. To a project's own code, and once pickled, it's a list."""

    def __reduce__(self):
        return list, (list(self),)


# By these names it is shown.
stream.__module__, stream.__qualname__ = "builtins", "async stream"


def start():
    runner = asyncio.Runner()
    loop = runner.get_loop()
    # On the signal that asks for a stack there comes that of the thread, which isn't in any coroutine while the loop waits; then,
    # from the loop itself if it still turns, where its tasks are.
    faulthandler.unregister(signal.SIGUSR2)
    try:
        loop.add_signal_handler(signal.SIGUSR2, show_tasks, loop)
        is_shown = True
    except (NotImplementedError, RuntimeError, ValueError):
        is_shown = False
    faulthandler.register(signal.SIGUSR2, chain=is_shown)
    return runner


def other_tasks():
    """How many tasks there are beside the present one."""
    return len(asyncio.all_tasks()) - 1


def show_tasks(loop):
    for task in asyncio.all_tasks(loop):
        print(f"Task {task.get_name()} waits in (most recent await first):", file=sys.stderr)
        for place in reversed(list(places(task.get_coro()))):
            print(f"  {place}", file=sys.stderr)
    sys.stderr.flush()


def places(awaited):
    """Where what is awaited is, from the outermost to the innermost."""
    for _ in range(100):
        if awaited is None:
            return
        kind = next((kind for kind in ("cr", "ag", "gi") if hasattr(awaited, f"{kind}_frame")), None)
        frame = kind and getattr(awaited, f"{kind}_frame")
        if frame is not None:
            yield f'File "{frame.f_code.co_filename}", line {frame.f_lineno} in {frame.f_code.co_name}'
        awaited = getattr(awaited, "gi_yieldfrom" if kind == "gi" else f"{kind or 'cr'}_await", None)
