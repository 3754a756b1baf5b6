"""What a function is, for a crate in its place: read in the project's own Python, printed as one line of JSON.

    facts.py MODULE CALLABLE CRATE_MODULE FOLDER…       the folders go first on the search path
"""

import ast
import difflib
import functools
import importlib.util
import inspect
import json
import os
import re
import sys
import textwrap
import traceback
import types

GENERATOR, COROUTINE, ASYNC_GENERATOR = 0x20, 0x80, 0x200
KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "positional_only",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "positional",
    inspect.Parameter.VAR_POSITIONAL: "rest",
    inspect.Parameter.KEYWORD_ONLY: "named",
    inspect.Parameter.VAR_KEYWORD: "others",
}


class Refused(Exception):
    """Why there can be no crate; `code` is `leave` where nothing is to be had by one."""

    def __init__(self, why, code="refused"):
        super().__init__(why)
        self.why, self.code = why, code


def main(module, callable_name, crate, *folders):
    sys.path[:0] = folders
    answer = sys.stdout
    # What a module prints while it's imported is no answer.
    sys.stdout = sys.stderr
    try:
        facts = read(module, callable_name)
    except Refused as refused:
        facts = {"refused": {"code": refused.code, "why": refused.why}}
    facts["taken"] = is_taken(crate)
    print(json.dumps(facts), file=answer, flush=True)
    # Threads that the module has started don't hold this up.
    os._exit(0)


def read(module, callable_name):
    try:
        found = __import__(module)
        found = sys.modules[module]
    except BaseException as error:
        raise Refused(f"module '{module}' can't be imported: {told(error)}") from None
    owner, name = None, ""
    for name in callable_name.split("."):
        owner, found = found, attribute(found, name)
    kind, class_name = "function", None
    if isinstance(owner, type):
        class_name, found, kind = of_class(owner, name, found)
    path, decorated = callable_name, False
    while hasattr(found, "__wrapped__"):
        if hasattr(found, "dispatch") and hasattr(found, "registry"):
            raise Refused("it chooses among functions by the type of its argument (singledispatch); name one of these")
        found, path, decorated = found.__wrapped__, path + ".__wrapped__", True
    check(found, name)
    # Where the inner function was named, it is what something else wraps.
    decorated = decorated or ".__wrapped__" in callable_name
    code = found.__code__
    source = source_of(found)
    return {
        "function": f"{module}:{path}",
        "name": found.__name__,
        "kind": kind,
        "class_name": class_name,
        "is_async": bool(code.co_flags & COROUTINE),
        "is_recursive": code.co_name in code.co_names or code.co_name in code.co_freevars,
        "is_decorated": decorated,
        "parameters": [parameter(one) for one in signature(found).parameters.values()],
        "returns": annotation(signature(found).return_annotation),
        "line": code.co_firstlineno,
        "source": source,
        "patterns": patterns(found, source),
    }


def attribute(owner, name):
    if isinstance(owner, type):
        for kind in owner.__mro__:
            if name in vars(kind):
                return vars(kind)[name]
    try:
        return getattr(owner, name)
    except AttributeError:
        pass
    names = [one for one in dir(owner) if not one.startswith("__")]
    near = difflib.get_close_matches(name, names, 1, 0.6)
    functions = [one for one in names if isinstance(getattr(owner, one, None), types.FunctionType)]
    hint = f"; did you mean '{near[0]}'?" if near else f"; it has {', '.join(functions[:8])}" if functions else ""
    what = f"module '{owner.__name__}'" if isinstance(owner, types.ModuleType) else f"'{getattr(owner, '__name__', owner)}'"
    raise Refused(f"{what} has no '{name}'{hint}")


def of_class(owner, name, found):
    """The name of the class that defines it, the function itself, and how that is bound."""
    class_name = next((kind.__qualname__ for kind in owner.__mro__ if name in vars(kind)), owner.__qualname__)
    if isinstance(found, staticmethod):
        return class_name, found.__func__, "staticmethod"
    if isinstance(found, classmethod):
        return class_name, found.__func__, "classmethod"
    if isinstance(found, (property, functools.cached_property)):
        raise Refused("it's a property; write the work that it does as a method, and name that")
    return class_name, found, "method"


def check(function, name):
    if isinstance(function, functools.partial):
        inner = function.func
        raise Refused(f"it's a partial; name the function that it calls: {inner.__module__}:{getattr(inner, '__qualname__', inner)}")
    if isinstance(function, type):
        raise Refused(f"it's a class; name one of its methods, such as {name}.__init__")
    if isinstance(function, types.MethodType) and isinstance(function.__func__, types.FunctionType):
        inner = function.__func__
        raise Refused(f"it's a method that an object has bound; name it by its class: {inner.__module__}:{inner.__qualname__}")
    if not isinstance(function, types.FunctionType):
        kind = type(function)
        if isinstance(kind.__dict__.get("__call__"), types.FunctionType):
            raise Refused(f"it's an object that is called; name what that does: {kind.__module__}:{kind.__qualname__}.__call__")
        if not callable(function):
            raise Refused(f"it can't be called: it is of type '{kind.__qualname__}'")
        raise Refused(f"it is native already ({kind.__qualname__}): a crate would only call it", "leave")
    if function.__name__ == "<lambda>":
        raise Refused("it's a lambda; write it as a function with a name of its own, which a crate can stand for")
    if function.__closure__ and "<locals>" in function.__qualname__:
        names = ", ".join(function.__code__.co_freevars)
        raise Refused(
            f"it's a closure, {function.__qualname__}, which keeps {names}; write it as a function that takes these as arguments"
        )
    if "<locals>" in function.__qualname__:
        raise Refused(
            f"it's made anew whenever {function.__qualname__.split('.<locals>')[0]} is called; move it to the top of its module"
        )
    flags = function.__code__.co_flags
    if flags & (GENERATOR | ASYNC_GENERATOR):
        kind = "an asynchronous generator" if flags & ASYNC_GENERATOR else "a generator"
        raise Refused(f"it's {kind} function, whose call is over before its work is done; name what consumes it")


def signature(function):
    try:
        if sys.version_info >= (3, 14):
            import annotationlib

            return inspect.signature(function, annotation_format=annotationlib.Format.STRING)
        return inspect.signature(function)
    except (ValueError, TypeError) as error:
        raise Refused(f"its parameters can't be read: {error}") from None


def parameter(one):
    default = None
    if one.default is not inspect.Parameter.empty:
        kind = type(one.default)
        plain = one.default is None or kind in (bool, int, float, str, bytes)
        if kind is float and one.default - one.default != 0.0:
            plain = False
        default = {"kind": kind.__name__ if plain else "other", "text": shown(one.default)}
        if kind is str:
            try:
                one.default.encode()
                default["value"] = one.default
            except UnicodeEncodeError:
                default["kind"] = "other"
        if kind is bytes:
            default["value"] = list(one.default)
    return {"name": one.name, "kind": KINDS[one.kind], "default": default, "annotation": annotation(one.annotation)}


def shown(value):
    try:
        text = repr(value)
    except Exception:
        return type(value).__name__
    # Where an object lies is another place each time.
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
    return text if len(text) <= 200 else f"{text[:200]}…"


def annotation(value):
    if value is inspect.Signature.empty:
        return None
    return value if isinstance(value, str) else getattr(value, "__name__", None) if isinstance(value, type) else shown(value)


def source_of(function):
    try:
        return textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return ""


def patterns(function, source):
    """Texts of the regular expressions that the function uses, as far as they're seen: its own, and those of its module that it names."""
    found = []
    for name in function.__code__.co_names:
        value = function.__globals__.get(name)
        if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
            found.append(value.pattern)
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return found
    for node in ast.walk(tree):
        is_of_re = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in ("re", "regex")
        )
        if is_of_re and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
            found.append(node.args[0].value)
    return found


def is_taken(name):
    try:
        return name in sys.builtin_module_names or importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def told(error):
    """An error in a line, with where in the project it was raised."""
    # Frames of this text, and of the machinery of imports, have no file.
    frames = [one for one in traceback.extract_tb(error.__traceback__) if not one.filename.startswith("<")]
    where = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
    if isinstance(error, SyntaxError) and error.filename:
        where = f" ({error.filename}, line {error.lineno})"
    text = str(error).strip().split("\n")[0]
    return f"{type(error).__name__}{': ' + text if text else ''}{where}"


if __name__ == "__main__":
    main(*sys.argv[1:])
