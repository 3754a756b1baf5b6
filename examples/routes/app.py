"""How long routes are: a WSGI application that takes one encoded polyline a line."""

import json
from math import asin, cos, radians, sin, sqrt

import polyline


def kilometres(points):
    total = 0.0
    for (lat, lon), (next_lat, next_lon) in zip(points, points[1:]):
        a = sin(radians(next_lat - lat) / 2) ** 2
        b = cos(radians(lat)) * cos(radians(next_lat)) * sin(radians(next_lon - lon) / 2) ** 2
        total += 12742 * asin(sqrt(a + b))
    return round(total, 3)


def lengths(text):
    return [kilometres(polyline.decode(line)) for line in text.splitlines()]


def app(environ, start_response):
    text = environ["wsgi.input"].read().decode()
    answer = json.dumps(lengths(text)).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [answer]
