"""The limit that lesson 02 derives, against every confusion matrix of a few samples."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = 14


@pytest.fixture(scope="module")
def max_prevalence():
    source = (ROOT / "solutions/02_accuracy_paradox/accuracy_paradox.py").read_text(encoding="utf-8")
    tree = ast.parse(source)
    (function,) = [node for node in tree.body if getattr(node, "name", "") == "max_prevalence"]
    names = {}
    exec(compile(ast.Module([function], []), "lesson", "exec"), names)
    return names["max_prevalence"]


def tables():
    for tp in range(SAMPLES + 1):
        for fn in range(SAMPLES + 1 - tp):
            for fp in range(SAMPLES + 1 - tp - fn):
                if tp + fn:
                    yield tp, fn, fp, SAMPLES - tp - fn - fp


def test_no_table_has_more_positives_and_the_limit_is_reached(max_prevalence):
    reached = 0
    for tp, fn, fp, tn in tables():
        accuracy, recall, share = (tp + tn) / SAMPLES, tp / (tp + fn), (tp + fn) / SAMPLES
        limit = max_prevalence(accuracy, recall)
        assert share <= limit + 1e-12
        # All errors are misses, or all right predictions are hits: nothing is left for more positives.
        if (fp == 0 and recall < accuracy) or (tn == 0 and recall > accuracy):
            assert share == pytest.approx(limit)
            reached += 1
    assert reached > SAMPLES
