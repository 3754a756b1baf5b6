"""A candidate that answers, and what becomes of a call on which it fails."""

import asyncio
import inspect
import sys
import unittest

import rustworthy
from rustworthy._switch.keeper import keeper
from switching import PanicException, Switched, counts


class Answering(Switched):
    def test_a_candidate_that_raises_is_answered_by_python_for_good(self):
        for error in (RuntimeError("a"), PanicException("b")):
            calls = []

            def rust(x, error=error, calls=calls):
                calls.append(x)
                raise error

            name = type(error).__name__
            made = self.switch(lambda x: [x], rust, "rust", name=name, shadow=0.0)
            self.assertEqual([made(number) for number in range(5)], [[number] for number in range(5)])
            self.assertEqual(calls, [0])
            self.assertEqual(counts(name), {"calls": 5, "rust": 1, "failed": 1, "fell_back": 1})
            rustworthy.set_switch(name, "50%")
            rustworthy.set_switch(name, "rust")
            made(7)
            self.assertEqual(calls, [0, 7])

    def test_what_both_raise_is_no_failure(self):
        made = self.switch(int, int, "rust", shadow=0.0)
        for _ in range(3):
            with self.assertRaises(ValueError) as caught:
                made("a")
            self.assertIsNone(caught.exception.__context__)
        self.assertEqual(counts("s"), {"calls": 3, "rust": 3, "failed": 3, "raised_alike": 3, "fell_back": 3})

    def test_changed_arguments_are_not_given_to_python(self):
        def rust(values):
            values.append(1)
            raise RuntimeError("late")

        made = self.switch(len, rust, "rust", shadow=0.0)
        with self.assertRaises(RuntimeError):
            made([])
        self.assertEqual(made([]), 0)
        self.assertEqual(counts("s"), {"calls": 2, "rust": 1, "failed": 1})

    def test_what_ends_a_program_is_never_swallowed(self):
        class Cancelled(BaseException):
            pass

        for error in (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError, Cancelled):
            with self.subTest(error):

                def rust(error=error):
                    raise error

                made = self.switch(lambda: 1, rust, "rust", name=error.__name__, shadow=0.0)
                for _ in range(2):
                    with self.assertRaises(error):
                        made()
                self.assertEqual(counts(error.__name__), {"calls": 2, "rust": 2, "passed": 2})

    def test_a_difference_ends_rust_and_shadowing_goes_on(self):
        made = self.switch(lambda: 1, lambda: 2, "rust")
        self.assertEqual(made(), 2)
        self.assertEqual([made() for _ in range(3)], [1, 1, 1])
        self.assertEqual(counts("s"), {"calls": 4, "rust": 1, "shadowed": 4, "different": 4})
        self.assertEqual([event["event"] for event in keeper.states["s"].events.waiting][:2], ["difference", "breaker"])

    def test_objects_that_let_nobody_look(self):
        class Strange(type):
            @property
            def __dictoffset__(cls):
                raise RuntimeError

        class Hidden(metaclass=Strange):
            def __getattribute__(self, name):
                raise RuntimeError

        for mode in ("shadow", "50%", "rust"):
            made = self.switch(lambda x: 1, lambda x: 1, mode, name=f"hidden-{mode.strip('%')}")
            self.assertEqual([made(Hidden()) for _ in range(10)], [1] * 10)

    def test_recursion_through_the_switch(self):
        def python(n):
            return 0 if n == 0 else 1 + made(n - 1)

        made = self.switch(python, python, "rust", shadow=0.0)
        self.assertEqual(made(50), 50)

    def test_only_the_outermost_call_falls_back_where_both_sides_raise(self):
        asked = []

        def side(n):
            asked.append(n)
            if n == 0:
                raise ValueError
            return made(n - 1)

        for shadow in (0.0, 1.0):
            made = self.switch(side, side, "rust", name=f"deep-{shadow}", shadow=shadow)
            asked.clear()
            with self.assertRaises(ValueError):
                made(20)
            self.assertLessEqual(len(asked), 3 * 21)
            found = counts(f"deep-{shadow}")
            self.assertEqual((found["failed"], found["raised_alike"], found["fell_back"]), (1, 1, 1))
            self.assertEqual(keeper.states[f"deep-{shadow}"].within, {})

    def test_only_the_outermost_call_is_shadowed_and_the_depth_is_that_of_any_wrapper(self):
        def python(n):
            return 0 if n == 0 else 1 + made(n - 1)

        made = self.switch(python, python)
        depth = (sys.getrecursionlimit() - len(inspect.stack())) // 2 - 30
        self.assertEqual(made(depth), depth)
        self.assertEqual(counts("s")["shadowed"], 1)
        self.assertEqual(counts("s")["equal"], 1)
        made = self.switch(python, python, name="unshadowed", shadow=1e-9)
        self.assertEqual(made(depth), depth)

    def test_calls_within_a_call_stay_on_its_side(self):
        def sides(side):
            def function(n):
                return [side] if n == 0 else [side, *made(n - 1)]

            return function

        made = self.switch(sides("python"), sides("rust"), "50%", shadow=0.0)
        answers = [made(5) for _ in range(50)]
        self.assertTrue(all(len(set(answer)) == 1 for answer in answers), answers)
        self.assertEqual({answer[0] for answer in answers}, {"python", "rust"})
        self.assertEqual(counts("s")["rust"], 6 * sum(answer[0] == "rust" for answer in answers))


if __name__ == "__main__":
    unittest.main()
