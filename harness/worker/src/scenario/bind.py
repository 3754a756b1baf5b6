"""Puts one function in another's place wherever it is bound."""

import functools
import gc
import sys
import types
import warnings


def resolve(module, name):
    __import__(module)
    found = sys.modules[module]
    for part in name.split("."):
        found = getattr(found, part)
    return found


def function_at(file, line, name):
    """The function that is defined there, and `module:name` of it; None where it isn't bound to any name."""
    for function in gc.get_objects():
        if not isinstance(function, types.FunctionType):
            continue
        code = function.__code__
        if code.co_firstlineno == line and code.co_filename == file and code.co_name == name.rsplit(".", 1)[-1]:
            if "<" not in function.__qualname__ and function.__module__ in sys.modules:
                return function, f"{function.__module__}:{function.__qualname__}"
    return None


def rebind(old, new):
    """Binds `new` where `old` is bound; returns the kinds of places where that can't be done."""
    for place in gc.get_objects():
        if isinstance(place, type):
            rebind_in_class(place, old, new)
    left = []
    own = sys._getframe()
    for place in gc.get_referrers(old):
        if place is own or isinstance(place, types.FrameType):
            continue
        if not rebind_in(place, old, new):
            left.append(type(place).__qualname__)
    return left


def rebind_in_class(place, old, new):
    for name, value in list(vars(place).items()):
        if value is old:
            setattr(place, name, new)
        elif isinstance(value, (staticmethod, classmethod)) and value.__func__ is old:
            setattr(place, name, type(value)(new))
        elif isinstance(value, property) and old in (value.fget, value.fset, value.fdel):
            parts = [new if part is old else part for part in (value.fget, value.fset, value.fdel)]
            setattr(place, name, property(*parts, value.__doc__))


def rebind_in(place, old, new):
    if isinstance(place, dict):
        for key, value in list(place.items()):
            if value is old:
                place[key] = new
        return all(value is not old for value in place.values()) and old not in place
    if isinstance(place, list):
        place[:] = [new if value is old else value for value in place]
        return True
    if isinstance(place, types.CellType):
        place.cell_contents = new
        return True
    if isinstance(place, functools.partial) and place.func is old:
        place.__setstate__((new, place.args, place.keywords, vars(place)))
        return True
    if isinstance(place, types.MethodType):
        bound = types.MethodType(new, place.__self__)
        return all(
            isinstance(holder, types.FrameType) or rebind_in(holder, place, bound) for holder in gc.get_referrers(place)
        )
    if isinstance(place, tuple):
        functions = [holder for holder in gc.get_referrers(place) if isinstance(holder, types.FunctionType)]
        return any([rebind_defaults(function, place, old, new) for function in functions])
    if isinstance(place, (staticmethod, classmethod, property)):
        return True  # of a class, which has another by now
    return rebind_attributes(place, old, new)


def rebind_defaults(function, defaults, old, new):
    if function.__defaults__ is not defaults:
        return False
    function.__defaults__ = tuple(new if value is old else value for value in defaults)
    return True


def rebind_attributes(place, old, new):
    names = list(getattr(place, "__dict__", ()))
    names += [name for kind in type(place).__mro__ for name in vars(kind).get("__slots__", ())]
    found = False
    for name in names:
        try:
            if getattr(place, name, None) is old:
                setattr(place, name, new)
                found = True
        except (AttributeError, TypeError):
            return False
    return found


def divert(function, target):
    """Makes a function call another in its own place, whoever holds it; tells whether that can be done."""
    if not isinstance(function, types.FunctionType):
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = compile("lambda *args, **kwargs: 'target'(*args, **kwargs)", "<rustworthy>", "eval").co_consts[0]
    constants = tuple(target if constant == "target" else constant for constant in code.co_consts)
    own = function.__code__
    function.__code__ = code.replace(
        co_consts=constants, co_freevars=own.co_freevars, co_name=own.co_name, co_qualname=own.co_qualname
    )
    function.__defaults__ = function.__kwdefaults__ = None
    return True


def copy_of(function):
    """The same function as another object."""
    if not isinstance(function, types.FunctionType):
        return function
    copy = types.FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    return functools.update_wrapper(copy, function, updated=("__dict__",))


def migrate(old, new, name, calls):
    """Puts `new` in place of `old`; should `old` still be called, it raises and tells `calls` from where."""
    left = rebind(old, new)

    def called(*args, **kwargs):
        caller = sys._getframe(2)
        place = f"{caller.f_code.co_filename}:{caller.f_lineno}, in {caller.f_code.co_qualname}"
        calls.append(f"{name} was replaced, but is still called from {place}")
        raise RuntimeError(calls[-1])

    return [] if divert(old, called) else left


def watch(function, wrap, segments):
    """Puts what `wrap` makes of a function in its place; returns the kinds of places where the old one is left."""
    copy = copy_of(function)
    flags = function.__code__.co_flags if isinstance(function, types.FunctionType) else 0
    if flags & 0x80:  # CO_COROUTINE

        async def watched(*args, **kwargs):
            return await segments(copy(*args, **kwargs).__await__())

    elif flags & 0x20:  # CO_GENERATOR

        def watched(*args, **kwargs):
            return (yield from segments(copy(*args, **kwargs)))

    elif flags & 0x200:  # CO_ASYNC_GENERATOR
        raise TypeError("it's an asynchronous generator, whose time isn't told apart from that of its callers")
    else:
        left = rebind(function, wrapper := wrap(copy))
        return [] if divert(function, wrapper) else left
    functools.update_wrapper(watched, function)
    left = rebind(function, watched)
    return [] if divert(function, watched) else left
