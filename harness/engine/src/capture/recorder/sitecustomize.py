"""Stands before the `sitecustomize` of others: makes way for theirs, then starts the recorder."""

import os
import sys


def make_way(folder):
    sys.path[:] = [part for part in sys.path if os.path.abspath(part) != folder]
    own = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize
    except ImportError as error:
        if error.name != "sitecustomize":
            raise
        if own is not None:
            sys.modules["sitecustomize"] = own


def start(folder):
    import importlib.util

    place = os.path.join(folder, "rustworthy_recorder")
    spec = importlib.util.spec_from_file_location(
        "rustworthy_recorder", os.path.join(place, "__init__.py"), submodule_search_locations=[place]
    )
    recorder = sys.modules["rustworthy_recorder"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recorder)
    recorder.start()


def begin():
    folder = os.path.dirname(os.path.abspath(__file__))
    try:
        make_way(folder)
    finally:
        # Programs may start other Pythons, too old for it.
        if sys.version_info >= (3, 11):
            start(folder)


begin()
