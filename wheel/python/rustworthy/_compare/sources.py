"""Functions by the names that other processes import them by.

A function of a notebook, or of the program that runs, is in no module that others can import. It's written into one, with all that it
names: other such functions and classes by their source, modules and what is in them by import, values by pickle.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import linecache
import pickle
import symtable
import sys
import textwrap
import types
from collections.abc import Iterator
from typing import Any

from .result import CompareError

# The module that they are written into.
MODULE = "rustworthy_main"
MAIN = "__main__"

# Values that stand for themselves, up to that many characters.
_PLAIN = (int, bool, str, bytes, type(None))
_SHORT = 200

_HEAD = "import pathlib as _pathlib\nimport pickle as _pickle\n\n_FOLDER = _pathlib.Path(__file__).parent"


class Names:
    """Names of all functions of a comparison."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.pickles: dict[str, bytes] = {}
        self.done: set[str] = set()

    def of(self, function: Any, what: str) -> str:
        """The name of a function, `module:function`, that is given by a name or itself. Raises CompareError."""
        if isinstance(function, str):
            module, colon, path = function.partition(":")
            if not colon:
                raise CompareError(f"{what}: {function!r} is no name of a function: write 'module:function', or give the function itself")
            if module != MAIN:
                return function
        else:
            module, path = getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
            if not isinstance(module, str) or not isinstance(path, str) or not path:
                raise CompareError(f"{what}: {function!r} has no name by which other processes find it; define it with def")
            if module != MAIN:
                if resolved(module, path) is not function:
                    raise CompareError(f"{what}: {module}:{path} isn't what is found by that name; {_remedy(path)}")
                return f"{module}:{path}"
            if resolved(module, path) is not function:
                bound = bound_to(function)
                if bound is None:
                    refuse_nameless(function, f"{what}: {function.__qualname__}")
                    raise CompareError(f"{what}: {function!r} has no name at the top of this notebook or program; give it one there")
                path = bound
        self.add(path.partition(".")[0], what)
        return f"{MODULE}:{path}"

    def add(self, name: str, by: str) -> None:
        """Writes down what the notebook or program has by this name, and what that names."""
        if name in self.done:
            return
        self.done.add(name)
        namespace = vars(sys.modules[MAIN])
        if name not in namespace:
            raise CompareError(f"{by}: {MAIN} has no '{name}'; {_remedy(name)}")
        self.parts.append(self.written(name, namespace[name], by))

    def written(self, name: str, value: Any, by: str) -> str:
        """The code that gives a name its value."""
        if isinstance(value, types.ModuleType):
            return f"import {value.__name__}" + (f" as {name}" if value.__name__ != name else "") if value.__name__ != MAIN else ""
        module, path = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
        if isinstance(module, str) and isinstance(path, str) and module != MAIN and resolved(module, path) is value:
            if "." not in path:
                return f"from {module} import {path}" + (f" as {name}" if path != name else "")
            return f"import {module} as _{name}_of\n{name} = _{name}_of.{path}"
        if type(value) in _PLAIN and len(repr(value)) <= _SHORT:
            return f"{name} = {value!r}"
        function = _unwrapped(value)
        if module == MAIN and (isinstance(function, (types.FunctionType, type))):
            return self.copied(name, value, function, by)
        return self.pickled(name, value, by)

    def copied(self, name: str, value: Any, function: Any, by: str) -> str:
        """A function or a class by its source."""
        refuse_nameless(function, f"{by}: {name}")
        text, node = definition(function, name, by)
        if value is not function and not node.decorator_list:
            raise CompareError(f"{by}: {name} was made from a function by what isn't a decorator of it; {_remedy(name)}")
        for used in dict.fromkeys(named_in(text)):
            if used not in (node.name, "__name__") and used in vars(sys.modules[MAIN]):
                self.add(used, f"{by}: {name}")
        if node.name == name:
            return text
        if vars(sys.modules[MAIN]).get(node.name) is not value:
            raise CompareError(f"{by}: {name} was defined as {node.name}, which is something else by now; {_remedy(name)}")
        self.add(node.name, by)
        return f"{name} = {node.name}"

    def pickled(self, name: str, value: Any, by: str) -> str:
        """A value."""
        try:
            data = pickle.dumps(value)
        except Exception as error:
            raise CompareError(
                f"{by}: it uses {name}, of the type {type(value).__qualname__}, which can't be given to other processes "
                f"({type(error).__name__}: {error}); {_remedy(name)}"
            ) from error
        if MAIN.encode() in data:
            raise CompareError(f"{by}: it uses {name}, which is made of what this notebook or program defines; {_remedy(name)}")
        place = f"{MODULE}_{name}.pickle"
        self.pickles[place] = data
        return f"{name} = _pickle.loads((_FOLDER / {place!r}).read_bytes())"

    def source(self) -> str:
        """The module with all of it; nothing where it isn't needed."""
        if not self.parts:
            return ""
        return "\n\n\n".join([_HEAD, *(part for part in self.parts if part)]) + "\n"


def _remedy(name: str) -> str:
    return f"put {name} into a module, and import it from there"


def refuse_nameless(function: Any, by: str) -> None:
    """Refuses functions whose source isn't all that they are. Raises CompareError."""
    if getattr(function, "__name__", "") == "<lambda>":
        raise CompareError(f"{by} is a lambda, whose source can't be told from what is around it; define it with def")
    free = getattr(getattr(function, "__code__", None), "co_freevars", ())
    if free:
        raise CompareError(
            f"{by} uses {', '.join(free)} of the function that it's defined in, which other processes don't have; define it at "
            "the top, and give it that as part of its argument"
        )


def bound_to(value: Any) -> str | None:
    """The name that the notebook or program has a value by."""
    return next((name for name, other in vars(sys.modules[MAIN]).items() if other is value and not name.startswith("_")), None)


def resolved(module: str, path: str) -> Any:
    """What other processes find by this name; None where they find nothing."""
    try:
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except Exception:
        return None
    return found


def _unwrapped(value: Any) -> Any:
    """The function within what decorators have made of it."""
    try:
        value = inspect.unwrap(value)
    except ValueError:
        pass
    # Numba's name for it.
    return getattr(value, "py_func", value)


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def definition(function: Any, name: str, by: str) -> tuple[str, Definition]:
    """The source of a function or a class, with its decorators."""
    for file, line in _places(function):
        text = "".join(linecache.getlines(file))
        try:
            nodes = list(ast.walk(ast.parse(text)))
        except (SyntaxError, ValueError):
            continue
        # What was defined last is what there is.
        for node in reversed([node for node in nodes if isinstance(node, Definition) and node.name == function.__name__]):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            end = node.end_lineno or node.lineno
            if line is None and isinstance(node, ast.ClassDef) or line is not None and first <= line <= end:
                return textwrap.dedent("\n".join(text.split("\n")[first - 1 : end])), node
    raise CompareError(f"{by}: the source of {name} isn't known here; {_remedy(name)}")


def _places(function: Any) -> Iterator[tuple[str, int | None]]:
    """Files in which it may be defined, and the line where that is known."""
    if hasattr(function, "__code__"):
        yield function.__code__.co_filename, function.__code__.co_firstlineno
        return
    for value in vars(function).values():
        code = getattr(getattr(value, "__func__", value), "__code__", None)
        if code is not None:
            yield code.co_filename, code.co_firstlineno
    # A class has methods alone that tell where they are from, and may have none: the program, or the newest cells.
    file = getattr(sys.modules[MAIN], "__file__", None)
    if file is not None:
        yield file, None
    yield from ((file, None) for file in reversed(list(linecache.cache)) if "ipykernel" in file or "<" in file)


def named_in(text: str) -> Iterator[str]:
    """Names that code takes from its module."""

    def walk(table: symtable.SymbolTable) -> Iterator[str]:
        is_top = table.get_type() == "module"
        for symbol in table.get_symbols():
            if not symbol.is_referenced():
                continue
            if (not symbol.is_assigned() and not symbol.is_imported()) if is_top else symbol.is_global():
                yield symbol.get_name()
        for child in table.get_children():
            yield from walk(child)

    for name in walk(symtable.symtable(text, "<source>", "exec")):
        if not hasattr(builtins, name) or name in vars(sys.modules[MAIN]):
            yield name
