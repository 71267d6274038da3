"""The swap swaps, and the list of tests that do not apply lists only tests that exist."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sklearn.metrics
from not_applicable import IN_OTHER_PROCESSES, NOT_APPLICABLE
from swap import CALLS, load

import evalkit

pytestmark = pytest.mark.slow


def test_the_modules_call_evalkit() -> None:
    module = load("test_regression")
    assert module.max_error.__wrapped__ is evalkit.max_error
    assert module.make_scorer is sklearn.metrics.make_scorer  # evalkit has none
    CALLS.clear()
    assert module.max_error([1, 2], [1, 5]) == 3
    assert CALLS == ["max_error"]


def test_warnings_are_those_of_evalkit() -> None:
    assert load("test_classification").UndefinedMetricWarning is evalkit.UndefinedMetricWarning


def test_every_listed_test_exists() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-o", "addopts=", "-p", "no:cacheprovider", "."]
    run = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    collected = set()
    for line in run.stdout.splitlines():
        file, _, name = line.partition("::")
        module = Path(file).stem.replace("test_sklearn_", "test_")
        collected |= {f"{module}::{name}", f"{module}::{name.partition('[')[0]}"}
    assert len(collected) > 500
    assert set(NOT_APPLICABLE) | IN_OTHER_PROCESSES <= collected
