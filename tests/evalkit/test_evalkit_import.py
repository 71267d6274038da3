"""`import evalkit` loads NumPy and nothing heavier, and is quick."""

from __future__ import annotations

import subprocess
import sys

import evalkit

PROBE = """
import sys, time
import numpy
before = set(sys.modules)
start = time.perf_counter()
import evalkit
print(time.perf_counter() - start)
print(*sorted({name.split(".")[0] for name in set(sys.modules) - before}))
"""


def test_import_loads_numpy_only_and_is_quick():
    out = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True).stdout
    seconds, modules = out.splitlines()
    third_party = set(modules.split()) - set(sys.stdlib_module_names) - {"evalkit", "numpy"}
    assert third_party == set()
    assert float(seconds) < 0.2


def test_everything_public_is_there_and_documented():
    for name in evalkit.__all__:
        assert getattr(evalkit, name).__doc__, name
