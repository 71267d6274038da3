"""A metric per group is the metric of the group's rows, whichever way it is reached, and however the rows are cut."""

from __future__ import annotations

import math
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit import accuracy_score, by_group
from evalkit._core.groups import Groups
from evalkit.analysis.slices import slice_table
from evalkit.distributed import evaluate
from evalkit.report import build_report
from evalkit.streaming import LabelCounts, Slices
from evalkit.tables import files
from evalkit.tables.groups import GroupedColumn, GroupErrors, GroupShares, label_cells
from evalkit.tables.writing import write_json
from evalkit.uncertainty import mean_interval

Z = NormalDist().inv_cdf(0.975)
OFFSETS = (0.0, 1.0, -1e9, 1e9, 1e15)


def exact_half_width(errors) -> float:
    """Return z √(variance / n) of the sizes of the errors, with fractions up to the root."""
    sizes = [abs(Fraction(error)) for error in errors]
    mean = sum(sizes) / len(sizes)
    return Z * math.sqrt(sum((size - mean) ** 2 for size in sizes) / len(sizes) ** 2)


@st.composite
def errors_in_groups(draw):
    """Errors whose size in a group is like the others, and near or far from zero; and cuts into batches."""
    codes = np.array(draw(st.lists(st.integers(0, 3), min_size=1, max_size=40)))
    offset = np.array([draw(st.sampled_from(OFFSETS)) for _ in range(4)])
    steps = np.array([draw(st.integers(-8, 8)) for _ in codes])
    cuts = sorted(draw(st.lists(st.integers(0, len(codes)), max_size=4)))
    return codes, offset[codes] + steps, cuts


@given(errors_in_groups())
def test_the_spread_of_errors_is_exact_however_large_they_are(case):
    codes, errors, cuts = case
    total = GroupErrors.empty()
    for rows in np.split(np.arange(len(codes)), cuts):
        # Like a code book: a batch knows the groups met so far.
        known = int(codes[: rows[-1] + 1].max()) + 1 if len(rows) else len(total.rows)
        total = total + GroupErrors.of(codes[rows], known, errors[rows])
    for group in np.unique(codes):
        inside = errors[codes == group]
        assert total.rows[group] == len(inside)
        assert total.error[group] == pytest.approx(math.fsum(inside), rel=1e-14)
        assert total.absolute[group] == pytest.approx(math.fsum(np.abs(inside)), rel=1e-14)
        spread = float(exact_half_width(inside) / Z * len(inside)) ** 2
        assert total.spread[group] == pytest.approx(spread, rel=1e-9, abs=0)


def test_errors_that_are_equal_have_an_interval_of_width_zero():
    codes = np.arange(3000) % 2
    total = GroupErrors.empty()
    for rows in np.split(np.arange(3000), [700, 701]):
        total = total + GroupErrors.of(codes[rows], 2, np.where(codes, 0.1, -1e9 / 3)[rows])
    assert total.spread.tolist() == [0, 0]
    assert total.mean.tolist() == [1e9 / 3, 0.1]


@pytest.mark.parametrize("batch", [100_000, 333])
def test_the_report_on_large_errors_that_are_alike(batch, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "ROWS_AT_ONCE", batch)
    rng = np.random.default_rng(2)
    truth = rng.normal(size=3000)
    site = rng.choice(["a", "b"], 3000)
    pred = truth - np.where(site == "a", 1e9 + rng.choice([-1, 1], 3000), rng.normal(size=3000))
    path = tmp_path / "far.parquet"
    pa.parquet.write_table(pa.table({"y": truth, "yhat": pred, "site": site}), path)
    (table,) = build_report(path, truth="y", pred="yhat", by=["site"]).slices
    assert [part.name for part in table.slices] == ["a", "b"]
    for part in table.slices:
        errors = (truth - pred)[site == part.name]
        size = part.values[0]
        assert size.value == pytest.approx(float(sum(abs(Fraction(e)) for e in errors) / len(errors)), rel=1e-13)
        # Near 1e9 a float64 has steps of 1.2e-7, and the ends are rounded to them.
        half = exact_half_width(errors)
        assert (size.high - size.low) / 2 == pytest.approx(half, rel=1e-9, abs=2 * math.ulp(size.value))
        assert half > 0.03


@pytest.mark.slow
@settings(max_examples=30)
@given(st.integers(0, 10_000), st.sampled_from(["site", "day", "known"]))
def test_all_tables_of_groups_agree(tmp_path_factory, seed, column):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 200))
    groups = {
        "site": np.array(["Århus", "Brno", "C"])[rng.integers(0, 3, n)],
        "day": rng.integers(-5, 5, n),
        "known": rng.random(n) < 0.5,
    }[column]
    truth, called = rng.integers(0, 2, (2, n))
    path = tmp_path_factory.mktemp("groups") / "t.parquet"
    pa.parquet.write_table(pa.table({"y": truth, "yhat": called, "by": groups}), path, row_group_size=37)

    scores = {score.group: score for score in by_group(accuracy_score, truth, called, by=groups, interval="wilson")}
    shares = {part.group: part for part in slice_table(truth, called, {"by": groups})}
    stream = Slices(LabelCounts(num_classes=2))
    for rows in np.array_split(np.arange(n), 3):
        stream.update(groups[rows], truth[rows], called[rows])
    whole = evaluate(path, truth="y", pred="yhat", by="by", progress=False)
    (report,) = build_report(path, truth="y", pred="yhat", by=["by"]).slices
    reported = {part.name: part for part in report.slices}

    names = sorted(set(groups.tolist()))
    assert list(scores) == list(shares) == list(stream.compute()) == list(whole.slices) == names
    assert set(reported) == set(map(str, names))
    for name in names:
        inside = groups == name
        expected = float((truth == called)[inside].mean())
        assert scores[name].n == shares[name].rows == reported[str(name)].rows == inside.sum()
        accuracy = reported[str(name)].values[0]
        assert scores[name].value == shares[name].value == accuracy.value == expected
        assert stream.compute()[name].accuracy == whole.slices[name]["confusion"].accuracy == expected
        assert scores[name].interval == shares[name].interval
        assert tuple(scores[name].interval) == (accuracy.low, accuracy.high)


@given(st.integers(0, 10_000), st.lists(st.integers(0, 50), max_size=4))
def test_shares_of_the_parts_add_up(seed, cuts):
    rng = np.random.default_rng(seed)
    codes = np.sort(rng.integers(0, 4, 50))  # later batches bring new groups
    cells = label_cells(*(rng.random((3, 50)) < 0.5))
    total = GroupShares.empty()
    for rows in np.split(np.arange(50), sorted(cuts)):
        total = total + GroupShares.of(codes[rows], int(codes[rows].max(initial=-1)) + 1, cells[rows])
    whole = GroupShares.of(codes, int(codes.max()) + 1, cells)
    assert total.cells.tolist() == whole.cells.tolist()
    assert total.shares("recall") == whole.shares("recall")


def test_a_grouped_column_meets_its_groups_in_any_batch():
    column = GroupedColumn("site", GroupShares.empty())
    cells = label_cells(*np.array([[True, False], [True, True], [True, False]]))
    assert column.update(pa.array(["b", None]), cells).tolist() == [0, 1]
    assert column.update(pa.array(["a", "b"]), cells).tolist() == [2, 0]
    assert column.names == ["b", "(missing)", "a"]
    assert column.sums.shares("precision") == [(1, 2), (0, 1), (1, 1)]


@pytest.mark.parametrize("by", [[0.5, 1.0], [math.nan, 1.0], [math.inf, 1.0], [1e300, 1.0], [[1, 2], [3, 4]]])
def test_what_is_no_group_is_refused(by):
    with pytest.raises(ValueError, match="by "):
        Groups.of(np.array(by))


def test_the_rows_of_each_group_are_in_order():
    groups = Groups.of(np.array([3, 1, 3, 2**40, 1]))
    assert groups.names == (1, 3, 2**40)
    assert [(name, rows.tolist()) for name, rows in groups.rows()] == [(1, [1, 4]), (3, [0, 2]), (2**40, [3])]
    assert list(Groups.of(np.empty(0, int)).rows()) == []


def test_the_interval_of_a_mean():
    values = np.random.default_rng(0).normal(3, 2, 400)
    low, high = mean_interval(values.mean(), ((values - values.mean()) ** 2).sum(), 400, level=0.9)
    half = NormalDist().inv_cdf(0.95) * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half))
    for arguments in ((1.0, 0.0, 0), (1.0, 0.0, 5, 1.5)):
        with pytest.raises(ValueError, match="must be"):
            mean_interval(*arguments)


def test_json_is_the_same_every_time_and_strict(tmp_path):
    data = {"å": [1, 2.5, None], "a": {"b": "ø"}}
    write_json(tmp_path / "one.json", data)
    assert (tmp_path / "one.json").read_bytes() == (
        '{\n "å": [\n  1,\n  2.5,\n  null\n ],\n "a": {\n  "b": "ø"\n }\n}\n'.encode()
    )
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "two.json", [math.nan])
    assert not (tmp_path / "two.json").exists()
