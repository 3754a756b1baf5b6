"""`welch.py RESULTS`: p of Welch's t-test on hyperfine's results, as its `scripts/welch_ttest.py` computes it.

Runs in the virtual environment, which has SciPy. `scipy.stats` would take a second to import.
"""

import json
import sys
from pathlib import Path
from statistics import mean, variance

from scipy.special import stdtr


def p_value(old: list[float], new: list[float]) -> float:
    """Two-sided p of Welch (1947), with the degrees of freedom of Welch and Satterthwaite."""
    errors = [variance(times) / len(times) for times in (old, new)]
    t = (mean(new) - mean(old)) / sum(errors) ** 0.5
    freedom = sum(errors) ** 2 / sum(error**2 / (len(times) - 1) for error, times in zip(errors, (old, new)))
    return 2 * float(stdtr(freedom, -abs(t)))


if __name__ == "__main__":
    results = json.loads(Path(sys.argv[1]).read_text())["results"]
    print(json.dumps({"p": p_value(*(result["times"] for result in results))}))
