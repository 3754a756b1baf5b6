"""Writes telemetry twice a second, in a thread that starts with the first call that has something to write, in every process."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

from . import marks, otel, salt, settings, telemetry
from .log import warn_once
from .shadow import pool
from .surroundings import Threads

if TYPE_CHECKING:
    from .state import State

# Seconds between two writes: no more than two of them are lost with a process that is killed.
INTERVAL: Final = 0.45
# Seconds that the process may wait at its end, and before a fork, for what is on its way.
_PATIENCE: Final = 0.2


class Keeper:
    """What all switches of the process share: the folder, its writer and its marks."""

    def __init__(self) -> None:
        self.states: dict[str, State] = {}
        # Names by the environment variable that sets them.
        self.names: dict[str, str] = {}
        self._forget()
        self._registered = False
        self.threads = Threads()

    def _forget(self) -> None:
        self.folder: str | None = None
        self.marks: marks.Marks | None = None
        self.died: set[str] = set()
        self._salt: bytes | None = None
        self._writer: telemetry.Writer | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        # A signal may come while it is held, and its handler may call a switch.
        self._lock = threading.RLock()
        self._is_flushing = False
        self._since = time.time()
        self._due = 0.0
        self._alone = False

    def tend(self) -> None:
        """Sees to the folder and to the thread; at most twice a second of each switch."""
        folder = settings.place(os.environ.get(telemetry.FOLDER))
        if folder != self.folder:
            self._move(folder)
        if folder is None and not otel.is_used():
            return
        self._register()
        if self._thread is None and not self._alone:
            self._start()
        if self._alone and time.monotonic() >= self._due:
            self._due = time.monotonic() + INTERVAL
            self.flush()

    def _move(self, folder: str | None) -> None:
        if self.folder is not None:
            self.flush()
        with self._lock:
            if folder == self.folder:
                # Another thread was first.
                return
            if self._writer is not None:
                self._writer.close()
            if self.marks is not None:
                self.marks.close(remove=True)
            self.folder, self.marks, self.died, self._salt = folder, None, set(), None
            self._writer = None if folder is None else telemetry.Writer(folder)
            if folder is not None:
                try:
                    os.makedirs(folder, exist_ok=True)
                    self.died = marks.died_in(folder)
                    self.marks = marks.Marks(folder)
                except (OSError, ImportError) as error:
                    warn_once(f"{folder}: {error}; a process that dies in a candidate isn't noticed")
        for state in list(self.states.values()):
            state.moved()

    def _start(self) -> None:
        stop = threading.Event()
        thread = threading.Thread(target=self._run, args=(stop,), name="rustworthy", daemon=True)
        self._stop, self._thread = stop, thread
        try:
            thread.start()
        except RuntimeError:
            # Subinterpreters may have no such threads, nor does a process that ends: calls write then.
            self._thread, self._alone = None, True

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(INTERVAL):
            self.flush()
            pool.look_for_hanging()

    def flush(self, at_once: bool = False) -> None:
        """Writes what is new, to a folder that has failed a moment ago `at_once` too; never raises."""
        try:
            with self._lock:
                if not self._is_flushing:
                    self._is_flushing = True
                    if at_once and self._writer is not None:
                        self._writer.try_again()
                    try:
                        self._flush()
                    finally:
                        self._is_flushing = False
        except Exception as error:
            warn_once(f"telemetry of switches: {type(error).__name__}: {error}")

    def _flush(self) -> None:
        since, now = self._since, time.time()
        if since > now:
            # The clock was put back.
            since = now
        self._since = now
        for state in list(self.states.values()):
            events = len(state.events.waiting)
            lines, ticks = telemetry.lines_of(state, since)
            if not lines:
                continue
            if self._writer is not None and not self._writer.write(lines):
                self._since = since
                continue
            if self._writer is None and not otel.is_used():
                continue
            otel.count(state, ticks)
            telemetry.wrote(state, ticks, events)

    def digest(self, text: str) -> str:
        """A digest of a text, keyed with the folder's salt."""
        return salt.digest(self._key(), text)

    def mark_of_salt(self) -> str:
        """What tells digests that can be compared from others."""
        return salt.mark_of(self._key())

    def _key(self) -> bytes:
        if self._salt is None:
            self._salt = os.urandom(16) if self.folder is None else salt.of_folder(self.folder)
        return self._salt

    def _register(self) -> None:
        if self._registered:
            return
        self._registered = True
        atexit.register(self.end)
        processes = sys.modules.get("multiprocessing.util")
        if processes is not None:
            # Processes of multiprocessing end without the functions of atexit.
            processes.Finalize(None, self.end, exitpriority=-10)

    def end(self) -> None:
        """Writes the last of it, at the end of the process."""
        pool.drain(_PATIENCE)
        self._stop.set()
        self.flush(at_once=True)
        if self.marks is not None:
            self.marks.close(remove=True)
            self.marks = None
            for state in list(self.states.values()):
                state.moved()

    def before_fork(self) -> None:
        # While all threads of the package are still known to Python.
        self.threads.tell_of_a_fork([state.name for state in list(self.states.values()) if state.was_asked()])
        # Python warns of forks in processes with threads. They start again when they are needed.
        pool.stop()
        self._stop.set()
        if self._thread is not None:
            # Another thread may be about to start it.
            if self._thread.is_alive():
                self._thread.join(_PATIENCE)
            self._thread = None
            self.flush()

    def after_fork_in_parent(self) -> None:
        self._stop = threading.Event()
        for state in list(self.states.values()):
            state.expire()

    def after_fork_in_child(self) -> None:
        if self.marks is not None:
            self.marks.close(remove=False)
        writer = self._writer
        self._forget()
        if writer is not None:
            writer.close()
        self._registered = "multiprocessing.util" not in sys.modules and self._registered
        self.threads = Threads()
        settings.look_again()
        for state in list(self.states.values()):
            state.forked()


keeper = Keeper()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=keeper.before_fork,
        after_in_parent=keeper.after_fork_in_parent,
        after_in_child=keeper.after_fork_in_child,
    )
