"""Reads what a project has that could be measured, and imports nothing of it. Run as `python main.py FOLDER OUT`."""

import importlib.util
import json
import os
import sys
import warnings

OWN = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, OWN)

from applications import applications
from declared import declared
from folders import Tree, above, name
from naming import ASIDE, Functions, Names, is_aside_root
from source import parse
from testing import called, collected, is_test, tests

RUN_BY_TOOLS = {"setup", "noxfile", "tasks", "fabfile", "conftest", "conf", "manage"}
# What runs tests, and what changes how.
OF_TESTS = ("pytest", "pytest_benchmark", "pytest_cov", "xdist", "pytest_randomly")
MOST_NAMED = 200
MOST_PLACES = 20


def main(base, out):
    warnings.simplefilter("ignore")
    # Of what the project needs is looked for what it would find.
    sys.path[:] = [folder for folder in sys.path if folder != OWN]
    found = read(base)
    with open(out, "w", encoding="utf-8") as file:
        json.dump(found, file)


def read(base):
    tree = Tree(base)
    declares = declared(tree)
    sources = {path: source for path in tree.files if (source := parse(tree, path))}
    names = Names(tree, sources, declares)
    functions = Functions(sources, names.modules)
    own = [path for path in names.modules if path in sources and not is_test(path)]
    for top, (one, other) in names.collisions.items():
        tree.limits.append(f"'{top}' is in {one or '.'} and in {other or '.'}: modules with one name can't be told apart, and the second was left out")
    return {
        "packages": packages(names, own),
        "modules": [{"module": names.modules[path][1], "file": path} for path in own if is_loose(path, names)],
        "functions": [fact for path in own for fact in function_facts(path, names, sources)],
        "tests": test_facts(sources, functions),
        "applications": [fact for path in own for fact in application_facts(path, names, sources)],
        "scripts": declares.scripts,
        "requirements": declares.requirements,
        "environments": tree.environments,
        "builds": declares.builds,
        "missing": missing(names, sources, own),
        "has": {name: has(name) for name in OF_TESTS},
        # What stands in a package is found from the folder above.
        "is_package": "__init__.py" in tree.files and not any("/" not in mark for mark in tree.marks),
        "files": len(tree.files),
        "problems": tree.problems,
        "limits": tree.limits,
    }


def packages(names, own):
    """Top-level packages, each with its folder and the one that it's found from."""
    found = {}
    for path in own:
        root, module = names.modules[path]
        top = module.partition(".")[0]
        if is_aside(path, names):
            continue
        if "." in module or name(path) == "__init__.py":
            folder = f"{root}/{top}" if root else top
            found.setdefault((root, top), {"name": top, "folder": folder, "root": root, "namespace": folder not in names.packages})
    return list(found.values())


def is_loose(path, names):
    """Whether a file is a module by itself that others are meant to find."""
    root, module = names.modules[path]
    if "." in module or name(path) == "__init__.py" or is_aside(path, names):
        return False
    return root == "" or root in names.declared.projects or module in names.imported


def is_aside(path, names):
    root, module = names.modules[path]
    top = module.partition(".")[0]
    # A folder of scripts is imported by its name too.
    return is_aside_root(root) or module in RUN_BY_TOOLS or "." in module and top in ASIDE and names.is_namespace(root, top)


def is_script(path, names, source):
    """Whether a file does its work whenever it's imported."""
    if source.acts:
        return True
    # Servers import modules with applications, and what others import is made to be imported, whatever it does then.
    if source.is_guarded or not source.does_more or any(not one.is_factory for one in applications(source)):
        return False
    root, module = names.modules[path]
    return "." not in module and module not in names.imported


def function_facts(path, names, sources):
    root, module = names.modules[path]
    source = sources[path]
    script, aside = is_script(path, names, source), is_aside(path, names)
    for one in source.functions:
        yield one | {"module": module, "root": root, "file": path, "script": script, "aside": aside}


def application_facts(path, names, sources):
    if is_aside(path, names):
        return
    root, module = names.modules[path]
    script = is_script(path, names, sources[path])
    for one in applications(sources[path]):
        yield one.facts(module) | {"root": root, "script": script}


def test_facts(sources, functions):
    counts, timed, found, files, places = {}, {}, [], 0, {}
    for path, source in sources.items():
        if not is_test(path) and not collected(path):
            continue
        if collected(path) or name(path) == "tests.py":
            own = tests(source)
            found.extend((f"{path}::{test}", is_timed) for test, is_timed in own)
            files += bool(own)
            if own:
                places[place(path)] = None
        for into, calls in zip((counts, timed), called(source)):
            for key, count in calls.items():
                into[key] = into.get(key, 0) + count
    return {
        "files": files,
        "count": len(found),
        "places": list(places) if len(places) <= MOST_PLACES else [],
        "benchmarks": [test for test, is_timed in found if is_timed],
        "timed": resolved(timed, functions),
        "called": resolved(counts, functions),
    }


def place(path):
    """What pytest is told to collect a file by: the outermost folder of tests that it's in, or itself."""
    folders = [folder for folder in above(path) if name(folder) in ("test", "tests")]
    return folders[-1] if folders else path


def resolved(counts, functions):
    """Functions of the project, the most frequent first."""
    found = {}
    for key, count in counts.items():
        function = functions.resolve(key)
        if function:
            found[function] = found.get(function, 0) + count
    return sorted(found, key=lambda function: -found[function])[:MOST_NAMED]


def missing(names, sources, own):
    """Packages that modules can't do without and that this Python doesn't have, with a module that needs each."""
    tops = {names.modules[path][1].partition(".")[0] for path in names.modules}
    known = tops | set(sys.stdlib_module_names) | {"__future__"}
    found = {}
    for path in own:
        if is_aside(path, names):
            continue
        for top in sorted(sources[path].needed - known):
            if top not in found and not has(top):
                found[top] = path
    return [{"name": top, "file": path} for top, path in found.items()]


def has(top):
    try:
        return importlib.util.find_spec(top) is not None
    except (ImportError, AttributeError, ValueError):
        return False


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
