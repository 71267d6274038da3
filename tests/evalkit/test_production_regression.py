"""Two runs compared: every count against a count by hand, whatever the order of the rows; and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from evalkit import f1_score
from evalkit.paired import paired_difference_interval
from evalkit.production import (
    ComparisonError,
    CustomEvaluation,
    Dataset,
    Gate,
    GroundTruthMatch,
    RegressionEval,
    RunError,
    TopKMatch,
    fingerprint,
)
from evalkit.production.alignment import AlignmentError, aligned


def rows(n=300, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.choice(["cat", "dog", "cow"], n)
    light, camera = rng.choice(["day", "dark"], n), rng.choice(["c1", "c2", "c3"], n)
    answers = [np.where(rng.random(n) < 0.8, truth, rng.choice(["cat", "dog", "cow"], n)) for _ in range(2)]
    return {
        "id": [f"r{i}" for i in range(n)], "input": np.arange(n), "truth": truth, "light": light, "camera": camera,
        "old": answers[0], "new": answers[1], "source": [f"s{i}" for i in range(n)],
    }  # fmt: skip


def dataset_of(r, order=None, source=False):
    order = np.arange(len(r["id"])) if order is None else order
    pick = {name: np.array(values)[order] for name, values in r.items()}
    return Dataset.from_columns(
        id=pick["id"], input=pick["input"], expected=pick["truth"],
        tags={"light": pick["light"], "camera": pick["camera"]}, source_id=pick["source"] if source else None,
    )  # fmt: skip


def answering(r, name, failing=()):
    def pipeline(batch):
        if set(failing) & set(batch["id"]):
            raise OSError("no camera")
        return [r[name][i] for i in batch["input"]]

    return pipeline


def made(tmp_path, r=None, order=None, source=False, failing=((), ()), evaluators=None, **options):
    r = rows() if r is None else r
    runs = []
    for name, where, lost in (("old", None, failing[0]), ("new", order, failing[1])):
        dataset = dataset_of(r, where, source)
        for evaluator in evaluators() if evaluators else [GroundTruthMatch()]:
            dataset.add_evaluation(evaluator)
        runs.append(dataset.run(answering(r, name, lost), to=tmp_path / name, progress=False, part_rows=64, **options))
    return r, runs


def by_hand(r, where=slice(None), lost=()):
    old, new = ((r[name] == r["truth"])[where] for name in ("old", "new"))
    known = ~np.isin(np.array(r["id"])[where], lost)
    return {
        "broken": int((old & ~new & known).sum()), "fixed": int((~old & new & known).sum()),
        "both_right": int((old & new & known).sum()), "both_wrong": int((~old & ~new & known).sum()),
    }  # fmt: skip


def counts(table):
    return {name: getattr(table, name) for name in ("broken", "fixed", "both_right", "both_wrong")}


@pytest.mark.parametrize("shuffled", [False, True])
def test_counts_are_those_by_hand(tmp_path, shuffled):
    order = np.random.default_rng(5).permutation(300) if shuffled else None
    lost = ["r7", "r100"]
    r, (old, new) = made(tmp_path, order=order, failing=((), lost))
    result = RegressionEval(old, new).compare(by=["light", ("light", "camera")])
    first = result.first
    assert counts(first.overall.table) == by_hand(r, lost=lost)
    assert (first.overall.table.lost, first.overall.table.regained) == (2, 0)
    for cohort in first.cohorts["light"]:
        assert counts(cohort.table) == by_hand(r, r["light"] == cohort.name, lost)
    assert len(first.cohorts["light × camera"]) == 6
    for cohort in first.cohorts["light × camera"]:
        light, camera = cohort.name.split(" × ")
        assert counts(cohort.table) == by_hand(r, (r["light"] == light) & (r["camera"] == camera), lost)
    for cohort in first.classes:
        assert counts(cohort.table) == by_hand(r, r["truth"] == cohort.name, lost)
    hand = by_hand(r, lost=lost)
    assert first.overall.interval() == paired_difference_interval(hand["broken"], hand["fixed"], 298)
    broken = [row["id"] for row in result.rows("broken", limit=None)]
    was_broken = (r["old"] == r["truth"]) & (r["new"] != r["truth"])
    assert broken == [f"r{i}" for i in range(300) if was_broken[i] and f"r{i}" not in lost]
    dark = result.rows("fixed", limit=None, light="dark")
    assert len(dark) == by_hand(r, r["light"] == "dark", lost)["fixed"]
    (one, two) = result.rows("lost")
    assert (one["id"], one["reason"]) == ("r7", "OSError: no camera")
    assert two["id"] == "r100"


def test_the_same_numbers_for_any_order_and_twice_the_same_json(tmp_path):
    made(tmp_path / "a")
    made(tmp_path / "b", order=np.random.default_rng(5).permutation(300))
    texts = set()
    for name in ("a", "b", "b"):
        result = RegressionEval(tmp_path / name / "old", tmp_path / name / "new").compare(by=["light"])
        result.to_json(tmp_path / "result.json", result.gate([Gate("accuracy", max_drop=0.02)]))
        texts.add((tmp_path / "result.json").read_text())
    assert len(texts) == 1
    assert json.loads(texts.pop())["evaluated"][0]["overall"]["rows"] == 300


@pytest.mark.slow
def test_the_rows_that_changed_as_a_file_of_the_same_bytes(tmp_path):
    import pyarrow.parquet as pq

    lost = ["r7"]
    r, (old, new) = made(tmp_path / "a", failing=((), lost))
    _, (_, shuffled) = made(tmp_path / "b", order=np.random.default_rng(5).permutation(300), failing=((), lost))
    texts = []
    for candidate in (new, new, shuffled):
        n_rows = RegressionEval(old, candidate).compare().write_changes(tmp_path / "changes.parquet")
        texts.append((tmp_path / "changes.parquet").read_bytes())
    assert len(set(texts)) == 1
    rows = pq.read_table(tmp_path / "changes.parquet").to_pylist()
    hand = by_hand(r, lost=lost)
    assert len(rows) == n_rows == hand["broken"] + hand["fixed"] + 1
    assert [row["change"] for row in rows].count("broken") == hand["broken"]
    for row in rows:
        i = int(row["id"][1:])
        assert (row["expected"], row["baseline"], row["light"]) == (r["truth"][i], r["old"][i], r["light"][i])
        assert row["candidate"] == (None if row["change"] == "lost" else r["new"][i])
    result = RegressionEval(old, new).compare()
    assert len(result.rows("both wrong", limit=None)) == hand["both_wrong"]
    assert len(result.rows("both right", limit=7)) == 7
    with pytest.raises(ValueError, match="kind must be one of"):
        result.rows("odd")
    with pytest.raises(ValueError, match="no tag 'weather'"):
        result.rows("fixed", weather="rain")


def test_confusions_and_several_evaluators(tmp_path):
    def both():
        return [CustomEvaluation(lambda output, expected: float(output == expected) / 2, "half"), GroundTruthMatch()]

    r, (old, new) = made(tmp_path, evaluators=both)
    result = RegressionEval(old, new).compare()
    assert list(result.evaluated) == ["half", "ground_truth_match"]
    half = result.evaluated["half"].overall
    difference = ((r["new"] == r["truth"]).astype(float) - (r["old"] == r["truth"])) / 2
    assert half.scores.mean == pytest.approx(difference.mean())
    assert half.scores.standard_error == pytest.approx(difference.std(ddof=1) / np.sqrt(300))
    for truth, answer, before, after in result.first.confusions():
        assert before == int(((r["truth"] == truth) & (r["old"] == answer)).sum())
        assert after == int(((r["truth"] == truth) & (r["new"] == answer)).sum())
    assert "half: " in str(result)


def test_top_1_and_top_5_apart(tmp_path):
    def tops():
        return [TopKMatch(1), TopKMatch(2)]

    r = rows()
    r["old"] = np.array([["cat", "dog"]] * 300, dtype=object)
    r["new"] = np.array([["dog", "cat"]] * 300, dtype=object)
    for name in ("old", "new"):
        r[name] = r[name].tolist()
    runs = []
    for name in ("old", "new"):
        data = dataset_of({k: v for k, v in r.items() if k not in ("old", "new")})
        for evaluator in tops():
            data.add_evaluation(evaluator)
        runs.append(data.run(answering(r, name), to=tmp_path / name, progress=False))
    result = RegressionEval(*runs).compare()
    assert result.evaluated["top1"].overall.table.broken == int((r["truth"] == "cat").sum())
    assert result.evaluated["top2"].overall.table.broken == 0


def test_rows_that_share_a_source_count_by_source(tmp_path):
    r = rows()
    _, (old, new) = made(tmp_path / "own", r, source=True)  # a source of its own for each row
    own = RegressionEval(old, new).compare(by=["light"])
    assert own.first.overall.by_source is None
    r["source"] = [f"s{i % 50}" for i in range(300)]
    _, (old, new) = made(tmp_path / "six", r, source=True, failing=((), ["r3"]))
    result = RegressionEval(old, new).compare(by=["light"])
    difference = (r["new"] == r["truth"]).astype(float) - (r["old"] == r["truth"])
    worst = difference.copy()
    worst[3] = -float(r["old"][3] == r["truth"][3])
    measured, at_worst = result.first.overall.by_source.difference
    for found, values, keep in ((measured, difference, np.arange(300) != 3), (at_worst, worst, np.ones(300, bool))):
        totals = np.bincount(np.arange(300)[keep] % 50, values[keep])
        sizes = np.bincount(np.arange(300)[keep] % 50)
        mean = values[keep].mean()
        error = np.sqrt(((totals - sizes * mean) ** 2).sum() * 50 / 49) / keep.sum()
        assert (found.clusters, found.rows) == (50, keep.sum())
        assert (found.mean, found.standard_error) == (pytest.approx(mean), pytest.approx(error))
    dark = next(c for c in result.first.cohorts["light"] if c.name == "dark")
    assert dark.by_source.difference[1].rows == int((r["light"] == "dark").sum())
    assert "sources" in dark.to_dict()
    # The candidate by itself, and kinds of rows, by the same sources. A lost row counts as wrong, or not at all.
    right = (r["new"] == r["truth"]).astype(float)
    alone, alone_at_worst = result.first.overall.by_source.candidate
    assert (alone.rows, alone.total) == (299, np.delete(right, 3).sum())
    assert (alone_at_worst.rows, alone_at_worst.total) == (300, np.delete(right, 3).sum())
    source, kind, n_rows = result.first.kinds_by_source
    assert len(np.unique(source)) == 50
    assert np.bincount(kind, n_rows).tolist() == list(result.first.kinds.values())
    assert sum(result.first.kinds.values()) == 300
    is_a = r["truth"] == r["truth"][3]
    lost_one = {
        lost: result.gate([Gate("f1", of=r["truth"][3], max_drop=0.5, lost=lost)]) for lost in ("broken", "left out")
    }
    for lost, verdict in lost_one.items():
        keep = np.arange(300) != 3 if lost == "left out" else np.ones(300, bool)
        new = np.where(np.arange(300) == 3, "nothing", r["new"])
        f1 = [f1_score(is_a[keep], answers[keep] == r["truth"][3]) for answers in (r["old"], new)]
        assert verdict.checks[0].interval.estimate == pytest.approx(f1[1] - f1[0])


# ------------------------------------------------------------------------------------------------------------- refusals
@pytest.mark.slow
def test_other_rows_are_refused_with_the_first_difference(tmp_path):
    r, (old, _) = made(tmp_path / "a")
    other = {**r, "truth": r["truth"].copy()}
    other["truth"][[3, 9]] = "emu"
    _, (_, new) = made(tmp_path / "b", other)
    with pytest.raises(
        ComparisonError, match="2 rows of the first part that differs have another expected: r3, r9"
    ) as e:
        RegressionEval(old, new)
    assert all(run.manifest["dataset"]["hash"][:16] in str(e.value) for run in (old, new))
    _, (_, new) = made(tmp_path / "c", {name: values[:299] for name, values in r.items()})
    with pytest.raises(ComparisonError, match="1 ids are missing, such as 'r299'"):
        RegressionEval(old, new)
    _, (_, new) = made(tmp_path / "d", {**r, "input": np.arange(300)[::-1]})
    with pytest.raises(ComparisonError, match="inputs have other contents"):
        RegressionEval(old, new)
    _, (_, new) = made(tmp_path / "e", r, source=True)
    with pytest.raises(ComparisonError, match="The columns are"):
        RegressionEval(old, new)


def test_other_evaluators_preparation_and_architecture_are_refused(tmp_path):
    r, (old, _) = made(tmp_path / "a")
    _, (_, new) = made(tmp_path / "b", evaluators=lambda: [GroundTruthMatch(exact=True)])
    with pytest.raises(ComparisonError, match="exact of ground_truth_match is False and True"):
        RegressionEval(old, new)
    _, (_, new) = made(tmp_path / "c", preprocess="224 pixels")
    with pytest.raises(ComparisonError, match="prepared differently: None and '224 pixels'"):
        RegressionEval(old, new)
    marks = [fingerprint({"w": np.zeros(size)}) for size in (2, 3)]
    runs = []
    for i, mark in enumerate(marks):
        data = dataset_of(r)
        runs.append(data.run(answering(r, "old"), to=tmp_path / f"m{i}", checkpoint=mark, progress=False))
    with pytest.raises(ComparisonError, match="backbone_swap=True"):
        RegressionEval(*runs)
    swapped = RegressionEval(*runs, backbone_swap=True).compare()
    assert swapped.backbone_swapped
    assert "backbone has been swapped" in str(swapped)
    with pytest.raises(ComparisonError, match="no tag 'weather'; the dataset has light, camera"):
        RegressionEval(*runs, backbone_swap=True).compare(by=["weather"])
    with pytest.raises(RunError, match="holds no run"):
        RegressionEval(tmp_path / "nothing", old)


# ------------------------------------------------------------------------------------------------------------ alignment
def test_alignment_says_what_does_not_belong_together():
    def table(ids):
        return pa.table({"id": ids, "x": [int(i[1:]) for i in ids]})

    order = [pa.array(["r1", "r2"]), pa.array(["r3"])]
    found = list(aligned(order, [table(["r3", "r1"]), table(["r2"])], 3))
    assert [t.column("x").to_pylist() for t in found] == [[1, 2], [3]]
    with pytest.raises(AlignmentError, match=r"1 ids are missing, such as 'r2'; 1 ids are unknown, such as 'r9'"):
        list(aligned(order, [table(["r3", "r1", "r9"])], 3))
    with pytest.raises(AlignmentError, match="1 ids are repeated"):
        list(aligned(order, [table(["r3", "r1", "r2", "r2"])], 3))
    filled = list(aligned(order, [table(["r1", "r3"])], 3, allow_missing=True))
    assert filled[0].column("x").to_pylist() == [1, None]


def test_alignment_over_many_files():
    rng = np.random.default_rng(0)
    ids = np.array([f"r{i}" for i in range(5000)])
    order = [pa.array(ids[i : i + 700]) for i in range(0, 5000, 700)]
    mixed = rng.permutation(5000)
    tables = [pa.table({"id": ids[part], "x": part}) for part in np.array_split(mixed, 11)]
    found = list(aligned(order, tables, 2_000_000))  # as if there were many: ten files
    assert np.concatenate([t.column("x").to_numpy() for t in found]).tolist() == list(range(5000))
