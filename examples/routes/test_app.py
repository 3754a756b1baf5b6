import io
import json
import math

import polyline

from app import app


def route(number, points):
    return [(52 + math.sin(number + i / 40) / 3, 13 + math.cos(number - i / 30) / 2) for i in range(points)]


def test_routes_are_as_long_as_they_are():
    for number in range(200):
        lines = [polyline.encode(route(number + line, 50 + 20 * line)) for line in range(10)]
        said = []
        answer = app({"wsgi.input": io.BytesIO("\n".join(lines).encode())}, lambda status, headers: said.append(status))
        assert said == ["200 OK"]
        assert len(json.loads(answer[0])) == 10
