"""`evalkit report`: the numbers against the oracle, from CSV as from Parquet, whatever the batches."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
import sklearn.metrics as oracle
from typer.testing import CliRunner

from evalkit import expected_calibration_error, wilson_interval
from evalkit.cli import app
from evalkit.report import build_report
from evalkit.tables import files

ROWS = 3000


@pytest.fixture(scope="module")
def columns():
    rng = np.random.default_rng(7)
    positive = rng.random(ROWS) < 0.3
    score = 1 / (1 + np.exp(-rng.normal(size=ROWS) - 2 * positive + 1))
    cohort = rng.choice(["day", "night", "fog <b>"], ROWS)
    truth = np.where(positive, "spam", "ham")
    return {"y": truth, "yhat": np.where(score >= 0.5, "spam", "ham"), "p": score, "cohort": cohort}


@pytest.fixture(scope="module", params=["csv", "parquet"])
def path(request, columns, tmp_path_factory):
    return write(columns, tmp_path_factory.mktemp("predictions") / f"predictions.{request.param}")


def write(columns, path: Path) -> Path:
    table = pa.table(columns)
    if path.suffix == ".csv":
        pa.csv.write_csv(table, path)
    else:
        pa.parquet.write_table(table, path, row_group_size=700)
    return path


def run(*arguments):
    return CliRunner().invoke(app, ["report", *map(str, arguments)], env={"COLUMNS": "120"})


def values(report):
    return {value.name: value for value in report.values}


def test_metrics_are_those_of_the_whole_file(path, columns, monkeypatch):
    monkeypatch.setattr(files, "ROWS_AT_ONCE", 333)
    report = build_report(path, truth="y", pred="yhat", score="p", by=["cohort"], positive="spam")
    y, yhat, p = columns["y"], columns["yhat"], columns["p"]
    found, labels = values(report), report.labels
    assert report.rows == ROWS
    assert labels.confusion.labels == ("ham", "spam")
    assert labels.confusion.table.tolist() == oracle.confusion_matrix(y, yhat).tolist()
    assert found["Accuracy"].value == oracle.accuracy_score(y, yhat)
    assert (found["Accuracy"].low, found["Accuracy"].high) == tuple(wilson_interval(int((y == yhat).sum()), ROWS))
    assert found["Balanced accuracy"].value == pytest.approx(oracle.balanced_accuracy_score(y, yhat))
    assert found["Log-loss"].value == pytest.approx(oracle.log_loss(y, p), rel=1e-12)
    assert found["Brier score"].value == pytest.approx(oracle.brier_score_loss(y, p, pos_label="spam"), rel=1e-12)
    assert found["Calibration error"].value == pytest.approx(expected_calibration_error(y == "spam", p), rel=1e-9)
    for name, exact in (
        ("ROC AUC", oracle.roc_auc_score(y, p)),
        ("Average precision", oracle.average_precision_score(y, p, pos_label="spam")),
    ):
        assert found[name].value == pytest.approx(exact, rel=1e-12)
        assert found[name].least == found[name].most or found[name].most - found[name].least < 1e-12
        assert found[name].low < exact < found[name].high
    expected = oracle.precision_recall_fscore_support(y, yhat)
    for i, row in enumerate(labels.classes):
        assert (row.precision, row.recall, row.f1, row.support) == pytest.approx([column[i] for column in expected])
    for row in labels.averages:
        expected = oracle.precision_recall_fscore_support(y, yhat, average=row.name)
        assert (row.precision, row.recall, row.f1) == pytest.approx(expected[:3])


def test_slices_are_those_of_the_rows_of_each_cohort(path, columns, monkeypatch):
    monkeypatch.setattr(files, "ROWS_AT_ONCE", 333)
    report = build_report(path, truth="y", pred="yhat", score="p", by=["cohort"], positive="spam")
    (table,) = report.slices
    assert {part.name for part in table.slices} == set(columns["cohort"])
    accuracies = [part.values[0].value for part in table.slices]
    assert accuracies == sorted(accuracies)
    for part in table.slices:
        rows = columns["cohort"] == part.name
        y, yhat = columns["y"][rows], columns["yhat"][rows]
        accuracy, precision, recall, area = part.values
        assert part.rows == rows.sum()
        assert accuracy.value == pytest.approx(oracle.accuracy_score(y, yhat))
        assert precision.value == pytest.approx(oracle.precision_score(y, yhat, pos_label="spam"))
        assert recall.value == pytest.approx(oracle.recall_score(y, yhat, pos_label="spam"))
        assert area.least - 1e-12 <= oracle.roc_auc_score(y, columns["p"][rows]) <= area.most + 1e-12
        hits = int(((y == "spam") & (yhat == "spam")).sum())
        assert (recall.low, recall.high) == tuple(wilson_interval(hits, int((y == "spam").sum())))


def test_the_worst_mistakes_are_the_worst_of_the_whole_file(path, columns, monkeypatch):
    monkeypatch.setattr(files, "ROWS_AT_ONCE", 333)
    report = build_report(path, truth="y", pred="yhat", score="p", by=["cohort"], positive="spam")
    wrong = np.flatnonzero(columns["y"] != columns["yhat"])
    worst = wrong[np.argsort(-np.abs(columns["p"][wrong] - 0.5), kind="stable")][:10]
    assert [mistake.row for mistake in report.mistakes] == worst.tolist()
    for mistake in report.mistakes:
        assert mistake.truth == columns["y"][mistake.row]
        assert mistake.predicted == columns["yhat"][mistake.row]
        assert mistake.score == pytest.approx(columns["p"][mistake.row])
        assert mistake.slices == {"cohort": columns["cohort"][mistake.row]}


def test_a_threshold_makes_labels_and_a_tie_is_positive(tmp_path):
    truth = [1, 0, 0, 1, 1, 1, 0]
    path = write({"y": truth, "p": [0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5]}, tmp_path / "seven.parquet")
    report = build_report(path, truth="y", score="p")
    assert (report.labels.positive, report.labels.threshold) == (1, 0.5)
    assert report.labels.confusion.table.tolist() == [[1, 2], [1, 3]]
    higher = build_report(path, truth="y", score="p", threshold=0.6)
    assert higher.labels.confusion.table.tolist() == [[3, 0], [1, 3]]
    found = values(report)
    assert round(found["ROC AUC"].value, 4) == 0.8333
    assert round(found["Average precision"].value, 4) == 0.9167
    assert round(found["Log-loss"].value, 4) == 0.4958
    assert round(found["Brier score"].value, 4) == 0.1661


def test_several_classes_with_the_score_of_one(tmp_path):
    columns = {"y": ["a", "b", "c", "a"], "yhat": ["a", "b", "b", "c"], "p": [0.9, 0.1, 0.7, 0.4]}
    path = write(columns, tmp_path / "three.parquet")
    report = build_report(path, truth="y", pred="yhat", score="p", positive="a")
    assert report.labels.confusion.labels == ("a", "b", "c")
    assert values(report)["ROC AUC"].value == oracle.roc_auc_score([1, 0, 0, 1], columns["p"])
    without_labels = build_report(path, truth="y", score="p", positive="a")
    assert without_labels.labels.confusion.labels == ("not a", "a")
    assert without_labels.labels.confusion.table.tolist() == [[1, 1], [1, 1]]


def test_logits_are_ranked_but_are_no_probabilities(tmp_path):
    path = write({"y": [0, 1, 1], "p": [-3.0, 2.0, -1.0]}, tmp_path / "logits.parquet")
    report = build_report(path, truth="y", score="p", threshold=0)
    assert set(values(report)) == {"Accuracy", "Balanced accuracy", "F1", "ROC AUC", "Average precision"}
    assert "no probabilities" in report.notes[0]
    assert report.labels.calibration is None


def test_one_class_only_has_no_area(tmp_path):
    path = write({"y": [0, 0], "p": [0.1, 0.2]}, tmp_path / "one.parquet")
    report = build_report(path, truth="y", score="p")
    assert np.isnan(values(report)["ROC AUC"].value)
    assert report.mistakes_note == "No row is wrong."
    result = run(path, "--truth", "y", "--score", "p")
    assert result.exit_code == 0
    assert "undefined" in result.output


def test_missing_cohorts_are_a_slice_of_their_own(tmp_path):
    columns = {"y": [0, 1, 1], "yhat": [0, 1, 0], "c": ["x", None, None], "f": [1.5, float("nan"), None]}
    report = build_report(write(columns, tmp_path / "c.parquet"), truth="y", pred="yhat", by=["c", "f"])
    for table in report.slices:
        assert (table.slices[0].name, table.slices[0].rows) == ("(missing)", 2)


def test_regression(path, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "ROWS_AT_ONCE", 333)
    rng = np.random.default_rng(3)
    y = rng.normal(size=ROWS) + 0.001
    columns = {"y": y, "yhat": y + rng.normal(size=ROWS) / 3, "site": rng.choice(["a", "b"], ROWS)}
    file = write(columns, tmp_path / f"numbers{path.suffix}")
    report = build_report(file, truth="y", pred="yhat", by=["site"])
    found = values(report)
    assert report.kind == "regression"
    assert found["Mean absolute error"].value == pytest.approx(oracle.mean_absolute_error(y, columns["yhat"]))
    assert found["R²"].value == pytest.approx(oracle.r2_score(y, columns["yhat"]))
    worst = np.argsort(-np.abs(y - columns["yhat"]))[:10]
    assert [mistake.row for mistake in report.mistakes] == worst.tolist()
    for part in report.slices[0].slices:
        rows = columns["site"] == part.name
        error = np.abs(y[rows] - columns["yhat"][rows])
        assert part.values[0].value == pytest.approx(error.mean())
        half = 1.959964 * error.std() / np.sqrt(rows.sum())
        assert part.values[0].high == pytest.approx(error.mean() + half)
    sampled = np.isin(y, report.sample[0]).sum()
    assert sampled == len(report.sample[0]) == 2000
    assert "Mean absolute error" in run(file, "--truth", "y", "--pred", "yhat", "--by", "site").output


def test_scores_may_look_whole_at_the_top_of_a_csv(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "CSV_BYTES_AT_ONCE", 64)
    path = tmp_path / "late.csv"
    path.write_text("y,p\n" + "0,0\n1,1\n" * 50 + "1,0.25\n")
    report = build_report(path, truth="y", score="p")
    assert report.rows == 101
    assert report.mistakes[0].row == 100


def test_the_terminal_shows_every_part(path):
    result = run(path, "--truth", "y", "--pred", "yhat", "--score", "p", "--by", "cohort", "--positive", "spam")
    assert result.exit_code == 0
    for part in ("Report on predictions", "ROC AUC", "DeLong", "Confusion matrix", "Rows are the truth"):
        assert part in result.output
    for part in ("macro average", "Slices by cohort", "fog <b>", "Worst mistakes", "wrong side of 0.5"):
        assert part in result.output


def test_json_is_strict_and_complete(path, tmp_path):
    out = tmp_path / "out.json"
    result = run(path, "--truth", "y", "--pred", "yhat", "--by", "cohort", "--json", out)
    assert result.exit_code == 0

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    data = json.loads(out.read_text(), parse_constant=refuse)
    assert data["kind"] == "classification"
    assert data["metrics"][0]["name"] == "Accuracy"
    assert sum(part["rows"] for part in data["slices"][0]["slices"]) == ROWS
    assert np.sum(data["confusion_matrix"]["table"]) == ROWS


@pytest.mark.parametrize(
    ("columns", "options", "sentence"),
    [
        ({"y": [0, 1]}, "--truth target --pred y", "has no column 'target'; its columns are 'y'."),
        (
            {"y": [0, 1], "p": [0.5, float("nan")]},
            "--truth y --score p",
            "Column 'p' has missing values or NaN, first in row 1",
        ),
        ({"y": [0, 1], "p": [0.5, float("inf")]}, "--truth y --score p", "Column 'p' holds infinity, first in row 1"),
        ({"y": [0, None], "p": [0.5, 0.1]}, "--truth y --score p", "Column 'y' has missing values"),
        ({"y": ["a", "b"], "p": [0.5, 0.1]}, "--truth y --score p", "--positive; 'y' holds a, b."),
        ({"y": ["a", "b"], "h": ["a", "b"]}, "--truth y --pred h --positive c", "'c' does not occur in column 'y'"),
        (
            {"y": [0, 1], "h": [0, 1]},
            "--truth y --pred h --positive yes",
            "'yes' does not occur in column 'y', which holds 0, 1.",
        ),
        ({"y": [0, 1], "p": [-3.0, 2.0]}, "--truth y --score p", "outside 0 to 1: say with --threshold"),
        ({"y": [0, 1], "h": [0.2, 0.8]}, "--truth y --pred h", "If they are scores, name them with --score h;"),
        ({"y": [0, 1], "h": ["a", "b"]}, "--truth y --pred h", "No prediction in 'h' (a, b) is a label of 'y' (0, 1)"),
        (
            {"y": [0.5, 1.5], "h": ["a", "b"]},
            "--truth y --pred h",
            "Column 'h' holds 'a' in row 0 (the first row is 0), and numbers are needed.",
        ),
        ({"y": np.arange(2000), "h": np.arange(2000)}, "--truth y --pred h", "more than 1,000 different values"),
        ({"y": [0, 1]}, "--truth y", "Name the column of predictions with --pred"),
        (
            {"y": [1e200, 0.5], "h": [0.5, 1.0]},
            "--truth y --pred h",
            "differ by more than 1e+150 in row 0",
        ),
        ({"y": [0, 1], "h": [0, 1]}, "--truth y --pred h --threshold 1", "A threshold needs a column of scores"),
        ({"y": pa.array([], pa.int64()), "h": pa.array([], pa.int64())}, "--truth y --pred h", "has no rows."),
        ({"y": pa.array([1, 2], pa.date32()), "h": [1, 2]}, "--truth y --pred h", "neither a label nor a number"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(columns, options, sentence, tmp_path):
    result = run(write(columns, tmp_path / "bad.parquet"), *options.split())
    assert result.exit_code == 2
    assert sentence in result.output
    assert len(result.output.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("notes.txt", "y,h", "notes.txt is neither a .csv nor a .parquet file."),
        ("broken.parquet", "hello", "broken.parquet cannot be read:"),
        ("empty.csv", "", "empty.csv cannot be read:"),
        ("header.csv", "y,h\n", "header.csv has no rows."),
        ("ragged.csv", "y,h\n0,1\n0\n", "ragged.csv cannot be read:"),
        ("twice.csv", "y,y,h\n0,1,1\n", "has more than one column 'y'"),
    ],
)
def test_a_file_that_cannot_be_read(name, text, sentence, tmp_path):
    (tmp_path / name).write_text(text)
    result = run(tmp_path / name, "--truth", "y", "--pred", "h")
    assert result.exit_code == 2
    assert sentence in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_no_file_and_no_folder(tmp_path):
    assert run(tmp_path / "no.csv", "--truth", "y").exit_code == 2
    path = write({"y": [0, 1], "h": [0, 1]}, tmp_path / "p.parquet")
    result = run(path, "--truth", "y", "--pred", "h", "--html", tmp_path / "no" / "out.html")
    assert (result.exit_code, "There is no folder" in result.output) == (2, True)


def test_help_is_there_at_once():
    code = (
        "import sys\nfrom evalkit.cli import app\n"
        "try: app(['report', '--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('pyarrow', 'matplotlib', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--truth" in done.stdout
    assert done.stdout.strip().endswith("[]")
