"""A search over a catalogue that forgives misspellings, as a Starlette application."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from catalogue import NAMES


async def search(request: Request) -> JSONResponse:
    """The names that are most like what was asked for."""
    wanted = request.query_params["q"]
    ranked = sorted((distance(wanted, name), name) for name in NAMES)
    return JSONResponse([name for _, name in ranked[:5]])


def distance(a: str, b: str) -> int:
    """Levenshtein's distance: how many characters have to be inserted, removed or replaced."""
    previous = list(range(len(b) + 1))
    for row, left in enumerate(a, start=1):
        current = [row]
        for column, right in enumerate(b):
            current.append(min(previous[column + 1] + 1, current[column] + 1, previous[column] + (left != right)))
        previous = current
    return previous[-1]


app = Starlette(routes=[Route("/search", search)])
