"""The benchmark of evalkit.production runs every step."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "production.py"


@pytest.mark.slow
def test_every_step_is_measured() -> None:
    done = subprocess.run(
        [sys.executable, BENCHMARK, "--rows", "3000"], capture_output=True, text=True, check=True, timeout=300
    )
    assert "not measured" not in done.stdout
    assert len(done.stdout.splitlines()) == 11
