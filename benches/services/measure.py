"""How true attributions are, of services whose truth is known, and of real ones that are really migrated.

    python3 measure.py shares [TIMES]                      shares of known services against the truth of the same requests
    python3 measure.py projections [TIMES] [SCENARIO...]   projected p50 and p99 against measured ones, of migrated services
    python3 measure.py cost [TIMES]                        what recording costs a handler that makes 10,000 calls

`rustworthy` is the one that was built last: target/debug/rustworthy.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUSTWORTHY = HERE.parent.parent / "target" / "debug" / "rustworthy"

sys.path.insert(0, str(HERE))

import known

KNOWN = ["body-tail", "queue-30", "queue-50", "queue-80"]
MIGRATED = [f"{service}-{load}" for service in ("archive", "export", "cache", "orders") for load in (30, 80)]


def attribute(scenario, seed, folder, project=HERE, **environment):
    line = [RUSTWORTHY, "-q", "attribute", scenario, "--seed", str(seed), "--format", "json", "--out", folder]
    line += ["--project", project]
    ended = subprocess.run([str(word) for word in line], capture_output=True, text=True, env=os.environ | environment)
    if ended.returncode != 0:
        sys.exit(f"{scenario}: {ended.stderr[-2000:]}")
    return json.loads(ended.stdout)


def recorded(folder, mode):
    """Requests of a mode in the order of their number."""
    lines = (json.loads(line) for line in (Path(folder) / "requests.jsonl").read_text().splitlines())
    return sorted((line for line in lines if line["mode"] == mode), key=lambda line: line["number"])


def band(requests, low, high):
    ranked = sorted(requests, key=lambda request: request["latency"])
    return ranked[round(low * len(ranked)) : round(high * len(ranked))]


BANDS = {"share_of_p50": (0.45, 0.55), "share_of_p99": (0.985, 0.995), "share_of_top": (0.99, 1.0)}


def truth(requests, name, edges):
    chosen = band(requests, *edges)
    return sum(request["true"][name] for request in chosen) / sum(request["latency"] for request in chosen)


def known_truth(scenario, seed, folder):
    """Watched requests of a service of known.py, each with the seconds that it asked for and those that it waited."""
    result, requests = attribute(scenario, seed, folder), recorded(folder, "watched")
    make = known.body_tail if scenario == "body-tail" else known.queue
    for request, made in zip(requests, make(len(requests), seed), strict=True):
        waited = request["start"] - request["arrival"]
        request["true"] = {"known:a": made["a"] * 1e-6, "known:b": made["b"] * 1e-6, "waiting": waited}
    return result, requests


def collector_truth(scenario, seed, folder):
    """Watched requests of garbage.py, each with the seconds that it says the collector paused it for."""
    result = attribute(scenario, seed, folder, GARBAGE_TRUTH=str(Path(folder) / "truth"))
    requests = recorded(folder, "watched")
    journals = [
        [json.loads(line) for line in journal.read_text().splitlines()] for journal in Path(folder).glob("truth.*")
    ]
    for number in {request["round"] for request in requests}:
        turn = [request for request in requests if request["round"] == number]
        # Every process kept a journal, that of warm-up at its head: this round's is the one of the same durations.
        tails = [journal[-len(turn) :] for journal in journals if len(journal) >= len(turn)]
        for request, kept in zip(turn, min(tails, key=lambda tail: unlike(turn, tail)), strict=True):
            request["true"] = {"(garbage collection)": kept["paused"]}
    return result, requests


def unlike(turn, tail):
    """Seconds by which the requests of a round and the lines of a journal differ."""
    return sum(abs(request["end"] - request["start"] - kept["seconds"]) for request, kept in zip(turn, tail))


def shares(times):
    print("| scenario | share | truth | median error in points | largest | truth within the interval |")
    print("|---|---|--:|--:|--:|--:|")
    all_errors, held, intervals = [], 0, 0
    for scenario in [*KNOWN, "gc"]:
        rows = {}
        run = collector_truth if scenario == "gc" else known_truth
        for seed in range(1, times + 1):
            with tempfile.TemporaryDirectory() as folder:
                result, requests = run(scenario, seed, folder)
            for request in requests:
                request["latency"] = request["end"] - request["arrival"]
            found = {function["name"]: function for function in result["functions"]}
            for field, edges in BANDS.items():
                for name in requests[0]["true"]:
                    estimate = (result["waiting"] if name == "waiting" else found[name])[field]
                    rows.setdefault((field, name), []).append((estimate, truth(requests, name, edges)))
            print(scenario, seed, file=sys.stderr)
        for (field, name), pairs in rows.items():
            errors = [100 * (estimate["estimate"] - true) for estimate, true in pairs]
            inside = sum(estimate["low"] <= true <= estimate["high"] for estimate, true in pairs)
            all_errors += errors
            held, intervals = held + inside, intervals + len(pairs)
            print(
                f"| {scenario} | {name} {field.removeprefix('share_of_')} | {100 * statistics.median(t for _, t in pairs):.1f} % "
                f"| {statistics.median(errors):+.2f} | {max(errors, key=abs):+.2f} | {inside} of {len(pairs)} |",
                flush=True,
            )
    print(f"\nAll: largest error {max(all_errors, key=abs):+.2f} points; {held} of {intervals} intervals hold the truth.")


def projections(times, scenarios):
    """Of several runs of a scenario, each with requests of its own, the geometric means are held against each other: p99 of
    one run is itself known to within its interval only, which is printed beside it, as the mean of its halves."""
    print("| scenario | runs | p99 before | projected p99 | measured p99 | error of p50 | error of p99 | in each run |")
    print("|---|--:|--:|--:|--:|--:|--:|---|")
    errors = []
    for scenario in scenarios or MIGRATED:
        results = []
        for seed in range(1, times + 1):
            with tempfile.TemporaryDirectory() as folder:
                results.append(attribute(scenario, seed, folder))
            print(scenario, seed, results[-1]["migrated"], file=sys.stderr, flush=True)
        known = [result for result in results if result["migrated"]["error_p99"] is not None]
        if not known:
            print(f"| {scenario} | {len(results)} | {results[0]['model']['reason']} | | | | | |", flush=True)
            continue
        before = statistics.geometric_mean(result["latency"]["p99"]["estimate"] for result in known)
        (projected, within), (measured, measured_within) = (mean(known, kind, "p99") for kind in ("projected", "measured"))
        error = projected / measured - 1
        error_p50 = mean(known, "projected", "p50")[0] / mean(known, "measured", "p50")[0] - 1
        errors.append(abs(error))
        each = ", ".join(f"{100 * result['migrated']['error_p99']:+.1f}" for result in known)
        print(
            f"| {scenario} | {len(known)} of {len(results)} | {1e3 * before:.2f} ms "
            f"| {1e3 * projected:.2f} ms ±{100 * within:.0f} % | {1e3 * measured:.2f} ms ±{100 * measured_within:.0f} % "
            f"| {100 * error_p50:+.1f} % | {100 * error:+.1f} % | {each} |",
            flush=True,
        )
    print(f"\nError of projected p99: median {100 * statistics.median(errors):.1f} %, largest {100 * max(errors):.1f} %.")


def mean(results, kind, quantile):
    """The geometric mean of a quantile over runs, and half the width of its interval as a share of it."""
    found = [result["migrated"][kind][quantile] for result in results]
    widths = [(one["high"] - one["low"]) / 2 / one["estimate"] for one in found]
    middle = statistics.geometric_mean(one["estimate"] for one in found)
    return middle, sum(width**2 for width in widths) ** 0.5 / len(widths)


BUSY = '''
def leaf(n):
    return n * 3 + 1

def hot(values):
    return sum(leaf(value) for value in values)

def handle(request):
    total = 0
    for _ in range(20):
        total += hot(range(500))
    return total

def each(request):
    total = 0
    for value in range(10_000):
        total += leaf(value)
    return total

def requests(count, seed):
    return [number for number in range(count)]
'''


def cost(times):
    print("| watched of a handler that makes 10,000 calls | cost at p50 |")
    print("|---|--:|")
    with tempfile.TemporaryDirectory() as project:
        (Path(project) / "busy.py").write_text(BUSY)
        for handler, watched, words in [
            ("handle", "hot", "a function that makes them, 20 times a request"),
            ("each", "leaf", "the function that is called, 10,000 times a request"),
        ]:
            (Path(project) / "rustworthy.toml").write_text(
                f'[scenario.busy]\nhandler = "busy:{handler}"\nrequests = "busy:requests"\ncount = 3000\n'
                f'arrivals = {{ process = "closed" }}\ncandidates = ["busy:{watched}"]\n'
            )
            for seed in range(1, times + 1):
                with tempfile.TemporaryDirectory() as folder:
                    overhead = attribute("busy", seed, folder, project=project)["instrumentation_overhead"]
                low, high = 100 * overhead["low"], 100 * overhead["high"]
                print(f"| {words} | {100 * overhead['estimate']:+.1f} % ({low:+.1f} to {high:+.1f}) |", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["shares", *rest]:
            shares(int(rest[0]) if rest else 5)
        case ["projections", *rest]:
            projections(int(rest[0]) if rest else 3, rest[1:])
        case ["cost", *rest]:
            cost(int(rest[0]) if rest else 2)
        case _:
            sys.exit(__doc__)
