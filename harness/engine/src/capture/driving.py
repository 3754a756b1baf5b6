"""Answers the requests of a scenario one after the other, for what is recorded meanwhile. Run as `python driving.py ORDER`."""

import json
import sys

import rustworthy_entry as entry


def main(file):
    # The project's folders come first, and that of this file isn't one of them.
    sys.path.pop(0)
    with open(file, encoding="utf-8") as text:
        order = json.load(text)
    respond = entry.server(order["kind"], entry.resolve(order["target"]))
    failed, last, count = 0, None, 0
    for request in entry.resolve(order["requests"])(order["count"], order["seed"]):
        count += 1
        try:
            respond(request)
        except Exception as error:
            failed, last = failed + 1, error
    if failed == count and last is not None:
        raise last
    if failed:
        print(f"{failed} of {count} requests failed, the last with {type(last).__name__}: {last}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
