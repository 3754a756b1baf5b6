"""What switches write down, in processes of their own: however many there are, and however they end."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

PACKAGE = str(pathlib.Path(__file__).resolve().parents[1])

HEAD = """
import os, sys, threading, time
import rustworthy
FREE = {"budget": "10000%", "shadow_budget": "10s"}
def python(x): return [x]
def rust(x): return [x]
"""


class Recording(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.folder = pathlib.Path(made.name, "telemetry")

    def start(self, code, cwd=None, **environment):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RUSTWORTHY")}
        settings = {"PYTHONPATH": PACKAGE, "RUSTWORTHY_TELEMETRY": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-c", HEAD + code],
            env={**kept, **settings, **environment},
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run_code(self, code, **environment):
        process = self.start(code, **environment)
        out, error = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, error)
        return out, error

    def lines(self):
        """All lines, which have to be whole."""
        found = []
        for file in sorted(self.folder.glob("*.jsonl")):
            content = file.read_text()
            self.assertTrue(not content or content.endswith("\n"), content[-200:])
            found.extend(map(json.loads, content.splitlines()))
        return found

    def total(self, name, switch="s"):
        return sum(line.get(name, 0) for line in self.lines() if line["switch"] == switch)


class Counting(Recording):
    def test_threads_add_up(self):
        self.run_code(
            """
made = rustworthy.switch("s", python=python, rust=rust, shadow=0)
made(1)
def call():
    for _ in range(5_000): made(1)
threads = [threading.Thread(target=call) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
""",
            RUSTWORTHY_SWITCH_S="25%",
        )
        self.assertEqual(self.total("calls"), 40_001)
        self.assertTrue(8_000 < self.total("rust") < 12_000)
        self.assertEqual(list(self.folder.glob("*.running")), [])

    def test_forked_workers_add_up(self):
        self.run_code(
            """
import multiprocessing
made = rustworthy.switch("s", python=python, rust=rust, shadow=0.01, **FREE)
def call(number):
    for _ in range(1_000): made(1)
for _ in range(1_000): made(1)
if os.fork() == 0:
    for _ in range(7): made(1)
    rustworthy.switch.flush()
    os._exit(0)
os.wait()
workers = [multiprocessing.get_context("fork").Process(target=call, args=(0,)) for _ in range(4)]
for worker in workers: worker.start()
for worker in workers: worker.join()
made(1)
""",
            RUSTWORTHY_SWITCH_S="shadow",
        )
        self.assertEqual(self.total("calls"), 5_008)
        self.assertEqual(self.total("shadowed"), self.total("equal"))
        self.assertGreaterEqual(len({file.name for file in self.folder.glob("*.jsonl")}), 6)

    def test_what_is_written_holds_no_values(self):
        self.run_code(
            """
made = rustworthy.switch("s", python=lambda x: {"to": x, "4711 0815": 1}, rust=lambda x: {"to": x + "!", "4711 0815": 2}, shadow=1, **FREE)
made("secret")
def fails(x): raise ValueError("secret")
made = rustworthy.switch("t", python=lambda x: 1, rust=fails, shadow=1, **FREE)
made("secret")
""",
            RUSTWORTHY_SWITCH_S="shadow",
            RUSTWORTHY_SWITCH_T="rust",
        )
        content = "".join(file.read_text() for file in self.folder.glob("*.jsonl"))
        self.assertIn('"path":".to"', content)
        self.assertIn("builtins.ValueError", content)
        for value in ("secret", "4711"):
            self.assertNotIn(value, content)

    def test_times_of_both_sides(self):
        self.run_code(
            """
made = rustworthy.switch("s", python=python, rust=rust, shadow=1, inline=True, **FREE)
for _ in range(100): made(1)
rustworthy.set_switch("s", "50%", shadow=0)
for _ in range(100):
    with rustworthy.span("request"): made(1)
""",
            RUSTWORTHY_SWITCH_S="shadow",
        )
        lines = [line for line in self.lines() if "calls" in line]
        of_mode = lambda mode: [line for line in lines if line["mode"] == mode]
        pairs = [line["pairs"] for line in of_mode("shadow") if "pairs" in line]
        self.assertEqual(sum(pair["rust"]["n"] for pair in pairs), 100)
        self.assertEqual(sum(sum(pair["python"]["buckets"].values()) for pair in pairs), 100)
        for series in ("times", "requests"):
            numbers = [line[f"{side}_{series}"]["n"] for line in of_mode("50%") for side in ("python", "rust") if f"{side}_{series}" in line]
            self.assertEqual(sum(numbers), 100, series)

    def test_files_stay_small_and_keep_their_sums(self):
        self.run_code(
            """
from rustworthy._switch import telemetry
telemetry._COMPACT = 5_000
made = rustworthy.switch("s", python=python, rust=rust, shadow=1, inline=True, **FREE)
for _ in range(200):
    for _ in range(3): made(1)
    rustworthy.switch.flush()
""",
            RUSTWORTHY_SWITCH_S="shadow",
        )
        self.assertEqual((self.total("calls"), self.total("equal")), (600, 600))
        self.assertLess(sum(file.stat().st_size for file in self.folder.glob("*.jsonl")), 25_000)
        pairs = [line["pairs"]["python"]["n"] for line in self.lines() if "pairs" in line]
        self.assertEqual(sum(pairs), 600)

    def test_a_thousand_switches(self):
        self.run_code(
            """
made = [rustworthy.switch(f"s{number}", python=python, rust=rust) for number in range(1000)]
for switched in made: switched(1)
""",
            RUSTWORTHY_SWITCH_S7="rust",
        )
        self.assertEqual(len({line["switch"] for line in self.lines()}), 1000)


class Ends(Recording):
    def test_a_killed_process_loses_a_second_at_most(self):
        for _ in range(2):
            process = self.start(
                """
made = rustworthy.switch("s", python=python, rust=rust, shadow=1, inline=True, **FREE)
number = 0
while True:
    made(number)
    number += 1
    if number % 50 == 0: print(number, time.monotonic(), flush=True)
    time.sleep(0.0005)
""",
                RUSTWORTHY_SWITCH_S="shadow",
            )
            first = process.stdout.readline()
            timer = threading.Timer(1.3, process.kill)
            timer.start()
            told = [line.split() for line in (first + process.communicate()[0]).splitlines()]
            told = [(int(line[0]), float(line[1])) for line in told if len(line) == 2]
            last = told[-1][1]
            before = max((number for number, at in told if at < last - 1.0), default=0)
            written = self.total("calls")
            self.assertGreaterEqual(written, before)
            for file in self.folder.iterdir():
                file.unlink()

    def test_a_process_that_died_in_its_candidate_is_noticed(self):
        code = """
import ctypes
def dies(x): ctypes.string_at(0)
made = rustworthy.switch("s", python=python, rust=dies, shadow=0)
print(made(1))
"""
        process = self.start(code, RUSTWORTHY_SWITCH_S="rust")
        process.communicate()
        self.assertEqual(process.returncode, -signal.SIGSEGV)
        for _ in range(2):
            out, error = self.run_code(code, RUSTWORTHY_SWITCH_S="rust")
            self.assertEqual(out, "[1]\n")
            self.assertIn("s.died", error)
        self.assertIn("died", [line.get("why") for line in self.lines()])
        (self.folder / "s.died").unlink()
        process = self.start(code, RUSTWORTHY_SWITCH_S="rust")
        process.communicate()
        self.assertEqual(process.returncode, -signal.SIGSEGV)

    def test_in_the_shadow_too_and_a_living_process_is_left_alone(self):
        alive = self.start(
            """
made = rustworthy.switch("s", python=python, rust=lambda x: time.sleep(60), shadow=1, **FREE)
made(1)
time.sleep(0.2)
print("up", flush=True)
time.sleep(60)
""",
            RUSTWORTHY_SWITCH_S="shadow",
        )
        self.assertEqual(alive.stdout.readline(), "up\n")
        self.run_code('rustworthy.switch("s", python=python, rust=rust)(1)', RUSTWORTHY_SWITCH_S="shadow")
        self.assertEqual([path.suffix for path in self.folder.glob("s.*")], [])
        alive.kill()
        alive.communicate()

    def test_an_end_without_a_crash_is_no_death_unless_it_happens_again_and_again(self):
        hangs = """
made = rustworthy.switch("s", python=python, rust=lambda x: time.sleep(60), shadow=1, **FREE)
made(1)
time.sleep(0.3)
"""
        idle = 'rustworthy.switch("s", python=python, rust=rust, shadow=0)(1)'

        def ends(number):
            """One that ends by itself, one that is ended, in turn."""
            code = hangs + ("rustworthy.switch.flush()\nos._exit(0)" if number % 2 == 0 else "os.kill(os.getpid(), 15)")
            process = self.start(code, RUSTWORTHY_SWITCH_S="shadow")
            _, error = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0 if number % 2 == 0 else -signal.SIGTERM, error)

        for number in range(2):
            ends(number)
        _, error = self.run_code(idle, RUSTWORTHY_SWITCH_S="python")
        self.assertIn("without the report of a crash", error)
        self.assertFalse((self.folder / "s.died").exists())
        self.assertEqual(len((self.folder / "s.ended").read_text().splitlines()), 2)
        # One that has ended elsewhere shows that it isn't the candidate.
        self.run_code(idle, RUSTWORTHY_SWITCH_S="rust")
        self.assertFalse((self.folder / "s.ended").exists())
        for number in range(3):
            ends(number)
        _, error = self.run_code(idle, RUSTWORTHY_SWITCH_S="rust")
        self.assertIn("3 processes in a row", error)
        self.assertTrue((self.folder / "s.died").exists())

    def test_a_crash_elsewhere_is_not_the_candidates(self):
        code = """
import ctypes
made = rustworthy.switch("s", python=python, rust=lambda x: time.sleep(60), shadow=1, **FREE)
made(1)
time.sleep(0.3)
ctypes.string_at(0)
"""
        process = self.start(code, RUSTWORTHY_SWITCH_S="shadow")
        process.communicate()
        self.assertEqual(process.returncode, -signal.SIGSEGV)
        self.run_code('rustworthy.switch("s", python=python, rust=rust)(1)')
        self.assertEqual([path.suffix for path in self.folder.glob("s.*")], [])

    def test_reports_of_crashes_stay_where_the_program_has_them(self):
        code = """
import ctypes, faulthandler
faulthandler.enable()
made = rustworthy.switch("s", python=python, rust=lambda x: ctypes.string_at(0), shadow=0)
made(1)
"""
        for number in range(3):
            process = self.start(code, RUSTWORTHY_SWITCH_S="rust")
            _, error = process.communicate()
            self.assertIn("Segmentation fault", error)
            self.assertFalse((self.folder / "s.died").exists())
        process = self.start(code, RUSTWORTHY_SWITCH_S="rust")
        self.assertIn("3 processes in a row", process.communicate()[1])

    def test_a_child_reports_its_own_crashes(self):
        code = """
import ctypes
made = rustworthy.switch("s", python=python, rust=rust, shadow=0)
other = rustworthy.switch("t", python=python, rust=lambda x: ctypes.string_at(0), shadow=0)
made(1)
if os.fork() == 0:
    made(1)
    other(1)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
        out, _ = self.run_code(code, RUSTWORTHY_SWITCH_S="rust", RUSTWORTHY_SWITCH_T="rust")
        self.assertEqual(out, f"{-signal.SIGSEGV}\n")
        self.run_code('rustworthy.switch("s", python=python, rust=rust)(1)')
        self.assertEqual(sorted(path.name for path in self.folder.glob("?.*")), ["t.died"])

    def test_one_that_aborted_in_the_shadow_too(self):
        code = """
def dies(x): os.abort()
made = rustworthy.switch("s", python=python, rust=dies, shadow=1, **FREE)
print(made(1))
from rustworthy._switch.shadow import pool
pool.drain(20)
"""
        process = self.start(code, RUSTWORTHY_SWITCH_S="shadow")
        process.communicate()
        self.assertEqual(process.returncode, -signal.SIGABRT)
        out, error = self.run_code(code, RUSTWORTHY_SWITCH_S="shadow")
        self.assertEqual(out, "[1]\n")
        self.assertIn("s.died", error)

    def test_threads_that_a_fork_loses_are_told(self):
        code = """
import _thread
made = rustworthy.switch("s", python=python, rust=rust, shadow=1, inline=True, **FREE)
def pooled(x):
    if len(os.listdir("/proc/self/task")) < 5: _thread.start_new_thread(time.sleep, (20,))
    return [x]
other = rustworthy.switch("pooled", python=python, rust=pooled, shadow=0)
made(1)
if POOLED: other(1); time.sleep(0.2)
if os.fork() == 0: os._exit(0)
os.wait()
"""
        for pooled in (True, False):
            _, error = self.run_code(f"POOLED = {pooled}\n{code}", RUSTWORTHY_SWITCH_S="shadow", RUSTWORTHY_SWITCH_POOLED="rust")
            self.assertEqual("a thread has come into this process" in error, pooled, error)

    def test_a_subinterpreter_is_told(self):
        code = """
name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
interpreters = __import__(name)
own = interpreters.create()
interpreters.run_string(own, 'import rustworthy; made = rustworthy.switch("s", python=len, rust=len); print(made([1]), flush=True)')
interpreters.destroy(own)
made = rustworthy.switch("s", python=python, rust=rust)
print(made(1))
"""
        out, error = self.run_code(code, RUSTWORTHY_SWITCH_S="rust")
        self.assertEqual((out, error.count("is in a subinterpreter")), ("1\n[1]\n", 1), error)

    def test_a_breaker_is_written_down(self):
        self.run_code(
            """
def fails(x): raise RuntimeError
made = rustworthy.switch("s", python=python, rust=fails, shadow=0)
for _ in range(3): made(1)
""",
            RUSTWORTHY_SWITCH_S="rust",
        )
        events = [line for line in self.lines() if line.get("event") == "breaker"]
        self.assertEqual([(event["why"], event["error"]) for event in events], [("raised", "builtins.RuntimeError")])
        self.assertEqual((self.total("failed"), self.total("fell_back")), (1, 1))

    def test_a_fork_in_a_process_with_threads_warns_of_nothing(self):
        _, error = self.run_code(
            """
made = rustworthy.switch("s", python=python, rust=rust, shadow=1, **FREE)
for _ in range(10): made(1)
time.sleep(0.05)
if os.fork() == 0: os._exit(0)
os.wait()
""",
            RUSTWORTHY_SWITCH_S="shadow",
        )
        self.assertNotIn("Warning", error)


class Troubles(Recording):
    CODE = """
made = rustworthy.switch("s", python=python, rust=rust, shadow=1, inline=True, **FREE)
for _ in range(100): assert made(1) == [1]
rustworthy.switch.flush()
for _ in range(100): assert made(1) == [1]
"""

    def test_a_folder_that_cannot_be_made(self):
        self.folder.write_text("a file")
        _, error = self.run_code(self.CODE, RUSTWORTHY_SWITCH_S="shadow")
        self.assertEqual(error.count("waits until it can be written"), 1, error)

    def test_one_that_can_be_written_again_at_the_end_has_it_all(self):
        self.folder.write_text("a file")
        self.run_code(f"{self.CODE}\nos.unlink({str(self.folder)!r})", RUSTWORTHY_SWITCH_S="shadow")
        self.assertEqual(self.total("calls"), 200)

    def test_a_relative_folder_stays_where_the_program_was_started(self):
        self.folder.mkdir()
        start, elsewhere = self.folder / "start", self.folder / "elsewhere"
        start.mkdir()
        elsewhere.mkdir()
        (start / "switches.toml").write_text('[switch.s]\nmode = "shadow"\n')
        code = f"os.chdir({str(elsewhere)!r})\n{self.CODE}\nos.chdir('/')"
        process = self.start(code, cwd=start, RUSTWORTHY_TELEMETRY="telemetry", RUSTWORTHY_SWITCHES="switches.toml")
        _, error = process.communicate(timeout=60)
        self.assertEqual((process.returncode, list(elsewhere.iterdir())), (0, []), error)
        self.folder = start / "telemetry"
        self.assertEqual((self.total("calls"), self.total("equal")), (200, 200))

    def test_a_salt_that_cannot_be_read_is_told_and_known_by_its_digests(self):
        code = 'rustworthy.switch("s", python=python, rust=lambda x: x, shadow=1, inline=True, **FREE)(1)'
        self.run_code(code, RUSTWORTHY_SWITCH_S="shadow")
        self.run_code(code, RUSTWORTHY_SWITCH_S="shadow")
        marks = [line["salt"] for line in self.lines() if line.get("event") == "difference"]
        self.assertEqual((len(marks), len(set(marks))), (2, 1))
        (self.folder / "salt").write_bytes(b"short")
        _, error = self.run_code(code, RUSTWORTHY_SWITCH_S="shadow")
        self.assertIn("have all run as one user", error)
        marks = [line["salt"] for line in self.lines() if line.get("event") == "difference"]
        self.assertEqual((len(marks), len(set(marks))), (3, 2))

    def test_a_full_disk(self):
        limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600)); import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        _, error = self.run_code(
            limit + self.CODE + "from rustworthy._switch import telemetry, keeper\nfor _ in range(30):\n    keeper.keeper._writer._retry = 0\n    made(1)\n    rustworthy.switch.flush()",
            RUSTWORTHY_SWITCH_S="shadow",
        )
        self.assertEqual(error.count("waits until it can be written"), 1, error)
        # What doesn't fit is cut off, and no line after it is spoilt.
        for file in self.folder.glob("*.jsonl"):
            whole = [line for line in file.read_bytes().split(b"\n")[:-1] if line]
            read = []
            for line in whole:
                with contextlib.suppress(ValueError):
                    read.append(json.loads(line))
            self.assertGreaterEqual(len(read), 1)

    def test_a_clock_that_jumps(self):
        self.run_code(
            """
made = rustworthy.switch("s", python=python, rust=rust)
real = time.time
made(1)
for jump in (-86_400 * 3, 86_400 * 3, 0):
    time.time = lambda jump=jump: real() + jump
    made(1)
    rustworthy.switch.flush()
"""
        )
        self.assertEqual(self.total("calls"), 4)
        self.assertTrue(all(line["from"] <= line["to"] for line in self.lines()))

    def test_without_a_folder_nothing_is_written(self):
        out, error = self.run_code("made = rustworthy.switch('s', python=python, rust=rust)\nmade(1)\nprint(threading.active_count())", RUSTWORTHY_TELEMETRY="")
        self.assertEqual((out, error), ("1\n", ""))


class OpenTelemetry(Recording):
    def test_metrics_and_spans(self):
        probe = subprocess.run([sys.executable, "-c", "import opentelemetry.sdk.metrics"], capture_output=True)
        if probe.returncode:
            self.skipTest("OpenTelemetry's SDK isn't here")
        out, _ = self.run_code(
            """
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
reader, exporter = InMemoryMetricReader(), InMemorySpanExporter()
metrics.set_meter_provider(MeterProvider(metric_readers=[reader]))
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
made = rustworthy.switch("s", python=python, rust=rust, shadow=0)
with rustworthy.span("request"):
    for _ in range(5): made(1)
rustworthy.switch.flush()
for resource in reader.get_metrics_data().resource_metrics:
    for scope in resource.scope_metrics:
        for metric in scope.metrics:
            for point in metric.data.data_points: print(metric.name, point.value, point.attributes["switch"])
for span in exporter.get_finished_spans(): print(span.name, dict(span.attributes))
""",
            RUSTWORTHY_SWITCH_S="rust",
            RUSTWORTHY_TELEMETRY="",
        )
        self.assertIn("rustworthy.switch.calls 5 s\n", out)
        self.assertIn("request {'rustworthy.switch.s': 'rust'}\n", out)


if __name__ == "__main__":
    unittest.main()
