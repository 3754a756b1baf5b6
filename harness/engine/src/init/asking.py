"""Looks at the routes of applications, asks for those that need nothing, and tells which answer. Run as `python asking.py ORDER`.

With seconds in the order it goes on asking for that long, for what is sampled and recorded meanwhile.
"""

import json
import logging
import sys
import time

import rustworthy_entry as entry
from rustworthy_paths import is_plain

MOST_ROUTES = 20


def main(file):
    # The project's folders come first, and that of this file isn't one of them.
    sys.path.pop(0)
    with open(file, encoding="utf-8") as text:
        order = json.load(text)
    answers, asked = [], []
    for one in order["applications"]:
        try:
            app = entry.resolve(f"{one['module']}:{one['name']}")
            respond = entry.server(one["kind"], app)
            known = one["routes"] if order["seconds"] else list(dict.fromkeys([*one["routes"], *routes(app)]))
            routed = [path for path in known if is_answered(respond, path)][:MOST_ROUTES]
            answers.append({"target": f"{one['module']}:{one['name']}", "routes": routed, "error": None})
            asked.extend((respond, path) for path in routed)
        except (Exception, SystemExit) as error:
            lines = f"{type(error).__name__}: {error}".splitlines()
            answers.append({"target": f"{one['module']}:{one['name']}", "routes": [], "error": lines[0]})
    end = time.monotonic() + order["seconds"]
    while asked and time.monotonic() < end:
        for respond, path in asked:
            is_answered(respond, path)
    if order["out"]:
        with open(order["out"], "w", encoding="utf-8") as text:
            json.dump(answers, text)
    # Applications aren't told that they end: what they still wait for is nothing to report.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)


def is_answered(respond, path):
    """Whether a GET is answered by something else than an error."""
    try:
        return respond({"method": "GET", "path": path})["status"] < 400
    except Exception:
        return False


def routes(app):
    """Paths that an application answers by GET, and that have no parameters."""
    found = []
    try:
        if hasattr(app, "url_map"):
            found = [rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
        elif callable(getattr(app, "openapi", None)):
            found = list(of_openapi(app.openapi()["paths"]))
        elif type(app).__module__.startswith("django."):
            from django.urls import get_resolver

            found = list(of_django(get_resolver().url_patterns, "/"))
        elif hasattr(app, "routes"):
            found = list(of_routes(app.routes, ""))
    except Exception as error:
        print(f"the routes of {app!r} can't be read: {error}", file=sys.stderr)
    return [path for path in found if is_plain(path)]


def of_openapi(paths):
    """Routes of FastAPI, by what it tells everybody."""
    for path, methods in paths.items():
        if "get" in methods and not any(one.get("required") for one in methods["get"].get("parameters", ())):
            yield path


def of_routes(routes, prefix):
    """Routes of Starlette and Bottle."""
    for route in routes:
        path = getattr(route, "path", None)
        if path is None:
            path = getattr(route, "rule", None)
        if not isinstance(path, str):
            continue
        within = getattr(route, "routes", None)
        methods = getattr(route, "methods", None) or [getattr(route, "method", None)]
        if within:
            yield from of_routes(within, prefix + path)
        elif "GET" in methods and getattr(route, "include_in_schema", True):
            yield prefix + path


def of_django(patterns, prefix):
    for one in patterns:
        path = prefix + str(one.pattern)
        if type(one.pattern).__name__ not in ("RoutePattern", "LocalePrefixPattern"):
            continue
        if hasattr(one, "url_patterns"):
            yield from of_django(one.url_patterns, path)
        else:
            yield path


if __name__ == "__main__":
    main(sys.argv[1])
