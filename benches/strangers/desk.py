"""What a stranger's service does: its own functions, each on top of one of somebody's package."""

import json
import os
from math import asin, cos, radians, sin, sqrt

import base58
import humanize
import idna
import inflection
import jmespath
import mnemonic
import polyline
import requests
import shortuuid
import sqlparse
import tomli
from stdnum import luhn
from toolz import groupby, merge
from werkzeug.security import check_password_hash

WORDS = mnemonic.Mnemonic("english")


def draw(points):
    return [polyline.encode(line) for line in points]


def genuine(numbers):
    return [number for number in numbers if luhn.checksum(number) == 0]


def settings(layers):
    return [merge(*layer) for layer in layers]


def country(order):
    return order["country"]


def by_country(orders):
    return {name: len(own) for name, own in groupby(country, orders).items()}


def addresses(texts):
    return [base58.b58decode(text) for text in texts]


def columns(names):
    return {name: inflection.underscore(name) for name in names}


def packages(documents):
    return [sorted(tomli.loads(document)) for document in documents]


def pretty(statements):
    return [sqlparse.format(statement, reindent=True, keyword_case="upper") for statement in statements]


def tickets(count):
    return [shortuuid.uuid() for _ in range(count)]


def log_in(hashed, tries):
    return [check_password_hash(hashed, one) for one in tries]


def hosts(names):
    return [idna.encode(name).decode() for name in names]


def recover(phrases):
    return [bytes(WORDS.to_entropy(phrase)) for phrase in phrases]


def sizes(numbers):
    return [humanize.naturalsize(number) for number in numbers]


def found(expressions, document):
    return [jmespath.compile(expression).search(document) for expression in expressions]


# What it answers over HTTP is told here by functions alone: a server in front adds the same to every request.


def kilometres(points):
    total = 0.0
    for (lat, lon), (next_lat, next_lon) in zip(points, points[1:]):
        a = sin(radians(next_lat - lat) / 2) ** 2
        b = cos(radians(lat)) * cos(radians(next_lat)) * sin(radians(next_lon - lon) / 2) ** 2
        total += 12742 * asin(sqrt(a + b))
    return round(total, 3)


def answer_route(request):
    """How long a route is, and how much the answer takes."""
    points = polyline.decode(request["line"])
    body = json.dumps({"kilometres": kilometres(points), "points": points})
    return {"body": body, "size": humanize.naturalsize(len(body))}


def answer_rates(request):
    """What another service says."""
    answer = requests.get(f"http://127.0.0.1:{os.environ['RUSTWORTHY_SERVICE_RATES'].rpartition(':')[2]}/{request}", timeout=5)
    return answer.text


def answer_login(request):
    return check_password_hash(*request)
