"""What recording calls costs a program: processor time and peak memory with a recorder over those without.

    overhead.py PROGRAM [PAIRS]

A program calls a function of some 20 µs half a million times, one call after the other, alone and recorded at the defaults of
`rustworthy capture`, in turns. Prints a Markdown table: medians of pairs, and their range. What recording says of itself stands beside.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

CALLS = 500_000

LIB = '''
def total(prices):
    """About 20 µs of plain Python."""
    cents = 0
    for price in prices:
        cents += int(price * 100) % 1_000_000_007
    return cents
'''

APP = f'''
import json, resource, time

import lib

prices = [[float(number + place) for place in range(150)] for number in range(64)]
started, busy = time.perf_counter(), time.process_time()
for number in range({CALLS}):
    lib.total(prices[number % 64])
took = {{"seconds": time.perf_counter() - started, "cpu": time.process_time() - busy}}
took["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
with open("took.json", "w") as file:
    json.dump(took, file)
'''


def run(folder, command):
    """What the program took, and what the command printed."""
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return json.loads((folder / "took.json").read_text()), ran.stdout


def main(program, pairs=8):
    program, python = os.path.abspath(program), sys.executable
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "lib.py").write_text(LIB)
        (folder / "app.py").write_text(APP)
        recorded = [program, "capture", "lib:total", "--replace", "--no-replay", "--format", "json", "--", python, "app.py"]
        ratios, more, told = [], [], []
        for number in range(int(pairs)):
            both = {}
            for is_recorded in (False, True) if number % 2 else (True, False):
                both[is_recorded], said = run(folder, recorded if is_recorded else [python, "app.py"])
                if is_recorded:
                    capture = json.loads(said)
                    told.append(capture["overhead"]["share"] or 0.0)
            alone, beside = both[False], both[True]
            ratios.append(beside["cpu"] / alone["cpu"] - 1)
            more.append((beside["peak"] - alone["peak"]) / 2**20)
            each = alone["seconds"] / CALLS * 1e6
    print("| of the program | measured | aim |\n|---|--:|--:|")
    print(f"| a call, without a recorder | {each:.1f} µs | 20 µs |")
    print(f"| processor time, with a recorder over without, {pairs} pairs | {spread(ratios, '{:+.1%}')} | 5 % |")
    print(f"| … as recording itself says | {spread(told, '{:.1%}')} | – |")
    print(f"| peak memory above that of the program alone | {spread(more, '{:.1f} MiB')} | – |")
    print(f"| calls seen and kept | {capture['calls']:,} and {capture['kept']:,} | – |")


def spread(values, form):
    low, high = form.format(min(values)), form.format(max(values))
    return f"{form.format(statistics.median(values))} ({low} to {high})"


if __name__ == "__main__":
    main(*sys.argv[1:])
