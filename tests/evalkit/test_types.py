"""`py.typed` is kept: a user's script passes `mypy --strict` and runs."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "evalkit" / "typed" / "user_script.py"


def test_the_script_runs():
    assert " from 0.83 to 0.98" in runpy.run_path(str(SCRIPT))["main"]()


@pytest.mark.slow
def test_the_script_is_strictly_typed():
    """With the user's own settings, which are none: the errors of an installed package are not the user's."""
    cache = f"--cache-dir={ROOT / 'build' / 'mypy-user-script'}"  # of its own: `make types` has other settings
    command = ["-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent", cache, str(SCRIPT)]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
