"""Calls in the shadow: the other side on copies of the arguments, in a thread of its own, within a budget.

A call in the shadow holds Python's global lock for a while, and requests that come meanwhile wait for it. In a queue such waits add up:
so it begins when the process is idle, one at a time. Then no request waits longer for it than it takes, however long the queue. Calls
that take longer than `shadow_budget` are made so rarely that they touch few requests: a quantile such as p99 hardly knows of them.
"""

from __future__ import annotations

import sys
import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from .counting import Counter
from .log import warn_once

if TYPE_CHECKING:
    from .job import Job
    from .state import State

# Jobs that wait.
_MOST_WAITING: Final = 64
# Seconds after which a job doesn't keep others waiting any longer, after which its candidate counts as one that hangs, and threads
# that are left to such jobs in all.
_LATE: Final = 0.1
_HANGS: Final = 30.0
_MOST_LATE: Final = 8
# Seconds of processor time that may be used ahead of the budget.
_AHEAD: Final = 1.0
# The part of the budget that is left to calls longer than the latency.
_RARE: Final = 0.1
# How fast a call that took long is forgotten, by calls.
_FORGOTTEN: Final = 1 / 16
# Seconds that a process is watched for being idle, the share of them that it may compute in, and what a call takes at least.
_WATCHED: Final = 0.0005
_IDLE: Final = 0.2
_SHORTEST: Final = 1e-4
_PATIENCE: Final = 4.0
# Seconds within which a lock comes that nobody holds, and the longest time between two looks at a process that computes.
_AT_ONCE: Final = 0.001
_LONGEST_WATCHED: Final = 0.032
_LONGEST_PATIENCE: Final = 1.0
# Seconds that shadowing pauses after it was over its latency, at first and at most.
_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
# Calls over the latency in a row that make it pause, and how much of one a call within it makes up for: a busy machine may hold up
# any call now and then.
_MOST_OVER: Final = 3.0
_FORGIVEN: Final = 0.1


class Budget:
    """What shadowing of a switch may cost: a share of a processor, and seconds of the caller's time in a call."""

    __slots__ = ("_left", "_name", "_over", "_pause", "_paused_until", "_rare", "_seen", "latency", "length", "share")

    def __init__(self, name: str, share: float, latency: float) -> None:
        self._name = name
        self.share = share
        self.latency = latency
        # Seconds of processor time that a call in the shadow takes, the longest of late.
        self.length = 0.0
        self._left = _AHEAD
        self._rare = _RARE * _AHEAD
        self._seen = time.monotonic()
        self._pause = _PAUSE
        self._over = 0.0
        self._paused_until = 0.0

    def allows(self) -> bool:
        now = time.monotonic()
        gained = (now - self._seen) * self.share
        self._left = min(_AHEAD, self._left + gained)
        self._rare = min(_RARE * _AHEAD, self._rare + _RARE * gained)
        self._seen = now
        if self._left <= 0.0:
            warn_once(f"{self._name}: shadowing uses more than {self.share:.3g} of a processor, and pauses now and then")
            return False
        if self._rare <= 0.0 and self.length > self.latency:
            warn_once(
                f"{self._name}: a call in the shadow takes more than shadow_budget={self.latency * 1e3:.3g}ms, for which others may "
                f"wait; {_RARE:.0%} of the budget is left to such calls"
            )
            return False
        return now >= self._paused_until

    def patience(self) -> float:
        """Seconds that a call may wait for the process to be idle: four times those in which the budget makes up for the call."""
        return 0.0 if self.share >= 1.0 else min(_PATIENCE * max(self.length, _SHORTEST) / self.share, _LONGEST_PATIENCE)

    def spend(self, seconds: float) -> None:
        """Notes processor time that was used."""
        self._left -= seconds

    def ran(self, seconds: float) -> None:
        """Notes processor time that a call in the shadow has taken."""
        self._left -= seconds
        if seconds > self.latency:
            self._rare -= seconds
        self.length = max(seconds, self.length - _FORGOTTEN * (self.length - seconds))

    def delayed(self, seconds: float) -> None:
        """Notes what a shadowed call has cost its caller."""
        if seconds <= self.latency:
            self._over = max(0.0, self._over - _FORGIVEN)
            if not self._over:
                self._pause = _PAUSE
            return
        self._over += 1.0
        if self._over < _MOST_OVER:
            return
        self._over = 0.0
        self._paused_until = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        warn_once(f"{self._name}: shadowing a call takes its caller more than {self.latency * 1e3:.3g} ms, and pauses now and then")


class _Worker:
    __slots__ = ("begun", "job", "late", "lost")

    def __init__(self) -> None:
        self.job: Job | None = None
        self.begun = 0.0
        # Its job takes long, so that another thread has taken its place; its candidate doesn't come back.
        self.late = False
        self.lost = False


class Pool:
    """The thread of this process, and those whose jobs don't end."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begins anew, without threads: in a child after a fork."""
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._workers: list[_Worker] = []
        self._begun, self._ended = Counter(), Counter()
        self._lock = threading.Lock()
        # How many wait for it to be done.
        self._hurried = 0

    def submit(self, job: Job) -> str | None:
        """Hands over a job; the name of the count that it belongs to where that can't be."""
        if job.state.late:
            self.look_for_hanging()
            return "suspended"
        if self._queue.qsize() >= _MOST_WAITING:
            self.look_for_hanging()
            return "busy"
        self._begun.tick()
        self._queue.put(job)
        worker = self._workers[-1] if self._workers else None
        if worker is None or (worker.job is not None and time.monotonic() - worker.begun > _LATE):
            self.look_for_hanging()
        return None

    def _start(self) -> None:
        """Starts a thread; the lock has to be held."""
        worker = _Worker()
        thread = threading.Thread(target=self._run, args=(worker, self._queue, self._ended), name="rustworthy-shadow", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # A process that ends has no new threads.
            return
        self._workers.append(worker)

    def _run(self, worker: _Worker, queue: SimpleQueue[Job | None], ended: Counter) -> None:
        while True:
            job = queue.get()
            if job is None:
                with self._lock:
                    if worker in self._workers:
                        self._workers.remove(worker)
                return
            state = job.state
            if state.late:
                state.counts.suspended.tick()
            else:
                self._wait_for_an_idle_moment(state.budget.patience())
                worker.begun = time.monotonic()
                worker.job = job
                try:
                    job.run()
                except BaseException as error:
                    warn_once(f"shadowing: {type(error).__name__}: {error}")
                worker.job = None
            ended.tick()
            # What it holds may be large.
            del job
            if worker.late and self._ends(worker, state):
                return

    def _wait_for_an_idle_moment(self, patience: float) -> None:
        # Without a global lock nobody waits for it.
        if not getattr(sys, "_is_gil_enabled", lambda: True)():
            return
        until, watched = time.monotonic() + patience, _WATCHED
        while not self._hurried and time.monotonic() < until:
            used, begun = time.process_time(), time.perf_counter()
            time.sleep(watched)
            taken = time.perf_counter() - begun
            if time.process_time() - used < _IDLE * taken:
                return
            # A thread that is woken takes the lock from the one that computes, which isn't to happen often.
            watched = _WATCHED if taken < watched + _AT_ONCE else min(2 * watched, _LONGEST_WATCHED)

    def _ends(self, worker: _Worker, state: State) -> bool:
        """Whether a thread whose job took long is to end, since another one has its place."""
        with self._lock:
            worker.late = state.late = False
            if worker.lost or (self._workers and self._workers[-1] is not worker):
                if worker in self._workers:
                    self._workers.remove(worker)
                return True
        return False

    def look_for_hanging(self) -> None:
        """Has another thread take the place of one whose job takes long: a candidate that hangs is to hold up no other's."""
        now = time.monotonic()
        with self._lock:
            for worker in self._workers:
                job = worker.job
                if job is None:
                    continue
                taken = now - worker.begun
                if taken > _LATE and not worker.late:
                    worker.late = job.state.late = True
                if taken > _HANGS and not worker.lost:
                    worker.lost = True
                    job.hangs()
            is_taken = bool(self._workers) and not self._workers[-1].late
            if not is_taken and len(self._workers) < _MOST_LATE and (self._queue.qsize() or not self._workers):
                self._start()

    def drain(self, patience: float) -> None:
        """Waits so long for what is on its way, which waits for no idle moment meanwhile."""
        until = time.monotonic() + patience
        with self._lock:
            self._hurried += 1
        try:
            while self._ended.value < self._begun.value and time.monotonic() < until:
                time.sleep(0.002)
        finally:
            with self._lock:
                self._hurried -= 1

    def stop(self) -> None:
        """Has threads that are idle end: before a fork."""
        with self._lock:
            for _ in self._workers:
                self._queue.put(None)
            self._workers = []


pool = Pool()
