"""Datasets and evaluators: who a dataset is, and what an evaluator says of an output."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.csv import write_csv

from evalkit.production import (
    CaptionHallucination,
    CustomEvaluation,
    Dataset,
    DatasetError,
    DetectionMatch,
    Evaluation,
    GroundTruthMatch,
    TopKMatch,
)
from evalkit.tables.canonical import ContentHash, SameValues, digest_of, plain

PROBE = """
import sys, numpy, evalkit
before = set(sys.modules)
import evalkit.production
print(*sorted(set(sys.modules) - before))
"""


def test_import_loads_one_module_of_its_own():
    found = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True).stdout.split()
    assert found == ["evalkit.production"]


def test_everything_public_can_be_loaded():
    import evalkit.production as production

    assert all(getattr(production, name).__doc__ for name in production.__all__)
    assert set(dir(production)) == set(production.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = production.nothing


# --------------------------------------------------------------------------------------------------------------- hashes
def table(n=40):
    rng = np.random.default_rng(0)
    light = rng.choice(["day", "night"], n)
    return {"id": [f"r{i}" for i in range(n)], "path": [f"{i}.png" for i in range(n)], "y": rng.integers(0, 3, n),
            "light": light, "from": [f"s{i // 2}" for i in range(n)]}  # fmt: skip


def written(path, columns, **options):
    pq.write_table(pa.table(columns), path, **options)
    return Dataset.from_parquet(path, input="path", expected="y", tags=["light"], source_id="from")


def test_the_hash_does_not_depend_on_order_files_or_batches(tmp_path):
    columns = table()
    order = np.random.default_rng(1).permutation(40)
    one = written(tmp_path / "a.parquet", columns)
    other = written(
        tmp_path / "b.parquet",
        {name: np.array(values)[order] for name, values in reversed(columns.items())},
        row_group_size=7,
        compression="none",
    )
    write_csv(pa.table(columns), tmp_path / "c.csv")
    third = Dataset.from_csv(tmp_path / "c.csv", input="path", expected="y", tags=["light"], source_id="from")
    fourth = Dataset.from_columns(
        id=columns["id"], input=columns["path"], expected=columns["y"], tags={"light": columns["light"]},
        source_id=columns["from"],
    )  # fmt: skip
    assert len({one.hash, other.hash, third.hash, fourth.hash}) == 1
    assert len(one) == 40


@pytest.mark.parametrize("column", ["id", "path", "y", "light", "from"])
def test_the_hash_sees_every_column(tmp_path, column):
    columns = table()
    before = written(tmp_path / "a.parquet", columns).hash
    changed = list(columns[column])
    changed[7] = 9 if column == "y" else "other"
    assert written(tmp_path / "b.parquet", {**columns, column: changed}).hash != before


def test_rows_that_swap_a_value_are_other_rows():
    one, other = ContentHash(["id", "y"]), ContentHash(["id", "y"])
    one.update([["a", "b"], ["1", "2"]])
    other.update([["a", "b"], ["2", "1"]])
    assert one.hexdigest() != other.hexdigest()
    other = ContentHash(["id", "y"])
    other.update([["a", "b"], [1, 2]])  # a number is no text
    assert one.hexdigest() != other.hexdigest()


def test_a_replaced_picture_is_another_dataset(tmp_path):
    for label in ("cat", "dog"):
        (tmp_path / label).mkdir()
        for i in range(3):
            (tmp_path / label / f"{i}.png").write_bytes(f"{label}{i}".encode())
    (tmp_path / "cat" / "notes.txt").write_text("not a picture")
    before = Dataset.from_folder(tmp_path, tags=lambda file: {"side": file.stem})
    assert len(before) == 6
    assert next(before.blocks(10))["expected"] == ["cat"] * 3 + ["dog"] * 3
    pq.write_table(pa.table({"id": ["x"], "input": ["cat/1.png"], "expected": ["cat"]}), tmp_path / "c.parquet")
    of_table = Dataset.from_parquet(tmp_path / "c.parquet").hash
    (tmp_path / "cat" / "1.png").write_bytes(b"another picture")
    assert Dataset.from_folder(tmp_path, tags=lambda file: {"side": file.stem}).hash != before.hash
    assert Dataset.from_parquet(tmp_path / "c.parquet").hash != of_table
    (tmp_path / "cat" / "1.png").unlink()
    with pytest.raises(DatasetError, match=r"1\.png cannot be read"):
        _ = Dataset.from_parquet(tmp_path / "c.parquet", files=True).hash


def test_arrays_in_memory_are_hashed_by_their_numbers():
    pictures = np.zeros((3, 2, 2))
    before = Dataset.from_columns(id="abc", input=pictures, expected=[0, 1, 2]).hash
    assert Dataset.from_columns(id="abc", input=list(pictures), expected=[0, 1, 2]).hash == before
    assert Dataset.from_columns(id="abc", input=pictures.astype(np.float32), expected=[0, 1, 2]).hash != before
    pictures[1, 0, 0] = 1e-300
    assert Dataset.from_columns(id="abc", input=pictures, expected=[0, 1, 2]).hash != before


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"id": ["a", "b", "a"], "input": [1, 2, 3]}, "'a' occurs more than once"),
        ({"id": [], "input": []}, "no rows"),
        ({"id": ["a"], "input": [1, 2]}, "different numbers of rows"),
        ({"id": ["a"], "input": [1], "tags": {"output": [1]}}, "must not be called output"),
    ],
)
def test_what_no_comparison_can_stand_on_is_refused(columns, message):
    with pytest.raises(DatasetError, match=message):
        _ = Dataset.from_columns(**columns).hash


def test_a_missing_id_is_refused(tmp_path):
    pq.write_table(pa.table({"id": ["a", None], "input": ["x", "y"], "expected": ["1", "2"]}), tmp_path / "a.parquet")
    with pytest.raises(DatasetError, match="Row 1 has no id"):
        _ = Dataset.from_parquet(tmp_path / "a.parquet").hash


def test_blocks_are_cut_to_size_whatever_the_file_looks_like(tmp_path):
    dataset = written(tmp_path / "a.parquet", table(), row_group_size=7)
    blocks = list(dataset.blocks(15))
    assert [len(block) for block in blocks] == [15, 15, 10]
    assert [name for block in blocks for name in block["id"]] == table()["id"]
    assert next(iter(blocks[1]))["id"] == "r15"


def test_same_values_are_found_across_batches():
    with SameValues() as same:
        for start in range(0, 1000, 100):
            same.update(str(value) for value in range(start, start + 100))
        assert len(same.repeated()) == 0
        same.update(["7", "999", "new"])
        assert len(same.repeated()) == 2


def test_plain_values():
    assert plain({"a": np.float32(0.5), "b": (np.int8(1), np.array([1, 2]))}) == {"a": 0.5, "b": [1, [1, 2]]}
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    with pytest.raises(TypeError, match="object is neither"):
        plain(object())


# ----------------------------------------------------------------------------------------------------------- evaluators
@pytest.mark.parametrize(
    ("output", "expected", "score", "words"),
    [
        ("cat", "cat", 1.0, "equal"),
        ("Cat ", "cat", 1.0, "trimming and lower case"),
        ("dog", "cat", 0.0, "'dog' is not 'cat'"),
        (3, 3.0, 1.0, "equal"),
        (np.int64(3), 3, 1.0, "equal"),
        ("3", 3, 0.0, "one is text"),
        ([1, 2], [1, 2], 1.0, "equal"),
    ],
)
def test_ground_truth_match(output, expected, score, words):
    one = GroundTruthMatch().evaluate(output=output, expected=expected)
    assert (one.score, one.passed, one.status) == (score, score == 1, "ok")
    assert words in one.reason
    assert GroundTruthMatch().evaluate(generated_value=output, expected_value=expected) == one
    assert GroundTruthMatch().evaluate_batch([output] * 3, [expected] * 3) == [one] * 3


def test_without_truth_there_is_no_score():
    one = GroundTruthMatch().evaluate(output="cat")
    assert (one.score, one.passed, one.status) == (None, None, "skipped")
    assert GroundTruthMatch(exact=True).evaluate(output="Cat", expected="cat").score == 0
    boxes = [{"box": [0, 0, 1, 1], "label": "cat", "score": 1.0}]
    assert "DetectionMatch" in GroundTruthMatch().evaluate(output=boxes, expected=boxes).reason
    batch = GroundTruthMatch().evaluate_batch([1, True, "1"], [1, 1, "1"])
    assert [one.score for one in batch] == [1.0, 1.0, 1.0]


def test_top_k():
    top = TopKMatch(2)
    assert top.name == "top2"
    assert top.evaluate(output=["a", "b", "c"], expected="b").score == 1
    assert top.evaluate(output=["a", "b", "c"], expected="c").score == 0
    assert top.evaluate(output=["a"], expected="a").status == "error"
    assert top.evaluate(output=["a", "b"]).status == "skipped"


def test_detections_are_matched_first():
    truth = [{"box": [0, 0, 10, 10], "label": "cat"}, {"box": [20, 0, 30, 10], "label": "dog"}]
    found = [
        {"box": [0, 0, 10, 9], "label": "cat", "score": 0.6},
        {"box": [1, 0, 10, 10], "label": "cat", "score": 0.9},  # the surest takes the cat; the other finds none left
        {"box": [20, 0, 30, 10], "label": "cat", "score": 0.5},  # the right box of another label
    ]
    one = DetectionMatch().evaluate(output=found, expected=truth)
    assert one.score == pytest.approx(2 / (2 + 2 + 1))
    assert one.reason == "1 matched, 2 without a true box, 1 missed"
    assert not one.passed
    assert DetectionMatch().evaluate(output=[], expected=[]).passed
    assert DetectionMatch().evaluate(output=[{**truth[0], "score": 1}], expected=truth[:1]).passed


def test_custom():
    def close(output, expected):
        return max(0.0, 1 - abs(output - expected)), f"off by {abs(output - expected)}"

    custom = CustomEvaluation(close, "close", threshold=0.7)
    assert custom.evaluate(output=1.25, expected=1) == Evaluation(0.75, True, "ok", "off by 0.25")
    assert custom.evaluate(output="a", expected=1).status == "error"
    assert CustomEvaluation(lambda output: 2.0, "x").evaluate(output=1).status == "error"
    assert CustomEvaluation(lambda output: float("nan"), "x").evaluate(output=1).score is None
    assert CustomEvaluation(lambda output: None, "x").evaluate(output=1).status == "skipped"
    rows = CustomEvaluation(lambda row: row["light"] == "day", "x").evaluate_batch([1], [1], [{"light": "day"}])
    assert rows[0].passed
    with pytest.raises(ValueError, match="may take output, expected and row"):
        CustomEvaluation(lambda answer: 1, "x")


def test_another_function_is_another_evaluator():
    one, other = CustomEvaluation(lambda output: 1, "x"), CustomEvaluation(lambda output: 0.5, "x")
    assert one.identity() != other.identity()
    assert TopKMatch(1, name="x").identity() != TopKMatch(2, name="x").identity()


def test_captions():
    chair = CaptionHallucination({"dog": ["puppy"], "cat": [], "bench": []})
    one = chair.evaluate(caption="A cat sits on a bench, a puppy beside it.", image=["cat", "bench"])
    assert one.score == pytest.approx(2 / 3)
    assert one.reason == "names dog, not in the picture: “a puppy beside it”"
    assert chair.evaluate(output="A cat.", expected=["cat"]).passed
    assert chair.evaluate(output="Nothing to see.", expected=["cat"]).status == "undecided"
    assert chair.evaluate(output="A cat.", expected=["horse"]).status == "error"
    assert chair.evaluate(output="A cat.").status == "skipped"
