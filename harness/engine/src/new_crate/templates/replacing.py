"""Has everybody who calls one function call another: the first gets other code and stays the same object.

Whoever holds it is served: names in other modules, methods, partials, tables of functions, what decorators wrap. Classes that override
a method keep their own. It costs a call in Python, about 0.1 µs; who imports the new function by its name saves that.
"""

import inspect
import os
import sys
import types
import warnings

# Bodies in the function's place. Words in quotes are replaced by what they stand for: a function's names belong to the program.
PLAIN = """
def trampoline(*args, **kwargs):
    return 'NEW'(*args, **kwargs)
"""
ASYNC = """
async def trampoline(*args, **kwargs):
    return await 'NEW'(*args, **kwargs)
"""
OF_CLASS = """
def trampoline(*args, **kwargs):
    if args and args[0] is 'CLASS':
        return 'NEW'(*args[1:], **kwargs)
    return 'ORIGINAL'(*args, **kwargs)
"""
FILE = "<in place of a function>"

replaced = {}


def replace(name, new, original):
    """Has what `module:function` names call `new`; `original` gives a copy of it, which is made before."""
    if name in replaced:
        return
    function, owner, is_of_class = find(name)
    if function.__code__.co_filename == FILE:
        raise RuntimeError(f"{name} is replaced by something else already")
    held = original()
    own = function.__code__
    source = OF_CLASS if is_of_class else ASYNC if own.co_flags & inspect.CO_COROUTINE else PLAIN
    code = compiled(source, own, {"NEW": new, "CLASS": owner, "ORIGINAL": getattr(held, "__func__", held)})
    has_signature = "__signature__" in vars(function)
    if not has_signature:
        try:
            function.__signature__ = inspect.signature(function)
        except (ValueError, TypeError, NameError):
            has_signature = True
    function.__code__ = code
    replaced[name] = function, own, has_signature


def restore(name):
    """Gives a function its own code back."""
    function, own, has_signature = replaced.pop(name, (None, None, True))
    if function is None:
        return
    function.__code__ = own
    if not has_signature:
        del function.__signature__


def find(name):
    """The function in Python that is meant, the class that has it, and whether it's a class method."""
    module, _, path = name.partition(":")
    main = sys.modules.get("__main__")
    # A program that runs as `__main__` isn't imported a second time.
    if module not in sys.modules and main is not None and module in names_of(main):
        sys.modules[module] = main
    __import__(module)
    owner, found = None, sys.modules[module]
    for part in path.split("."):
        owner, found = found, lying(found, part)
    is_of_class = isinstance(found, classmethod)
    if isinstance(found, (staticmethod, classmethod)):
        found = found.__func__
    if not isinstance(found, types.FunctionType):
        raise TypeError(f"{name} is no function in Python any more: {type(found).__qualname__}")
    return found, owner, is_of_class


def names_of(main):
    """The names that others import the program's own module by."""
    spec, file = getattr(main, "__spec__", None), getattr(main, "__file__", None)
    return [spec.name] if spec else [os.path.splitext(os.path.basename(file))[0]] if file else []


def lying(owner, name):
    """What lies there under that name, not bound to anything."""
    if isinstance(owner, type):
        for kind in owner.__mro__:
            if name in vars(kind):
                return vars(kind)[name]
    return getattr(owner, name)


def compiled(source, own, meant):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = compile(source, FILE, "exec")
    code = next(one for one in module.co_consts if isinstance(one, types.CodeType))
    constants = tuple(meant.get(one, one) if isinstance(one, str) else one for one in code.co_consts)
    return code.replace(
        co_consts=constants, co_freevars=own.co_freevars, co_name=own.co_name, co_qualname=own.co_qualname
    )
