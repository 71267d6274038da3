"""Codes number the values of a column when first met, whatever holds them; rows per slice and bin are never lost."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit._core.score_bins import score_bins
from evalkit.report import _group_areas
from evalkit.report._group_areas import GroupAreas
from evalkit.report._tally import ScoreTally
from evalkit.streaming import BinnedAUC
from evalkit.tables.codes import Codebook, TableError
from evalkit.tables.files import parquet_batches

TYPES = {pa.int8(): (-128, 127), pa.uint8(): (0, 255), pa.int32(): (-(2**31), 2**31 - 1), pa.uint64(): (0, 2**64 - 1)}


@st.composite
def batches_of_whole_numbers(draw):
    """Batches of one type, some with gaps, near one number or anywhere."""
    kind = draw(st.sampled_from([pa.bool_(), *TYPES]))
    low, high = TYPES.get(kind, (0, 1))
    near = draw(st.integers(low, high))
    values = st.integers(max(low, near - 3), min(high, near + 3)) | st.integers(low, high)
    if kind == pa.bool_():
        values = st.booleans()
    return [pa.array(rows, kind) for rows in draw(st.lists(st.lists(values | st.none(), max_size=8), max_size=4))]


@given(batches_of_whole_numbers())
def test_whole_numbers_are_numbered_when_first_met(batches):
    book, met = Codebook(100, ""), {}
    for batch in batches:
        codes = [met.setdefault(value, len(met)) for value in batch.to_pylist()]
        assert book.encode(batch, "y").tolist() == codes
    assert list(map(repr, book.values)) == list(map(repr, met))  # true is not 1


def test_truth_values_and_numbers_have_codes_of_their_own():
    book = Codebook(10, "")
    found = [book.encode(pa.array(values), "y").tolist() for values in ([0, 1], [True, False], [1, 2], ["1", "x"])]
    assert found == [[0, 1], [2, 3], [1, 4], [5, 6]]


@pytest.mark.parametrize("values", [range(4), range(0, 4_000_000, 1_000_000), "abcd"])
def test_too_many_values_are_named(values):
    with pytest.raises(TableError, match="Column 'y' holds more than 3 different values: slice less"):
        Codebook(3, "slice less").encode(pa.array(list(values)), "y")


def test_more_values_than_codes_are_named():
    with pytest.raises(TableError, match="Column 'y' holds more than 1,000 different values"):
        Codebook(1000, "").encode(pa.array(range(60_000)), "y")  # codes have sixteen bits


def filled_areas(most, monkeypatch):
    """Return rows counted by slice and bin where a table may hold so many places, and those rows."""
    monkeypatch.setattr(_group_areas, "MOST_PLACES", most)
    monkeypatch.setattr(_group_areas, "WAITING", 400)
    rng = np.random.default_rng(0)
    areas, seen = GroupAreas(), []
    for batch in range(4):  # more slices, and more different scores
        group, positive = rng.integers(0, 2 * batch + 1, 300).astype(np.int16), rng.random(300) < 0.4
        score = rng.standard_normal(300).round(1) * 10.0**batch
        areas.update(group, positive, score_bins(score))
        seen.append((group, positive, score))
    return areas, *map(np.concatenate, zip(*seen, strict=True))


@pytest.mark.parametrize("most", [_group_areas.MOST_PLACES, 2000, 20])
def test_all_rows_have_their_bins_whatever_becomes_of_the_slices(most, monkeypatch):
    areas, _, positive, score = filled_areas(most, monkeypatch)
    _, negatives, positives = BinnedAUC().update(positive, score).counts()
    for _ in range(2):  # reading the slices changes nothing
        bins, counts = areas.filled()
        assert bins.tolist() == sorted(set(score_bins(score).tolist()))
        assert counts.tolist() == np.column_stack([negatives, positives])[::-1].tolist()
        assert areas.given_up == (most == 20)
        assert (areas.counts(7) == [None] * 7) == (most == 20)


@pytest.mark.parametrize("most", [_group_areas.MOST_PLACES, 2000])
def test_a_table_that_grows_too_large_is_left_and_nothing_is_lost(most, monkeypatch):
    areas, group, positive, score = filled_areas(most, monkeypatch)
    assert not areas.given_up
    for slice_, counts in enumerate(areas.counts(7)):
        rows = group == slice_
        _, negatives, positives = BinnedAUC().update(positive[rows], score[rows]).counts()
        assert (counts.negative.tolist(), counts.positive.tolist()) == (negatives.tolist(), positives.tolist())


@given(st.lists(st.lists(st.tuples(st.booleans(), st.sampled_from([-0.0, 0.0, -1.5, 0.1, 2.0])), min_size=1)))
def test_few_scores_are_counted_one_by_one(batches):
    tally = ScoreTally()
    for rows in batches:
        positive, score = (np.array(column) for column in zip(*rows, strict=True))
        tally.update(positive, score)
    rows = [row for batch in batches for row in batch]
    scores = sorted({score for _, score in rows}, reverse=True)
    counts = tally.counts()
    assert counts.exact
    assert counts.thresholds.tolist() == scores
    assert counts.positive.tolist() == [sum(y for y, score in rows if score == each) for each in scores]
    assert counts.negative.tolist() == [sum(not y for y, score in rows if score == each) for each in scores]


def test_fewer_rows_are_read_at_once_where_there_are_many_columns(tmp_path):
    table = pa.table({f"p_{i}": np.zeros(50_000, np.float32) for i in range(100)})
    pq.write_table(table, tmp_path / "wide.parquet")
    for columns, parts in ((table.column_names, 3), (["p_0"], 1)):
        batches = list(parquet_batches(tmp_path / "wide.parquet", columns))
        assert len(batches) == parts
        assert sum(batch.num_rows for batch in batches) == 50_000
