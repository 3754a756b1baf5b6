#!/usr/bin/env python3
"""What shadowing does to p99 of a service at 70 % load, as `rustworthy attribute` measures it, with the switch on python and on shadow in
turn; each run has fresh processes, and rounds of its own.

    cargo build && python3 benches/switch/attributed.py target/debug/rustworthy
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PAIRS = int(os.environ.get("PAIRS", "3"))
REQUESTS = os.environ.get("REQUESTS")


def attribute(program, mode):
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "PYTHONPATH": str(HERE.parents[1] / "wheel/python"),
            "RUSTWORTHY_SWITCH_PARSE": mode,
            "RUSTWORTHY_TELEMETRY": f"{folder}/telemetry",
        }
        command = [program, "attribute", "shadowed", "--format", "json", "--out", f"{folder}/run"]
        command += ["--requests", REQUESTS] if REQUESTS else []
        ran = subprocess.run(command, cwd=HERE / "service", env=environment, capture_output=True, text=True)
        if ran.returncode:
            sys.exit(ran.stderr)
        counts = {"calls": 0, "shadowed": 0, "suspended": 0, "busy": 0}
        for file in pathlib.Path(folder, "telemetry").glob("*.jsonl"):
            for line in file.read_text().splitlines():
                for name in counts:
                    counts[name] += json.loads(line).get(name, 0)
        return json.loads(ran.stdout), counts


def milliseconds(estimate):
    if estimate is None:
        return "–"
    return "{:.2f} ({:.2f} to {:.2f})".format(*(1e3 * estimate[end] for end in ("estimate", "low", "high")))


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    print("| pair | mode | utilisation | p50 in ms | p99 in ms | calls | shadowed | over the budget | never idle |")
    print("|--:|---|--:|--:|--:|--:|--:|--:|--:|")
    p99 = {"python": [], "shadow": []}
    for pair in range(PAIRS):
        for mode in ("python", "shadow") if pair % 2 == 0 else ("shadow", "python"):
            result, counts = attribute(program, mode)
            latency, busy = result["latency"], result["utilization"]["estimate"]
            if latency["p99"] is not None:
                p99[mode].append(latency["p99"]["estimate"])
            cells = [pair + 1, mode, f"{busy:.0%}", milliseconds(latency["p50"]), milliseconds(latency["p99"])]
            cells += [f"{count:,}" for count in counts.values()]
            print(f"| {' | '.join(map(str, cells))} |", flush=True)
            for note in result["notes"]:
                print(f"note ({mode}): {note}", file=sys.stderr)
    if all(len(values) == PAIRS for values in p99.values()):
        differences = [1e3 * (shadow - python) for python, shadow in zip(p99["python"], p99["shadow"], strict=True)]
        print("\np99 with shadow less p99 with python, by pairs:", ", ".join(f"{value:+.2f} ms" for value in differences))
        print("The budget is 1 ms.")


if __name__ == "__main__":
    main()
