"""Where the source of a function's module is; the last line that it prints is the answer."""

import importlib
import importlib.util
import json
import operator
import sys

module, function, *path = sys.argv[1:]
sys.path[:0] = path


def located(module):
    spec = importlib.util.find_spec(module)
    return {"module": module, "file": spec.origin if spec else None, "is_package": bool(spec and spec.submodule_search_locations)}


try:
    answer = located(module)
    if answer["is_package"]:
        # What a package offers is mostly written in one of its modules.
        home = getattr(operator.attrgetter(function)(importlib.import_module(module)), "__module__", module)
        answer = located(home)
except Exception as error:
    answer = {"module": module, "file": None, "is_package": False, "error": f"{type(error).__name__}: {error}"}
print()
print(json.dumps(answer))
