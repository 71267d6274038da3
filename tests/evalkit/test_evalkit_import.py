"""`import evalkit` loads NumPy and nothing heavier. How long it takes, benchmarks/metrics.py prints."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import evalkit

PROBE = """
import sys
import warnings
from pathlib import Path
import numpy
before = set(sys.modules)
import evalkit
print(*sorted({name.split(".")[0] for name in set(sys.modules) - before}))
"""


def test_import_loads_numpy_only():
    out = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True).stdout
    third_party = set(out.split()) - set(sys.stdlib_module_names) - {"evalkit", "numpy"}
    assert third_party == set()


def test_everything_public_is_there_and_documented():
    for name in evalkit.__all__:
        assert getattr(evalkit, name).__doc__, name


def test_a_warning_points_at_the_caller():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        evalkit.precision_score([0, 1], [0, 0])
    assert [Path(warning.filename).name for warning in caught] == [Path(__file__).name]
