"""What the tests of a project are, and which of its functions they call by name."""

import ast

from folders import above, name
from source import dotted


def is_test(path):
    """Whether a file belongs to tests, by its name or a folder's."""
    stem = name(path)[:-3]
    named = stem == "conftest" or stem.startswith("test_") or stem.endswith("_test") or stem == "tests"
    return named or any(name(folder) in ("test", "tests") for folder in above(path))


def collected(path):
    """Whether pytest collects tests from a file, unless it's told otherwise."""
    stem = name(path)[:-3]
    return stem.startswith("test_") or stem.endswith("_test")


def tests(source):
    """The tests of a file: their names, and whether pytest-benchmark times them."""
    found = []
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef):
            is_unit = any((dotted(base) or "").endswith("TestCase") for base in node.bases)
            if node.name.startswith("Test") or is_unit:
                found.extend((f"{node.name}::{one.name}", times(one)) for one in node.body if is_test_function(one))
        elif is_test_function(node):
            found.append((node.name, times(node)))
    return found


def is_test_function(node):
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test")


def times(function):
    arguments = function.args
    return any(one.arg == "benchmark" for one in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs])


def called(source):
    """Absolute names of what the file calls, the most frequent first, and of what it has timed by `benchmark`."""
    counts, timed = {}, {}
    local = dict(source.aliases)
    for node in ast.walk(source.tree):
        # Tests import within themselves too.
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            local.update((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        function = dotted(node.func)
        if function in ("benchmark", "benchmark.pedantic") and node.args:
            counted(timed, absolute(dotted(node.args[0]), local))
        else:
            counted(counts, absolute(function, local))
        if function == "benchmark" and node.args and isinstance(node.args[0], ast.Lambda) and isinstance(node.args[0].body, ast.Call):
            counted(timed, absolute(dotted(node.args[0].body.func), local))
    return counts, timed


def absolute(text, aliases):
    """A name as it's known outside of the file; None of what isn't imported."""
    if text is None:
        return None
    first, _, rest = text.partition(".")
    origin = aliases.get(first)
    if origin is None or origin.startswith("."):
        return None
    return f"{origin}.{rest}" if rest else origin


def counted(counts, key):
    if key is not None:
        counts[key] = counts.get(key, 0) + 1
