"""Which side answers, by what is set where."""

import os
import pathlib
import tempfile
import threading
import time
import unittest

import rustworthy
from rustworthy._switch import settings
from rustworthy._switch.keeper import keeper
from switching import Switched, counts


class Modes(Switched):
    def test_each_mode_answers_by_its_side(self):
        made = self.switch(lambda: "python", lambda: "rust", "python", equal=lambda a, b: True)
        self.assertEqual(made(), "python")
        self.assertEqual(counts("s"), {"calls": 1})
        rustworthy.set_switch("s", "rust")
        self.assertEqual(made(), "rust")
        rustworthy.set_switch("s", "shadow")
        self.assertEqual(made(), "python")
        rustworthy.set_switch("s", "30%")
        answers = [made() for _ in range(2000)]
        self.assertTrue(500 < answers.count("rust") < 700, answers.count("rust"))

    def test_a_key_always_has_the_same_side(self):
        made = self.switch(lambda user: "python", lambda user: "rust", "25%", by=lambda user: user, shadow=0.0)
        sides = {user: {made(user) for _ in range(5)} for user in range(400)}
        self.assertTrue(all(len(side) == 1 for side in sides.values()))
        by_rust = sum(side == {"rust"} for side in sides.values())
        self.assertTrue(60 < by_rust < 140, by_rust)

    def test_a_key_that_raises_leaves_it_to_the_lot(self):
        made = self.switch(lambda user: 1, lambda user: 1, "50%", by=lambda user: user.name)
        self.assertEqual(made(3), 1)

    def test_environment_file_and_program(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "switches.toml")
            os.environ["RUSTWORTHY_SWITCHES"] = str(file)
            made = rustworthy.switch("order-total", python=lambda: "python", rust=lambda: "rust", shadow=0)
            state = keeper.states["order-total"]

            def answer():
                state.expire()
                settings._file.due = 0.0
                return made()

            self.assertEqual(answer(), "python")
            file.write_text('[switch.order-total]\nmode = "rust"\n')
            self.assertEqual(answer(), "rust")
            file.write_text("[switch.order-total\n")
            self.assertEqual(answer(), "rust")
            self.assertEqual(len([text for text in self.said if "until it is mended" in text]), 1, self.said)
            file.write_text('[switch.order-total]\nmode = "on"\n')
            self.assertEqual(answer(), "rust")
            os.environ["RUSTWORTHY_SWITCH_ORDER_TOTAL"] = "python"
            self.assertEqual(answer(), "python")
            self.assertEqual(answer(), "python")
            file.write_text('[switch.order-total]\nmode = "rust"\nshadow = 0.5\n')
            self.assertEqual(answer(), "python")
            self.assertEqual(len([text for text in self.said if "wins over" in text]), 1, self.said)
            rustworthy.set_switch("order-total", "rust")
            self.assertEqual(answer(), "rust")
            rustworthy.set_switch("order-total", None)
            self.assertEqual(answer(), "python")
            os.environ["RUSTWORTHY_SWITCH_ORDER_TOTAL"] = "sometimes"
            self.assertEqual(answer(), "rust")
            file.unlink()
            self.assertEqual(answer(), "python")

    def test_a_file_that_is_no_table_of_switches_leaves_what_was_set(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "switches.toml")
            os.environ["RUSTWORTHY_SWITCHES"] = str(file)
            made = rustworthy.switch("f", python=lambda: "python", rust=lambda: "rust", shadow=0)

            def answer():
                keeper.states["f"].expire()
                settings._file.due = 0.0
                return made()

            file.write_text('[switch.f]\nmode = "rust"\n')
            self.assertEqual(answer(), "rust")
            for text, remedy in [
                ('[switches.f]\nmode = "python"\n', "write [switch.f]"),
                ('[f]\nmode = "python"\n', "write [switch.f]"),
                ('mode = "python"\n', "write [switch.mode]"),
                ('[switch]\nf = "python"\n', "write [switch.f]"),
                ('[switch.a.f]\nmode = "python"\n', "in quotes"),
                ('[switch.f]\nmode = 0.25\n', "such as '25%'"),
                ('[switch.f]\nshadow = "1%"\n', "from 0 to 1"),
            ]:
                self.said.clear()
                file.write_text(text)
                self.assertEqual(answer(), "rust", text)
                self.assertIn(remedy, " ".join(self.said))
            file.unlink()
            os.mkfifo(file)
            self.said.clear()
            self.assertEqual([answer() for _ in range(2)], ["rust"] * 2)
            self.assertEqual(len([text for text in self.said if "it's no file" in text]), 1, self.said)
            os.environ["RUSTWORTHY_SWITCHES"] = "/dev/zero"
            self.assertEqual(answer(), "python", "another file has set nothing yet")

    def test_the_first_calls_of_all_threads_follow_the_setting(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "switches.toml")
            file.write_text("".join(f'[switch.first-{number}]\nmode = "rust"\n' for number in range(20)))
            os.environ["RUSTWORTHY_SWITCHES"] = str(file)
            settings._file.due = 0.0
            real = settings._parse

            def parse(text):
                # Others come meanwhile.
                time.sleep(0.05)
                return real(text)

            settings._parse = parse
            self.addCleanup(setattr, settings, "_parse", real)
            switches = [rustworthy.switch(f"first-{number}", python=lambda: "python", rust=lambda: "rust", shadow=0) for number in range(20)]
            barrier, answers = threading.Barrier(8), []

            def call():
                barrier.wait()
                answers.extend(made() for made in switches)

            threads = [threading.Thread(target=call) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(answers, ["rust"] * 160)

    def test_a_change_is_seen_within_a_second(self):
        made = rustworthy.switch("seen", python=lambda: "python", rust=lambda: "rust", shadow=0)
        self.assertEqual(made(), "python")
        os.environ["RUSTWORTHY_SWITCH_SEEN"] = "rust"
        until = time.monotonic() + 5
        while made() == "python" and time.monotonic() < until:
            time.sleep(0.01)
        self.assertEqual(made(), "rust")

    def test_nothing_is_started_before_it_is_needed(self):
        threads = threading.active_count()
        made = rustworthy.switch("quiet", python=lambda: 1, rust=lambda: 1)
        for _ in range(100):
            made()
        self.assertEqual(threading.active_count(), threads)


if __name__ == "__main__":
    unittest.main()
