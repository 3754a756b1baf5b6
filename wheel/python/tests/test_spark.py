"""What runs on Spark, without Spark: files dealt out to tasks, and the processes that each task starts."""

import importlib.util
import os
import pathlib
import struct
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from rustworthy.spark import TraceError, _slices, _tasks, attribute
from rustworthy.spark._program import Job

END = b"\xff" * 12

# Says what it was asked to, and passes on what it is given.
PROGRAM = """#!{python}
import pathlib, sys
here = pathlib.Path(__file__).parent
(here / "asked").write_text("\\n".join(sys.argv[1:]))
(here / "given").write_bytes(sys.stdin.buffer.read() if "--resolve" in sys.argv else b"")
sys.stdout.buffer.write((here / "says").read_bytes())
sys.stderr.write((here / "complains").read_text())
sys.exit(2 if (here / "complains").read_text() else 0)
"""


class Spark(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.folder = pathlib.Path(made.name)
        program = self.folder / "program"
        program.write_text(PROGRAM.format(python=sys.executable))
        program.chmod(0o755)
        self.says(b"")
        self.job = Job(["day"], ["--service=shop"], ["--limit=requests=9"], slices=4, program=str(program))

    def says(self, out, complaint=""):
        (self.folder / "says").write_bytes(out)
        (self.folder / "complains").write_text(complaint)

    def asked(self):
        return (self.folder / "asked").read_text().splitlines()

    def test_each_file_is_of_one_task_and_tasks_have_about_as_much(self):
        files = []
        for number, size in enumerate([50, 1, 1, 48, 30, 20, 0]):
            file = self.folder / f"{number}.json"
            file.write_bytes(b" " * size)
            files.append(str(file))
        tasks = _tasks(files, 3)
        self.assertEqual(sorted(sum(tasks, [])), files)
        self.assertEqual(sorted(sum(map(os.path.getsize, task)) for task in tasks), [49, 50, 51])
        self.assertEqual(len(_tasks(files, 100)), len(files))
        self.assertEqual(_tasks([], 3), [])

    def test_slices_are_as_many_as_partitions_can_share(self):
        self.assertEqual([_slices(parts) for parts in (1, 2, 64, 100_000)], [1, 16, 256, 4096])

    def test_packets_are_passed_on_with_their_slices(self):
        packets = [(3, b"abc"), (0, b""), (3, b"d")]
        self.says(b"".join(struct.pack("<IQ", slice, len(rest)) + rest for slice, rest in packets) + END)
        found = [(slice, bytes(packet)[12:]) for slice, packet in self.job.cut(["a", "b"])]
        self.assertEqual(found, packets)
        expected = ["--quiet", "attribute", "--trace", "a", "b", "--slices", "4", "--of=day", "--service=shop"]
        self.assertEqual(self.asked(), [*expected, "--limit=requests=9"])

    def test_packets_that_end_too_early_are_an_error_with_what_the_program_said(self):
        for cut in (b"", struct.pack("<IQ", 1, 5) + b"abc", END[:5]):
            self.says(cut, "error: a.json: byte 7: is broken\n")
            with self.assertRaisesRegex(TraceError, "^a.json: byte 7: is broken$"):
                list(self.job.cut(["a"]))
            self.says(cut)
            with self.assertRaisesRegex(TraceError, "^rustworthy ended before all spans were there$"):
                list(self.job.cut(["a"]))

    def test_a_part_is_made_of_all_packets(self):
        self.says(b"a part")
        self.assertEqual(self.job.resolve(iter([b"one", b"two"])), b"a part")
        self.assertEqual((self.folder / "given").read_bytes(), b"onetwo" + END)
        self.assertEqual(self.asked(), ["--quiet", "attribute", "--resolve", "--limit=requests=9"])
        self.assertIsNone(self.job.resolve(iter([])))
        self.says(b"", "error: slices: were cut by another rustworthy\n")
        with self.assertRaisesRegex(TraceError, "^slices: were cut by another"):
            self.job.resolve(iter([b"one"]))

    def test_parts_are_merged_with_the_options_of_the_whole(self):
        self.says(b'{"schema": "rustworthy.attribution.v1"}')
        answer = self.job.merge(self.folder, ["--calibrate=metrics.txt", "--seed=7"])
        self.assertEqual(answer, {"schema": "rustworthy.attribution.v1"})
        self.assertEqual(self.asked()[2:4], ["--merge", str(self.folder)])
        self.assertTrue({"--calibrate=metrics.txt", "--seed=7"} <= set(self.asked()))

    def test_a_program_that_is_gone_is_named(self):
        gone = Job(["day"], [], [], slices=1, program=str(self.folder / "gone"))
        for call in (gone.files, lambda: list(gone.cut(["a"])), lambda: gone.resolve(iter([b"one"]))):
            with self.assertRaisesRegex(TraceError, "gone: can't be started"):
                call()

    @unittest.skipIf(importlib.util.find_spec("pyspark"), "pyspark is here")
    def test_without_pyspark_what_to_install_is_told(self):
        with self.assertRaisesRegex(TraceError, "pip install 'pyspark>=4.0' pyarrow pandas"):
            attribute(None, "day")


if __name__ == "__main__":
    unittest.main()
