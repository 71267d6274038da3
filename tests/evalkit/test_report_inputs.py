"""`evalkit report` on the files that people have: labels as decimals, prices with commas, other encodings, dates."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from report_samples import both, run, slices, values, written
from sklearn.metrics import log_loss, roc_auc_score

from evalkit.report import ReportError, build_report
from evalkit.report.page import html_page
from evalkit.tables import files
from evalkit.tables.files import CsvFormat


def test_labels_stored_with_a_point_are_labels(tmp_path):
    """What pandas makes of 0 and 1 as soon as one value was missing."""
    frame = pd.DataFrame({"y": [1.0, 0.0, 1.0, 0.0], "yhat": [1, 0, 0, 0]})
    for path in both(frame, tmp_path):
        report = build_report(path, truth="y", pred="yhat")
        assert (report.task, report.labels.confusion.labels, report.labels.positive) == ("binary", (0, 1), 1)
        assert report.labels.confusion.table.tolist() == [[2, 0], [1, 1]]


def test_whole_prices_with_predictions_that_are_not_are_a_regression(tmp_path):
    frame = pd.DataFrame({"price": [935_000, 120_000, 431_500], "guess": [935_160.5, 119_000.25, 430_000.0]})
    for path in both(frame, tmp_path):
        report = build_report(path, truth="price", pred="guess")
        assert (report.task, report.kind) == ("regression", "regression")
        assert "guess holds fractions, such as 935160.5" in report.reason
        assert values(report)["Mean absolute error"] == pytest.approx(np.mean([160.5, 999.75, 1500]))
        assert "because guess holds fractions" in run(path, "--truth", "price", "--pred", "guess").output


@pytest.mark.slow
def test_whole_ages_with_whole_predictions_are_a_regression_and_many_classes_are_not(tmp_path):
    rng = np.random.default_rng(0)
    age = rng.integers(18, 90, 2000)
    ages = pd.DataFrame({"y": age, "h": age + rng.integers(-9, 10, 2000)})
    kind = rng.integers(0, 200, 2000)
    classes = pd.DataFrame({"y": kind, "h": np.where(rng.random(2000) < 0.6, kind, rng.integers(0, 200, 2000))})
    for path in both(ages, tmp_path):
        assert build_report(path, truth="y", pred="h").task == "regression"
        assert build_report(path, truth="y", pred="h", task="multiclass").task == "multiclass"
    for path in both(classes, tmp_path):
        report = build_report(path, truth="y", pred="h")
        assert report.task == "multiclass"
        assert "% of the predictions equal them" in report.reason


def test_a_task_that_is_said_is_kept(tmp_path):
    path = written(tmp_path, "y,h\n1,2\n2,2\n3,1\n")
    report = build_report(path, truth="y", pred="h", task="regression")
    assert (report.task, report.reason) == ("regression", "")
    assert values(report)["Mean absolute error"] == 1
    stars = written(tmp_path, "y,h\n3.5,3.5\n4,3.5\n4,4\n", "stars.csv")
    assert build_report(stars, truth="y", pred="h").task == "regression"
    report = build_report(stars, truth="y", pred="h", task="multiclass")
    assert report.labels.confusion.labels == ("4", "3.5")
    with pytest.raises(ReportError, match="more than the two of --task binary"):
        build_report(written(tmp_path, "y,h\na,a\nb,b\nc,c\n"), truth="y", pred="h", task="binary")
    with pytest.raises(ReportError, match="There is no task 'ranking'; there are binary"):
        build_report(path, truth="y", pred="h", task="ranking")


def test_a_fraction_after_many_whole_labels_stops_with_advice(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "CSV_BYTES_AT_ONCE", 64)
    path = written(tmp_path, "y,h\n" + "0,0\n1,1\n" * 50 + "2.5,1\n")
    with pytest.raises(ReportError, match=r"Column 'y' holds 2\.5, which is no label.*--task regression"):
        build_report(path, truth="y", pred="h")


def test_a_label_that_looks_otherwise_later_is_a_label(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "CSV_BYTES_AT_ONCE", 64)
    path = written(tmp_path, "y,h,day\n" + "0,0,1\n1,1,2\n" * 50 + "other,1,first of May\n")
    report = build_report(path, truth="y", pred="h", by=["day"])
    assert report.labels.confusion.labels == ("0", "1", "other")
    assert slices(report) == {"1": 50, "2": 50, "first of May": 1}


def test_007_is_not_7_and_true_is_not_1(tmp_path):
    frame = pd.DataFrame({"y": ["007", "7", "007", "7"], "h": ["007", "007", "7", "7"], "s": ["01", "1", "01", "1"]})
    for path in both(frame, tmp_path):
        report = build_report(path, truth="y", pred="h", by=["s"])
        assert set(report.labels.confusion.labels) == {"007", "7"}
        assert slices(report) == {"01": 2, "1": 2}
    frame = pd.DataFrame({"y": [True, False, True], "h": [True, True, True]})
    for path in both(frame, tmp_path):
        report = build_report(path, truth="y", pred="h")
        assert report.labels.confusion.labels == (False, True)
        assert "│" not in run(path, "--truth", "y", "--pred", "h").output
        assert "True" in run(path, "--truth", "y", "--pred", "h").output
    frame = pd.DataFrame({"y": [True, False, True], "h": [1, 1, 0]})
    for path in both(frame, tmp_path):  # the same labels, written in two ways
        assert build_report(path, truth="y", pred="h").labels.confusion.table.tolist() == [[0, 1], [1, 1]]


@pytest.mark.parametrize("pred", [None, "bools", "numbers"])
def test_true_is_the_positive_class_of_truth_values(tmp_path, pred):
    """Area and log-loss were those of a class that no row has."""
    rng = np.random.default_rng(0)
    truth = rng.random(200) < 0.4
    score = np.clip(0.3 * truth + rng.random(200) * 0.7, 0.01, 0.99).round(3)
    frame = pd.DataFrame({"y": truth, "bools": score > 0.5, "numbers": (score > 0.5).astype(int), "p": score})
    for path in both(frame, tmp_path):
        report = build_report(path, truth="y", pred=pred, score="p")
        found = values(report)
        assert found["ROC AUC"] == pytest.approx(roc_auc_score(truth, score))
        assert found["Log-loss"] == pytest.approx(log_loss(truth, score))
        assert found["Accuracy"] == np.mean(truth == (score > 0.5))
        assert str(report.labels.positive) == ("1" if pred == "numbers" else "True")
        with pytest.raises(ReportError, match="'no' does not occur"):
            build_report(path, truth="y", pred=pred, score="p", positive="no")


def test_an_empty_cell_is_missing_in_both_kinds_of_file(tmp_path):
    frame = pd.DataFrame({"y": ["a", None, "b", "a"], "h": ["a", "b", None, "b"], "p": [0.9, 0.2, 0.4, 0.1]})
    for path in both(frame, tmp_path):
        with pytest.raises(ReportError, match=r"'y' has missing values or NaN, first in row 1 .*--drop-missing"):
            build_report(path, truth="y", pred="h")
        report = build_report(path, truth="y", pred="h", drop_missing=True)
        assert (report.rows, report.labels.confusion.table.tolist()) == (2, [[1, 1], [0, 0]])
        assert report.notes[0] == "2 rows with a missing value were left out."
        assert [mistake.row for mistake in report.mistakes] == [3]  # as in the file


def test_na_is_a_country_and_no_number(tmp_path):
    path = written(tmp_path, "y,h\nNA,NA\nDE,NA\n")
    assert build_report(path, truth="y", pred="h").labels.confusion.labels == ("DE", "NA")
    path = written(tmp_path, "y,h\n1.5,2.5\nNA,1\n")
    assert build_report(path, truth="y", pred="h", task="regression", drop_missing=True).rows == 1


def test_numbers_written_as_elsewhere(tmp_path):
    german = written(tmp_path, "y;h\n1.234,5;1.200,0\n-0,5;1,5\n", "german.csv")
    with pytest.raises(ReportError, match="Say --sep ';'"):
        build_report(german, truth="y", pred="h")
    told = CsvFormat(sep=";", decimal=",", thousands=".")
    assert values(build_report(german, truth="y", pred="h", written=told))["Mean absolute error"] == 18.25
    english = written(tmp_path, 'y,h\n"1,234.5","1,200.0"\n"2,000,000.0",1\n', "english.csv")
    with pytest.raises(ReportError, match=r"holds '1,234\.5'.*Say --thousands ,"):
        build_report(english, truth="y", pred="h")
    report = build_report(english, truth="y", pred="h", written=CsvFormat(thousands=","))
    assert values(report)["Largest error"] == 1_999_999
    with pytest.raises(ReportError, match=r"Is 1,5 a number with a decimal comma\? Say --decimal ,"):
        build_report(written(tmp_path, 'y,h\n"1,5",2.0\n'), truth="y", pred="h")
    with pytest.raises(ReportError, match=r"'20%'.*Write 20% as a number without the sign"):
        build_report(written(tmp_path, "y,p\n1,20%\n"), truth="y", score="p")
    with pytest.raises(ReportError, match=r"'0,75'.*Say --decimal ,"):
        build_report(written(tmp_path, 'y,p\n1,"0,75"\n'), truth="y", score="p")


def test_other_separators_and_encodings(tmp_path):
    tabs = written(tmp_path, "y\th\na\ta\nb\ta\n", "tabs.csv")
    assert build_report(tabs, truth="y", pred="h", written=CsvFormat("tab")).rows == 2
    assert build_report(written(tmp_path, "y\th\na\ta\n", "tabs.tsv"), truth="y", pred="h").rows == 1
    old = written(tmp_path, "größe,h\nmüde,müde\nwach,müde\n", "old.csv", "windows-1252")
    result = run(old, "--truth", "größe", "--pred", "h")
    assert result.exit_code == 2
    assert "is not written in utf-8: say with --encoding in which it is, such as windows-1252." in result.output
    result = run(old, "--truth", "größe", "--pred", "h", "--encoding", "windows-1252")
    assert result.exit_code == 0
    assert "müde" in result.output
    only_cells = written(tmp_path, "y,h\nmüde,müde\n", "cells.csv", "windows-1252")
    assert "say with --encoding" in run(only_cells, "--truth", "y", "--pred", "h").output
    marked = written(tmp_path, "y,h\na,a\n", "mark.csv", "utf-8-sig")
    assert build_report(marked, truth="y", pred="h").rows == 1
    with pytest.raises(ReportError, match="There is no encoding called 'klingon'"):
        CsvFormat(encoding="klingon")


def test_a_folder_of_parquet_is_one_table(tmp_path, tmp_path_factory):
    frame = pd.DataFrame({"y": [0, 1, 1, 0], "h": [0, 1, 0, 0]})
    for part in (0, 1):
        frame[2 * part : 2 * part + 2].to_parquet(tmp_path / f"part-{part}.parquet")
    report = build_report(tmp_path, truth="y", pred="h")
    assert (report.rows, values(report)["Accuracy"], report.mistakes[0].row) == (4, 0.75, 2)
    pd.DataFrame({"y": ["a"], "h": ["b"]}).to_parquet(tmp_path / "part-2.parquet")
    with pytest.raises(ReportError, match=r"part-0\.parquet and part-2\.parquet have different columns or types"):
        build_report(tmp_path, truth="y", pred="h")
    with pytest.raises(ReportError, match=r"holds no \.parquet files"):
        build_report(tmp_path_factory.mktemp("empty"), truth="y", pred="h")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_standard_input(kind, tmp_path):
    frame = pd.DataFrame({"y": [0, 1, 1, 0], "h": [0, 1, 0, 0]})
    buffer = io.BytesIO()
    frame.to_csv(buffer, index=False) if kind == "csv" else frame.to_parquet(buffer)
    result = run("-", "--truth", "y", "--pred", "h", input=buffer.getvalue())
    assert result.exit_code == 0, result.output
    assert "Report on standard input" in result.output
    assert "0.7500" in result.output


def test_dates_to_slice_by(tmp_path):
    days = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-02-29"]).date
    frame = pd.DataFrame({"y": [0, 1, 1], "h": [0, 1, 0], "day": days, "time": pd.to_datetime(days)})
    for path in both(frame, tmp_path):
        report = build_report(path, truth="y", pred="h", by=["day", "time"])
        assert slices(report) == {"2024-01-01": 2, "2024-02-29": 1}
        assert sum(slices(report, 1).values()) == 3


@pytest.mark.slow
def test_a_label_with_a_formula_in_it_is_drawn_as_it_is_written(tmp_path):
    path = written(tmp_path, "y,h,c\na$\\frac{$,b,$x^$\nb,b,$x^$\na$\\frac{$,a$\\frac{$,_{$\n")
    page = html_page(build_report(path, truth="y", pred="h", by=["c"]))
    assert page.count("<img") == 2
    assert "a$\\frac{$" in page


def test_control_characters_do_not_reach_the_terminal(tmp_path):
    path = written(tmp_path, "y,h,c\ncat\x1b[2J,dog\x07,\u202egnp.exe\ndog\x07,dog\x07,x\n")
    result = run(path, "--truth", "y", "--pred", "h", "--by", "c", "--id", "c")
    assert result.exit_code == 0
    assert "cat\\x1b[2J" in result.output
    assert "\\u202egnp.exe" in result.output
    assert not set(result.output) & {"\x1b", "\x07", "\u202e"}


def test_the_head_says_of_which_bytes_and_with_what(tmp_path):
    path = written(tmp_path, "y,h\n0,0\n1,0\n")
    report = build_report(path, truth="y", pred="h")
    assert report.origin.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"SHA-256 of the data: {report.origin.sha256}" in html_page(report)
    assert "Made 20" in run(path, "--truth", "y", "--pred", "h").output


@pytest.mark.slow
def test_mistakes_are_named_by_their_id(tmp_path):
    frame = pd.DataFrame({"file": ["a.png", "b.png", "c.png"], "y": [0, 1, 1], "p": [0.1, 0.2, 0.4]})
    for path in both(frame, tmp_path):
        report = build_report(path, truth="y", score="p", id="file")
        assert [mistake.id for mistake in report.mistakes] == ["b.png", "c.png"]
        assert "b.png" in html_page(report)
    for path in both(pd.DataFrame({"n": [7, 8], "y": [1.5, 2.5], "h": [1.5, 9.5]}), tmp_path):
        assert [mistake.id for mistake in build_report(path, truth="y", pred="h", id="n").mistakes] == ["8"]


def test_large_numbers_are_written_to_be_read(tmp_path):
    path = written(tmp_path, "y,h\n1000000.5,64840.0\n")
    output = run(path, "--truth", "y", "--pred", "h").output
    assert "935,160" in output
    assert "e+05" not in output


def test_the_version_and_the_module(tmp_path):
    done = subprocess.run([sys.executable, "-m", "evalkit", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("evalkit-course ")
