"""Lets the virtual environment in the folder argv[1] see the packages and the commands of this environment.

With a checkout in argv[2], a worktree of it in argv[3], and the checkout as the user spells it in argv[4], what is installed
here from the checkout as editable is found in the worktree. Prints, as JSON, the names of the modules that are installed here
as copies from the checkout.
"""

import importlib.metadata
import json
import os
import re
import shlex
import site
import sys
import sysconfig
import urllib.parse
import urllib.request

folder = sys.argv[1]
checkout, worktree = sys.argv[2:4] or (None, None)
# Processed after the start-up files of whatever is installed there later, since '~' sorts last: that comes first on
# sys.path then.
START_UP = "~chosen-environment.pth"
# What a module of an editable install may have at most.
LARGEST = 1 << 20

# `addpackage` and not plain lines, so that editable installs here count too, each start-up file as if it were where it is.
ADD = """
import os, site, sys
def add(packages, moved):
    for path in (moved, packages):
        if path not in sys.path:
            sys.path.append(path)
    for name in sorted(os.listdir(packages)):
        if name.endswith(".pth") and not name.startswith("."):
            site.addpackage(moved if os.path.exists(os.path.join(moved, name)) else packages, name, set(sys.path))
"""


def packages():
    if site.ENABLE_USER_SITE:
        yield site.getusersitepackages()
    yield from site.getsitepackages()


def is_below(path, top):
    return path == top or path.startswith(top + os.sep)


def is_of_checkout(path):
    """Whether it's in the checkout, and not of this environment, which often lies there too."""
    path = os.path.realpath(path)
    return is_below(path, checkout) and not is_below(path, os.path.realpath(sys.prefix))


def moved_path(path):
    return os.path.join(worktree, os.path.relpath(os.path.realpath(path), checkout))


def moved_line(line, packages):
    """A line of a start-up file: code, or a path."""
    if line.startswith(("import ", "import\t", "#")) or not line.strip():
        return moved_text(line)
    path = os.path.abspath(os.path.join(packages, line.rstrip()))
    return (moved_path(path) if is_of_checkout(path) else path) + "\n"


def moved_text(text):
    """Code in which paths into the checkout lead into the worktree."""
    return PATH.sub(lambda path: moved_path(path[0]) if is_of_checkout(path[0]) else path[0], text)


def move(packages, target):
    """Writes to the folder `target` what in `packages` leads into the checkout, leading into the worktree."""
    for entry in os.scandir(packages):
        new = os.path.join(target, entry.name)
        if entry.is_symlink() and is_of_checkout(entry.path):
            os.symlink(moved_path(entry.path), new)
        elif entry.name.endswith((".pth", ".py")) and entry.is_file() and entry.stat().st_size <= LARGEST:
            with open(entry.path, encoding="utf-8", errors="surrogateescape") as file:
                text = file.read()
            if entry.name.endswith(".pth"):
                text = "".join(moved_line(line, packages) for line in text.splitlines(keepends=True))
            else:
                text = moved_text(text)
            if worktree in text:
                with open(new, "w", encoding="utf-8", errors="surrogateescape") as file:
                    file.write(text)


def copies():
    """Names of modules that were installed from the checkout, but not as editable."""
    names = set()
    for distribution in importlib.metadata.distributions():
        try:
            origin = json.loads(distribution.read_text("direct_url.json") or "{}")
            path = urllib.request.url2pathname(urllib.parse.urlsplit(origin.get("url", "")).path)
            if not origin.get("url", "").startswith("file:") or not is_of_checkout(path):
                continue
        except (ValueError, OSError):
            continue
        if not origin.get("dir_info", {}).get("editable"):
            tops = (file.parts[0] for file in distribution.files or [] if file.parts)
            names.update(top.partition(".")[0] for top in tops if not top.endswith((".dist-info", ".data", "..")))
    return sorted(names - {"", "__pycache__"})


def is_python_script(path):
    with open(path, "rb") as file:
        head = file.read(1024)
    first_line = head.partition(b"\n")[0]
    return first_line.startswith(b"#!") and (b"python" in first_line or b"'''exec'" in head)


def offer(command, target):
    """A Python script runs with the other environment's interpreter: this one's pip would install here."""
    if is_python_script(command):
        python = os.path.join(folder, "bin", "python")
        with open(target, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write('#!/bin/sh\nexec %s %s "$@"\n' % (shlex.quote(python), shlex.quote(command)))
        os.chmod(target, 0o755)
    elif sys.prefix != sys.base_prefix:
        # Elsewhere than in a virtual environment commands are found by PATH as before.
        os.symlink(command, target)


def commands(scripts):
    for name in sorted(os.listdir(scripts)) if os.path.isdir(scripts) else []:
        path = os.path.join(scripts, name)
        if os.path.isfile(path) and os.access(path, os.R_OK | os.X_OK):
            yield name, path


if checkout:
    # As it is spelled here, where a link may be on the way to it.
    names = "|".join(map(re.escape, {checkout, sys.argv[4]}))
    PATH = re.compile("(?:" + names + r")(?:/[^'\"\n]*)?(?=['\"\n]|$)")

places = {"base": folder, "platbase": folder}
own = sysconfig.get_path("purelib", "venv", places)
with open(os.path.join(own, "_chosen_environment.py"), "w", encoding="ascii") as file:
    file.write(ADD)
with open(os.path.join(own, START_UP), "w", encoding="ascii") as file:
    for number, path in enumerate(filter(os.path.isdir, packages())):
        moved = os.path.join(folder, "moved", str(number))
        os.makedirs(moved)
        if checkout:
            move(path, moved)
        file.write("import _chosen_environment; _chosen_environment.add(%a, %a)\n" % (path, moved))

schemes = [sysconfig.get_default_scheme()] + (["posix_user"] if site.ENABLE_USER_SITE else [])
for scripts in [sysconfig.get_path("scripts", scheme) for scheme in schemes] + [os.path.dirname(sys.executable)]:
    for name, path in commands(scripts):
        target = os.path.join(folder, "bin", name)
        if not os.path.lexists(target):
            offer(path, target)

print(json.dumps(copies() if checkout else []))
