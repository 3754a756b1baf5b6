"""The Python subject, as a benchmark for pyperf (`--items`) and as a program (`python_subject.py ITEMS CALLS`)."""

import sys


def work(items):
    """Builds strings, fills a dict and a list: the everyday work of an interpreter."""
    totals = {}
    seen = []
    for i in range(items):
        key = "k%d" % (i % 97)
        totals[key] = totals.get(key, 0) + i * i
        seen.append((key, totals[key]))
    return len(seen) + sum(totals.values())


def bench():
    """Hands `work` to pyperf, and sees that its worker processes learn the number of items."""
    import pyperf

    runner = pyperf.Runner(add_cmdline_args=lambda command, args: command.extend(["--items", str(args.items)]))
    runner.argparser.add_argument("--items", type=int, required=True)
    args = runner.parse_args()
    runner.bench_func("work", work, args.items)


if __name__ == "__main__":
    if "--items" in sys.argv:
        bench()
    else:
        items, calls = map(int, sys.argv[1:])
        for _ in range(calls):
            work(items)
