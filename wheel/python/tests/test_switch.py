"""What a switch does with calls, in this process and without telemetry."""

import asyncio
import contextvars
import functools
import gc
import inspect
import logging
import os
import pathlib
import pickle
import signal
import sys
import tempfile
import threading
import time
import traceback
import unittest
import unittest.mock
from array import array
from collections import deque

import rustworthy
from rustworthy._switch import settings
from rustworthy._switch.copying import Copier
from rustworthy._switch.keeper import keeper
from rustworthy._switch.log import _said
from rustworthy._switch.shadow import Budget, pool

FREE = {"budget": "10000%", "shadow_budget": "10s"}


class PanicException(BaseException):
    """As pyo3 raises it: no `Exception`, and each extension module has its own."""


def counts(name):
    found = keeper.states[name].counts
    return {count: value for count in found.__slots__ if (value := getattr(found, count).value)}


@rustworthy.switch.python("decorated")
def decorated(x: int, *, y: "str" = "a") -> list:
    """Documented."""
    return [x, y]


@decorated.rust
def _candidate(x, *, y="a"):
    return [x, y]


class Switched(unittest.TestCase):
    def setUp(self):
        self.kept = dict(keeper.states)
        _said.clear()
        for variable in list(os.environ):
            if variable.startswith("RUSTWORTHY"):
                del os.environ[variable]
        self.said = []
        handler = logging.Handler()
        handler.emit = lambda record: self.said.append(record.getMessage())
        logger = logging.getLogger("rustworthy")
        logger.addHandler(handler)
        logger.propagate = False
        self.addCleanup(logger.removeHandler, handler)

    def tearDown(self):
        pool.drain(5)
        keeper.states.clear()
        keeper.states.update(self.kept)

    def switch(self, python, rust, mode="shadow", name="s", **options):
        made = rustworthy.switch(name, python=python, rust=rust, **{"inline": True, "shadow": 1.0, **FREE, **options})
        rustworthy.set_switch(name, mode)
        return made


class Wrapper(Switched):
    def test_it_looks_like_the_python_original(self):
        self.assertEqual(decorated.__name__, "decorated")
        self.assertEqual(decorated.__doc__, "Documented.")
        self.assertEqual(decorated.__qualname__, "decorated")
        self.assertEqual(decorated.__annotations__, decorated.__wrapped__.__annotations__)
        self.assertEqual(str(inspect.signature(decorated)), "(x: int, *, y: 'str' = 'a') -> list")
        self.assertIs(pickle.loads(pickle.dumps(decorated)), decorated)
        self.assertEqual(decorated(1, y="b"), [1, "b"])

    def test_methods_of_all_kinds(self):
        switch = rustworthy.switch

        class Shop:
            rate = 2

            @switch.python("method")
            def method(self, x):
                return self.rate * x

            @switch.python("class-method")
            @classmethod
            def of_class(cls, x):
                return cls.rate * x

            @classmethod
            @switch.python("class-method-2")
            def of_class_too(cls, x):
                return cls.rate * x

            @switch.python("static")
            @staticmethod
            def static(x):
                return x

        for name in ("method", "class-method", "class-method-2", "static"):
            calls = []
            switch.rust(name)(lambda *args, calls=calls: calls.append(args) or 7)
        shop = Shop()
        functions = (shop.method, Shop.of_class, shop.of_class_too, Shop.static)
        self.assertEqual([function(3) for function in functions], [6, 6, 6, 3])
        for name in ("method", "class-method", "class-method-2", "static"):
            rustworthy.set_switch(name, "rust", shadow=0)
        self.assertEqual([function(3) for function in functions], [7, 7, 7, 7])

    def test_at_most_two_frames_more(self):
        def python():
            return len(traceback.extract_stack())

        here = len(traceback.extract_stack())
        for mode in ("python", "shadow", "50%", "rust"):
            with self.subTest(mode):
                made = self.switch(python, python, mode, name=f"frames-{mode.strip('%')}", shadow=0.0)
                self.assertLessEqual(made() - here - 1, 2)

    def test_tracebacks_are_those_of_the_original(self):
        def python():
            raise KeyError("a")

        made = self.switch(python, python)
        try:
            made()
        except KeyError as error:
            self.assertIsNone(error.__context__)
            names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
        self.assertEqual(names[-1], "python")
        self.assertLessEqual(len(names), 4)

    def test_partials_and_callable_objects(self):
        class Callable:
            def __call__(self, x):
                return x

        self.assertEqual(self.switch(functools.partial(max, 3), max, name="partial")(5), 5)
        self.assertEqual(self.switch(Callable(), Callable(), name="callable")(5), 5)
        self.assertEqual(self.switch(sorted, sorted, name="built-in")([2, 1]), [1, 2])

    def test_definitions_that_cannot_be(self):
        def generates():
            yield

        async def waits():
            pass

        async def generates_and_waits():
            yield

        one = lambda: 1
        define = rustworthy.switch
        define("taken-name", python=one, rust=one)
        for wrong, error in [
            (lambda: define("", python=one, rust=one), ValueError),
            (lambda: define(1, python=one, rust=one), TypeError),
            (lambda: define.python(one), TypeError),
            (lambda: define.rust(one), TypeError),
            (lambda: define.python("g", inline="yes")(one), TypeError),
            (lambda: define("g", python=one, rust=one, inline=1), TypeError),
            (lambda: define("g", python=one, rust=one, shadow="0.01"), TypeError),
            (lambda: define("g", python=one, rust=one, shadow=True), TypeError),
            (lambda: define("g", python=one, rust=one, effects=None), TypeError),
            (lambda: define("g", python=one, rust=one, raises=ValueError), TypeError),
            (lambda: define("g", python=one, rust=one, budget=0.01), TypeError),
            (lambda: define("g", python=one, rust=one, shadow_budget=1), TypeError),
            (lambda: define("g", python=one, rust=one, equal=1), TypeError),
            (lambda: define("g", python=one, rust=one, equal={"ignore": [1]}), TypeError),
            (lambda: rustworthy.set_switch(one, "rust"), TypeError),
            (lambda: rustworthy.set_switch("taken-name", 0.25), TypeError),
            (lambda: define("a b", python=one, rust=one), ValueError),
            (lambda: define("a" * 101, python=one, rust=one), ValueError),
            (lambda: define("é", python=one, rust=one), ValueError),
            (lambda: define("taken-name", python=len, rust=one), ValueError),
            (lambda: define("taken.name", python=one, rust=one), ValueError),
            (lambda: define("a", python=generates, rust=one), TypeError),
            (lambda: define("a", python=generates_and_waits, rust=one), TypeError),
            (lambda: define("b", python=one, rust=waits), TypeError),
            (lambda: define("c", python=one, rust=generates), TypeError),
            (lambda: define("d", python=1, rust=one), TypeError),
            (lambda: define("e", python=one, rust=1), TypeError),
            (lambda: define("f", python=one, rust=one, shadow=2), ValueError),
            (lambda: define("f", python=one, rust=one, equal="same"), ValueError),
            (lambda: define("f", python=one, rust=one, effects="some"), ValueError),
            (lambda: define("f", python=one, rust=one, raises="never"), ValueError),
            (lambda: define("f", python=one, rust=one, budget="1"), ValueError),
            (lambda: define("f", python=one, rust=one, shadow_budget="1%"), ValueError),
            (lambda: define("f", python=one, rust=one, by="user"), TypeError),
            (lambda: define.python("f", other=1), TypeError),
            (lambda: define.rust("unknown")(one), ValueError),
            (lambda: rustworthy.set_switch("unknown", "rust"), ValueError),
            (lambda: rustworthy.set_switch("taken-name", "on"), ValueError),
            (lambda: rustworthy.set_switch("taken-name", "101%"), ValueError),
        ]:
            with self.subTest(inspect.getsource(wrong).strip()), self.assertRaises(error):
                wrong()

    def test_what_a_wrong_type_is_answered_with_says_what_to_write(self):
        for wrong, remedy in [
            (lambda: rustworthy.switch.python(lambda: 1), '@rustworthy.switch.python("name")'),
            (lambda: rustworthy.switch.python("g", inline="yes")(lambda: 1), "g: inline='yes' is a str; write True or False"),
            (lambda: rustworthy.switch("g", python=len, rust=len, budget=0.01), "such as '1%'"),
        ]:
            with self.assertRaises(TypeError) as caught:
                wrong()
            self.assertIn(remedy, str(caught.exception))

    def test_a_module_that_is_loaded_again_defines_its_own_again(self):
        code = "import rustworthy\ndef f(): return 1\ns = rustworthy.switch('reloaded', python=f, rust=f)\n"
        names = {"__name__": "loaded"}
        exec(code, names)
        exec(code, names)
        self.assertEqual(names["s"](), 1)

    def test_without_a_candidate_python_answers(self):
        made = rustworthy.switch("alone", python=lambda: 1, rust=None)
        rustworthy.set_switch("alone", "rust")
        self.assertEqual(made(), 1)
        self.assertEqual(len(self.said), 2, self.said)


class Modes(Switched):
    def test_each_mode_answers_by_its_side(self):
        made = self.switch(lambda: "python", lambda: "rust", "python", equal=lambda a, b: True)
        self.assertEqual(made(), "python")
        self.assertEqual(counts("s"), {"calls": 1})
        rustworthy.set_switch("s", "rust")
        self.assertEqual(made(), "rust")
        rustworthy.set_switch("s", "shadow")
        self.assertEqual(made(), "python")
        rustworthy.set_switch("s", "30%")
        answers = [made() for _ in range(2000)]
        self.assertTrue(500 < answers.count("rust") < 700, answers.count("rust"))

    def test_a_key_always_has_the_same_side(self):
        made = self.switch(lambda user: "python", lambda user: "rust", "25%", by=lambda user: user, shadow=0.0)
        sides = {user: {made(user) for _ in range(5)} for user in range(400)}
        self.assertTrue(all(len(side) == 1 for side in sides.values()))
        by_rust = sum(side == {"rust"} for side in sides.values())
        self.assertTrue(60 < by_rust < 140, by_rust)

    def test_a_key_that_raises_leaves_it_to_the_lot(self):
        made = self.switch(lambda user: 1, lambda user: 1, "50%", by=lambda user: user.name)
        self.assertEqual(made(3), 1)

    def test_environment_file_and_program(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "switches.toml")
            os.environ["RUSTWORTHY_SWITCHES"] = str(file)
            made = rustworthy.switch("order-total", python=lambda: "python", rust=lambda: "rust", shadow=0)
            state = keeper.states["order-total"]

            def answer():
                state.expire()
                settings._file.due = 0.0
                return made()

            self.assertEqual(answer(), "python")
            file.write_text('[switch.order-total]\nmode = "rust"\n')
            self.assertEqual(answer(), "rust")
            file.write_text("[switch.order-total\n")
            self.assertEqual(answer(), "rust")
            self.assertEqual(len([text for text in self.said if "until it is mended" in text]), 1, self.said)
            file.write_text('[switch.order-total]\nmode = "on"\n')
            self.assertEqual(answer(), "rust")
            os.environ["RUSTWORTHY_SWITCH_ORDER_TOTAL"] = "python"
            self.assertEqual(answer(), "python")
            self.assertEqual(answer(), "python")
            file.write_text('[switch.order-total]\nmode = "rust"\nshadow = 0.5\n')
            self.assertEqual(answer(), "python")
            self.assertEqual(len([text for text in self.said if "wins over" in text]), 1, self.said)
            rustworthy.set_switch("order-total", "rust")
            self.assertEqual(answer(), "rust")
            rustworthy.set_switch("order-total", None)
            self.assertEqual(answer(), "python")
            os.environ["RUSTWORTHY_SWITCH_ORDER_TOTAL"] = "sometimes"
            self.assertEqual(answer(), "rust")
            file.unlink()
            self.assertEqual(answer(), "python")

    def test_a_file_that_is_no_table_of_switches_leaves_what_was_set(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "switches.toml")
            os.environ["RUSTWORTHY_SWITCHES"] = str(file)
            made = rustworthy.switch("f", python=lambda: "python", rust=lambda: "rust", shadow=0)

            def answer():
                keeper.states["f"].expire()
                settings._file.due = 0.0
                return made()

            file.write_text('[switch.f]\nmode = "rust"\n')
            self.assertEqual(answer(), "rust")
            for text, remedy in [
                ('[switches.f]\nmode = "python"\n', "write [switch.f]"),
                ('[f]\nmode = "python"\n', "write [switch.f]"),
                ('mode = "python"\n', "write [switch.mode]"),
                ('[switch]\nf = "python"\n', "write [switch.f]"),
                ('[switch.a.f]\nmode = "python"\n', "in quotes"),
                ('[switch.f]\nmode = 0.25\n', "such as '25%'"),
                ('[switch.f]\nshadow = "1%"\n', "from 0 to 1"),
            ]:
                self.said.clear()
                file.write_text(text)
                self.assertEqual(answer(), "rust", text)
                self.assertIn(remedy, " ".join(self.said))
            file.unlink()
            os.mkfifo(file)
            self.said.clear()
            self.assertEqual([answer() for _ in range(2)], ["rust"] * 2)
            self.assertEqual(len([text for text in self.said if "it's no file" in text]), 1, self.said)
            os.environ["RUSTWORTHY_SWITCHES"] = "/dev/zero"
            self.assertEqual(answer(), "python", "another file has set nothing yet")

    def test_the_first_calls_of_all_threads_follow_the_setting(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "switches.toml")
            file.write_text("".join(f'[switch.first-{number}]\nmode = "rust"\n' for number in range(20)))
            os.environ["RUSTWORTHY_SWITCHES"] = str(file)
            settings._file.due = 0.0
            real = settings._parse

            def parse(text):
                # Others come meanwhile.
                time.sleep(0.05)
                return real(text)

            settings._parse = parse
            self.addCleanup(setattr, settings, "_parse", real)
            switches = [rustworthy.switch(f"first-{number}", python=lambda: "python", rust=lambda: "rust", shadow=0) for number in range(20)]
            barrier, answers = threading.Barrier(8), []

            def call():
                barrier.wait()
                answers.extend(made() for made in switches)

            threads = [threading.Thread(target=call) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(answers, ["rust"] * 160)

    def test_a_change_is_seen_within_a_second(self):
        made = rustworthy.switch("seen", python=lambda: "python", rust=lambda: "rust", shadow=0)
        self.assertEqual(made(), "python")
        os.environ["RUSTWORTHY_SWITCH_SEEN"] = "rust"
        until = time.monotonic() + 5
        while made() == "python" and time.monotonic() < until:
            time.sleep(0.01)
        self.assertEqual(made(), "rust")

    def test_nothing_is_started_before_it_is_needed(self):
        threads = threading.active_count()
        made = rustworthy.switch("quiet", python=lambda: 1, rust=lambda: 1)
        for _ in range(100):
            made()
        self.assertEqual(threading.active_count(), threads)


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


class Waiting(Switched):
    def run_switch(self, mode, python, rust, **options):
        made = self.switch(python, rust, mode, **options)
        self.assertTrue(inspect.iscoroutinefunction(made))
        return made

    def test_coroutine_functions_and_either_kind_of_candidate(self):
        async def python(x):
            await asyncio.sleep(0)
            return [x]

        async def rust(x):
            await asyncio.sleep(0)
            return [x]

        for name, candidate in [("async", rust), ("sync", lambda x: [x])]:
            made = self.run_switch("shadow", python, candidate, name=name, inline=False)
            self.assertEqual(asyncio.run(made(1)), [1])
            pool.drain(5)
            self.assertEqual(counts(name), {"calls": 1, "shadowed": 1, "equal": 1})
            rustworthy.set_switch(name, "rust")
            self.assertEqual(asyncio.run(made(1)), [1])

    def test_what_is_awaited_is_not_shadowed_inline(self):
        async def python(x):
            return [x]

        made = self.run_switch("shadow", python, python, inline=True)
        self.assertEqual(asyncio.run(made(1)), [1])
        pool.drain(5)
        self.assertEqual(counts("s"), {"calls": 1, "shadowed": 1, "equal": 1})

    def test_cancellation_passes(self):
        async def python():
            return 1

        async def rust():
            await asyncio.sleep(60)

        made = self.run_switch("rust", python, rust, shadow=0.0)

        async def cancelled():
            task = asyncio.create_task(made())
            await asyncio.sleep(0.01)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task

        asyncio.run(cancelled())
        self.assertEqual(counts("s"), {"calls": 1, "rust": 1, "passed": 1})

    def test_only_the_outermost_call_of_a_task_falls_back_or_is_shadowed(self):
        asked = []

        async def side(n):
            asked.append(n)
            await asyncio.sleep(0)
            if n == 0:
                raise ValueError
            return await made(n - 1)

        made = self.run_switch("rust", side, side, shadow=1.0, inline=False)
        with self.assertRaises(ValueError):
            asyncio.run(made(12))
        pool.drain(5)
        self.assertLessEqual(len(asked), 3 * 13)
        self.assertEqual((counts("s")["failed"], counts("s")["fell_back"]), (1, 1))

    def test_tasks_that_outlive_a_call_are_not_within_it(self):
        async def python():
            return "python"

        async def rust():
            later.append(asyncio.create_task(goes_on()))
            return "python"

        async def goes_on():
            await begin.wait()
            return await made()

        async def program():
            nonlocal begin
            begin = asyncio.Event()
            await made()
            rustworthy.set_switch("s", "python")
            begin.set()
            return await later[0]

        begin, later = None, []
        made = self.run_switch("rust", python, rust, shadow=0.0)
        self.assertEqual(asyncio.run(program()), "python")
        self.assertEqual(counts("s"), {"calls": 2, "rust": 1})

    def test_a_candidate_that_raises(self):
        async def python():
            return 1

        async def rust():
            raise PanicException

        made = self.run_switch("rust", python, rust, shadow=0.0)
        self.assertEqual([asyncio.run(made()) for _ in range(2)], [1, 1])
        self.assertEqual(counts("s"), {"calls": 2, "rust": 1, "failed": 1, "fell_back": 1})


class Spans(Switched):
    def test_the_outermost_one_is_the_request(self):
        made = self.switch(lambda: 1, lambda: 1, "50%", shadow=0.0)
        state = keeper.states["s"]
        state.recording = True
        for _ in range(200):
            with rustworthy.span("request"), rustworthy.span("part"):
                made()
        by_python, by_rust = (times.collect().number for times in (state.python_requests, state.rust_requests))
        self.assertEqual(by_python + by_rust, 200)
        self.assertEqual(by_rust, counts("s")["rust"])

    def test_requests_of_both_sides_count_for_neither(self):
        made = self.switch(lambda: 1, lambda: 1, "50%", shadow=0.0)
        state = keeper.states["s"]
        state.recording = True
        with rustworthy.span("request"):
            for _ in range(50):
                made()
        self.assertEqual(state.python_requests.collect().number + state.rust_requests.collect().number, 0)

    def test_decorators_exceptions_and_listeners(self):
        from rustworthy._switch.spans import listeners

        heard = []

        class Listener:
            def begins(self, name):
                heard.append(f"{name} begins")
                return name

            def ends(self, begun):
                heard.append(f"{begun} ends")

        class Broken:
            def begins(self, name):
                raise RuntimeError

        for listener in (Listener(), Broken()):
            listeners.append(listener)
            self.addCleanup(listeners.remove, listener)

        @rustworthy.span("outer")
        def raises():
            with rustworthy.span("inner"):
                raise KeyError

        @rustworthy.span("waiting")
        async def waits():
            return 1

        with self.assertRaises(KeyError):
            raises()
        self.assertEqual(asyncio.run(waits()), 1)
        expected = ["outer begins", "inner begins", "inner ends", "outer ends", "waiting begins", "waiting ends"]
        self.assertEqual(heard, expected)
        with self.assertRaises(TypeError):
            rustworthy.span(1)


if __name__ == "__main__":
    unittest.main()
