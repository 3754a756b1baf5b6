"""Finds callables by name, importing their modules only where reading the source doesn't tell.

Importing may be slow, may fail, and may have effects: what can be seen in the source is not imported.
"""

import ast
import importlib
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


def defined(spec):
    """Names that the source defines at its top level as functions and classes, or None if it can't be told."""
    if not isinstance(spec.loader, SourceFileLoader):
        return None
    try:
        tree = ast.parse(spec.loader.get_data(spec.origin), spec.origin)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None
    return {
        node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    }


def find(module, name):
    """Returns what was found, and details: (finding, [text])."""
    spec = spec_of(module)
    if spec is None:
        return "no module", []
    if name in (defined(spec) or ()):
        return "callable", []
    try:
        found = importlib.import_module(module)
    except BaseException:
        return "unknown", []
    for part in name.split("."):
        if not hasattr(found, part):
            return "no name", sorted(n for n, value in vars(found).items() if callable(value) and not n.startswith("_"))
        found = getattr(found, part)
    return ("callable", []) if callable(found) else ("not callable", [type(found).__name__])
