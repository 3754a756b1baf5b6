"""Programs run as they do without a recorder, and their calls are recorded."""

import os
import pathlib
import sys
import textwrap
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from programs import Program

LIB = """
    def double(x, *, by=2):
        return x * by
"""


class Recorder(unittest.TestCase):
    maxDiff = None

    def test_a_function_of_a_module(self):
        with Program(lib=LIB, app="from lib import double\nprint(double(3), double('a', by=3))") as program:
            ran = program.run(["lib:double"], "app.py")
        self.assertEqual(ran.stdout, "6 aaa\n")
        self.assertEqual(ran.calls(), 2)
        one, other = ran.lines
        self.assertEqual((one["args"], one["kwargs"], one["result"], one["after"]), ([3], {}, 6, None))
        self.assertEqual((other["args"], other["kwargs"], other["result"]), (["a"], {"by": 3}, "aaa"))
        self.assertEqual([line["weight"] for line in ran.lines], [1.0, 1.0])
        self.assertEqual(ran.modes, [0o600])

    def test_a_function_of_the_script_itself(self):
        app = '''
            """About it."""
            from __future__ import annotations
            import sys, os
            class Thing:
                def __init__(self, x):
                    self.x = x
            def handle(thing):
                return Thing(thing.x + 1)
            if __name__ == "__main__":
                print(handle(Thing(1)).x, __doc__, __spec__, __package__, os.path.basename(__file__), sys.argv, sys.path[0])
                print(sys.modules["__main__"].handle is handle, handle.__name__)
        '''
        with Program(app=app) as program:
            plain = program.run([], "app.py", "a", recorded=False)
            for target in ["app:handle", "__main__:handle"]:
                ran = program.run([target], "app.py", "a")
                self.assertEqual(ran.stdout, plain.stdout)
                self.assertEqual(ran.calls(), 1)
                self.assertEqual(ran.lines[0]["args"], [{"$": "object", "class": "app:Thing", "state": {"x": 1}}])

    def test_a_script_that_fails_says_so_at_its_own_lines(self):
        app = "def f(x):\n    return 1 / x\n\n\nprint(f(1))\nf(0)\n"
        with Program(app=app) as program:
            ran = program.run(["app:f"], "app.py", check=False)
        self.assertEqual(ran.code, 1)
        self.assertIn("line 6, in <module>", ran.stderr)
        self.assertIn("line 2, in f", ran.stderr)
        self.assertEqual(ran.lines[1]["raised"]["class"], "builtins:ZeroDivisionError")
        self.assertEqual(ran.lines[1]["raised"]["message"], "division by zero")

    def test_a_module_that_runs_with_m(self):
        main = """
            import sys
            def handle(x):
                return x
            if __name__ == "__main__":
                print(handle(1), __spec__.name, sys.argv[1:])
        """
        with Program(pkg__slash____init__="", pkg__slash____main__=main, pkg__slash__tool=main) as program:
            for module, target, name in [("pkg", "pkg.__main__:handle", "pkg.__main__"), ("pkg.tool", "pkg.tool:handle", "pkg.tool")]:
                ran = program.run([target], "-m", module, "x")
                self.assertEqual(ran.stdout, f"1 {name} ['x']\n")
                self.assertEqual((ran.calls(), ran.lines[0]["args"]), (1, [1]))

    def test_whoever_holds_a_function_is_recorded(self):
        app = """
            import functools, inspect, pickle
            import lib
            from lib import double as renamed
            table = {"double": renamed}
            partial = functools.partial(renamed, by=5)
            methods = lib.Thing(2)
            print(lib.double(1), renamed(2), table["double"](3), partial(4), methods.method(5), lib.Thing.made(6).x, lib.Thing.static(7))
            print(inspect.signature(renamed), inspect.getfullargspec(renamed).kwonlydefaults, renamed.__defaults__, renamed.__kwdefaults__)
            print(pickle.loads(pickle.dumps(renamed)) is renamed, inspect.getsource(renamed).strip().splitlines()[0])
            print(inspect.signature(lib.Thing.method), inspect.getdoc(renamed), lib.Sub(1).method(1), list(map(renamed, [1])))
        """
        lib = LIB.replace("return", '"""Doubles."""\n        return') + """
    class Thing:
        def __init__(self, x):
            self.x = x
        def method(self, y=1):
            return self.x + y
        @classmethod
        def made(cls, x):
            return cls(x)
        @staticmethod
        def static(x):
            return x
    class Sub(Thing):
        def method(self, y):
            return super().method(y) + 1
        """
        targets = ["lib:double", "lib:Thing.method", "lib:Thing.made", "lib:Thing.static"]
        with Program(lib=lib, app=app) as program:
            plain = program.run([], "app.py", recorded=False)
            ran = program.run(targets, "app.py")
        self.assertEqual(ran.stdout, plain.stdout)
        self.assertEqual([ran.calls(number) for number in range(4)], [5, 2, 1, 1])
        method = next(line for line in ran.lines if line["call"] == 1)
        self.assertEqual(method["args"], [{"$": "object", "class": "lib:Thing", "state": {"x": 2}}, 5])
        made = next(line for line in ran.lines if line["call"] == 2)
        self.assertEqual(made["args"], [6])

    def test_changed_arguments_are_kept_before_and_after(self):
        with Program(lib="def sort(x):\n    x.sort()\n", app="import lib\nlib.sort([2, 1])\nlib.sort([1, 2])") as program:
            ran = program.run(["lib:sort"], "app.py")
        self.assertEqual([(line["args"], line["after"]) for line in ran.lines], [([[2, 1]], [[[1, 2]], {}]), ([[1, 2]], None)])

    def test_closures_and_decorated_functions(self):
        lib = """
            import functools
            def trace(f):
                @functools.wraps(f)
                def outer(*args):
                    return f(*args) + 1
                return outer
            @trace
            def f(x):
                return x
            def make(n):
                def inner(x):
                    return x + n
                return inner
            added = make(10)
            @functools.lru_cache
            def cached(x):
                return x
        """
        app = "import lib\nprint(lib.f(1), lib.added(1), lib.cached(1), lib.cached(1), lib.cached.cache_info().hits)"
        with Program(lib=lib, app=app) as program:
            ran = program.run(["lib:f", "lib:f.__wrapped__", "lib:added", "lib:cached"], "app.py")
        self.assertEqual(ran.stdout, "2 11 1 1 1\n")
        self.assertEqual([ran.calls(number) for number in range(4)], [1, 1, 1, 2])
        self.assertEqual([(line["call"], line["result"]) for line in ran.lines][:3], [(1, 1), (0, 2), (2, 11)])

    def test_of_recursive_calls_the_outermost_alone(self):
        lib = """
            def fact(n):
                return 1 if n < 2 else n * fact(n - 1)
            def even(n):
                return True if n == 0 else odd(n - 1)
            def odd(n):
                return False if n == 0 else even(n - 1)
        """
        app = "import lib\nfor _ in range(3000):\n    lib.fact(5); lib.even(6)"
        with Program(lib=lib, app=app) as program:
            ran = program.run(["lib:fact", "lib:even"], "app.py")
        self.assertEqual((ran.calls(0), ran.calls(1)), (3000, 3000))
        self.assertEqual({line["args"][0] for line in ran.lines}, {5, 6})

    def test_recursions_get_as_deep_as_without_recording(self):
        lib = "def deep(n):\n    return 0 if n == 0 else 1 + deep(n - 1)"
        with Program(lib=lib, app="import lib\nprint(lib.deep(900))") as program:
            ran = program.run(["lib:deep"], "app.py")
        self.assertEqual((ran.stdout.strip(), ran.calls()), ("900", 1))

    def test_what_is_of_the_script_itself_is_named_as_others_import_it(self):
        app = """
            class Boom(Exception):
                pass
            class Odd:
                def __init__(self, x):
                    self.x = x
                def __reduce__(self):
                    return Odd, (self.x,)
            def work(odd):
                raise Boom(odd.x)
            if __name__ == "__main__":
                try:
                    work(Odd(7))
                except Boom:
                    pass
        """
        with Program(app=app) as program:
            ran = program.run(["app:work"], "app.py")
        [line] = ran.lines
        self.assertEqual((line["raised"]["class"], line["args"][0]["main"]), ("app:Boom", "app"))

    def test_coroutines_are_recorded_at_completion(self):
        lib = """
            import asyncio
            async def fetch(x):
                await asyncio.sleep(0.01)
                if x == 2:
                    raise KeyError(x)
                return [x]
        """
        app = """
            import asyncio, inspect, lib
            async def main():
                print(await asyncio.gather(*(lib.fetch(x) for x in range(4)), return_exceptions=True))
            asyncio.run(main())
            print(inspect.iscoroutinefunction(lib.fetch), asyncio.iscoroutinefunction(lib.fetch))
        """
        with Program(lib=lib, app=app) as program:
            ran = program.run(["lib:fetch"], "app.py")
        self.assertEqual(ran.stdout, "[[0], [1], KeyError(2), [3]]\nTrue True\n")
        self.assertEqual(ran.calls(), 4)
        self.assertEqual(sorted(line["args"][0] for line in ran.lines), [0, 1, 2, 3])
        self.assertTrue(all(line["seconds"] >= 0.01 for line in ran.lines))
        self.assertEqual(len({line["task"] for line in ran.lines}), 4)

    def test_generators_are_refused_before_anything_runs(self):
        lib = """
            def items():
                yield 1
            async def stream():
                yield 1
        """
        with Program(lib=lib, app="print('ran')") as program:
            ran = program.run(["lib:items", "lib:stream"], "app.py", check=False)
            self.assertEqual((ran.code, ran.stdout, len(ran.refused)), (2, "", 2))
            self.assertIn("generator", ran.refused[0])

    def test_streams_are_taken_down_up_to_a_bound_as_they_are_read(self):
        lib = """
            def items(n, fail=False):
                for number in range(n):
                    got = yield [number]
                    if got:
                        yield got
                if fail:
                    raise KeyError(n)
                return n

            def walk(tree):
                for node in tree:
                    if isinstance(node, list):
                        yield from walk(node)
                    else:
                        yield node

            async def ticks(n):
                try:
                    for number in range(n):
                        try:
                            yield number
                        except ValueError:
                            yield -1
                finally:
                    print("closed", n)
        """
        app = """
            import asyncio, inspect, lib

            def all_of(n):
                last = yield from lib.items(n)
                yield [last]

            print([item.append(0) or item for item in all_of(2)])
            stream = lib.items(9)
            print(next(stream), stream.send("x"), stream.close())
            try:
                list(lib.items(1, fail=True))
            except KeyError as error:
                print(repr(error))
            print(list(lib.walk([1, [2, [3]]])), inspect.isgeneratorfunction(lib.walk), inspect.isasyncgenfunction(lib.ticks))

            async def main():
                print([tick async for tick in lib.ticks(5)])
                ticks = lib.ticks(4)
                print(await anext(ticks), await ticks.athrow(ValueError()), await anext(ticks))
                await ticks.aclose()

            asyncio.run(main())
        """
        with Program(lib=lib, app=app) as program:
            plain = program.run([], "app.py", recorded=False)
            ran = program.run(["lib:items", "lib:walk", "lib:ticks"], "app.py", streams=3)
        self.assertEqual(ran.stdout, plain.stdout)
        found = [(line["call"], line.get("result", {}).get("items"), line["more"]) for line in ran.lines]
        self.assertEqual(
            found,
            [
                (0, [[0], [1]], False),
                (0, [[0], "x"], True),
                (0, None, False),
                (1, [1, 2, 3], False),
                (2, [0, 1, 2], True),
                (2, [0, -1, 1], True),
            ],
        )
        self.assertEqual([ran.calls(number) for number in range(3)], [3, 1, 2])

    def test_bad_targets_are_refused_before_anything_runs(self):
        lib = LIB + "\n    class Thing:\n        def method(self): pass\n"
        with Program(lib=lib, app="print('ran')") as program:
            for target, message in [
                ("lib:duble", "did you mean 'double'"),
                ("lob:double", "no module 'lob'"),
                ("lib.sub:f", "no module 'lib.sub'"),
                ("lib:Thing.other", "class 'Thing' has no 'other'"),
                ("json:dums", "did you mean 'dumps'"),
            ]:
                with self.subTest(target):
                    ran = program.run([target], "app.py", check=False)
                    self.assertEqual((ran.code, ran.stdout), (2, ""))
                    self.assertIn(message, ran.refused[0])
            ran = program.run(["lib:double"], "app.py", redact=["("], recipes={"lock": "lib:duble"}, check=False)
            self.assertIn("--recipe lock=lib:duble: module 'lib' has no 'duble'", ran.refused[0])
            self.assertIn("--redact", ran.refused[1])

    def test_native_functions_by_their_names(self):
        app = """
            import math
            from json import dumps
            from math import sqrt
            import lib
            print(sqrt(4.0), math.sqrt(9.0), math.sqrt.__name__, lib.held[0](16.0))
        """
        # What holds the function itself escapes, and is told.
        lib = "from math import sqrt\nheld = (sqrt, 1)\n"
        with Program(lib=lib, app="import lib\n" + textwrap.dedent(app)) as program:
            ran = program.run(["lib:sqrt"], "app.py")
        self.assertEqual(ran.stdout, "2.0 3.0 sqrt 4.0\n")
        self.assertEqual((ran.calls(), [line["args"] for line in ran.lines]), (2, [[4.0], [9.0]]))
        self.assertEqual({holder for line in ran.counters.values() for holder in line["held_by"]}, {"tuple"})

    def test_what_is_called_otherwise_is_refused_with_what_to_name(self):
        lib = """
            class Rule:
                def __call__(self, x):
                    return x
                @property
                def size(self):
                    return 1
            rule = Rule()
        """
        with Program(lib=lib, app="import lib\nprint(lib.rule(1), lib.rule.size, 'x'.upper())") as program:
            ran = program.run(["lib:rule", "lib:Rule", "lib:Rule.size", "builtins:str.upper", "lib:Rule.__call__"], "app.py")
        self.assertEqual(ran.stdout, "1 1 X\n")
        for number, what in enumerate(["lib:Rule.__call__", "Rule.__init__", "size.fget", "native"]):
            self.assertIn(what, "".join(ran.status(number)))
        self.assertEqual(ran.calls(4), 1)

    def test_annotations_are_not_evaluated(self):
        lib = """
            from typing import TYPE_CHECKING
            if TYPE_CHECKING:
                from nowhere import Missing
            def f(x: "Missing") -> "Missing":
                return x
        """
        with Program(lib=lib, app="import inspect, lib\nprint(lib.f(1), inspect.signature(lib.f), lib.f.__annotations__)") as program:
            plain = program.run([], "app.py", recorded=False)
            ran = program.run(["lib:f"], "app.py")
        self.assertEqual((ran.stdout, ran.calls()), (plain.stdout, 1))

    def test_threads_forks_and_spawned_processes(self):
        app = """
            import multiprocessing, os, sys, threading
            def work(x):
                return [x]
            if __name__ == "__main__":
                threads = [threading.Thread(target=lambda: [work(x) for x in range(50)]) for _ in range(4)]
                [one.start() for one in threads]
                [one.join() for one in threads]
                for method in ("fork", "spawn"):
                    with multiprocessing.get_context(method).Pool(2) as pool:
                        print(pool.map(work, range(6), 1))
                        pool.close()
                        pool.join()
                for end in (sys.exit, os._exit):
                    if os.fork() == 0:
                        work(7)
                        end(0)
                    os.wait()
        """
        with Program(app=app) as program:
            ran = program.run(["app:work"], "app.py")
        self.assertEqual(ran.stdout.splitlines()[-2:], ["[[0], [1], [2], [3], [4], [5]]"] * 2)
        self.assertEqual(ran.calls(), 200 + 12 + 2)
        self.assertGreaterEqual(len(ran.files), 6)

    def test_a_killed_program_leaves_its_calls(self):
        app = "import lib, os\nfor x in range(5):\n    lib.double(x)\nos.kill(os.getpid(), 9)"
        with Program(lib=LIB, app=app) as program:
            ran = program.run(["lib:double"], "app.py", check=False)
        self.assertEqual((ran.code, len(ran.lines)), (-9, 5))

    def test_many_calls_are_sampled_and_weigh_as_many_as_there_were(self):
        app = """
            import lib
            for x in range(300_000):
                lib.double(x)
        """
        with Program(lib=LIB, app=app) as program:
            ran = program.run(["lib:double"], "app.py", keep=50)
        self.assertEqual(ran.calls(), 300_000)
        counters = next(iter(ran.counters.values()))
        # How often is looked depends on what looking costs, which varies on a busy machine.
        self.assertTrue(100_000 < counters["sampled"] < 900_000, counters)
        kept = sorted((line for line in ran.lines if line["key"] is not None), key=lambda line: line["key"])[:50]
        self.assertGreater(max(line["args"][0] for line in kept), 100_000)

    def test_an_object_that_holds_too_much_is_left_out_with_how_much(self):
        lib = """
            class Store:
                def __init__(self, size):
                    self.rows = list(range(size))
                def first(self):
                    return self.rows[0]
        """
        with Program(lib=lib, app="import lib\nlib.Store(9).first()\nlib.Store(99_999).first()") as program:
            ran = program.run(["lib:Store.first"], "app.py", most_bytes=1 << 18)
        self.assertEqual((ran.calls(), len(ran.lines)), (2, 1))
        self.assertTrue(all("more than 65536 bytes" in why or "so much that" in why for why in ran.unrecordable()), ran.unrecordable())
        self.assertEqual(sum(ran.unrecordable().values()), 1)

    def test_a_script_that_reads_its_arguments_as_it_begins(self):
        app = """
            import argparse
            parser = argparse.ArgumentParser()
            parser.add_argument("--size", type=int, required=True)
            size = parser.parse_args().size
            def work(number):
                return number * 2
            print(parser.prog, work(size))
        """
        with Program(app=app) as program:
            ran = program.run(["app:work"], "app.py", "--size", "4")
        self.assertEqual((ran.stdout, ran.calls(), ran.lines[0]["args"]), ("app.py 8\n", 1, [4]))
        self.assertTrue(ran.processes[0]["unguarded"])

    def test_every_kind_of_exception_is_kept_however_rare(self):
        lib = """
            class Own(ValueError):
                pass
            def f(x):
                if x == 199_999:
                    raise Own("once")
                return x
        """
        app = """
            import lib
            for x in range(200_000):
                try:
                    lib.f(x)
                except ValueError as error:
                    print(error)
        """
        with Program(lib=lib, app=app) as program:
            ran = program.run(["lib:f"], "app.py")
        (line,) = [line for line in ran.lines if "raised" in line]
        self.assertEqual((line["args"], line["raised"]["class"], "exception" in line["because"]), ([199_999], "lib:Own", True))

    def test_what_cannot_be_written_down_is_counted(self):
        app = """
            import lib, threading
            lib.double(1)
            for one in (threading.Lock(), lambda: 1):
                try:
                    lib.double([one])
                except TypeError:
                    pass
        """
        with Program(lib=LIB, app=app) as program:
            ran = program.run(["lib:double"], "app.py")
        self.assertEqual((ran.calls(), len(ran.lines)), (3, 1))
        self.assertEqual(sum(ran.unrecordable().values()), 2)
        self.assertIn("args[0][0]: _thread.lock", ran.unrecordable())

    def test_what_cannot_be_written_down_is_made_by_whoever_knows_it(self):
        app = """
            import lib, threading
            own, other = threading.Lock(), threading.RLock()
            lib.first([own, own], 1)
            lib.first([other], lambda: 1)
            lib.first([1], lib.first)
        """
        lib = """
            def first(items, more):
                return type(items[0]).__name__
            def made():
                return first
        """
        recipes = {"_thread.lock": "threading:Lock", "args[0][0]": "threading:RLock", "function": "lib:made"}
        with Program(lib=lib, app=app) as program:
            ran = program.run(["lib:first"], "app.py", recipes={name: recipes[name] for name in ("_thread.lock", "function")})
            by_path = program.run(["lib:first"], "app.py", recipes=recipes)
        lock, function = {"$": "made", "by": "threading:Lock"}, {"$": "name", "name": "lib:first"}
        self.assertEqual([line["args"] for line in ran.lines], [[[lock, {"$": "same", "as": "args[0][0]"}], 1], [[1], function]])
        self.assertEqual(ran.unrecordable(), {"args[0][0]: _thread.RLock": 1.0})
        self.assertEqual([line["args"][0][0] for line in by_path.lines][:2], [{"$": "made", "by": "threading:RLock"}] * 2)
        self.assertEqual(by_path.lines[1]["args"][1], {"$": "made", "by": "lib:made"})

    def test_calls_that_take_pickles_can_be_left_out(self):
        app = "import lib, time\nlib.first(time.gmtime(0))\nlib.first([1])"
        with Program(lib="def first(items):\n    return items[0]\n", app=app) as program:
            ran = program.run(["lib:first"], "app.py")
            self.assertEqual((len(ran.lines), len(ran.objects)), (2, 1))
            ran = program.run(["lib:first"], "app.py", pickles=False)
        self.assertEqual([line["args"] for line in ran.lines], [[[1]]])
        self.assertEqual((ran.calls(), ran.unrecordable()), (2, {"args[0]: time.struct_time": 1.0}))

    def test_large_graphs_of_objects_are_looked_at_as_rarely_as_there_is_time_for(self):
        lib = """
            class Node:
                def __init__(self, depth):
                    self.name, self.children = f"node {depth}", [Node(depth - 1) for _ in range(4 if depth else 0)]
            def count(node):
                return sum(range(3000)) + len(node.children)
        """
        app = """
            import lib, time
            small, large = lib.Node(0), lib.Node(6)
            end = time.process_time() + 1
            while time.process_time() < end:
                for _ in range(50):
                    lib.count(small)
                lib.count(large)
        """
        with Program(lib=lib, app=app) as program:
            ran = program.run(["lib:count"], "app.py")
        counters = next(iter(ran.counters.values()))
        # Looking at each of the large ones takes more than the program.
        self.assertLess(counters["spent"], 0.3 * counters["cpu"])
        self.assertTrue(any(line["args"][0]["state"]["children"] == [] for line in ran.lines))
        self.assertTrue(all(why.startswith("args[0]: so much that") for why in ran.unrecordable()))

    def test_secrets_never_reach_the_disk(self):
        lib = """
            def login(user, password, headers=None):
                if headers is None:
                    raise ValueError(f"wrong: {password} of {user}")
                return {"token": "tok-4711-abc", "user": user}
        """
        app = """
            import lib
            lib.login("ann@example.com", "hunter2-x", headers={"Authorization": "Bearer abcdefgh-123"})
            try:
                lib.login("ann@example.com", "hunter2-x")
            except ValueError:
                pass
        """
        with Program(lib=lib, app=app) as program:
            ran = program.run(["lib:login"], "app.py")
        for secret in ("hunter2", "ann@example", "abcdefgh-123", "tok-4711"):
            self.assertNotIn(secret, ran.text)
        self.assertEqual([line["redacted"] for line in ran.lines], [5, 4])
        self.assertEqual(ran.lines[0]["args"][1], ran.lines[1]["args"][1])

    def test_the_users_own_sitecustomize_runs_first(self):
        with Program(own__slash__lib=LIB, app="import lib\nlib.double(1)", own__slash__sitecustomize="import sys; print('own', sys.path[0])") as program:
            ran = program.run(["lib:double"], "app.py", search=str(program.folder / "own"))
            self.assertEqual((ran.stdout, ran.calls()), (f"own {program.folder / 'own'}\n", 1))

    def test_servers_that_add_the_folder_they_are_started_in(self):
        with Program(lib=LIB, bin__slash__serve="import os, sys\nsys.path.insert(0, os.getcwd())\nimport lib\nlib.double(1)") as program:
            ran = program.run(["lib:double"], "bin/serve")
            self.assertEqual((ran.refused, ran.calls()), (None, 1))

    def test_modules_that_finders_find_are_no_mistakes(self):
        finder = """
            import importlib.util, os, sys
            class Finder:
                @staticmethod
                def find_spec(name, path=None, target=None):
                    if name == "edited":
                        return importlib.util.spec_from_file_location(name, os.path.join(os.getcwd(), "src", "edited.py"))
            sys.meta_path.append(Finder)
        """
        with Program(src__slash__edited=LIB, app="import edited\nedited.double(1)", own__slash__sitecustomize=finder) as program:
            ran = program.run(["edited:double"], "app.py", search=str(program.folder / "own"))
            self.assertEqual((ran.refused, ran.calls()), (None, 1))

    def test_another_profiler_and_tracer_work_beside_it(self):
        app = """
            import sys, lib
            seen = []
            sys.settrace(lambda frame, event, arg: seen.append(frame.f_code.co_name))
            sys.setprofile(lambda frame, event, arg: None)
            lib.double(1)
            sys.settrace(None); sys.setprofile(None)
            print("double" in seen)
        """
        with Program(lib=LIB, app=app) as program:
            ran = program.run(["lib:double"], "app.py")
        self.assertEqual((ran.stdout, ran.calls()), ("True\n", 1))

    def test_nothing_is_imported_early(self):
        with Program(lib="print('lib runs')\n" + LIB.replace("    ", "", 1), app="print('app runs')\nimport lib\nlib.double(1)") as program:
            ran = program.run(["lib:double"], "app.py")
            self.assertEqual(ran.stdout, "app runs\nlib runs\n")
            ran = program.run(["lib:double"], "-c", "print('nothing')")
            self.assertEqual((ran.stdout, ran.calls()), ("nothing\n", 0))


if __name__ == "__main__":
    unittest.main()
