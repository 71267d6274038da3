"""What the report keeps of very many rows: a few of them, counts per slice, and bins of the score."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import sklearn.metrics as oracle
from hypothesis import given
from hypothesis import strategies as st

from evalkit.report._score_counts import ScoreCounts
from evalkit.streaming import BinnedAUC
from evalkit.tables.codes import Codebook
from evalkit.tables.files import TableError
from evalkit.tables.rows import TopRows, scattered

VALUES = st.lists(st.integers(-5, 5), max_size=60)


@given(VALUES, st.lists(st.integers(0, 60), max_size=4), st.integers(1, 7))
def test_the_top_rows_do_not_depend_on_the_batches(values, cuts, size):
    value, row = np.array(values, float), np.arange(len(values))
    top = TopRows(size, ["twice"])
    for rows in np.split(row, sorted(cuts)):
        top.update(value[rows], rows, twice=2 * value[rows])
    best = sorted(range(len(values)), key=lambda i: (-values[i], i))[:size]
    assert top.row.tolist() == best
    assert top.value.tolist() == [values[i] for i in best]
    assert top.columns["twice"].tolist() == [2 * values[i] for i in best]


def test_the_sample_is_even_and_always_the_same():
    number = scattered(np.arange(100_000))
    assert ((number >= 0) & (number < 1)).all()
    counts = np.histogram(number, 20, (0, 1))[0]
    assert abs(counts - 5000).max() < 300
    # The chosen rows come from everywhere in the file.
    chosen = np.argsort(-number)[:2000]
    assert abs(np.histogram(chosen, 10, (0, 100_000))[0] - 200).max() < 60
    assert scattered(np.array([5]))[0] == number[5]


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(st.booleans(), st.floats(-1e3, 1e3, width=32) | st.sampled_from([-0.0, 0.0, 1e-40, 97.1, 97.1001])),
        min_size=2,
        max_size=80,
    )
)
def test_curves_from_bins_hold_the_exact_values_within_their_bounds(rows):
    truth, score = np.array([t for t, _ in rows]), np.array([s for _, s in rows])
    if truth.all() or not truth.any():
        return
    counts = ScoreCounts(*BinnedAUC().update(truth, score).counts())
    value, low, high = counts.average_precision()
    exact = oracle.average_precision_score(truth, score)
    assert low - 1e-12 <= value <= high + 1e-12
    assert low - 1e-12 <= exact <= high + 1e-12
    # Every point of the binned ROC curve is a point of the exact one.
    for threshold, tp, fp in zip(counts.thresholds, counts.tp, counts.fp, strict=True):
        called = score.astype(np.float32) >= np.float32(threshold)
        assert (tp, fp) == ((called & truth).sum(), (called & ~truth).sum())


def test_well_separated_scores_give_the_exact_curves():
    rng = np.random.default_rng(0)
    score = rng.permutation(1000) / 1024  # every score has a bin of its own
    truth = rng.random(1000) < score
    counts = ScoreCounts(*BinnedAUC().update(truth, score).counts())
    precision, recall = counts.precision_recall()
    exact_precision, exact_recall, thresholds = oracle.precision_recall_curve(truth, score)
    assert precision == pytest.approx(exact_precision)
    assert recall == pytest.approx(exact_recall)
    assert counts.thresholds[::-1] == pytest.approx(thresholds)
    value, low, high = counts.average_precision()
    assert value == pytest.approx(oracle.average_precision_score(truth, score), rel=1e-12)
    assert high - low < 0.01
    fpr, tpr = counts.roc()
    assert np.trapezoid(tpr, fpr) == pytest.approx(oracle.roc_auc_score(truth, score), rel=1e-12)
    negative, positive = counts.histogram(np.linspace(0, 1, 11))
    assert positive.tolist() == np.histogram(score[truth], np.linspace(0, 1, 11))[0].tolist()
    assert negative.sum() + positive.sum() == 1000


def test_scores_beyond_float32_stay_in_order():
    counts = ScoreCounts(*BinnedAUC().update([0, 1, 0, 1], [-1e300, 1e300, -1.0, 2.0]).counts())
    assert np.isfinite(counts.thresholds).all()
    assert (np.diff(counts.thresholds) < 0).all()
    assert counts.roc()[1].tolist() == [0, 0.5, 1, 1, 1]


@pytest.mark.parametrize("encode", [lambda a: a, pa.Array.dictionary_encode])
def test_codes_are_the_same_in_every_batch(encode):
    book = Codebook(10, "")
    first = book.encode(encode(pa.array(["b", None, "a", "b"])), "c")
    second = book.encode(encode(pa.array(["a", "b", None, "c"])), "c")
    assert [book.values[code] for code in first] == ["b", None, "a", "b"]
    assert [book.values[code] for code in second] == ["a", "b", None, "c"]
    assert len(book.values) == 4


def test_a_dictionary_may_name_values_that_do_not_occur():
    book = Codebook(2, "")
    array = pa.DictionaryArray.from_arrays(pa.array([3, 1]), pa.array(["a", "b", "c", "d"]))
    assert [book.values[code] for code in book.encode(array, "c")] == ["d", "b"]
    with pytest.raises(TableError, match="more than 2 different values"):
        book.encode(pa.array(["e"]), "c")


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file():
    script = Path(__file__).parents[2] / "benchmarks" / "report_memory.py"
    command = [sys.executable, str(script), "--rows", "4000000"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "4,000,000 rows" in done.stdout
