"""Arms targets once their modules have been executed. Nothing is imported that the program doesn't import."""

import ast
import importlib.machinery
import os
import sys

from . import targets, trees

# What the program's own module calls as it goes on; it gets no names for that.
ARM = "__import__('rustworthy_recorder').arm_main()"


class Watch:
    """Tells about modules that have been executed."""

    def __init__(self, modules, executed, main_name):
        self.modules, self.executed, self.main_name = set(modules), executed, main_name
        self.is_looking = False

    def find_spec(self, name, path=None, target=None):
        is_main = self.main_name is not None and name in (self.main_name, f"{self.main_name}.__main__")
        if self.is_looking or not is_main and name not in self.modules:
            return None
        self.is_looking = True
        try:
            spec = None
            for finder in list(sys.meta_path):
                find = getattr(finder, "find_spec", None)
                spec = find(name, path, target) if find is not None and finder is not self else None
                if spec is not None:
                    break
        finally:
            self.is_looking = False
        if spec is not None and spec.loader is not None:
            self.follow(spec.loader, is_main)
        return spec

    def follow(self, loader, is_main):
        """Has a loader tell when it has executed its module. A loader that is shared or takes no attributes is left alone."""
        if isinstance(loader, type) or not hasattr(loader, "exec_module"):
            return
        execute = loader.exec_module

        def undo():
            for name in ("exec_module", "get_code"):
                vars(loader).pop(name, None)

        def exec_module(module):
            undo()
            execute(module)
            self.executed(module)

        def get_code(name):
            # What runs a module as the program asks for its code alone.
            undo()
            self.main_name = None
            code = loader.get_code(name)
            source = loader.get_source(name)
            return code if source is None else instrumented(source, code.co_filename)

        try:
            loader.exec_module = exec_module
            if is_main and hasattr(loader, "get_source"):
                loader.get_code = get_code
        except (AttributeError, TypeError):
            undo()


class Script:
    """Runs the program's script as Python itself does, and has its functions armed as soon as they are there."""

    def __init__(self, file):
        self.file = file

    def hook(self, path):
        """For `sys.path_hooks`: before Python runs a script it asks whether that is a folder or an archive with modules in it."""
        if os.path.abspath(path) != self.file:
            raise ImportError(path)
        sys.path_hooks.remove(self.hook)
        self.path = path
        return self

    def find_spec(self, name, target=None):
        if name != "__main__":
            return None
        sys.path_importer_cache.pop(self.path, None)
        if sys.path and sys.path[0] == self.path:
            sys.path[:1] = [] if sys.flags.safe_path else [os.path.dirname(os.path.realpath(self.file))]
        loader = importlib.machinery.SourceFileLoader("__main__", self.file)

        def get_code(_):
            vars(loader).pop("get_code", None)
            with open(self.file, "rb") as file:
                return instrumented(file.read(), self.file, is_script=True)

        loader.get_code = get_code
        return importlib.machinery.ModuleSpec("__main__", loader, origin=self.file)


def instrumented(source, file, is_script=False):
    """The code of the program's own module, in which every statement that binds a name at its top is followed by a look for targets."""
    tree = ast.parse(source, file)
    add(tree.body)
    head = ast.parse("__spec__ = __package__ = __cached__ = None").body if is_script else []
    place = 0
    while place < len(tree.body) and is_head(tree.body[place], place):
        place += 1
    for node in head:
        for part in ast.walk(node):
            part.lineno = part.end_lineno = tree.body[place].lineno if place < len(tree.body) else 1
    tree.body[place:place] = head
    return compile(tree, file, "exec", dont_inherit=True)


def is_head(node, place):
    """Whether a statement has to stay the first: what the module says about itself, and imports from the future."""
    is_text = place == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, ast.ImportFrom) and node.module == "__future__"


def add(body):
    """Puts a call behind each statement that binds a name."""
    for place in range(len(body) - 1, -1, -1):
        node = body[place]
        for block in trees.blocks(node):
            add(block)
        names = {}
        targets.bound([node], names)
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if names and not is_future and not any(trees.blocks(node)):
            last = node.end_lineno or node.lineno
            (call,) = ast.parse(ARM).body
            for part in ast.walk(call):
                part.lineno = part.end_lineno = last
                part.col_offset = part.end_col_offset = 0
            body.insert(place + 1, call)
