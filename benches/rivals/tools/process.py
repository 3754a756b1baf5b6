"""Runs a tool so that nothing of it outlives the call."""

import os
import shlex
import signal
import subprocess

from tools.comparison import RivalError


def run(command: list, timeout: float | None = None, verdict_code: int = 0, **options) -> str:
    """Standard output of `command`, which has to succeed within `timeout` seconds.

    `verdict_code` is an exit code by which the tool gives its verdict: with output, that is a success too.
    The command leads a process group of its own, and the whole group is killed when the call ends for any reason.
    """
    command = [str(word) for word in command]
    shown = shlex.join(command)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **options,
        )
    except OSError as error:
        raise RivalError(f"{shown}: {error}; run `rivals.py prepare` first") from error
    try:
        output, errors = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired as error:
        raise RivalError(f"{shown}: not done after {timeout:.0f} s") from error
    finally:
        kill_group(process)
    succeeded = process.returncode == 0 or (process.returncode == verdict_code and output)
    if not succeeded:
        raise RivalError(f"{shown}: exit code {process.returncode}\n{errors or output}")
    return output


def kill_group(leader: subprocess.Popen) -> None:
    """Kills `leader` and all that it started, however much of it is left."""
    try:
        os.killpg(leader.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    leader.wait()
