"""Two threads give what one gives, to the last bit and the last type, and one setting switches them off."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import evalkit
from evalkit._core import order, threads
from evalkit._core.counts import count_classes, count_pairs
from evalkit._core.inputs import check_targets

LABELS = {
    "small": np.arange(4, dtype=np.int8),
    "far apart": np.array([-5, 7, 10**12]),
    "floats": np.array([0.0, 1.0, 250.0], np.float32),
    "unsigned": np.array([0, 2**62 + 5, 3], np.uint64),
    "bools": np.array([False, True]),
    "text": np.array(["cat", "dog", "a longer name"]),
}


@pytest.fixture
def little_pays(monkeypatch):
    """Threads for ten rows."""
    monkeypatch.setattr(threads, "WORTH_THREADS", 10)
    monkeypatch.setattr(order, "SAMPLE", 3)
    monkeypatch.delenv("EVALKIT_THREADS", raising=False)


def exactly(one, two):
    """Whether arrays have the same type and the same bits."""
    return one.dtype == two.dtype and one.shape == two.shape and one.tobytes() == two.tobytes()


@pytest.mark.usefixtures("little_pays")
@pytest.mark.parametrize("true_kind", LABELS)
@pytest.mark.parametrize("pred_kind", LABELS)
def test_counts(true_kind, pred_kind, monkeypatch):
    if ("text" in (true_kind, pred_kind)) and true_kind != pred_kind:
        pytest.skip("labels of both kinds are refused")
    rng = np.random.default_rng(1)
    for n in (10, 11, 50):
        # Sorted, so that the halves know different labels.
        y_true = np.sort(LABELS[true_kind][rng.integers(0, len(LABELS[true_kind]), n)])
        y_pred = LABELS[pred_kind][rng.integers(0, len(LABELS[pred_kind]), n)]
        targets = check_targets(y_true, y_pred)
        found = []
        for setting in ("1", "2"):
            monkeypatch.setenv("EVALKIT_THREADS", setting)
            found.append((count_pairs(targets), count_classes(targets)))
        (one_pairs, one_classes), (two_pairs, two_classes) = found
        assert exactly(one_pairs.labels, two_pairs.labels)
        assert exactly(one_pairs.table, two_pairs.table)
        for name in ("labels", "hits", "truths", "predictions"):
            assert exactly(getattr(one_classes, name), getattr(two_classes, name)), name
        assert one_classes.rows == two_classes.rows


@pytest.mark.usefixtures("little_pays")
@given(rows=st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=10, max_size=60))
def test_areas(rows):
    y_true, score = np.array([y for y, _ in rows]), np.array([s for _, s in rows]) / 4
    if y_true.all() or not y_true.any():
        return
    below = (score[y_true][:, None] > score[~y_true]).sum() + (score[y_true][:, None] == score[~y_true]).sum() / 2
    assert evalkit.roc_auc_score(y_true, score) == below / (y_true.sum() * (~y_true).sum())


@given(st.lists(st.tuples(st.booleans(), st.integers(-3, 30)), max_size=60), st.sampled_from([1, 3, order.MOST_TIED]))
def test_pairs_of_few_and_of_many_ties(rows, most):
    keys = np.sort(np.array([2 * (score + 3) + y for y, score in rows], np.uint32))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "MOST_TIED", most)
        assert order._wrong_pairs(keys) == order._wrong_pairs_of_runs(keys)


def test_pairs_across_chunks():
    rng = np.random.default_rng(0)
    for dtype in (np.uint32, np.uint64):  # about three rows a score, and runs at the borders of chunks
        keys = np.sort(rng.integers(0, 140_000, 200_000)).astype(dtype)
        assert order._wrong_pairs(keys) == order._wrong_pairs_of_runs(keys)


@pytest.mark.usefixtures("little_pays")
def test_an_error_speaks_of_all_rows():
    y_true = np.arange(20) % 3
    for wrong, rows in ((0.5, "continuous"), (np.nan, "NaN")):
        y_pred = y_true.astype(float)
        y_pred[15] = wrong
        with pytest.raises(ValueError, match=rows):
            evalkit.ConfusionMatrix.from_labels(y_true, y_pred)


def test_reading_ahead_gives_the_same_items_and_the_same_error(monkeypatch):
    def items():
        for i in range(3):
            made.append((i, threading.current_thread() is threading.main_thread()))
            yield i
        raise ValueError("the file ends here")

    monkeypatch.setattr(threads.os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    for setting, main in (("1", True), ("2", False)):
        monkeypatch.setenv("EVALKIT_THREADS", setting)
        made, found = [], []
        with pytest.raises(ValueError, match="ends here"), threads.SecondThread(threads.WORTH_THREADS) as second:
            found.extend(second.read_ahead(items()))
        assert (found, made) == ([0, 1, 2], [(0, main), (1, main), (2, main)])
        with threads.SecondThread(threads.WORTH_THREADS) as second:
            assert list(second.read_ahead(iter("ab"))) == ["a", "b"]
            assert second.submit(len, "ab").result() == 2


def test_one_setting_switches_them_off(monkeypatch):
    started = []
    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda self: (started.append(self), start(self)))
    monkeypatch.setattr(threads, "WORTH_THREADS", 10)
    monkeypatch.setattr(order, "SAMPLE", 3)
    monkeypatch.setattr(threads.os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    y = np.arange(100) % 2
    monkeypatch.setenv("EVALKIT_THREADS", "1")
    evalkit.ConfusionMatrix.from_labels(y, y)
    evalkit.roc_auc_score(y, y / 3)
    assert started == []
    monkeypatch.delenv("EVALKIT_THREADS")
    evalkit.ConfusionMatrix.from_labels(y, y)
    assert started
