"""How verdicts are read. Needs nothing prepared: `python3 -m unittest discover benches/rivals`."""

import unittest

from tools import criterion, hyperfine, pyperf, tango
from tools.comparison import RivalError

PYPERF = "Mean +- std dev: [old] 9.61 ms +- 0.12 ms -> [new] 9.80 ms +- 0.11 ms: 1.02x slower\n"


class Verdicts(unittest.TestCase):
    def test_pyperf_alarms_in_the_direction_of_a_significant_change(self):
        self.assertEqual(pyperf.verdict(PYPERF + "Significant (t=-4.51)\n"), "slower")
        self.assertEqual(pyperf.verdict(PYPERF.replace("slower", "faster") + "Significant (t=4.51)\n"), "faster")

    def test_pyperf_does_not_alarm_when_the_change_is_not_significant(self):
        self.assertIsNone(pyperf.verdict(PYPERF + "Not significant!\n"))

    def test_pyperf_failing_to_test_is_an_error_and_no_alarm(self):
        with self.assertRaises(RivalError):
            pyperf.verdict(PYPERF + "ERROR when testing if values are significant\nSignificant\n")

    def test_welch_alarms_below_five_percent_in_the_direction_of_the_means(self):
        self.assertEqual(hyperfine.judge(0.049, old=1.0, new=1.25), hyperfine.Answer("slower", 0.25))
        self.assertEqual(hyperfine.judge(0.049, old=1.0, new=0.75), hyperfine.Answer("faster", -0.25))
        self.assertEqual(hyperfine.judge(0.05, old=1.0, new=1.25), hyperfine.Answer(None, 0.25))

    def test_criterion_alarms_only_beyond_its_noise_threshold(self):
        change = "change: [+1.1% +2.0% +3.1%] (p = 0.00 < 0.05)\n"
        self.assertEqual(criterion.verdict(change + "Performance has regressed.\n"), "slower")
        self.assertEqual(criterion.verdict(change + "Performance has improved.\n"), "faster")
        self.assertIsNone(criterion.verdict(change + "Change within noise threshold.\n"))
        self.assertIsNone(criterion.verdict(change + "No change in performance detected.\n"))

    def test_tango_alarms_by_its_asterisk(self):
        line = "squares       [ 120.1 us ... 122.5 us ]      "
        self.assertEqual(tango.judge(line + "+2.00%*\n"), tango.Answer("slower", 0.02))
        self.assertEqual(tango.judge(line + "-2.00%*\n"), tango.Answer("faster", -0.02))
        self.assertEqual(tango.judge(line + "+0.50%\n"), tango.Answer(None, 0.005))

    def test_output_without_a_verdict_is_an_error(self):
        for read in (pyperf.verdict, criterion.verdict, tango.judge):
            with self.subTest(read), self.assertRaises(RivalError):
                read("Segmentation fault\n")


if __name__ == "__main__":
    unittest.main()
