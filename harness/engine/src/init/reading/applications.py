"""WSGI and ASGI applications that modules have, and which of their routes can be asked for as they stand."""

import ast

from rustworthy_paths import is_plain
from source import dotted, is_main_guard
from trees import blocks

# What makes an application, and of which kind.
MAKERS = {
    "bottle.Bottle": "wsgi",
    "django.core.asgi.get_asgi_application": "asgi",
    "django.core.wsgi.get_wsgi_application": "wsgi",
    "falcon.API": "wsgi",
    "falcon.App": "wsgi",
    "falcon.asgi.App": "asgi",
    "fastapi.FastAPI": "asgi",
    "fastapi.applications.FastAPI": "asgi",
    "flask.Flask": "wsgi",
    "flask.app.Flask": "wsgi",
    "litestar.Litestar": "asgi",
    "pyramid.config.Configurator.make_wsgi_app": "wsgi",
    "quart.Quart": "asgi",
    "starlette.applications.Starlette": "asgi",
}
# What handlers may take without a request having to say anything.
GIVEN = {"Request", "Response", "BackgroundTasks"}
READS = {"route", "get", "api_route"}


class Application:
    def __init__(self, source, name, line, kind, framework, is_factory):
        self.source, self.name, self.line, self.kind, self.framework, self.is_factory = source, name, line, kind, framework, is_factory
        # Routes that are asked for by GET without anything else, as far as the module alone says so.
        self.routes = []

    def facts(self, module):
        return {
            "module": module,
            "name": self.name,
            "file": self.source.path,
            "line": self.line,
            "kind": self.kind,
            "framework": self.framework,
            "factory": self.is_factory,
            "acts": self.source.acts,
            "routes": list(dict.fromkeys(self.routes)),
        }


def applications(source):
    """The applications of a module, factories of applications included."""
    found = {}
    made_by = factories(source)
    statements = list(top(source.tree.body))
    for node in statements:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) and node.value else []
        for target in targets:
            if not isinstance(target, ast.Name):
                continue
            made = maker(node.value, source) or made_by.get(called(node.value))
            if made:
                found[target.id] = Application(source, target.id, node.lineno, *made, False)
                found[target.id].routes += listed(node.value, statements, source)
    for node in statements:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        kind = by_hand(node)
        if kind:
            found.setdefault(node.name, Application(source, node.name, node.lineno, kind, None, False))
        elif node.name in made_by and not any(app.framework == made_by[node.name][1] for app in found.values() if not app.is_factory):
            found.setdefault(node.name, Application(source, node.name, node.lineno, *made_by[node.name], True))
        for app, path in decorated(node):
            if app in found and is_answered(node, found[app].framework):
                found[app].routes.append(path)
    return list(found.values())


def top(body):
    """Statements of the module, those under conditions included, but not those of the program that it may be too."""
    for node in body:
        if is_main_guard(node):
            continue
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for block in blocks(node):
                yield from top(block)


def origin(text, source):
    """The absolute name of something that the module has imported."""
    first, _, rest = (text or "").partition(".")
    known = source.aliases.get(first, first)
    return f"{known}.{rest}" if rest else known


def called(value):
    return dotted(value.func) if isinstance(value, ast.Call) else None


def maker(value, source):
    """Kind and framework of the application that a call makes; None of any other value."""
    name = origin(called(value), source)
    return (MAKERS[name], name.partition(".")[0]) if name in MAKERS else None


def factories(source):
    """Functions that can be called without an argument and make an application."""
    found = {}
    for node in source.tree.body:
        if not isinstance(node, ast.FunctionDef) or required(node):
            continue
        makers = (maker(one.value, source) for one in ast.walk(node) if isinstance(one, (ast.Assign, ast.Return)) and one.value)
        made = next(filter(None, makers), None)
        if made and any(isinstance(one, ast.Return) and one.value for one in ast.walk(node)):
            found[node.name] = made
    return found


def required(node):
    """Arguments that a function can't be called without."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    without = positional[: len(positional) - len(arguments.defaults)]
    return without + [one for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults) if default is None]


def by_hand(node):
    """The kind of application that a function is by its arguments."""
    names = [one.arg for one in [*node.args.posonlyargs, *node.args.args]]
    if names == ["scope", "receive", "send"] and isinstance(node, ast.AsyncFunctionDef):
        return "asgi"
    return "wsgi" if names[:2] == ["environ", "start_response"] and isinstance(node, ast.FunctionDef) and len(required(node)) == 2 else None


def decorated(node):
    """Names of applications that a function answers requests of, each with a path."""
    # What else stands above a handler may ask for a login.
    if len(node.decorator_list) != 1 or not isinstance(node.decorator_list[0], ast.Call):
        return
    call = node.decorator_list[0]
    app, _, method = (dotted(call.func) or "").rpartition(".")
    path = text(call.args[0]) if call.args else None
    if method in READS and path is not None and is_plain(path) and gets(call):
        yield app, path


def gets(call):
    """Whether a route is asked for by GET, which is what those do that name no method."""
    for keyword in call.keywords:
        if keyword.arg == "methods":
            methods = keyword.value.elts if isinstance(keyword.value, (ast.List, ast.Tuple, ast.Set)) else []
            return any((text(one) or "").upper() == "GET" for one in methods)
        if keyword.arg in ("dependencies", "host", "subdomain", "defaults", None):
            return False
    return True


def listed(value, statements, source):
    """Routes of a call that makes an application, `routes=[Route("/", home)]`."""
    given = next((keyword.value for keyword in value.keywords if keyword.arg == "routes"), None)
    if isinstance(given, ast.Name):
        lists = (one.value for one in statements if isinstance(one, ast.Assign) and any(dotted(name) == given.id for name in one.targets))
        given = next(lists, None)
    for one in given.elts if isinstance(given, (ast.List, ast.Tuple)) else []:
        if called(one) and origin(called(one), source) in ("starlette.routing.Route", "fastapi.routing.Route") and one.args and gets(one):
            path = text(one.args[0])
            if path is not None and is_plain(path):
                yield path


def is_answered(node, framework):
    """Whether a handler needs nothing of the request that only its author knows."""
    return all(framework in ("fastapi", "starlette") and (dotted(one.annotation) or "").rpartition(".")[2] in GIVEN for one in required(node))


def text(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
