"""What one Python file says, read from its syntax tree. Nothing is imported."""

import ast

from trees import blocks, yields

# Calls at the top of a module that do its work, rather than preparing it.
ACTS = {
    "cli", "exit", "input", "main", "mainloop", "parse_args", "print", "run", "run_app", "run_forever", "run_simple", "run_until_complete",
    "serve", "serve_forever", "setup", "sleep",
}
# Those that do so though what comes of them has a name.
ACTS_AND_RETURNS = {"input", "main", "parse_args", "run", "run_until_complete"}
# Methods that prepare a module for those who import it.
PREPARES = {
    "add", "addHandler", "add_api_route", "add_exception_handler", "add_middleware", "add_route", "add_url_rule", "append", "basicConfig",
    "extend", "filterwarnings", "include_router", "init_app", "insert", "load_dotenv", "mount", "register", "register_blueprint",
    "setLevel", "setdefault", "simplefilter", "update",
}


class Source:
    """A file that was read; `tree` is its syntax tree."""

    def __init__(self, path, tree):
        self.path, self.tree = path, tree
        # Names of the module, and what they are imported as; modules all of whose names are imported.
        self.aliases, self.stars = {}, []
        # Absolute names that are imported anywhere, and the packages that the module can't do without.
        self.imported, self.needed = set(), set()
        self.functions = []
        self.is_guarded, self.acts, self.does_more = False, False, False
        self.read_imports()
        self.read_body(tree.body, "", True)

    def read_imports(self):
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                self.imported.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                self.imported.add(node.module)
                self.imported.update(f"{node.module}.{alias.name}" for alias in node.names)

    def read_body(self, body, within, is_certain):
        """Takes down what statements of the module or of a class bind; those that aren't certain depend on something."""
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.functions.append(function(node, within))
            elif isinstance(node, ast.ClassDef):
                self.read_body(node.body, f"{within}{node.name}.", is_certain)
            elif within:
                continue
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    self.aliases[alias.asname or alias.name.partition(".")[0]] = alias.name if alias.asname else alias.name.partition(".")[0]
                    if is_certain:
                        self.needed.add(alias.name.partition(".")[0])
            elif isinstance(node, ast.ImportFrom):
                origin = "." * node.level + (node.module or "")
                for alias in node.names:
                    if alias.name == "*":
                        self.stars.append(origin)
                    else:
                        joint = "" if origin.endswith(".") else "."
                        self.aliases[alias.asname or alias.name] = f"{origin}{joint}{alias.name}"
                if is_certain and not node.level and node.module:
                    self.needed.add(node.module.partition(".")[0])
            elif is_main_guard(node):
                self.is_guarded = True
            else:
                self.read_action(node)
                for block in blocks(node):
                    self.read_body(block, within, False)

    def read_action(self, node):
        """Whether a statement does the work of a program whenever its module is imported."""
        if isinstance(node, (ast.For, ast.While, ast.With)):
            self.does_more = True
        if isinstance(getattr(node, "value", None), ast.Call):
            name = (dotted(node.value.func) or "").rpartition(".")[2]
            if isinstance(node, ast.Expr):
                self.does_more |= name not in PREPARES
                self.acts |= name in ACTS
            else:
                self.acts |= name in ACTS_AND_RETURNS


def function(node, within):
    return {
        "name": f"{within}{node.name}",
        # Where its code begins: decorators belong to it.
        "line": min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]),
        "generator": yields(node),
        "method": bool(within),
        "decorators": [dotted(decorator.func if isinstance(decorator, ast.Call) else decorator) or "?" for decorator in node.decorator_list],
    }


def is_main_guard(node):
    return isinstance(node, ast.If) and any(isinstance(one, ast.Name) and one.id == "__name__" for one in ast.walk(node.test))


def dotted(node):
    """`a.b.c` as a text; None of anything else."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])


def parse(tree, path):
    """The source of a file; None, and a problem, where it isn't Python."""
    data = tree.text(path)
    if data is None:
        return None
    try:
        return Source(path, ast.parse(data))
    except SyntaxError as error:
        problem = {"line": error.lineno, "what": f"isn't Python that {version()} reads: {error.msg}"}
    except ValueError as error:
        problem = {"line": None, "what": f"isn't Python: {error}"}
    except (RecursionError, MemoryError):
        problem = {"line": None, "what": "is nested too deep to be read"}
    tree.problems.append({"file": path, **problem})
    return None


def version():
    import sys

    return "%d.%d" % sys.version_info[:2]
