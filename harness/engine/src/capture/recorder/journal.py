"""The file of one process, line by line: what was recorded is there even if the process is killed."""

import json
import os
import sys
import time


class Journal:
    """Appends lines to the file of this process, which is made when there is something to write, for the user alone."""

    def __init__(self, folder, most):
        self.folder, self.most = folder, most
        self.begin()

    def begin(self):
        """Begins a file for this process, which may have been forked."""
        self.file, self.identity, self.size, self.broken = None, None, 0, None
        self.path = os.path.join(self.folder, f"{os.getpid()}-{time.time_ns()}.jsonl")

    def has_room(self):
        return self.broken is None and self.size < self.most

    def write(self, line):
        """Writes a line; where that fails, says so once and writes no more."""
        if self.broken is not None:
            return
        try:
            data = json.dumps(line, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        except ValueError:
            return  # a name that isn't a text
        try:
            if self.file is None or not self.is_own():
                self.open()
            # One call of the system for one line: threads don't mix theirs, and a killed process leaves none cut off but the last.
            os.write(self.file, data)
        except OSError as error:
            self.broken = f"{self.path}: {error.strerror}"
            return
        self.size += len(data)

    def is_own(self):
        """Whether the descriptor is still of this file: programs that become daemons close what they don't know."""
        try:
            status = os.fstat(self.file)
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == self.identity

    def open(self):
        self.file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        status = os.fstat(self.file)
        self.identity = status.st_dev, status.st_ino

    def forget(self):
        """Leaves the file to the process that this one was forked off."""
        if self.file is not None and self.is_own():
            os.close(self.file)


def process(main, unguarded):
    """What is known of this process; `main` is the name that its program is imported by, which may run it again."""
    return {
        "pid": os.getpid(),
        "parent": os.getppid(),
        "executable": sys.executable,
        "version": sys.version.split()[0],
        "main": main,
        "unguarded": unguarded,
        "folder": os.getcwd(),
        "path": [part for part in sys.path if isinstance(part, str)],
    }
