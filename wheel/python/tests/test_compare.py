"""Functions handed over to other processes, with a stand-in for the program that compares them."""

import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

PACKAGE = pathlib.Path(__file__).resolve().parents[1]

# What stands for the program: it calls each function once, in this process.
STAND_IN = f"""#!{sys.executable}
import importlib, json, os, sys, tomllib
options = dict(zip(sys.argv[3:], sys.argv[4:]))
folder = options["--project"]
manifest = tomllib.load(open(os.path.join(folder, "rustworthy.toml"), "rb"))
[workload] = manifest["workload"].values()
sys.path[:0] = [os.path.join(folder, part) for part in manifest["project"]["python-path"]]
sys.dont_write_bytecode = True
def found(name):
    module, _, path = name.partition(":")
    value = importlib.import_module(module)
    for part in path.split("."):
        value = getattr(value, part)
    return value
given = found(workload["input"])
contenders, expected = [], None
for name, one in workload["contender"].items():
    output = found(one["python"])(given(workload["sizes"]["default"], 1))
    expected = output if one.get("baseline") else expected
    status = "baseline" if one.get("baseline") else "equal" if output == expected else "different"
    estimate = {{"estimate": 2.0, "low": 1.5, "high": 2.5}}
    contenders.append({{
        "name": name, "status": "measured", "error": None, "samples": 3, "peak_memory_bytes": None,
        "equivalence": {{"status": status, "detail": None}}, "seconds": estimate,
        "speedup": estimate if status == "equal" else None,
    }})
os.mkdir(options["--out"])
json.dump({{"workloads": [{{"contenders": contenders}}]}}, open(os.path.join(options["--out"], "run.json"), "w"))
print(workload["equal"], expected)
print(f"{{folder}}/rustworthy.toml: a note", file=sys.stderr)
sys.exit(3 if any(one["equivalence"]["status"] == "different" for one in contenders) else 0)
"""

HEAD = """
import sys
import rustworthy._compare.calling
rustworthy._compare.calling.find_program = lambda: sys.argv[1]
from rustworthy import CompareError, compare

def refused(*functions, **options):
    try:
        compare(*functions, **{"inputs": 1, **options})
    except CompareError as error:
        return str(error)
    raise AssertionError("it was compared")
"""


class Compare(unittest.TestCase):
    def run_program(self, text):
        """Runs a program that compares; what it prints."""
        with tempfile.TemporaryDirectory() as folder:
            program, app = pathlib.Path(folder, "rustworthy"), pathlib.Path(folder, "app.py")
            program.write_text(STAND_IN)
            program.chmod(0o755)
            app.write_text(HEAD + textwrap.dedent(text))
            environment = {**os.environ, "PYTHONPATH": str(PACKAGE), "PYTHONDONTWRITEBYTECODE": "1"}
            ran = subprocess.run([sys.executable, app, program], env=environment, capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return ran.stdout

    def test_what_a_function_names_goes_with_it(self):
        printed = self.run_program(
            """
            import collections.abc, dataclasses, enum, functools, re
            from math import sqrt as root
            from collections import abc as containers

            LIMIT, WORDS, PATTERN = 3, ["a", {"b": (1, None)}], re.compile("[0-9]+")

            class Kind(enum.Enum):
                SMALL = 1

            @dataclasses.dataclass
            class Bare:
                kind: Kind

            @dataclasses.dataclass
            class Point(Bare):
                x: float
                @classmethod
                def of(cls, x):
                    return cls(Kind.SMALL, root(x))
                def far(self):
                    return [type(self).__name__, self.x, self.kind.name]

            def memo(function):
                return functools.lru_cache(function)

            @memo
            def helper(x, most=LIMIT):
                def inner():
                    return WORDS, min(x, most), PATTERN.findall("a1b22"), isinstance(WORDS, containers.Sequence)
                return inner()

            def ping(n):
                return pong(n - 1) if n else 0

            def pong(n):
                return ping(n - 1) if n else 1

            def slow(x):
                return [helper(x), Point.of(x).far(), ping(x), collections.abc.Sized.__name__]

            class Tools:
                @staticmethod
                def same(x):
                    return slow(x)

            also = slow
            found = compare(slow, "__main__:Tools.same", also, inputs=4, equal={"rel-tol": 1e-9, "ignore": ["[0]"]})
            print(found, found.notes, [one.function for one in found], [one.name for one in found], sep="\\n")
            """
        )
        self.assertIn("rustworthy.toml: a note", printed)
        self.assertNotIn("/rustworthy.toml", printed)
        self.assertIn("{'rel-tol': 1e-09, 'ignore': ['[0]']} [(['a', {'b': (1, None)}], 3, ['1', '22'], True), ['Point', 2.0, 'SMALL'], 0, 'Sized']", printed)
        self.assertIn("['__main__:slow', '__main__:Tools.same', '__main__:slow']", printed)

    def test_inputs_are_values_or_what_makes_them(self):
        self.run_program(
            """
            import math, collections
            def make(size, seed):
                return [size] * seed
            def first(values):
                return values[0]
            def name(text):
                return text
            assert "7" in str(compare(first, min, inputs=make, size=7))
            assert "7" in str(compare(first, min, inputs="__main__:make", size=7))
            assert "Counter" in str(compare(name, str, inputs=collections.Counter("a"), equal="value"))
            assert "no name of it" in str(compare(name, str, inputs="no name of it"))
            def alike(expected, got):
                return True
            assert "rustworthy_main:alike" in str(compare(first, min, inputs=[1], equal=alike))
            """
        )

    def test_a_result_has_fields_and_is_shown_as_a_table(self):
        self.run_program(
            """
            def one(x): return x
            def other(x): return x + 1
            def third(x): return x * 1
            found = compare(one, other, third, inputs=3)
            assert [c.equivalence for c in found] == ["baseline", "different", "equal"]
            assert (found.baseline, found["third"], found["__main__:other"]) == tuple(found[c.name] for c in (found.contenders[0], found.contenders[2], found.contenders[1]))
            assert found["third"].speedup == (rustworthy := __import__("rustworthy")).Estimate(2.0, 1.5, 2.5) and found["other"].speedup is None
            html = found._repr_html_()
            assert "2.00× (1.50 to 2.50)" in html and "<td>different</td>" in html and "a note" in html, html
            assert repr(found) == str(found) == "exact 3"
            try:
                found["fourth"]
            except KeyError:
                pass
            else:
                raise AssertionError
            """
        )

    def test_what_other_processes_cannot_have_is_refused(self):
        self.run_program(
            """
            import functools, sys
            def plain(x): return x
            def outer(y):
                def inner(x): return y
                return inner
            closure = outer(1)
            quick = lambda x: x
            wrapped = functools.lru_cache(plain)
            stream = sys.stdout
            def uses(x): return stream
            class Own: pass
            own = Own()
            def uses_own(x): return own
            for part, function in [
                ("closure uses y of the function that it's defined in", closure),
                ("uses y of the function", outer(2)),
                ("quick is a lambda", quick),
                ("is a lambda", lambda x: x),
                ("by what isn't a decorator of it", wrapped),
                ("it uses stream, of the type TextIOWrapper", uses),
                ("it uses own, which is made of what", uses_own),
                ("has no 'missing'", "__main__:missing"),
                ("write 'module:function'", "plain"),
                ("has no name by which", functools.partial(plain)),
            ]:
                error = refused(plain, function)
                assert part in error, error
            assert "there is nothing to compare with" in refused(plain)
            assert "make(size, seed)" in refused(plain, plain, inputs=own)
            assert "make(size, seed)" in refused(plain, plain, inputs=stream)
            """
        )


if __name__ == "__main__":
    unittest.main()
