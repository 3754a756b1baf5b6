#!/usr/bin/env python3
"""Traces on Spark beside one process: whether the answer is the same, and what it takes.

    cargo build --release && cargo bench -p rustworthy-benches --bench traces -- spread FOLDER 8 1000
    python3 -m venv venv && venv/bin/pip install 'pyspark>=4.0' pyarrow pandas
    PYTHONPATH=wheel/python venv/bin/python benches/spark/matrix.py target/release/rustworthy FOLDER

Every master has a process of its own. Of each number of partitions the answer is held against that of one process, byte for byte but
for its header; then once more with a Python worker that is killed. Seconds are of the job alone, without the start of the JVM.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

MASTERS = ["local[2,4]", "local-cluster[2,1,1024]"]
PARTITIONS = "1,2,7,64"

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
    arguments = parser.parse_args()
    program, folder = arguments.program.resolve(), arguments.folder.resolve()
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
        print(f"one process: {seconds:.2f} s, {trace['spans']} spans, {json.loads(answer)['requests']} requests")
        stages(program, folder, pathlib.Path(name))
        for master in MASTERS:
            again = [sys.executable, __file__, program, folder, "--master", master, "--expected", expected]
            subprocess.run([*again, "--partitions", arguments.partitions], check=True)


def stages(program, folder, scratch):
    """What each stage takes of one process that does nothing else."""

    def timed(what, *options, **streams):
        before, start = os.times(), time.monotonic()
        subprocess.run([program, "--quiet", "attribute", *options], check=True, **streams)
        after, seconds = os.times(), time.monotonic() - start
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        print(f"{what}: {seconds:.2f} s, {cpu:.2f} s of the processor")

    packets, parts = scratch / "packets", scratch / "parts"
    parts.mkdir()
    with packets.open("wb") as out:
        timed("cut", "--trace", folder, "--slices", "8", stdout=out)
    print(f"  {packets.stat().st_size / 1e6:.0f} MB of packets of {sum(f.stat().st_size for f in folder.iterdir()) / 1e6:.0f} MB")
    with packets.open("rb") as source, (parts / "all.parquet").open("wb") as out:
        timed("resolve", "--resolve", stdin=source, stdout=out)
    print(f"  {(parts / 'all.parquet').stat().st_size / 1e6:.0f} MB of request rows")
    timed("merge", "--merge", parts, "--format", "json", "--out", scratch / "merged", stdout=subprocess.DEVNULL)
    packets.unlink()


def without_header(answer):
    return json.dumps({key: value for key, value in answer.items() if key != "run"}).encode()


def on_spark(program, folder, arguments):
    from pyspark.sql import SparkSession

    from rustworthy.spark import attribute

    # Workers are of this environment, which has pyarrow.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    # Those of a cluster have folders of their own.
    os.environ["PYTHONPATH"] = os.pathsep.join(os.path.abspath(path) for path in sys.path if path)
    start = time.monotonic()
    builder = SparkSession.builder.master(arguments.master).config("spark.ui.enabled", "false")
    spark = builder.config("spark.driver.memory", "1g").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    spark.range(1).count()
    print(f"{arguments.master}: JVM and a first job {time.monotonic() - start:.2f} s")
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
    spark.stop()


if __name__ == "__main__":
    main()
