"""What is read of projects, file by file."""

import os
import pathlib
import sys
import tempfile
import textwrap
import unittest

# The reader, and what it shares with others.
sys.path[:0] = [str(pathlib.Path(__file__).parents[1]), str(pathlib.Path(__file__).parents[3])]

import folders
import main


class Reading(unittest.TestCase):
    def read(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
            return main.read(folder)

    def functions(self, files):
        return {f"{one['module']}:{one['name']}": one for one in self.read(files)["functions"]}

    def test_functions_are_where_their_code_begins(self):
        found = self.functions({
            "lib.py": """\
                import functools

                @functools.lru_cache(maxsize=None)
                def remembered(x):
                    def within():
                        yield 1
                    return x

                class Cart:
                    if True:
                        pass
                    async def total(self):
                        return 1
                    class Line:
                        def price(self): return 1

                try:
                    import json
                except ImportError:
                    def fallback(): yield 1
                """
        })
        self.assertEqual({name: one["line"] for name, one in found.items()}, {
            "lib:remembered": 3, "lib:Cart.total": 12, "lib:Cart.Line.price": 15, "lib:fallback": 20,
        })
        self.assertEqual(found["lib:remembered"]["decorators"], ["functools.lru_cache"])
        self.assertEqual([one["generator"] for one in found.values()], [False, False, False, True])

    def test_files_that_run_whenever_they_are_imported_are_scripts(self):
        found = self.functions({
            "runs.py": "def f(): pass\nfor x in range(3):\n    f()\n",
            "serves.py": "def f(): pass\nimport uvicorn\nuvicorn.run(f)\n",
            "guarded.py": "def f(): pass\nif __name__ == '__main__':\n    f()\n",
            "prepares.py": "import sys\nsys.path.append('x')\ndef f(): pass\n",
            "uses.py": "import prepares\ndef f(): pass\n",
            "logs.py": "import logging\nlogging.basicConfig()\ndef f(): pass\n",
            "parses.py": "import argparse\ndef f(): pass\nparser = argparse.ArgumentParser()\nargs = parser.parse_args()\n",
            "app.py": "from fastapi import FastAPI\ndef f(): pass\napp = FastAPI()\nf()\n",
        })
        scripts = {"runs:f", "serves:f", "parses:f"}
        self.assertEqual({name for name, one in found.items() if one["script"]}, scripts)

    def test_names_that_packages_pass_on_are_those_of_their_functions(self):
        found = self.read({
            "pkg/__init__.py": "from .inner import *\nfrom pkg.other import deep as renamed\n",
            "pkg/inner.py": "def shown(): pass\n",
            "pkg/other.py": "from .last import deep\n",
            "pkg/last.py": "def deep(): pass\n",
            "pkg/round.py": "from .round import gone\n",
            "tests/test_pkg.py": """\
                import pkg
                from pkg import renamed
                import pkg.inner as inner

                def test_them(benchmark):
                    pkg.shown(); pkg.shown(); inner.shown(); renamed(); pkg.round.gone()
                    benchmark(lambda: renamed(3))

                class TestMore:
                    def test_more(self): pass
                    def helper(self): pass
                """,
        })["tests"]
        self.assertEqual(found["called"], ["pkg.inner:shown", "pkg.last:deep"])
        self.assertEqual(found["timed"], ["pkg.last:deep"])
        self.assertEqual((found["count"], found["files"], found["benchmarks"]), (2, 1, ["tests/test_pkg.py::test_them"]))
        self.assertEqual(found["places"], ["tests"])

    def test_declarations_of_every_tool_are_read(self):
        found = self.read({
            "a/setup.cfg": "[metadata]\nname = a\n[options]\npackage_dir =\n    = code\n[options.entry_points]\nconsole_scripts =\n    a = a.cli:main\n",
            "a/code/a/__init__.py": "",
            "b/pyproject.toml": "[tool.poetry]\nname = 'b'\npackages = [{ include = 'b', from = 'python' }]\n[tool.poetry.scripts]\nb = 'b:main'\n",
            "b/python/b/__init__.py": "",
            "c/pyproject.toml": "[build-system]\nbuild-backend = 'maturin'\n[tool.maturin]\npython-source = 'py'\n",
            "c/py/c/__init__.py": "",
            "d/setup.py": "from setuptools import setup\nsetup(entry_points={'console_scripts': ['d = d:main']}, name=name())\n",
            "d/d.py": "def main(): pass\n",
            "e/pyproject.toml": "tool = 3\n",
            "f/pyproject.toml": "[broken",
            "requirements.txt": "flask\n",
        })
        self.assertEqual({one["name"]: one["root"] for one in found["packages"]}, {"a": "a/code", "b": "b/python", "c": "c/py"})
        self.assertEqual(sorted(one["name"] for one in found["scripts"]), ["a", "b", "d"])
        self.assertEqual((found["builds"], found["requirements"]), (["maturin"], ["requirements.txt"]))
        self.assertEqual([one["file"] for one in found["problems"]], ["e/pyproject.toml", "f/pyproject.toml"])

    def test_routes_are_those_that_a_get_alone_is_enough_for(self):
        found = self.read({
            "flasky.py": """\
                import flask
                app = flask.Flask(__name__)
                @app.route("/", methods=["POST", "GET"])
                def home(): return ""
                @app.route("/put", methods=["PUT"])
                def put(): return ""
                @app.get("/<x>")
                def one(x): return x
                @app.get("/private")
                @login_required
                def private(): return ""
                @app.get("/logout")
                def logout(): return ""
                @app.get(PATH)
                def computed(): return ""
                """,
            "fast.py": """\
                from fastapi import FastAPI, Request, Depends
                api: FastAPI = FastAPI()
                @api.get("/plain")
                async def plain(request: Request, page: int = 1): return 1
                @api.get("/asked")
                async def asked(q: str): return q
                @api.get("/guarded", dependencies=[Depends(plain)])
                async def guarded(): return 1
                """,
            "star.py": """\
                from starlette.applications import Starlette
                from starlette.routing import Route
                routes = [Route("/a", f), Route("/b", f, methods=["POST"]), Route("/c/{x}", f)]
                app = Starlette(routes=routes)
                """,
            "django_app/wsgi.py": """\
                from django.core.wsgi import get_wsgi_application
                application = get_wsgi_application()
                """,
            "made.py": """\
                from flask import Flask
                def make():
                    app = Flask(__name__)
                    return app
                app = make()
                """,
        })["applications"]
        self.assertEqual({one["file"]: (one["kind"], one["framework"], one["routes"]) for one in found}, {
            "flasky.py": ("wsgi", "flask", ["/"]),
            "fast.py": ("asgi", "fastapi", ["/plain"]),
            "star.py": ("asgi", "starlette", ["/a"]),
            "django_app/wsgi.py": ("wsgi", "django", []),
            "made.py": ("wsgi", "flask", []),
        })
        self.assertFalse(any(one["factory"] for one in found))

    def test_what_is_needed_and_not_there_is_named_once(self):
        found = self.read({
            "pkg/__init__.py": "import json, no_such_one\nfrom no_such_two.x import y\n",
            "pkg/more.py": "import no_such_one\ntry:\n    import no_such_optional\nexcept ImportError:\n    pass\nfrom . import x\n",
            "docs/conf.py": "import no_such_theme\n",
        })
        self.assertEqual([one["name"] for one in found["missing"]], ["no_such_one", "no_such_two"])

    def test_deep_and_strange_files_are_problems_and_no_crashes(self):
        found = self.read({
            "deep.py": "x = " + "(" * 5000 + ")" * 5000,
            "sum.py": "x = " + "+".join(["1"] * 20000),
            "bom.py": b"\xef\xbb\xbfdef f(): pass\n",
            "two words.py": "def f(): pass\n",
        })
        self.assertIn("deep.py", [one["file"] for one in found["problems"]])
        self.assertEqual([one["module"] for one in found["functions"]], ["bom"])

    def test_there_is_an_end_to_large_trees(self):
        most, folders.MOST_FILES = folders.MOST_FILES, 5
        try:
            found = self.read({f"p{number}/m{number}.py": "" for number in range(9)})
        finally:
            folders.MOST_FILES = most
        self.assertEqual(found["files"], 5)
        self.assertTrue(any("of 5 at most" in limit for limit in found["limits"]), found["limits"])


if __name__ == "__main__":
    unittest.main()
