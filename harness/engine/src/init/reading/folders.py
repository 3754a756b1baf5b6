"""Finding the Python files of a project, within limits."""

import os

# What is never the project's own source.
SKIPPED = {
    "__pycache__", "__pypackages__", "build", "conda-meta", "dist", "htmlcov", "node_modules", "site-packages", "target", "venv",
}
MOST_FILES = 5_000
MOST_ENTRIES = 200_000
LARGEST = 1 << 20

# What says that a folder is a project.
MARKS = ("pyproject.toml", "setup.cfg", "setup.py", "requirements.txt", "manage.py", "pytest.ini", "tox.ini")


class Tree:
    """The files of a folder; paths are relative, with `/` between their parts."""

    def __init__(self, base):
        self.base = base
        self.files, self.marks, self.environments = [], [], []
        # What wasn't looked at, as texts for people.
        self.limits, self.problems = [], []
        self.links, self.entries = 0, 0
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            waiting.extend(reversed(self.read(folder)))
            if self.entries > MOST_ENTRIES or len(self.files) > MOST_FILES:
                self.limits.append(
                    f"only the first {min(len(self.files), MOST_FILES)} Python files were read, of {MOST_FILES} at most among "
                    f"{MOST_ENTRIES} files of any kind; name a smaller folder to see the rest"
                )
                del self.files[MOST_FILES:]
                break
        if self.links:
            self.limits.append(f"{self.links} symbolic links to folders weren't followed")

    def read(self, folder):
        """Takes down the files of a folder; returns the folders in it that are to be read."""
        try:
            with os.scandir(os.path.join(self.base, folder)) as entries:
                entries = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self.problems.append({"file": folder or ".", "line": None, "what": f"can't be read: {error.strerror}"})
            return []
        names = {entry.name for entry in entries}
        if folder and ("pyvenv.cfg" in names or "conda-meta" in names):
            self.environments.append(folder)
            return []
        within = []
        for entry in entries:
            self.entries += 1
            path = f"{folder}/{entry.name}" if folder else entry.name
            try:
                entry.name.encode()
            except UnicodeEncodeError:
                self.problems.append({"file": ascii(path), "line": None, "what": "has a name that isn't UTF-8; it was left out"})
                continue
            if is_folder(entry):
                if entry.is_symlink():
                    self.links += 1
                elif is_hidden_environment(entry):
                    self.environments.append(path)
                elif entry.name not in SKIPPED and not entry.name.startswith(".") and not entry.name.endswith(".egg-info"):
                    within.append(path)
            elif entry.name in MARKS:
                self.marks.append(path)
            if entry.name.endswith(".py") and is_file(entry):
                self.files.append(path)
        return within

    def text(self, path):
        """The bytes of a file; None, and a problem, where it can't be read."""
        try:
            with open(os.path.join(self.base, path), "rb") as file:
                data = file.read(LARGEST + 1)
        except OSError as error:
            self.problems.append({"file": path, "line": None, "what": f"can't be read: {error.strerror}"})
            return None
        if len(data) > LARGEST:
            self.problems.append({"file": path, "line": None, "what": f"is larger than {LARGEST >> 20} MiB; it was left out"})
            return None
        return data


def is_folder(entry):
    try:
        return entry.is_dir()
    except OSError:
        # A link that leads to itself.
        return False


def is_file(entry):
    try:
        return entry.is_file()
    except OSError:
        return False


def is_hidden_environment(entry):
    return entry.name.startswith(".") and os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))


def parent(path):
    return path.rpartition("/")[0]


def name(path):
    return path.rpartition("/")[2]


def above(path):
    """The folders that a path is in, the nearest first, the project's own, "", last."""
    while path:
        path = parent(path)
        yield path
