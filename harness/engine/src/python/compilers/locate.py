"""Where the source of a module is; the last line that it prints is the answer."""

import importlib.util
import json
import sys

module, *path = sys.argv[1:]
sys.path[:0] = path
try:
    spec = importlib.util.find_spec(module)
    answer = {"file": spec.origin if spec else None, "is_package": bool(spec and spec.submodule_search_locations)}
except Exception as error:
    answer = {"file": None, "is_package": False, "error": f"{type(error).__name__}: {error}"}
print()
print(json.dumps(answer))
