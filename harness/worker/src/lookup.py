"""Finds callables by name, importing their modules only where reading the source doesn't tell.

Importing may be slow, may fail, and may have effects: what can be seen in the source is not imported.
"""

import ast
import importlib.util
import inspect
import sys
from importlib.machinery import SourceFileLoader


def spec_of(module):
    """The module's spec, without importing its parents as importlib.util.find_spec does."""
    path = None
    spec = None
    name = ""
    for part in module.split("."):
        name = f"{name}.{part}" if name else part
        specs = (finder.find_spec(name, path) for finder in sys.meta_path if hasattr(finder, "find_spec"))
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is None:
            return None
        path = spec.submodule_search_locations
        if path is None:
            path = []
    return spec


def defined(spec, name):
    """File, line and code of what the source defines by that name at its top level; None if it can't be told."""
    if not isinstance(spec.loader, SourceFileLoader):
        return None
    try:
        data = spec.loader.get_data(spec.origin)
        tree = ast.parse(data, spec.origin)
        text = importlib.util.decode_source(data)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None
    for node in reversed(tree.body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            return spec.origin, first, "\n".join(text.split("\n")[first - 1 : node.end_lineno])
    return None


def source(function):
    """The same of a callable that was imported; nothing where it has no source."""
    try:
        function = inspect.unwrap(function)
        lines, first = inspect.getsourcelines(function)
        return inspect.getsourcefile(function), max(first, 1), "".join(lines)
    except (OSError, TypeError, ValueError, RecursionError, SyntaxError):
        return None


def find(module, name):
    """Returns what was found, names that are there instead, and the code: (finding, [text], (file, line, code))."""
    spec = spec_of(module)
    if spec is None:
        return "no module", [], None
    code = defined(spec, name)
    if code is not None:
        return "callable", [], code
    try:
        found = importlib.import_module(module)
    except BaseException:
        return "unknown", [], None
    for part in name.split("."):
        if not hasattr(found, part):
            names = sorted(n for n, value in vars(found).items() if callable(value) and not n.startswith("_"))
            return "no name", names, None
        found = getattr(found, part)
    return ("callable", [], source(found)) if callable(found) else ("not callable", [type(found).__name__], None)
