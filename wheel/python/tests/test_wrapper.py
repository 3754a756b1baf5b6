"""What a switch looks like to who defines it, calls it, and reads its tracebacks."""

import functools
import inspect
import pickle
import traceback
import unittest

import rustworthy
from switching import Switched


@rustworthy.switch.python("decorated")
def decorated(x: int, *, y: "str" = "a") -> list:
    """Documented."""
    return [x, y]


@decorated.rust
def _candidate(x, *, y="a"):
    return [x, y]


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


if __name__ == "__main__":
    unittest.main()
