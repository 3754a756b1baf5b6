"""What a scenario names as a function from a request to a response, whatever it is."""

import asyncio
import importlib
import inspect
import io
import sys
from urllib.parse import unquote_to_bytes


def resolve(name):
    """What `module:callable` names."""
    module, _, names = name.partition(":")
    found = importlib.import_module(module)
    for part in names.split("."):
        found = getattr(found, part)
    return found


def handler(function):
    """The function itself; of a coroutine function one that runs it on an event loop."""
    return one_by_one(function, asyncio.new_event_loop()) if is_coroutine_function(function) else function


def is_coroutine_function(function):
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))


def one_by_one(respond, loop):
    """Answers requests on that loop, one after the other."""

    async def answer(request):
        return await respond(request)

    return lambda request: loop.run_until_complete(answer(request))


def together(kind, target, loop):
    """A coroutine function that answers requests on that loop, as many at a time as are asked."""
    check(kind, target)
    if kind == "asgi":
        return asgi_responder(target, loop)
    if kind == "handler" and is_coroutine_function(target):
        return target
    raise TypeError(
        "`concurrency` needs a coroutine function, which this isn't: `servers` says how many threads answer at the same time"
    )


def split(request):
    """Method, path, query, headers and body of a request, which is a dict with these or some of them."""
    path, _, query = request.get("path", "/").partition("?")
    headers = request.get("headers") or []
    headers = list(headers.items() if isinstance(headers, dict) else headers)
    body = request.get("body") or b""
    body = body.encode() if isinstance(body, str) else body
    return request.get("method", "GET"), path, query, headers, body


def wsgi(app):
    """Calls a WSGI application (PEP 3333)."""

    def respond(request):
        method, path, query, headers, body = split(request)
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in headers:
            name = name.upper().replace("-", "_")
            name = name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
            environ[name] = f"{environ[name]},{value}" if name in environ and name.startswith("HTTP_") else value
        started, written = [], []

        def start_response(status, headers, exc_info=None):
            if exc_info and started and written:
                raise exc_info[1].with_traceback(exc_info[2])
            started[:] = [status, list(headers)]
            return written.append

        chunks = app(environ, start_response)
        try:
            written.extend(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        if not started:
            raise RuntimeError("the application has returned without calling start_response")
        return {"status": int(started[0].split(" ", 1)[0]), "headers": started[1], "body": b"".join(written)}

    return respond


def asgi(app):
    """Calls an ASGI application, one request at a time on an event loop of this server."""
    loop = asyncio.new_event_loop()
    return one_by_one(asgi_responder(app, loop), loop)


def asgi_responder(app, loop):
    """Calls an ASGI application on that loop, on which it is told that it starts."""
    alive = lifespan(app, loop)

    async def respond(request):
        method, path, query, headers, body = split(request)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote_to_bytes(path).decode("utf-8", "replace"),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            "client": ("127.0.0.1", 0),
            "server": ("localhost", 80),
            "state": dict(alive),
        }
        asked, response = False, {"status": None, "headers": [], "body": b""}
        answered = asyncio.Event()

        async def receive():
            nonlocal asked
            if asked:
                # Who asks stays until there is an answer: some applications give up what nobody waits for.
                await answered.wait()
                return {"type": "http.disconnect"}
            asked = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            if message["type"] == "http.response.start":
                response["status"] = message["status"]
                headers = message.get("headers", [])
                response["headers"] = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
            elif message["type"] == "http.response.body":
                response["body"] += message.get("body", b"")
                if not message.get("more_body", False):
                    answered.set()

        await app(scope, receive, send)
        if response["status"] is None:
            raise RuntimeError("the application has returned without a response")
        return response

    return respond


def lifespan(app, loop):
    """Tells the application that it starts, if it wants to know, and returns its state. It's never told that it ends."""
    state, started = {}, loop.create_future()

    async def receive():
        if not started.done() and not receive.asked:
            receive.asked = True
            return {"type": "lifespan.startup"}
        await asyncio.Event().wait()

    receive.asked = False

    async def send(message):
        if not started.done():
            failed = message["type"] == "lifespan.startup.failed"
            started.set_result(RuntimeError(f"it doesn't start: {message.get('message', '')}") if failed else None)

    async def run():
        try:
            await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": state}, receive, send)
        except Exception:
            pass  # It doesn't know of it, as the specification allows.
        if not started.done():
            started.set_result(None)

    running = loop.create_task(run())
    error = loop.run_until_complete(started)
    state["rustworthy.lifespan"] = running
    if error:
        raise error
    return state


CALLED_WITH = {"wsgi": ("environ", "start_response"), "asgi": ("scope", "receive", "send")}


def takes(target, kind):
    """Whether it can be called as an application of that kind is; None where that can't be told."""
    try:
        inspect.signature(target).bind(*CALLED_WITH[kind])
    except TypeError:
        return False
    except ValueError:
        return None
    return True


def check(kind, target):
    """Refuses an application of the other kind."""
    other = {"wsgi": "asgi", "asgi": "wsgi"}.get(kind)
    if other and takes(target, kind) is False and takes(target, other):
        called = ", ".join(CALLED_WITH[other])
        raise TypeError(f"it is called with ({called}), as {other.upper()} applications are: name it by `{other}`")


def server(kind, target):
    """What answers requests, one at a time."""
    check(kind, target)
    return {"handler": handler, "wsgi": wsgi, "asgi": asgi}[kind](target)


def status(response):
    """The status of a response over HTTP; None where it has none."""
    status = response.get("status") if isinstance(response, dict) else None
    return status if type(status) is int and 100 <= status < 1000 else None


def all_responses(respond):
    """A function from all requests to all responses; one that raises counts as a response."""

    def answer(request):
        try:
            return respond(request)
        except Exception as error:
            return ("raised", type(error).__qualname__, str(error))

    return lambda requests: [answer(request) for request in requests]
