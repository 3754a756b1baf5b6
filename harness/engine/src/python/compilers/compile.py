"""Compiles a copy of one module for the Python that runs this; the last line that it prints is the outcome."""

import io
import json
import os
import re
import shlex
import shutil
import sys
import sysconfig
import tempfile

compiler, module, source, out = sys.argv[1:]

# What a reader can act on: where in the source, and what is wrong there.
TELLING = re.compile(r"^(.*?\.pyx?:\d+(?::\d+)?: .*|.*\.c:\d+:\d+: (?:fatal )?error: .*|error: .*)$")


class CannotCompile(Exception):
    """The reason, in a line; `lasting` where it is the source's."""

    def __init__(self, reason, lasting=True):
        super().__init__(reason)
        self.lasting = lasting


def check_machine():
    c_compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    # Some Pythons name the compiler of the machine that they were built on; setuptools falls back to none.
    if not shutil.which(c_compiler):
        raise CannotCompile(f"no C compiler on this machine: '{c_compiler}' isn't in PATH", lasting=False)
    if not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
        raise CannotCompile("this Python has no headers (Debian: apt install python3-dev)", lasting=False)


def copy_of_source(folder):
    """A copy in folders that are named as its packages are, for compilers learn its name by them."""
    *packages, name = module.split(".")
    for package in packages:
        folder = os.path.join(folder, package)
        os.mkdir(folder)
        open(os.path.join(folder, "__init__.py"), "w").close()
    path = os.path.join(folder, name + ".py")
    shutil.copyfile(source, path)
    return path


def extensions(path, build):
    if compiler == "mypyc":
        from mypyc.build import mypycify

        # The other modules are imported as they are, so nothing has to be known of them.
        options = ["--ignore-missing-imports", "--follow-imports=skip", "--config-file=", "--cache-dir=" + os.devnull]
        return mypycify([*options, os.path.relpath(path)], opt_level="3", target_dir=build)
    from Cython.Build import cythonize
    from setuptools import Extension

    made = Extension(module, [os.path.relpath(path)], extra_compile_args=["-O3"])
    return cythonize([made], build_dir=build, quiet=True, compiler_directives={"language_level": 3})


def compile_module():
    check_machine()
    from setuptools import Distribution

    build = os.path.join(os.getcwd(), "build")
    found = extensions(copy_of_source(os.getcwd()), build)
    command = Distribution({"name": "compiled", "ext_modules": found}).get_command_obj("build_ext")
    command.build_lib, command.build_temp, command.force = out, build, True
    command.ensure_finalized()
    command.run()


def reason(error, printed):
    if isinstance(error, CannotCompile):
        return str(error)
    # An exit status is no reason.
    said = "" if isinstance(error, SystemExit) and isinstance(error.code, int) else str(error)
    lines = [*said.splitlines(), *printed.splitlines()]
    telling = [line.strip() for line in lines if TELLING.match(line.strip())]
    found = telling or [line.strip() for line in lines if line.strip()] or [type(error).__name__]
    return found[0].replace(os.getcwd() + os.sep, "")


def main():
    shown = os.dup(1)
    outcome = {"error": None, "lasting": True}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        os.chdir(folder)
        # Compilers write to the descriptors, past Python's own files.
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            compile_module()
        except (Exception, SystemExit) as error:
            sys.stdout.flush()
            sys.stderr.flush()
            log.seek(0)
            printed = io.TextIOWrapper(log, errors="replace").read()
            outcome = {"error": reason(error, printed), "lasting": getattr(error, "lasting", True)}
        os.chdir(os.sep)
    os.write(shown, ("\n" + json.dumps(outcome) + "\n").encode())


main()
