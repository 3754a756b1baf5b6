"""What the figures rest on: migrations that change no answer, and a truth that is one.

`python3 -m unittest discover benches/services`
"""

import json
import os
import subprocess
import sys
import tempfile
import tomllib
import unittest
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import known

HERE = Path(__file__).parent
MANIFEST = tomllib.loads(HERE.joinpath("rustworthy.toml").read_text())
# At one utilisation each; those of the program itself are tested with it.
SERVICES = {
    scenario["requests"]: scenario for scenario in MANIFEST["scenario"].values() if "handler" in scenario
}


def named(target):
    module, name = target.split(":")
    return getattr(import_module(module), name)


class Services(unittest.TestCase):
    def test_migrations_change_no_answer(self):
        for name, scenario in SERVICES.items():
            handle, requests = named(scenario["handler"]), named(scenario["requests"])(200, 7)
            before = [handle(request) for request in requests]
            for old, new in scenario.get("migrated", {}).items():
                with self.subTest(name, function=old), patch(old.replace(":", "."), named(new)):
                    self.assertEqual(repr([handle(request) for request in requests]), repr(before))

    def test_requests_are_those_of_their_seed(self):
        for name, scenario in SERVICES.items():
            requests = named(scenario["requests"])
            with self.subTest(name):
                self.assertEqual(requests(50, 1), requests(50, 1))
                self.assertNotEqual(requests(50, 1), requests(50, 2))

    def test_every_candidate_is_called(self):
        for name, scenario in SERVICES.items():
            for candidate in scenario["candidates"]:
                target = candidate.replace(":", ".")
                with self.subTest(name, function=candidate), patch(target, wraps=named(candidate)) as called:
                    for request in named(scenario["requests"])(200, 7):
                        named(scenario["handler"])(request)
                    self.assertTrue(called.called)


class Truth(unittest.TestCase):
    def test_a_request_waits_for_those_before_it(self):
        requests = [{"a": 600, "b": 400}] * 3
        found = known.latencies(requests, [0, 0.0005, 0.01])
        self.assertEqual([round(latency * 1e6) for latency in found], [1_000, 1_500, 1_000])
        found = known.latencies(requests, [0, 0.0005, 0.01], servers=2)
        self.assertEqual([round(latency * 1e6) for latency in found], [1_000] * 3)

    def test_shares_are_those_of_the_requests_at_the_quantile(self):
        requests = [{"a": 100 * number, "b": 50} for number in range(1, 101)]
        found = known.shares(requests, [(request["a"] + 100) * 1e-6 for request in requests])
        rounded = {name: round(share, 3) for name, share in found.items()}
        self.assertEqual(rounded, {"a": 0.99, "b": 0.005, "waiting": 0.005})

    def test_functions_take_as_long_as_requests_say(self):
        with patch("known.perf_counter", side_effect=[0.0, 0.0005, 0.0015, 0.002, 0.003, 0.004]) as clock:
            known.a(1_500)
            self.assertEqual(clock.call_count, 3)

    def test_pauses_of_the_collector_are_recorded(self):
        with tempfile.TemporaryDirectory() as folder:
            truth = os.path.join(folder, "truth")
            code = "import garbage\nfor request in garbage.requests(300, 1): garbage.handle(request)"
            recording = os.environ | {"GARBAGE_TRUTH": truth}
            subprocess.run([sys.executable, "-c", code], env=recording, cwd=HERE, check=True)
            (file,) = Path(folder).iterdir()
            recorded = [json.loads(line) for line in file.read_text().splitlines()]
        self.assertEqual([request["number"] for request in recorded], list(range(300)))
        self.assertTrue(all(0 <= request["paused"] <= request["seconds"] for request in recorded))
        self.assertTrue(any(request["paused"] for request in recorded))


if __name__ == "__main__":
    unittest.main()
