#!/usr/bin/env python3
"""Traces on Spark beside one process: whether the answer is the same, and what it takes.

    cargo build --release && cargo bench --workspace --bench traces -- spread FOLDER 8 1000
    python3 -m venv venv && venv/bin/pip install 'pyspark>=4.0' pyarrow pandas
    PYTHONPATH=wheel/python venv/bin/python benches/spark/matrix.py target/release/rustworthy FOLDER

Every master has a process of its own. Of each number of partitions the answer is held against that of one process, byte for byte but
for its header; then once more with a Python worker that is killed. Seconds are of the job alone, without the start of the JVM.

`--rates MASTER` measures in place of comparing all: rounds in which the stages of one process, one process as a whole, the stage that reads on
Spark and the whole job on Spark follow each other, so that what else runs here slows all of them alike. Each has its median.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

# The second number is how often a task may fail: that of a worker which is killed does once.
MASTERS = ["local[2,4]", "local-cluster[2,1,1024]"]
PARTITIONS = "1,2,7,64"
CORES = 2

# Kills the Python worker that starts it, the first time.
KILLER = """#!/bin/sh
case "$*" in *--resolve*) if mkdir {flag} 2>/dev/null; then kill -9 $PPID; fi;; esac
exec {program} "$@"
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--master", help="this one alone, in this process")
    parser.add_argument("--partitions", default=PARTITIONS)
    parser.add_argument("--expected", type=pathlib.Path)
    parser.add_argument("--rates", metavar="MASTER")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    program, folder = arguments.program.resolve(), arguments.folder.resolve()
    if arguments.rates:
        rates(program, folder, arguments.rates, int(arguments.partitions.split(",")[-1]), arguments.rounds)
        return
    if arguments.master:
        on_spark(program, folder, arguments)
        return
    with tempfile.TemporaryDirectory() as name:
        expected = pathlib.Path(name) / "expected.json"
        command = [program, "--quiet", "attribute", "--trace", folder, "--format", "json", "--out", f"{name}/run"]
        start = time.monotonic()
        answer = subprocess.run(command, check=True, capture_output=True).stdout
        seconds = time.monotonic() - start
        expected.write_bytes(without_header(json.loads(answer)))
        trace = json.loads(answer)["trace"]
        print(f"one process: {seconds:.2f} s, {trace['spans']} spans, {json.loads(answer)['requests']} requests", flush=True)
        for master in MASTERS:
            again = [sys.executable, __file__, program, folder, "--master", master, "--expected", expected]
            subprocess.run([*again, "--partitions", arguments.partitions], check=True)


def rates(program, folder, master, parts, rounds):
    """Medians of rounds, and what they are of each other."""
    spark = session(master)
    packets = None
    took = {}

    def timed(what, run):
        before, start = processor(), time.monotonic()
        found = run()
        took.setdefault(what, []).append((time.monotonic() - start, processor() - before))
        return found

    def command(*options, **streams):
        done = subprocess.run([program, "--quiet", "attribute", *options], check=True, **streams)
        return done.stdout

    from rustworthy.spark import attribute

    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        (scratch / "parts").mkdir()
        for round in range(rounds + 1):
            with (scratch / "packets").open("wb") as out:
                timed("cut", lambda: command("--trace", folder, "--slices", "64", stdout=out))
            packets = (scratch / "packets").stat().st_size
            with (scratch / "packets").open("rb") as source, (scratch / "parts/all.parquet").open("wb") as out:
                timed("resolve", lambda: command("--resolve", stdin=source, stdout=out))
            (scratch / "packets").unlink()
            merged = ["--merge", scratch / "parts", "--format", "json", "--out", scratch / f"merged{round}"]
            timed("merge", lambda: command(*merged, stdout=subprocess.DEVNULL))
            whole = ["--trace", folder, "--format", "json", "--out", scratch / f"whole{round}"]
            answer = json.loads(timed("whole", lambda: command(*whole, stdout=subprocess.PIPE)))
            timed("read on Spark", lambda: read_on_spark(spark, folder, program, parts))
            found = timed("whole on Spark", lambda: attribute(spark, folder, partitions=parts, program=program))
            assert without_header(found) == without_header(answer), "another answer"
            if round == 0:
                # The first job compiles what the others run.
                took.clear()
        rows = (scratch / "parts/all.parquet").stat().st_size
    size = sum(file.stat().st_size for file in folder.iterdir())
    spans, requests = answer["trace"]["spans"], answer["requests"]
    print(f"{master}, {parts} partitions, {rounds} rounds: {size / 1e6:.0f} MB, {spans} spans, {requests} requests; ", end="")
    print(f"packets {packets / 1e6:.0f} MB, request rows {rows / 1e6:.0f} MB")
    middle = {what: [statistics.median(of) for of in zip(*each)] for what, each in took.items()}
    for what, each in took.items():
        seconds = [elapsed for elapsed, _ in each]
        print(f"{what}: {middle[what][0]:.2f} s ({min(seconds):.2f} to {max(seconds):.2f}), {middle[what][1]:.2f} s of a processor")
    for what, place in (("by the clock", 0), ("of a processor", 1)):
        alone, on_spark = middle["cut"][place], middle["read on Spark"][place] * (1 if place else CORES)
        whole = middle["whole on Spark"][place] / middle["whole"][place]
        print(f"{what}: reading a core, on Spark over one process {alone / on_spark:.2f}; the whole job on Spark takes {whole:.2f} times one process")
    print(memory(spark))
    spark.stop()


def read_on_spark(spark, folder, program, parts):
    """The first stage of `attribute` alone: files to packets, which nobody takes."""
    import dataclasses

    from rustworthy.spark import _TASKS_PER_CORE, _slices, _tasks
    from rustworthy.spark._program import Job
    from rustworthy.spark._source import Spans

    job = Job([str(folder)], ["--skip-long-traces"], [], _slices(parts), str(program))
    spark.dataSource.register(Spans)
    tasks = json.dumps(_tasks(job.files(), CORES * _TASKS_PER_CORE))
    read = spark.read.format("rustworthy_spans").option("job", json.dumps(dataclasses.asdict(job))).option("tasks", tasks)
    read.load().write.format("noop").mode("overwrite").save()


def processor():
    """Seconds of a processor that this process has had, and all that have descended from it, as far as they are here or were waited for."""
    children = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            after = stat.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        children.setdefault(int(after[1]), []).append((int(stat.parent.name), sum(map(int, after[11:15]))))
    left, ticks = [os.getpid()], sum(os.times()[:4]) * os.sysconf("SC_CLK_TCK")
    while left:
        for child, its in children.get(left.pop(), []):
            left.append(child)
            ticks += its
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(spark):
    """Of the driver, which is the executor as well but for a cluster."""
    jvm = peak_memory(spark.sparkContext._gateway.proc.pid)
    return f"peak memory of the driver's JVM {jvm:.0f} MB, of its Python {peak_memory('self'):.0f} MB"


def peak_memory(process):
    """Megabytes."""
    lines = pathlib.Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1000


def session(master):
    from pyspark.sql import SparkSession

    # Workers are of this environment, which has pyarrow.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    # Those of a cluster have folders of their own.
    os.environ["PYTHONPATH"] = os.pathsep.join(os.path.abspath(path) for path in sys.path if path)
    start = time.monotonic()
    builder = SparkSession.builder.master(master).config("spark.ui.enabled", "false")
    builder = builder.config("spark.ui.showConsoleProgress", "false").config("spark.driver.memory", "1g")
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    spark.range(1).count()
    print(f"{master}: JVM and a first job {time.monotonic() - start:.2f} s", flush=True)
    return spark


def without_header(answer):
    return json.dumps({key: value for key, value in answer.items() if key != "run"}).encode()


def on_spark(program, folder, arguments):
    from rustworthy.spark import attribute

    spark = session(arguments.master)
    expected = arguments.expected.read_bytes()

    def run(name, parts, program):
        start = time.monotonic()
        answer = attribute(spark, folder, partitions=parts, program=program)
        seconds = time.monotonic() - start
        found = "equal" if without_header(answer) == expected else "DIFFERS"
        print(f"{arguments.master}, {name}: {seconds:.2f} s, {found}", flush=True)
        if found != "equal":
            sys.exit(1)

    for parts in map(int, arguments.partitions.split(",")):
        run(f"{parts} partitions", parts, program)
    with tempfile.TemporaryDirectory() as name:
        killer = pathlib.Path(name) / "killer"
        killer.write_text(KILLER.format(flag=f"{name}/killed", program=program))
        killer.chmod(0o755)
        run("7 partitions, a worker killed", 7, killer)
        assert (pathlib.Path(name) / "killed").is_dir(), "no worker was killed"
    print(f"{arguments.master}: {memory(spark)}", flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
