"""Values come back as they were."""

import array
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import io
import json
import pathlib
import re
import sys
import threading
import types
import unittest
import uuid
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from encoding import Decoder, Encoder, Unrecordable


class Color(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Point:
    x: int
    y: list


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    x: int


Pair = collections.namedtuple("Pair", "a b")


class Items(list):
    def __iter__(self):
        raise RuntimeError("nobody is to call this")


class Table(dict):
    def __getitem__(self, key):
        raise RuntimeError("nobody is to call this")


class Slots:
    __slots__ = ("a", "__b")

    def __init__(self):
        self.a, self.__b = 1, 2

    def __eq__(self, other):
        return (self.a, self.__b) == (other.a, other.__b)


class Wrong(Exception):
    pass


class Reduced:
    def __init__(self, x):
        self.x = x

    def __reduce__(self):
        return (Reduced, (self.x,))

    def __eq__(self, other):
        return self.x == other.x


def turned(value):
    """A value written down and read again, and what was written."""
    pickles = {}
    text = json.dumps(Encoder(pickles=pickles).encode(value, "value"), allow_nan=False, ensure_ascii=False)
    text.encode()
    return Decoder(pickles.__getitem__).decode(json.loads(text), "value"), text


PLAIN = [
    None, True, 1, -(2**60), 2**70, 10**4000, 1.5, -0.0, float("inf"), 1e308, "a", "\ud800x", "$", "größe", b"abc", bytearray(b"x"),
    [1, [2]], (1, (2,)), (), {"a": 1}, {"$": 1}, {1: 2, "x": (1,)}, {(1, 2): 3}, {True: 1, 2.5: 2, None: 3}, {1, 2, 3}, frozenset("ab"),
    {frozenset({1}), frozenset({2})}, decimal.Decimal("1.10"), fractions.Fraction(1, 3), datetime.date(2020, 1, 2),
    datetime.datetime(2020, 1, 2, 3, 4, 5, 6), datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc),
    datetime.datetime(2020, 10, 25, 2, 30, fold=1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")), datetime.time(1, 2, 3, 4),
    datetime.time(1, tzinfo=datetime.timezone.utc, fold=1), datetime.timedelta(days=-1, seconds=5), uuid.UUID(int=7), Color.RED,
    Point(1, [2]), Frozen(3), Pair(1, [2]), Slots(), re.compile("a+", re.I), re.compile(b"a"), array.array("i", [1, 2]),
    collections.OrderedDict(b=1, a=2), collections.Counter("aab"), collections.defaultdict(list, {"a": [1]}),
    collections.deque([1, 2], maxlen=3), types.SimpleNamespace(a=[1]), ..., range(1, 9, 2), 1j, pathlib.Path("/x"), Point, len, json, re.A,
]  # fmt: skip


LONG = 10**5000


class Encoding(unittest.TestCase):
    def test_values_come_back_and_run_no_code(self):
        for value in PLAIN:
            with self.subTest(value=repr(value)[:60]):
                again, text = turned(value)
                self.assertIs(type(again), type(value))
                self.assertEqual(repr(again) if value != value else again, repr(value) if value != value else value)
                self.assertNotIn('"pickle"', text)

    def test_arrays_come_back(self):
        try:
            import numpy
        except ImportError:
            self.skipTest("there is no numpy here")
        for value in [numpy.arange(6.0).reshape(2, 3), numpy.float32(1.5), numpy.datetime64("2020-01-01"), numpy.asfortranarray(numpy.eye(3))]:
            again, text = turned(value)
            self.assertIs(type(again), type(value))
            self.assertTrue(numpy.array_equal(again, value))
            self.assertEqual(getattr(again, "dtype", None), value.dtype)
            self.assertNotIn('"pickle"', text)

    def test_whole_numbers_may_be_longer_than_python_prints(self):
        self.assertEqual(turned(LONG)[0], LONG)

    def test_nan_is_no_token_of_its_own(self):
        again, text = turned([float("nan")])
        self.assertNotEqual(again[0], again[0])
        self.assertEqual(text, '[{"$": "float", "text": "nan"}]')

    def test_derived_containers_are_read_past_their_own_methods(self):
        items, table = Items([1, 2]), Table(a=1)
        items.name, table.k = "x", 3
        again, _ = turned(items)
        self.assertEqual((type(again), list.__len__(again), list.__getitem__(again, 1), again.name), (Items, 2, 2, "x"))
        again, _ = turned(table)
        self.assertEqual((type(again), dict.get(again, "a"), again.k), (Table, 1, 3))

    def test_what_is_one_object_stays_one(self):
        shared = [1]
        for value, parts in [
            ([shared, shared], lambda it: (it[0], it[1])),
            ({"x": shared, "y": {"z": shared}}, lambda it: (it["x"], it["y"]["z"])),
            ({1: shared, 2: shared}, lambda it: (it[1], it[2])),
            ({(1, 2): shared, "a b": shared}, lambda it: (it[(1, 2)], it["a b"])),
            (Point(1, [shared, shared]), lambda it: (it.y[0], it.y[1])),
        ]:
            one, other = parts(turned(value)[0])
            self.assertIs(one, other)

    def test_circles_come_back(self):
        circle = []
        circle.append(circle)
        again, _ = turned(circle)
        self.assertIs(again[0], again)

    def test_exceptions_and_classes_with_a_way_of_their_own_are_pickled(self):
        for value in [Reduced(3)]:
            again, text = turned(value)
            self.assertEqual(again, value)
            self.assertIn('"pickle"', text)
            with self.assertRaisesRegex(ValueError, "--trust-pickles"):
                Decoder().decode(json.loads(text), "value")
        self.assertEqual(turned(Wrong("a", 3))[0].args, ("a", 3))

    def test_what_cannot_be_written_down_is_named(self):
        for value, what in [
            (threading.Lock(), "lock"),
            (lambda: 1, "<lambda>"),
            (io.open("/dev/null"), "TextIOWrapper"),
            ((i for i in [1]), "generator"),
        ]:
            with self.subTest(what), self.assertRaisesRegex(Unrecordable, what) as raised:
                turned({"a": [0, value]})
            self.assertEqual(raised.exception.path, "value.a[1]")
            getattr(value, "close", int)()

    def test_what_is_too_large_or_too_deep_is_given_up(self):
        with self.assertRaisesRegex(Unrecordable, "more than 1000 bytes"):
            Encoder(most=1000).encode([[0] * 10 for _ in range(100)], "value")
        deep = []
        for _ in range(1000):
            deep = [deep]
        with self.assertRaisesRegex(Unrecordable, "levels"):
            Encoder().encode(deep, "value")

    def test_the_program_itself_is_named_as_others_import_it(self):
        main = types.ModuleType("__main__")
        exec("class Own:\n    pass", main.__dict__)
        before, sys.modules["__main__"] = sys.modules["__main__"], main
        try:
            self.assertEqual(Encoder(main="app").encode(main.Own(), "value"), {"$": "object", "class": "app:Own"})
            with self.assertRaisesRegex(Unrecordable, "program itself"):
                Encoder().encode(main.Own(), "value")
        finally:
            sys.modules["__main__"] = before


if __name__ == "__main__":
    unittest.main()
