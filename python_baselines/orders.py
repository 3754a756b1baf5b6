"""orders: a small order-processing service, to be attributed under load. Its migrated twin is orders_rust.py.

An ASGI application whose slow functions are baselines of the built-in workloads, each behind a name of its own:

- POST /orders: events of orders in NDJSON → decoded, hashed, cleaned and taxed → protobuf, a message an order.
- POST /events: what a service logged, in NDJSON → the characters of its errors.
- POST /logs: an access log → the requests by status, and the busiest hosts.
- POST /thumbnails/{width}: a picture in PNG → a smaller and brighter one.
- GET /orders/{number}: an order of the catalogue, in JSON.

A request is handled from start to end on the event loop: that is the one server that the scenario tells of. Nothing
is stored, so that a request has the same answer whenever it is sent. What a request gets wrong is answered with 4xx.

Not everything in here is worth migrating: parse_orders, decode_picture and etag call what is in C already.

How deep JSON may nest depends on the caller's stack in Python (some 900 levels here) and is a constant in Rust, so
that requests near it may be answered by one and refused by the other.
"""

import hashlib
import io
import json
from collections import Counter
from contextlib import contextmanager

from PIL import Image
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import ndjson
import pixels
import protobuf
import records
import regex_logs
import string_hash

CATALOGUE = {str(number): order for number, order in enumerate(protobuf.records(500, 1))}
WIDTHS = {str(width): width for width in (16, 24, 32, 48, 64)}
LARGEST = 4_000_000  # pixels of a picture
BUSIEST = 10  # hosts that are told of a log
protobuf.order_class("upb")  # made here, lest the first request wait for it
NOT_AS_PROMISED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
NO_PICTURE = (Image.DecompressionBombError, EOFError, OSError, SyntaxError, *NOT_AS_PROMISED)


async def post_orders(request):
    body = await request.body()
    with refused("expected orders, a JSON object a line", NOT_AS_PROMISED):
        lines = lines_of(body)
        events = parse_orders(lines)
        hashes = hash_orders(lines)
        orders = clean_orders([event | {"hash": hashed} for event, hashed in zip(events, hashes, strict=True)])
        encoded = encode_orders([message(order) for order in orders])
    framed = b"".join(len(order).to_bytes(4, "big") + order for order in encoded)
    return Response(framed, media_type="application/x-protobuf")


async def post_events(request):
    body = await request.body()
    with refused("expected events, a JSON object a line", NOT_AS_PROMISED):
        characters = count_errors(body)
    return JSONResponse({"error_characters": characters})


async def post_logs(request):
    body = await request.body()
    with refused("expected an access log in UTF-8", NOT_AS_PROMISED):
        requests = parse_logs(lines_of(body))
    return JSONResponse(summary(requests))


async def post_thumbnail(request):
    width = WIDTHS.get(request.path_params["width"])
    if width is None:
        raise HTTPException(404, f"thumbnails have widths of {', '.join(WIDTHS)}")
    body = await request.body()
    with refused("expected a picture in PNG", NO_PICTURE):
        picture = decode_picture(body)
    picture.thumbnail((width, width))
    return Response(encode_picture(brighten_picture(picture)), media_type="image/png")


async def get_order(request):
    order = CATALOGUE.get(request.path_params["number"])
    if order is None:
        raise HTTPException(404, "no such order")
    body = json.dumps(order, ensure_ascii=False).encode()
    return Response(body, headers={"etag": etag(body)}, media_type="application/json")


async def explained(request, error):
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


app = Starlette(
    routes=[
        Route("/orders", post_orders, methods=["POST"]),
        Route("/events", post_events, methods=["POST"]),
        Route("/logs", post_logs, methods=["POST"]),
        Route("/thumbnails/{width}", post_thumbnail, methods=["POST"]),
        Route("/orders/{number}", get_order),
    ],
    exception_handlers={HTTPException: explained},
)


@contextmanager
def refused(why, errors):
    """Answers with 400 what raises one of these errors. Which one may differ in Rust, so the answer doesn't tell."""
    try:
        yield
    except errors:
        raise HTTPException(400, why) from None


def parse_orders(lines):
    return [json.loads(line) for line in lines]


def hash_orders(lines):
    """A number for each order, made of its content."""
    return string_hash.masked(lines)


def clean_orders(events):
    return records.python(events)


def encode_orders(messages):
    return protobuf.upb(messages)


def count_errors(body):
    return ndjson.reread(body)


def parse_logs(lines):
    return regex_logs.python(regex_logs.Log(lines, None))


def decode_picture(body):
    picture = Image.open(io.BytesIO(body), formats=["PNG"])
    if picture.width * picture.height > LARGEST:
        raise ValueError(f"{picture.size} are too many pixels")
    return picture.convert("RGB")


def brighten_picture(picture):
    return pixels.python(picture)


def encode_picture(picture):
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()


def etag(body):
    return f'"{hashlib.sha256(body).hexdigest()}"'


def lines_of(body):
    return body.decode().removesuffix("\n").split("\n")


def message(order):
    """An order as the protobuf message of that name has it."""
    return {
        "id": order["hash"],
        "balance": round(order["total"] * 100),
        "customer": order["name"],
        "tags": [order["country"], order["email"], order["note"]],
        "lines": order["lines"],
    }


def summary(requests):
    statuses, hosts = Counter(), Counter()
    for (host, status), count in requests.items():
        statuses[status] += count
        hosts[host] += count
    return {"statuses": statuses, "busiest": hosts.most_common(BUSIEST)}
