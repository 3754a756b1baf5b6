"""Prints, as JSON, what of the requirements file in argv[1] this environment does not satisfy."""

import glob
import importlib
import json
import os
import re
import sys
from importlib import metadata


def requirement_class():
    """packaging's Requirement, from wherever this environment has it; pip vendors it, and ensurepip bundles pip."""
    for module in ("packaging.requirements", "pip._vendor.packaging.requirements"):
        try:
            return importlib.import_module(module).Requirement
        except ImportError:
            pass
    try:
        import ensurepip

        pattern = os.path.join(os.path.dirname(ensurepip.__file__), "_bundled", "pip-*.whl")
        sys.path[:0] = glob.glob(pattern)
        return importlib.import_module("pip._vendor.packaging.requirements").Requirement
    except ImportError:
        return None


def logical_lines(path):
    with open(path, encoding="utf-8-sig") as file:
        text = file.read()
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        line = re.sub(r"(^|\s)#.*$", "", line).strip()
        if line:
            yield line


def requirements(path, seen):
    if os.path.realpath(path) in seen:
        return
    seen.add(os.path.realpath(path))
    for line in logical_lines(path):
        include = re.match(r"(?:-r|--requirement)[\s=]*(.+)", line)
        if include:
            yield from requirements(os.path.join(os.path.dirname(path), include.group(1)), seen)
        elif re.match(r"(-e|--editable)\b", line) or not line.startswith("-"):
            yield re.split(r"\s--[a-z]", line)[0].strip()


def unmet(name, wanted, found=None):
    return {"name": name, "wanted": wanted, "found": found}


def installed(name):
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None


def came_from(distribution, url):
    origin = distribution.read_text("direct_url.json")
    return origin is not None and json.loads(origin).get("url") == url


def check(line, Requirement):
    try:
        requirement = Requirement(line)
    except ValueError:
        return unmet(line, "")  # a path or a bare URL: nothing installed can be recognised by it
    if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
        return None
    distribution = installed(requirement.name)
    wanted = requirement.url or str(requirement.specifier)
    if distribution is None:
        return unmet(requirement.name, wanted)
    if requirement.url:
        satisfied = came_from(distribution, requirement.url)
    else:
        satisfied = requirement.specifier.contains(distribution.version, prereleases=True)
    return None if satisfied else unmet(requirement.name, wanted, distribution.version)


def check_pin(line):
    """Without packaging only `name==version` is understood; a marker is taken to hold."""
    pin = re.fullmatch(r"([\w.-]+)\s*==\s*([^\s;*]+)\s*(;.*)?", line)
    if not pin:
        return unmet(line, "")
    distribution = installed(pin.group(1))
    version = distribution and distribution.version
    return None if version == pin.group(2) else unmet(pin.group(1), "==" + pin.group(2), version)


Requirement = requirement_class()
findings = [check(line, Requirement) if Requirement else check_pin(line) for line in requirements(sys.argv[1], set())]
print()
print(json.dumps([finding for finding in findings if finding]))
