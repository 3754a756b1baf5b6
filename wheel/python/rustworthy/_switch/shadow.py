"""Calls in the shadow: the other side on copies of the arguments, in threads of their own, within a budget."""

from __future__ import annotations

import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from .counting import Counter
from .log import warn_once

if TYPE_CHECKING:
    from .job import Job

# Threads, and jobs that wait for them.
_THREADS: Final = 2
_MOST_WAITING: Final = 64
# Seconds after which a candidate counts as one that hangs, and threads that are left to such ones in all.
_HANGS: Final = 30.0
_MOST_LOST: Final = 8
# Seconds of processor time that may be used ahead of the budget.
_AHEAD: Final = 1.0
# Seconds that shadowing pauses after it was over its latency, at first and at most.
_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
# Calls over the latency in a row that make it pause, and how much of one a call within it makes up for: a busy machine may hold up
# any call now and then.
_MOST_OVER: Final = 3.0
_FORGIVEN: Final = 0.1


class Budget:
    """What shadowing of a switch may cost: a share of a processor, and seconds of the caller's time in a call."""

    __slots__ = ("_left", "_name", "_over", "_pause", "_paused_until", "_seen", "latency", "share")

    def __init__(self, name: str, share: float, latency: float) -> None:
        self._name = name
        self.share = share
        self.latency = latency
        self._left = _AHEAD
        self._seen = time.monotonic()
        self._pause = _PAUSE
        self._over = 0.0
        self._paused_until = 0.0

    def allows(self) -> bool:
        now = time.monotonic()
        self._left = min(_AHEAD, self._left + (now - self._seen) * self.share)
        self._seen = now
        if self._left <= 0.0:
            warn_once(f"{self._name}: shadowing uses more than {self.share:.3g} of a processor, and pauses now and then")
            return False
        return now >= self._paused_until

    def spend(self, seconds: float) -> None:
        """Notes processor time that was used."""
        self._left -= seconds

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
    __slots__ = ("begun", "job", "lost")

    def __init__(self) -> None:
        self.job: Job | None = None
        self.begun = 0.0
        self.lost = False


class Pool:
    """The threads of this process."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begins anew, without threads: in a child after a fork."""
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._workers: list[_Worker] = []
        self._begun, self._ended = Counter(), Counter()
        self._lost = 0
        self._lock = threading.Lock()

    def submit(self, job: Job) -> bool:
        """Hands over a job; whether there is room for it."""
        waiting = self._queue.qsize()
        if waiting >= _MOST_WAITING:
            self._look_for_hanging()
            return False
        self._begun.tick()
        self._queue.put(job)
        if len(self._workers) < _THREADS and (not self._workers or waiting > 1):
            return self._start()
        return True

    def _start(self) -> bool:
        with self._lock:
            if len(self._workers) < _THREADS:
                worker = _Worker()
                thread = threading.Thread(target=self._run, args=(worker, self._queue, self._ended), name="rustworthy-shadow", daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    return bool(self._workers)
                self._workers.append(worker)
        return True

    def _run(self, worker: _Worker, queue: SimpleQueue[Job | None], ended: Counter) -> None:
        while not worker.lost:
            job = queue.get()
            if job is None:
                return
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

    def _look_for_hanging(self) -> None:
        now = time.monotonic()
        with self._lock:
            for worker in list(self._workers):
                job = worker.job
                if job is not None and now - worker.begun > _HANGS:
                    job.hangs()
                    worker.lost = True
                    self._workers.remove(worker)
                    self._lost += 1
            start = len(self._workers) < _THREADS and self._lost < _MOST_LOST
        if start:
            self._start()

    def drain(self, patience: float) -> None:
        """Waits so long for what is on its way."""
        until = time.monotonic() + patience
        while self._ended.value < self._begun.value and time.monotonic() < until:
            time.sleep(0.002)

    def stop(self) -> None:
        """Has threads that are idle end: before a fork."""
        with self._lock:
            for _ in self._workers:
                self._queue.put(None)
            self._workers = []


pool = Pool()
