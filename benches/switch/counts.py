#!/usr/bin/env python3
"""Whether counts add up: 8 threads of a million calls each, 4 forked workers, and processes that are killed at random times.

    PYTHONPATH=wheel/python python3 benches/switch/counts.py [KILLS]
"""

import json
import multiprocessing
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time

THREADS, CALLS = 8, 1_000_000
WORKERS, CALLS_OF_A_WORKER = 4, 200_000

KILLED = """
import os, time, rustworthy
def python(x): return [x]
made = rustworthy.switch("s", python=python, rust=python, shadow=0.1, budget="10000%", shadow_budget="10s")
calls = 0
while True:
    for _ in range(20): made(calls)
    calls += 20
    os.write(1, b"%d %f\\n" % (calls, time.monotonic()))
    time.sleep(0.0005)
"""


def total(folder):
    """Calls in all lines of a folder, and how many lines aren't whole."""
    calls, broken = 0, 0
    for file in pathlib.Path(folder).glob("*.jsonl"):
        for line in file.read_bytes().splitlines(keepends=True):
            try:
                assert line.endswith(b"\n")
                calls += json.loads(line).get("calls", 0)
            except (ValueError, AssertionError):
                broken += 1
    return calls, broken


def threads_and_forks():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RUSTWORTHY_TELEMETRY"] = folder
        import rustworthy

        made = rustworthy.switch("s", python=lambda x: x, rust=lambda x: x, shadow=0.001)
        rustworthy.set_switch("s", "shadow")
        made(1)

        def call(calls):
            for _ in range(calls):
                made(1)

        begun = time.monotonic()
        threads = [threading.Thread(target=call, args=(CALLS,)) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        context = multiprocessing.get_context("fork")
        workers = [context.Process(target=call, args=(CALLS_OF_A_WORKER,)) for _ in range(WORKERS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        rustworthy.switch.flush()
        counted, broken = total(folder)
        made_calls = 1 + THREADS * CALLS + WORKERS * CALLS_OF_A_WORKER
        print(f"threads and forks: {made_calls:,} calls made, {counted:,} counted, {broken} broken lines, {time.monotonic() - begun:.0f} s")


def kills(number):
    lost, broken_lines, broken_files = [], 0, 0
    for _ in range(number):
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "RUSTWORTHY_TELEMETRY": folder, "RUSTWORTHY_SWITCH_S": "shadow"}
            process = subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, env=environment)
            first = process.stdout.readline()
            threading.Timer(random.uniform(0.0, 2.5), process.kill).start()
            told = [line.split() for line in (first + process.communicate()[0]).splitlines()]
            told = [(int(line[0]), float(line[1])) for line in told if len(line) == 2]
            counted, broken = total(folder)
            broken_lines += broken
            broken_files += broken > 1
            end = told[-1][1]
            # The time between the last call that is counted and the end.
            counted_at = max((at for calls, at in told if calls <= counted), default=told[0][1])
            lost.append(end - counted_at)
    lost.sort()
    print(f"{number} kills: at most {lost[-1]:.2f} s lost, half of them {lost[len(lost) // 2]:.2f} s; {broken_lines} lines cut off, {broken_files} unreadable files")


if __name__ == "__main__":
    print(f"CPython {sys.version.split()[0]}")
    threads_and_forks()
    kills(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
