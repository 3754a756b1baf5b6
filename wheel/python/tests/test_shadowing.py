"""A candidate that is run beside Python: when, at what price, and how the two are compared."""

import asyncio
import contextvars
import gc
import os
import pathlib
import signal
import tempfile
import threading
import time
import unittest
import unittest.mock
from array import array
from collections import deque

import rustworthy
from rustworthy._switch.copying import Copier
from rustworthy._switch.keeper import keeper
from rustworthy._switch.shadow import Budget, pool
from switching import FREE, PanicException, Switched, counts


class Shadowing(Switched):
    def test_what_the_caller_sees_never_changes(self):
        def rust(values):
            values.clear()
            raise PanicException("candidate")

        made = self.switch(lambda values: [*values, 4], rust)
        given = [1, 2, 3]
        self.assertEqual(made(given), [1, 2, 3, 4])
        self.assertEqual(given, [1, 2, 3])
        self.assertEqual(counts("s"), {"calls": 1, "shadowed": 1, "different": 1, "failed": 1})

    def test_in_the_pool_too(self):
        made = self.switch(lambda x: [x], lambda x: [x], inline=False)
        for number in range(20):
            self.assertEqual(made(number), [number])
            pool.drain(5)
        self.assertEqual(counts("s"), {"calls": 20, "shadowed": 20, "equal": 20})

    def test_in_the_context_of_the_call(self):
        user = contextvars.ContextVar("user", default="nobody")
        made = self.switch(user.get, user.get, inline=False)
        user.set("somebody")
        self.assertEqual(made(), "somebody")
        pool.drain(5)
        self.assertEqual(counts("s"), {"calls": 1, "shadowed": 1, "equal": 1})

    def test_the_caller_may_change_its_result_at_once(self):
        begin = threading.Event()

        def rust(x):
            begin.wait(5)
            return [x]

        made = self.switch(lambda x: [x], rust, inline=False)
        made(1).append(2)
        begin.set()
        pool.drain(5)
        self.assertEqual(counts("s"), {"calls": 1, "shadowed": 1, "equal": 1})

    def test_what_differs(self):
        itself = []
        itself.append(itself)
        for name, python, rust, equal, expected in [
            ("type", 1, True, "exact", "different"),
            ("by-value", 1, True, "value", "equal"),
            ("nan", float("nan"), float("nan"), "exact", "equal"),
            ("itself", itself, itself, "exact", "equal"),
            ("close", 1.0, 1.0 + 1e-12, {"rel-tol": 1e-9}, "equal"),
            ("ignored", {"id": 1}, {"id": 2}, {"ignore": ["id"]}, "equal"),
            ("checker", 1, 2, lambda a, b: a + 1 == b, "equal"),
            ("checker-no", 1, 1, lambda a, b: a + 1 == b, "different"),
            ("checker-none", 1, 1, lambda a, b: None, "unchecked"),
            ("checker-raises", 1, 1, lambda a, b: 1 / 0, "unchecked"),
        ]:
            with self.subTest(name):
                made = self.switch(lambda python=python: python, lambda rust=rust: rust, name=name, equal=equal)
                made()
                self.assertEqual(counts(name), {"calls": 1, "shadowed": 1, expected: 1})

    def test_iterators_are_not_shadowed_but_those_of_a_candidate_differ(self):
        made = self.switch(lambda: iter([1]), lambda: iter([1]))
        self.assertEqual(list(made()), [1])
        self.assertEqual(counts("s"), {"calls": 1, "uncopyable": 1})
        made = self.switch(lambda: [1], lambda: iter([1]), name="other")
        self.assertEqual(made(), [1])
        self.assertEqual(counts("other"), {"calls": 1, "shadowed": 1, "different": 1})

    def test_exceptions_are_compared_by_type_and_message(self):
        def raising(error):
            def function():
                raise error

            return function

        for name, python, rust, raises, expected in [
            ("same", ValueError("a"), ValueError("b"), "type", {"equal": 1, "failed": 1, "raised_alike": 1}),
            ("message", ValueError("a"), ValueError("b"), "message", {"different": 1, "failed": 1}),
            ("subclass", LookupError("a"), KeyError("a"), "type", {"different": 1, "failed": 1}),
        ]:
            with self.subTest(name):
                made = self.switch(raising(python), raising(rust), name=name, raises=raises)
                with self.assertRaises(type(python)):
                    made()
                self.assertEqual(counts(name), {"calls": 1, "shadowed": 1, **expected})
        made = self.switch(raising(ValueError()), lambda: 1, name="only-python")
        with self.assertRaises(ValueError):
            made()
        self.assertEqual(counts("only-python"), {"calls": 1, "shadowed": 1, "different": 1})

    def test_arguments_are_part_of_the_output_where_that_is_said(self):
        def sort(values):
            values.sort()

        made = self.switch(sort, sort, name="equal", effects="arguments")
        made([2, 1])
        self.assertEqual(counts("equal"), {"calls": 1, "shadowed": 1, "equal": 1})
        made = self.switch(sort, lambda values: None, name="different", effects="arguments")
        made([2, 1])
        self.assertEqual(counts("different"), {"calls": 1, "shadowed": 1, "different": 1})
        self.assertEqual(keeper.states["different"].events.waiting[0]["path"], ".args[0][0]")

    def test_a_function_that_changes_its_arguments_unsaid_is_shadowed_no_more(self):
        made = self.switch(lambda values: values.sort(), lambda values: values.sort())
        for _ in range(3):
            made([2, 1])
        self.assertEqual(counts("s"), {"calls": 3, "impure": 1})

    def test_a_candidate_that_changes_its_arguments_while_it_answers_differs(self):
        made = rustworthy.switch("f", python=sum, rust=lambda x: x.append(0) or sum(x), shadow=1.0, inline=True, **FREE)
        rustworthy.set_switch("f", "rust")
        self.assertEqual([made([1, 2]) for _ in range(3)], [3] * 3)
        self.assertEqual(counts("f"), {"calls": 3, "rust": 1, "shadowed": 3, "different": 3}, "the first has ended it")

    def test_a_difference_in_more_digits_than_python_writes(self):
        made = rustworthy.switch("f", python=lambda: 10**6000, rust=lambda: 10**6000 + 1, shadow=1.0, inline=True, **FREE)
        rustworthy.set_switch("f", "rust")
        made()
        self.assertTrue(made() == 10**6000)
        self.assertEqual(counts("f")["rust"], 1)

    def test_unknown_effects_are_not_shadowed(self):
        made = self.switch(lambda: 1, lambda: 2, effects="unknown")
        made()
        self.assertEqual(counts("s"), {"calls": 1})

    def test_what_a_capture_has_shown_to_have_effects_is_not_shadowed_unless_it_is_declared(self):
        def python():
            return 1

        function = f"{__name__}:{python.__qualname__}"
        with tempfile.TemporaryDirectory() as folder:
            self.addCleanup(os.chdir, os.getcwd())
            os.chdir(folder)
            captures = pathlib.Path(folder, ".rustworthy/captures")
            for name, text in [
                ("python", f'{{"function": "{function}", "purity": {{"effects": ["writes files"]}}}}'),
                ("other", '{"function": "other:f", "purity": {"effects": ["uses the network"]}}'),
                ("unreplayed", f'{{"function": "{function}", "purity": null}}'),
                ("broken", "{"),
            ]:
                (captures / name).mkdir(parents=True)
                (captures / name / "capture.json").write_text(text)
            self.switch(python, lambda: 1)()
            self.assertEqual(counts("s"), {"calls": 1})
            self.assertIn("its capture says that it writes files;", " ".join(self.said))
            self.switch(python, lambda: 1, name="declared", effects="none")()
            self.assertEqual(counts("declared"), {"calls": 1, "shadowed": 1, "equal": 1})
            self.switch(lambda: 1, lambda: 1, name="unknown")()
            self.assertEqual(counts("unknown"), {"calls": 1, "shadowed": 1, "equal": 1})

    def test_the_budget_suspends_it(self):
        made = self.switch(lambda: 1, lambda: sum(range(20_000)) and 1, budget="0.0001%")
        keeper.states["s"].budget._left = 1e-3
        for _ in range(50):
            made()
        found = counts("s")
        self.assertEqual(found["shadowed"] + found["suspended"], 50)
        self.assertGreater(found["suspended"], 10)
        self.assertTrue(any("of a processor" in text for text in self.said), self.said)
        made = self.switch(lambda x: 1, lambda x: 1, name="slow", shadow_budget="0.001us")
        for _ in range(50):
            made([[]] * 50)
        self.assertGreater(counts("slow")["suspended"], 10)

    def test_candidates_that_hang_suspend_the_rest(self):
        release = threading.Event()
        self.addCleanup(release.set)
        made = self.switch(lambda: 1, lambda: release.wait(20) and 1, inline=False)
        for _ in range(200):
            self.assertEqual(made(), 1)
        found = counts("s")
        self.assertGreater(found.get("suspended", 0) + found.get("busy", 0), 100)
        release.set()

    def test_a_candidate_that_hangs_holds_up_no_other_switch(self):
        release = threading.Event()
        self.addCleanup(release.set)
        hanging = self.switch(lambda: 1, lambda: release.wait(60) and 1, name="hanging", inline=False)
        other = self.switch(lambda: 1, lambda: 1, name="other", inline=False)
        hanging()
        until = time.monotonic() + 20
        while not keeper.states["hanging"].late and time.monotonic() < until:
            other()
            time.sleep(0.01)
        shadowed, equal = (counts("other").get(name, 0) for name in ("shadowed", "equal"))
        while counts("other").get("equal", 0) <= equal and time.monotonic() < until:
            other()
            time.sleep(0.01)
        self.assertGreater(counts("other")["shadowed"], shadowed)
        self.assertGreater(counts("other")["equal"], equal)
        hanging()
        self.assertEqual((counts("hanging")["shadowed"], counts("hanging")["suspended"]), (1, 1))
        release.set()
        while keeper.states["hanging"].late and time.monotonic() < until:
            time.sleep(0.01)
        hanging()
        pool.drain(5)
        self.assertEqual(counts("hanging")["equal"], 2)

    def test_a_candidate_that_does_not_come_back_is_asked_no_more(self):
        from rustworthy._switch import shadow

        self.addCleanup(setattr, shadow, "_HANGS", shadow._HANGS)
        shadow._HANGS = 0.1
        release = threading.Event()
        self.addCleanup(release.set)
        made = self.switch(lambda: 1, lambda: release.wait(20) and 1, inline=False)
        until = time.monotonic() + 10
        while keeper.states["s"].breaker is None and time.monotonic() < until:
            self.assertEqual(made(), 1)
        self.assertEqual(keeper.states["s"].breaker, "hangs")
        self.assertIn("doesn't come back", " ".join(self.said))
        shadowed = counts("s")["shadowed"]
        made()
        self.assertEqual(counts("s")["shadowed"], shadowed)
        release.set()

    def test_of_what_is_raised_in_an_inline_shadow_only_an_interruption_of_the_caller_reaches_it(self):
        for error in (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError):

            def rust(error=error):
                raise error

            name = f"inline-{error.__name__}"
            made = self.switch(lambda: 1, rust, name=name)
            if error is KeyboardInterrupt:
                with self.assertRaises(error):
                    made()
                self.assertEqual(counts(name), {"calls": 1, "shadowed": 1, "passed": 1})
            else:
                self.assertEqual(made(), 1)
                self.assertEqual(counts(name), {"calls": 1, "shadowed": 1, "different": 1, "failed": 1})
            made = self.switch(lambda: 1, rust, name=f"pool-{error.__name__}", inline=False)
            self.assertEqual(made(), 1)

    def test_a_handler_of_a_signal_ends_the_program_from_an_inline_shadow_and_from_the_candidate(self):
        def ends(*_):
            raise SystemExit

        self.addCleanup(signal.signal, signal.SIGUSR1, signal.getsignal(signal.SIGUSR1))
        signal.signal(signal.SIGUSR1, ends)

        def rust():
            os.kill(os.getpid(), signal.SIGUSR1)
            time.sleep(5)

        for mode in ("shadow", "rust"):
            made = self.switch(lambda: 1, rust, mode, name=mode)
            with self.assertRaises(SystemExit):
                made()
            self.assertEqual(counts(mode)["passed"], 1)

    def test_an_alarm_of_the_program_is_no_failure_of_the_candidate(self):
        def rings(*_):
            raise TimeoutError

        self.addCleanup(signal.signal, signal.SIGALRM, signal.getsignal(signal.SIGALRM))
        signal.signal(signal.SIGALRM, rings)
        made = self.switch(lambda: 1, lambda: signal.raise_signal(signal.SIGALRM) or time.sleep(5), "rust", shadow=0.0)
        with self.assertRaises(TimeoutError):
            made()
        self.assertEqual(counts("s"), {"calls": 1, "rust": 1, "passed": 1})
        self.assertIsNone(keeper.states["s"].breaker)

    def test_a_call_that_takes_long_is_shadowed_rarely(self):
        budget = Budget("s", 0.01, 1e-3)
        for _ in range(40):
            self.assertTrue(budget.allows())
            budget.ran(0.9e-3)
        self.assertLess(budget.length, 1e-3)
        allowed = 0
        while budget.allows() and allowed < 1000:
            budget.ran(20e-3)
            allowed += 1
        self.assertLess(allowed, 10, "a tenth of the budget is theirs")
        self.assertIn("shadow_budget=1ms", " ".join(self.said))

    def test_it_waits_for_an_idle_moment_no_longer_than_a_multiple_of_what_the_budget_takes_to_make_up_for_the_call(self):
        budget = Budget("s", 0.01, 1e-3)
        budget.ran(0.5e-3)
        self.assertAlmostEqual(budget.patience(), 0.2)
        budget.ran(5.0)
        self.assertEqual(budget.patience(), 1.0)
        self.assertEqual(Budget("s", 1.0, 1e-3).patience(), 0.0, "a whole processor may be used")

    def test_what_waits_for_an_idle_moment_is_bounded_and_counted(self):
        begun, release = threading.Event(), threading.Event()
        self.addCleanup(release.set)
        blocking = self.switch(lambda: 1, lambda: begun.set() or release.wait(20), name="blocking", inline=False)
        blocking()
        self.assertTrue(begun.wait(20))
        made = self.switch(lambda: 1, lambda: 1, inline=False)
        # No other thread is to take the place of the one that is held up.
        with unittest.mock.patch.object(pool, "look_for_hanging"):
            for _ in range(100):
                made()
        self.assertEqual(counts("s")["busy"], 36)
        release.set()

    def test_a_long_flat_container_is_copied_no_longer_than_it_may_take(self):
        for number, value in enumerate([
            [0] * 3_000_000, [*([0] * 3_000_000), []], (0,) * 3_000_000, dict.fromkeys(range(1_000_000), 0), set(range(1_000_000)),
            bytearray(200_000_000), deque([0] * 1_000_000), array("d", [0.0]) * 20_000_000,
        ]):  # fmt: skip
            with self.subTest(type(value)):
                made = self.switch(lambda x: 1, lambda x: 1, name=f"long-{number}", shadow_budget="1us")
                self.assertEqual(made(value), 1)
                self.assertEqual(counts(f"long-{number}"), {"calls": 1, "suspended": 1})

    def test_long_flat_containers_are_copied_whole(self):
        copier = Copier(time.perf_counter() + 60)
        inner = [1]
        for value in ([*range(10_000)], [*range(10_000), inner, inner], {number: inner for number in range(10_000)}, {*range(10_000)}):
            copied = copier.copy(value)
            self.assertEqual(copied, value)
            self.assertIsNot(copied, value)
        self.assertIsNot(copier.copy([*range(10_000), inner])[-1], inner)

    def test_paths_hide_what_keys_may_tell(self):
        made = self.switch(lambda: {"a b": {"name": 1}}, lambda: {"a b": {"name": 2}})
        made()
        event = keeper.states["s"].events.waiting[0]
        self.assertRegex(event["path"], r"^\['#[0-9a-f]{12}'\]\.name$")
        self.assertNotIn("a b", str(event))

    def test_nothing_is_kept_of_a_call(self):
        class Big:
            pass

        made = self.switch(lambda x: None, lambda x: None, inline=False)
        made(Big())
        pool.drain(5)
        time.sleep(0.05)
        gc.collect()
        self.assertEqual([thing for thing in gc.get_objects() if type(thing) is Big], [])


if __name__ == "__main__":
    unittest.main()
