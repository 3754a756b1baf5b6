"""`welch.py RESULTS`: the test of hyperfine's `scripts/welch_ttest.py`, printed as one JSON object.

Runs in the virtual environment, which has SciPy.
"""

import json
import sys
from pathlib import Path

from scipy import stats

old, new = (result["times"] for result in json.loads(Path(sys.argv[1]).read_text())["results"])
print(json.dumps({"p": float(stats.ttest_ind(old, new, equal_var=False).pvalue)}))
