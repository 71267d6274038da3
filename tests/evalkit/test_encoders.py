"""The counting loops against counting one by one, at the places where they change their method."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit._core import codes, counts
from evalkit._core.inputs import check_targets


def brute_force(truth, called):
    return Counter(zip(np.asarray(truth).tolist(), np.asarray(called).tolist(), strict=True))


def counted(pairs):
    names = pairs.labels.tolist()
    return Counter(
        {(names[i], names[j]): int(pairs.table[i, j]) for i, j in zip(*np.nonzero(pairs.table), strict=True)}
    )


@pytest.fixture(params=["found in a table", "found by search", "bad luck"])
def tiny(monkeypatch, request):
    """Chunks of eight rows and small limits, so that a few rows meet every branch."""
    monkeypatch.setattr(codes, "MOST_IN_TABLE", 0 if request.param == "found by search" else 100)
    monkeypatch.setattr(codes, "MOST_FACTORS", 1 if request.param == "bad luck" else 30)
    monkeypatch.setattr(codes, "ROWS_AT_ONCE", 8)
    monkeypatch.setattr(codes.chunks, "__defaults__", (8,))
    monkeypatch.setattr(codes, "MANY_LABELS", 12)
    monkeypatch.setattr(counts, "ROWS_AT_ONCE", 8)
    monkeypatch.setattr(counts, "WIDEST_RANGE", 30)
    monkeypatch.setattr(counts, "LARGEST_TABLE", 10)


VALUES = {
    "narrow": st.integers(-4, 4),
    "growing": st.integers(-300, 300),
    "wide": st.integers(-(2**63), 2**63 - 1),
    "text": st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5),
}


@pytest.mark.parametrize("kind", VALUES)
def test_counts_equal_brute_force(kind, tiny):
    @given(st.lists(st.tuples(VALUES[kind], VALUES[kind]), min_size=1, max_size=60))
    def check(rows):
        truth, called = (np.array(column) for column in zip(*rows, strict=True))
        expected = brute_force(truth, called)
        versions = [(truth, called)]
        if kind == "text":
            versions.append((truth.astype(object), called))
        if kind == "growing":
            versions.append((truth.astype(np.float32), called.astype(np.int16)))
        for version in versions:
            targets = check_targets(*version)
            pairs = counts.count_pairs(targets)
            assert counted(pairs) == expected
            assert pairs.labels.tolist() == sorted(set(truth.tolist()) | set(called.tolist()))
            classes = counts.count_classes(targets)
            for i, label in enumerate(classes.labels.tolist()):
                assert classes.hits[i] == expected[label, label]
                assert classes.truths[i] == sum(n for (t, _), n in expected.items() if t == label)
                assert classes.predictions[i] == sum(n for (_, p), n in expected.items() if p == label)
            weighted = counts.count_classes(check_targets(*version, np.full(len(truth), 0.5)))
            assert weighted.labels.tolist() == classes.labels.tolist()
            assert weighted.hits.tolist() == (classes.hits / 2).tolist()

    check()


@pytest.mark.parametrize("most_in_table", [0, 100])
def test_two_texts_with_the_same_hash_are_told_apart(most_in_table, monkeypatch):
    monkeypatch.setattr(codes, "MOST_IN_TABLE", most_in_table)
    real = codes._odd_numbers
    # With the first factors every text of two characters has the same hash; the encoder must notice and choose again.
    zeros = np.zeros(1, np.uint64)
    monkeypatch.setattr(codes, "_odd_numbers", lambda count, after=None: zeros if after is None else real(count, after))
    truth, called = np.array(["ab", "cd", "ef", "ab"]), np.array(["ab", "ef", "cd", "ab"])
    assert counted(counts.count_pairs(check_targets(truth, called))) == brute_force(truth, called)


@pytest.mark.parametrize("count", [counts.count_pairs, counts.count_classes])
@pytest.mark.parametrize("labels", [(2**63 - 30, 2**63 - 1), (-(2**63), 30 - 2**63)])
def test_labels_at_the_ends_of_int64(count, labels):
    assert count(check_targets(np.array([labels[0]]), np.array([labels[1]]))).labels.tolist() == list(labels)


def test_a_label_of_weight_zero_is_still_a_label():
    pairs = counts.count_pairs(check_targets([0, 3, 0], [0, 3, 0], [1.0, 0.0, 1.0]))
    assert pairs.labels.tolist() == [0, 3]


@pytest.mark.parametrize("count", [counts.count_pairs, counts.count_classes])
@pytest.mark.parametrize("weight", [None, [0.5, 0.5]])
def test_a_label_that_only_the_prediction_has_keeps_its_value(count, weight):
    found = count(check_targets(np.array([1, 2], np.int8), np.array([1, 300], np.int16), weight))
    assert found.labels.tolist() == [1, 2, 300]
    assert found.labels.dtype == np.int16


@pytest.mark.parametrize("count", [counts.count_pairs, counts.count_classes])
def test_labels_that_the_truth_has_keep_its_type(count):
    found = count(check_targets(np.array([1, 2], np.int8), np.array([1, 1], np.int64)))
    assert found.labels.dtype == np.int8


def test_counting_needs_little_memory():
    import tracemalloc

    truth = np.random.default_rng(0).integers(0, 10, 3_000_000).astype(np.int64)
    called = truth[::-1]
    tracemalloc.start()
    counts.count_pairs(check_targets(truth, called))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000  # bytes; the input has 48 million
