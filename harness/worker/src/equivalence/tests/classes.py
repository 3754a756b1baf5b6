import hashlib
import math
import re
import sqlite3
from array import array
from collections import OrderedDict, defaultdict, deque, namedtuple
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from functools import partial
from io import BytesIO
from threading import Lock
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

utc = timezone.utc
Point = namedtuple("Point", "x y")
row = [1, 2]
moved = OrderedDict(a=1, b=2)
moved.move_to_end("a")


class Color(Enum):
    RED = 1
    BLUE = 2


class Number(IntEnum):
    ONE = 1


class Item:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("a", "__b")

    def __init__(self, a, b=None):
        self.a = a
        if b is not None:
            self.__b = b


class Shouting(str):
    def __str__(self):
        return self.upper()


class Hidden(dict):
    """Shows none of what it holds."""

    def __iter__(self):
        return iter(())

    def items(self):
        return []

    def __len__(self):
        return 0


class Liar:
    """Equals everything, has no hash, and lets nobody look."""

    def __init__(self, value):
        object.__setattr__(self, "value", value)

    def __eq__(self, other):
        return True

    def __hash__(self):
        raise RuntimeError("hashed")

    def __getattribute__(self, name):
        raise RuntimeError(name)


class Raising(deque):
    def __new__(cls, error=ValueError):
        self = super().__new__(cls)
        self.error = error
        return self

    def __init__(self, error=ValueError):
        super().__init__()

    def __reduce_ex__(self, protocol):
        raise self.error("no")


class List(list):
    pass


def circle():
    itself = []
    itself.append(itself)
    return itself


def deep(levels, wrap):
    value = None
    for _ in range(levels):
        value = wrap(value)
    return value


def nested(levels):
    return deep(levels, lambda inner: {"inner": inner} if levels % 2 else [inner])


def items(levels):
    return deep(levels, lambda inner: Item(inner=inner))


def subclassed(levels):
    return deep(levels, lambda inner: List([inner]))


def deques(levels):
    return deep(levels, lambda inner: deque([inner]))


def shared(levels):
    return deep(levels, lambda inner: [inner, inner])


class Rounded:
    """Equal where the rounded numbers are."""

    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        return round(self.number) == round(other.number)

    def __reduce__(self):
        return Rounded, (self.number,)


def rows(query):
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    return connection.execute(query).fetchall()


def awaitable():
    async def coroutine():
        pass

    started = coroutine()
    started.close()
    return started


async def asynchronous():
    yield 1
