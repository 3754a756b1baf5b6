"""Lets the virtual environment in the folder argv[1] see the packages and the commands of this environment."""

import os
import shlex
import site
import sys
import sysconfig

folder = sys.argv[1]
# Processed after the start-up files of whatever is installed there later, since '~' sorts last: that comes first on
# sys.path then. `addsitedir` and not a plain line, so that editable installs here count too.
START_UP = "~chosen-environment.pth"


def packages():
    if site.ENABLE_USER_SITE:
        yield site.getusersitepackages()
    yield from site.getsitepackages()


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


places = {"base": folder, "platbase": folder}
start_up = os.path.join(sysconfig.get_path("purelib", "venv", places), START_UP)
with open(start_up, "w", encoding="ascii") as file:
    file.writelines("import site; site.addsitedir(%a)\n" % path for path in packages())

schemes = [sysconfig.get_default_scheme()] + (["posix_user"] if site.ENABLE_USER_SITE else [])
for scripts in [sysconfig.get_path("scripts", scheme) for scheme in schemes] + [os.path.dirname(sys.executable)]:
    for name, path in commands(scripts):
        target = os.path.join(folder, "bin", name)
        if not os.path.lexists(target):
            offer(path, target)
