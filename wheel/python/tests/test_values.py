"""Equality, copies and snapshots of values."""

import json
import math
import pathlib
import threading
import time
import unittest
from collections import OrderedDict, defaultdict, deque, namedtuple

from rustworthy._switch.capturing import capture
from rustworthy._switch.comparing import Equality, compare
from rustworthy._switch import native
from rustworthy._switch.copying import Copier, Snapshot, TooLong, Uncopyable
from rustworthy._switch.own import compare_in_python, compare_values

# The harness is tested on the same classes and cases.
SHARED = pathlib.Path(__file__).resolve().parents[3] / "harness/worker/src/equivalence/tests"
LETTERS = {"equal": "=", "within_tolerance": "~", "different": "!", "unknown": "?"}
MODES = ("exact", "value", {"rel-tol": 1e-6})

Point = namedtuple("Point", "x y")

# What is expected, what is given, what isn't compared or has no order, and whether the rest is equal.
ROWS = [{"id": 1, "tags": ["a", "b"]}, {"id": 2, "tags": ["c"]}]
EXCEPTED = [
    (ROWS, [{**row, "id": 7} for row in ROWS], {}, "different"),
    (ROWS, [{**row, "id": 7} for row in ROWS], {"ignore": ["[*].id"]}, "equal"),
    (ROWS, [{**row, "id": 7} for row in ROWS], {"ignore": ["[0].id"]}, "different"),
    (ROWS, [{"tags": row["tags"]} for row in ROWS], {"ignore": ["output[*].id"]}, "equal"),
    (ROWS, ROWS[::-1], {"unordered": ["output"]}, "equal"),
    (ROWS, ROWS[:1] * 2, {"unordered": ["output"]}, "different"),
    (ROWS, [{**row, "tags": row["tags"][::-1]} for row in ROWS], {"unordered": ["[*].tags"]}, "equal"),
    (ROWS, [{**row, "tags": row["tags"][::-1]} for row in ROWS], {"unordered": ["[1].tags"]}, "different"),
    ({"output": [1, 2]}, {"output": [2, 1]}, {"unordered": [".output"]}, "equal"),
    ({"a b": 1, "c": 2}, {"a b": 3, "c": 2}, {"ignore": ["['a b']"]}, "equal"),
    ({"a": [1.0, 2.0]}, {"a": [2.0 + 1e-9, 1.0]}, {"unordered": ["a"], "rel-tol": 1e-6}, "within_tolerance"),
    (Point(1, [2, 3]), Point(1, [3, 2]), {"unordered": ["[1]"]}, "equal"),
]


def outcome(expected, got, equal="exact"):
    return compare(capture(expected), capture(got), Equality(equal))


class Equal(unittest.TestCase):
    def check(self, status):
        """Checks a walk, which is given two values and an equality, on all cases."""
        names = {"__name__": "classes"}
        exec((SHARED / "classes.py").read_text(), names)
        groups = json.loads((SHARED / "cases.json").read_text())
        self.assertGreater(sum(map(len, groups.values())), 80)
        for subject, cases in groups.items():
            for expected, got, letters in cases:
                with self.subTest(subject, expected=expected, got=got):
                    pair = eval(expected, names), eval(got, names)
                    found = [LETTERS[status(*pair, Equality(mode))] for mode in MODES]
                    self.assertEqual("".join(found), letters)
        for expected, got, equal, outcome in EXCEPTED:
            with self.subTest(expected=expected, got=got, equal=equal):
                equal = equal if "rel-tol" in equal else {"rel-tol": 0.0, **equal}
                self.assertEqual(status(expected, got, Equality(equal)), outcome)

    def test_it_agrees_with_the_harness(self):
        self.check(lambda expected, got, equality: compare(capture(expected), capture(got), equality).status)

    def test_the_worker_agrees_with_it(self):
        walk = native.comparison()
        if walk is None:
            self.skipTest("no worker for this Python is here")

        def status(expected, got, equality):
            ignored, unordered = equality.texts["ignore"], equality.texts["unordered"]
            return walk(expected, got, equality.exact, equality.relative, equality.absolute, ignored, unordered)

        self.check(status)

    def test_what_a_worker_says_counts_where_it_is_at_hand(self):
        kept = native._found, native._is_looked_for
        self.addCleanup(lambda: (setattr(native, "_found", kept[0]), setattr(native, "_is_looked_for", kept[1])))
        native._is_looked_for = True
        said = {"equal": ("equal", "equal", "equal"), "different": ("equal", "different", "different"), "unknown": ("equal", "different", "unknown")}
        for says, (same, other, opaque) in said.items():
            native._found = lambda *_, says=says: says
            found = [compare_values(*pair, Equality("exact")).status for pair in ([1, 1], [1, 2], [iter([]), iter([])])]
            self.assertEqual(found, [same, other if says != "equal" else "equal", opaque])

        def broken(*_):
            raise RuntimeError

        native._found = broken
        self.assertEqual(compare_values(1, 2, Equality("exact")).path, "output")
        # Paths begin above the arguments.
        self.assertEqual(compare_values([1], [2], Equality({"ignore": [".args[0]"]}), [(2, "args")]).status, "equal")

    def test_paths_are_those_of_the_harness(self):
        deep = lambda price: [None] * 17 + [{"price": price}]
        self.assertEqual(outcome(deep(3.5), deep(3.4)).path, "[17].price")
        self.assertEqual(outcome(1, True).path, "output")
        self.assertEqual(outcome([7] * 9, [7] * 8).path, "output")
        self.assertEqual(outcome({"a b": 1.0}, {}).path, "['a b']")
        self.assertEqual(outcome({"a": 1, "b": 2}, {"b": 2, "a": 1}).why, "order of keys")
        self.assertEqual(outcome(Point([1], 2), Point([2], 2)).path, "[0][0]")

    def test_a_class_has_a_say_by_value(self):
        names = {"__name__": "classes"}
        exec((SHARED / "classes.py").read_text(), names)
        for expected, got, equal, path in [
            ("[Rounded(1.1), Rounded(2)]", "[Rounded(1.2), Rounded(2)]", "value", None),
            ("[Rounded(1.1), math.nan]", "[Rounded(1.2), math.nan]", "value", None),
            ("[Rounded(1.1), 2]", "[Rounded(1.2), 3]", "value", "[1]"),
            ("{'a': (Rounded(1.1), Rounded(5))}", "{'a': (Rounded(1.2), Rounded(6))}", "value", ".a[1].number"),
            ("[Rounded(1)]", "[Rounded(1), 2]", "value", "output"),
            ("[Rounded(1.1)]", "[Rounded(1.2)]", "exact", "[0].number"),
            ("Liar(1)", "Liar(2)", "exact", ".value"),
        ]:
            with self.subTest(expected):
                found = compare_in_python(eval(expected, names), eval(got, names), Equality(equal))
                self.assertEqual((found.status, found.path), ("equal", "output") if path is None else ("different", path))

    def test_what_is_ignored_and_what_may_be_in_any_order(self):
        rows = lambda *ids: [{"id": number, "tags": ["a", "b"]} for number in ids]
        self.assertEqual(outcome(rows(1, 2), rows(3, 4)).path, "[0].id")
        self.assertEqual(outcome(rows(1, 2), rows(3, 4), {"ignore": ["[*].id"]}).status, "equal")
        self.assertEqual(outcome(rows(1), rows(1, 2), {"ignore": ["[*].id"]}).status, "different")
        self.assertEqual(outcome({"a": 1, "b": 2}, {"a": 1}, {"ignore": ["b"]}).status, "equal")
        self.assertEqual(outcome({"tags": ["a", "b"]}, {"tags": ["b", "a"]}, {"unordered": ["tags"]}).status, "equal")
        self.assertEqual(outcome({"tags": ["a", "b"]}, {"tags": ["b", "b"]}, {"unordered": ["tags"]}).path, ".tags")
        self.assertEqual(outcome({"n": 1.0}, {"n": 1.0 + 1e-9}, {"rel_tol": 1e-6, "ignore": ["x"]}).status, "within_tolerance")

    def test_what_equal_cannot_be(self):
        for wrong in ("equal", 1, {"tolerance": 1}, {"rel-tol": -1}, {"rel-tol": "1"}, {"ignore": "id"}, {"ignore": ["a]"]}):
            with self.subTest(wrong), self.assertRaises((ValueError, TypeError)):
                Equality(wrong)


class Copies(unittest.TestCase):
    def copy(self, value):
        return Copier(math.inf).copy(value)

    def test_a_copy_is_equal_and_shares_nothing_that_changes(self):
        class Slotted:
            __slots__ = ("a", "b")

        slotted = Slotted()
        slotted.a = [1]
        moved = OrderedDict(a=[1], b=2)
        moved.move_to_end("a")
        circle = [1]
        circle.append(circle)
        error = ValueError("a", [1])
        error.more = [2]
        values = [
            [1, [2, {"a": (3, [4])}], {5}, bytearray(b"6")],
            (1, ([2],)),
            Point([1], 2),
            defaultdict(list, a=[1]),
            moved,
            deque([[1]], maxlen=3),
            slotted,
            circle,
            error,
            frozenset({(1, 2)}),
            {"f": len, "t": int, 3: math},
        ]
        for value in values:
            with self.subTest(type(value)):
                made = self.copy(value)
                self.assertIs(type(made), type(value))
                self.assertEqual(outcome(value, made).status, "equal")
        made = self.copy(values[0])
        made[1][1]["a"][1].append(5)
        self.assertEqual(values[0][1], [2, {"a": (3, [4])}])
        self.assertIs(self.copy(circle)[1][0], 1)
        shared = [1]
        made = self.copy([shared, shared])
        self.assertIs(made[0], made[1])
        self.assertEqual(self.copy(values[5]).maxlen, 3)

    def test_code_of_the_class_does_not_run(self):
        class Loud:
            def __init__(self):
                self.x = [1]

            def refuse(self, *_):
                raise AssertionError("called")

            __copy__ = __deepcopy__ = __reduce_ex__ = __getstate__ = __setstate__ = __eq__ = __getattribute__ = __setattr__ = refuse

        loud = object.__new__(Loud)
        object.__getattribute__(loud, "__dict__")["x"] = [1]
        made = self.copy(loud)
        self.assertEqual(object.__getattribute__(made, "__dict__"), {"x": [1]})

    def test_what_cannot_be_copied_is_told(self):
        with open("/dev/null") as file:
            for value in (iter([]), (i for i in []), threading.Lock(), file, [threading.Lock()], memoryview(bytearray(1))):
                with self.subTest(type(value)), self.assertRaises(Uncopyable):
                    self.copy(value)
        nested = []
        for _ in range(200):
            nested = [nested]
        with self.assertRaises(Uncopyable):
            self.copy(nested)

    def test_it_ends_when_its_time_is_over(self):
        with self.assertRaises(TooLong):
            Copier(time.perf_counter() - 1).copy([[[]] for _ in range(1000)])

    def test_arrays(self):
        try:
            import numpy
        except ImportError:
            self.skipTest("NumPy isn't here")
        array = numpy.arange(6.0).reshape(2, 3)
        made = self.copy({"a": array})["a"]
        self.assertEqual(outcome(array, made).status, "equal")
        made[1, 2] = 7
        self.assertEqual(outcome(array, made).path, "[1, 2]")
        self.assertEqual(outcome(array, array.astype("f4")).status, "different")
        self.assertEqual(outcome(array, array.astype("f4"), "value").status, "equal")
        snapshot = Snapshot((array,), {})
        array[0, 0] = 9
        self.assertTrue(snapshot.has_changed())


class Snapshots(unittest.TestCase):
    def changed(self, value, change):
        snapshot = Snapshot((value,), {"again": value})
        self.assertFalse(snapshot.has_changed())
        change(value)
        return snapshot.has_changed()

    def test_changes_at_any_depth_are_seen(self):
        class Item:
            pass

        item = Item()
        item.parts = [1]
        self.assertTrue(self.changed([1], lambda value: value.append(2)))
        self.assertTrue(self.changed([[1], 2], lambda value: value[0].clear()))
        self.assertTrue(self.changed({"a": {"b": 1}}, lambda value: value["a"].update(b=2)))
        self.assertTrue(self.changed(item, lambda value: value.parts.append(2)))
        self.assertTrue(self.changed(item, lambda value: setattr(value, "other", 1)))
        self.assertTrue(self.changed((bytearray(b"a"),), lambda value: value[0].extend(b"b")))
        self.assertTrue(self.changed({1}, lambda value: value.add(2)))
        self.assertFalse(self.changed([1, "a", (2.0,)], lambda value: None))

    def test_what_a_call_uses_up_counts_as_changed(self):
        self.assertTrue(Snapshot((iter([1]),), {}).has_changed())
        self.assertFalse(Snapshot((threading.Lock(),), {}).has_changed())


if __name__ == "__main__":
    unittest.main()
