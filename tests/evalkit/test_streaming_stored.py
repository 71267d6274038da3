"""Summaries that were stored before the sums of functions and accumulators became one are still read."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from evalkit.streaming import Accumulator

# By name: what `to_dict` returned at commit d34852f, and what `compute` said of it there.
STORED = json.loads((Path(__file__).parent / "data" / "stored_accumulators.json").read_text())


def assert_same_answer(actual, stored):
    if dataclasses.is_dataclass(actual):
        actual = vars(actual)
    if isinstance(stored, dict):
        assert {str(key) for key in actual} == set(stored)
        for key, value in actual.items():
            assert_same_answer(value, stored[str(key)])
    elif isinstance(stored, list) and stored and isinstance(stored[0], str):
        assert list(actual) == stored
    else:
        np.testing.assert_allclose(actual, stored, rtol=1e-15)


@pytest.mark.parametrize("name", STORED)
def test_an_old_summary_is_read_and_written_as_it_was(name):
    stored = STORED[name]
    accumulator = Accumulator.from_dict(stored["summary"])
    assert json.loads(json.dumps(accumulator.to_dict())) == stored["summary"]
    if stored["computes"] is not None:
        assert_same_answer(accumulator.compute(), stored["computes"])


@pytest.mark.parametrize("name", STORED)
def test_an_old_summary_can_be_added_to(name):
    accumulator = Accumulator.from_dict(STORED[name]["summary"])
    assert accumulator.merge(accumulator.empty()) == accumulator == accumulator.empty().merge(accumulator)
