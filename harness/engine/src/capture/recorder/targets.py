"""Finds what `module:function` names: in files before anything runs, and in modules once they have."""

import ast
import difflib
import importlib.machinery
import os
import sys

from .trees import blocks, yields

OF_GENERATORS = (
    "it's a generator function, whose call is over before its work is done; name what consumes it, or record what it gives up to a "
    "bound with --streams N"
)


class Target:
    """What is to be recorded, by its name."""

    def __init__(self, text):
        self.text = text
        self.module, _, self.callable = text.partition(":")
        self.names = self.callable.split(".")
        self.file = None

    def resolve(self, module):
        """What owns it, the name that it has there, and it as it lies there, not yet bound to an object; None where it isn't."""
        owner = module
        for name in self.names[:-1]:
            owner = getattr(owner, name, None)
            if owner is None:
                return None
        name = self.names[-1]
        if isinstance(owner, type):
            for kind in owner.__mro__:
                if name in vars(kind):
                    return kind, name, vars(kind)[name]
            return None
        found = getattr(owner, name, None)
        return None if found is None else (owner, name, found)


def locate(module, path):
    """The file of a module, found without importing anything: None where there is none, and "" where it isn't a file."""
    if module in sys.builtin_module_names:
        return ""
    names = module.split(".")
    for depth in range(len(names)):
        name = ".".join(names[: depth + 1])
        try:
            spec = importlib.machinery.PathFinder.find_spec(name, path)
            if spec is None and depth == 0:
                # Such as those of packages that are installed to be edited.
                spec = next(filter(None, (finder.find_spec(name, None) for finder in sys.meta_path)), None)
        except Exception:
            return ""
        if spec is None:
            return None
        path = spec.submodule_search_locations
        if path is None and depth < len(names) - 1:
            return None
    return spec.origin if spec.has_location else ""


def mistake(target, path, streams):
    """What is wrong with a target, as far as files tell; with `streams` it may be a generator function."""
    target.file = locate(target.module, path)
    if target.file is None:
        head = target.module.partition(".")[0]
        if locate(head, path) is None:
            return f"there is no module '{head}' where the program begins to look for modules; if it adds a folder later, put that into PYTHONPATH"
        return f"there is no module '{target.module}'"
    if not target.file.endswith(".py"):
        return None
    try:
        with open(target.file, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return None
    body, within = tree.body, f"module '{target.module}'"
    for place, name in enumerate(target.names):
        names = {}
        open_ended = bound(body, names)
        if name not in names:
            if open_ended:
                return None
            near = difflib.get_close_matches(name, names, 1, 0.6)
            functions = [one for one, node in names.items() if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
            hint = f"; did you mean '{near[0]}'?" if near else f"; it has {', '.join(functions[:8])}" if functions else ""
            return f"{within} has no '{name}'{hint}"
        node = names[name]
        if not isinstance(node, ast.ClassDef):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and place == len(target.names) - 1:
                if not streams and not node.decorator_list and yields(node):
                    return OF_GENERATORS
            return None
        if node.bases or node.decorator_list or node.keywords:
            if place < len(target.names) - 1 and target.names[place + 1] not in [getattr(one, "name", None) for one in node.body]:
                return None
        body, within = node.body, f"class '{name}'"
    return None


def bound(body, names):
    """Takes down what statements bind; returns whether they may bind more than is seen."""
    open_ended = False
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names[node.name] = node
            open_ended |= node.name == "__getattr__"
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                names[(alias.asname or alias.name).partition(".")[0]] = node
                open_ended |= alias.name == "*"
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            for target in getattr(node, "targets", None) or [node.target]:
                for one in ast.walk(target):
                    if isinstance(one, ast.Name):
                        names[one.id] = node
        elif isinstance(node, ast.Expr):
            # Such as `globals().update(…)`.
            open_ended |= isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute)
        for block in blocks(node):
            open_ended |= bound(block, names)
    return open_ended


def beginning():
    """Where the program will look for modules: the interpreter puts its own folder first once this has run. Servers and runners of
    tests add the folder that they are started in, or its `src`."""
    return [*first(), os.getcwd(), os.path.join(os.getcwd(), "src")]


def first():
    words, script = sys.orig_argv[1:], sys.argv[0] if sys.argv else ""
    if sys.flags.safe_path:
        return list(sys.path)
    if script in ("-m", "-c", ""):
        return [os.getcwd(), *sys.path]
    if words and os.path.isdir(script):
        return [script, *sys.path]
    return [os.path.dirname(os.path.realpath(script)), *sys.path]


def main_module():
    """The name that the program's own module has with `-m`, or the file of its script; with neither, two None."""
    script = sys.argv[0] if sys.argv else ""
    if script == "-m":
        for place, word in enumerate(sys.orig_argv):
            if place and word == "-m":
                return sys.orig_argv[place + 1], None
            if place and word.startswith("-") and not word.startswith("--") and "m" in word[1:]:
                head, _, name = word.partition("m")
                if not set(head) & set("cXW"):
                    return name or sys.orig_argv[place + 1], None
        return None, None
    if script not in ("", "-c") and os.path.isfile(script):
        return None, os.path.abspath(script)
    return None, None


def is_guarded(file):
    """Whether a program can be imported without running: it asks for its name."""
    try:
        with open(file, "rb") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError):
        return True
    return any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(tree)) or not any(
        isinstance(node, (ast.Expr, ast.For, ast.While, ast.With, ast.Try, ast.If)) and not is_text(node) for node in tree.body
    )


def is_text(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
