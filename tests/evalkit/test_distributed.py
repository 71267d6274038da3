"""One pass over Parquet files and dask collections gives the metrics of the whole table."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as sk

from evalkit import streaming
from evalkit.distributed import evaluate
from evalkit.tables import files, sources

N = 5_000
METRICS = {
    "confusion": streaming.LabelCounts(num_classes=2),
    "auc": streaming.ExactAUC(),
    "loss": streaming.LogLoss(),
    "calibration": streaming.Calibration(),
}
COLUMNS = {"truth": "y", "pred": "yhat", "score": "p"}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    proba = rng.random(N)
    return pd.DataFrame(
        {
            "y": (rng.random(N) < proba).astype(np.int64),
            "yhat": (proba > 0.5).astype(np.int8),
            "p": proba,
            "site": np.array(["Aarhus", "Brno", "Cádiz"])[rng.integers(0, 3, N)],
            "unused": rng.random(N),
        }
    )


@pytest.fixture(scope="module")
def folder(table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("predictions")
    for number, rows in enumerate(np.array_split(np.arange(N), 3)):
        table.iloc[rows].to_parquet(folder / f"part-{number}.parquet", row_group_size=400)
    (folder / "_metadata.parquet").write_text("not a table; names with _ are left alone")
    return folder


def assert_right(result, table, by=None):
    assert result.rows == len(table)
    parts = [(result.metrics, table)]
    if by is not None:
        assert result.rows_per_slice == table[by].value_counts().sort_index().to_dict()
        parts += [(result.slices[group], rows) for group, rows in table.groupby(by)]
    for metrics, rows in parts:
        assert np.array_equal(metrics["confusion"].table, sk.confusion_matrix(rows.y, rows.yhat))
        assert metrics["auc"] == pytest.approx(sk.roc_auc_score(rows.y, rows.p), rel=1e-13)
        assert metrics["loss"] == pytest.approx(sk.log_loss(rows.y, rows.p), rel=1e-12)
        assert metrics["calibration"].count.sum() == len(rows)


@pytest.mark.parametrize("by", [None, "site"])
def test_a_folder_of_parquet_files(folder, table, by, monkeypatch):
    monkeypatch.setattr(files, "ROWS_AT_ONCE", 300)
    monkeypatch.setattr(sources, "ROWS_PER_TASK", 700)
    assert_right(evaluate(folder, **COLUMNS, by=by, metrics=METRICS, progress=False), table, by)


def test_files_and_lists_of_files(folder, table):
    files = sorted(folder.glob("part-*.parquet"))
    assert_right(evaluate(files, **COLUMNS, metrics=METRICS, progress=False), table)
    one = evaluate(str(files[0]), **COLUMNS, metrics=METRICS, progress=False)
    assert one.rows == 1667
    rest = evaluate(files[1:], **COLUMNS, metrics=METRICS, progress=False)
    together = one.accumulator.merge(rest.accumulator).compute()
    assert together == evaluate(files, **COLUMNS, metrics=METRICS, progress=False).accumulator.compute() | {
        "loss": pytest.approx(sk.log_loss(table.y, table.p), rel=1e-12),
        "calibration": together["calibration"],
    }


def test_default_metrics(folder, table):
    result = evaluate(folder, **COLUMNS, progress=False)
    assert list(result.metrics) == ["confusion", "auc"]
    assert result.metrics["confusion"].accuracy == sk.accuracy_score(table.y, table.yhat)
    assert abs(result.metrics["auc"].value - sk.roc_auc_score(table.y, table.p)) <= result.metrics["auc"].error_bound
    assert list(evaluate(folder, truth="y", pred="yhat", progress=False).metrics) == ["confusion"]


def test_regression_and_categories(tmp_path, table):
    frame = table.assign(group=table.site.astype("category"), day=table.unused > 0.5)
    frame.to_parquet(tmp_path / "t.parquet")
    for by in ("group", "day"):
        result = evaluate(
            tmp_path, truth="p", pred="unused", by=by, metrics={"errors": streaming.Regression()}, progress=False
        )
        assert result.metrics["errors"].r2_score == pytest.approx(sk.r2_score(table.p, table.unused), rel=1e-12)
        for group, rows in frame.groupby(by, observed=True):
            expected = sk.mean_squared_error(rows.p, rows.unused)
            assert result.slices[group]["errors"].mean_squared_error == pytest.approx(expected, rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("by", [None, "site"])
def test_dask_dataframe(table, by):
    dataframe = pytest.importorskip("dask.dataframe")
    frame = dataframe.from_pandas(table, npartitions=4)
    frame = frame[frame.unused > 0.2]  # partitions of different lengths, computed one at a time
    assert_right(evaluate(frame, **COLUMNS, by=by, metrics=METRICS, progress=False), table[table.unused > 0.2], by)


def test_dask_array(table):
    array = pytest.importorskip("dask.array")
    values = table[["y", "yhat", "p"]].to_numpy(np.float64)
    blocks = array.from_array(values, chunks=(999, 1))
    assert_right(evaluate(blocks, truth=0, pred=1, score=2, metrics=METRICS, progress=False), table)


def test_progress_bar(folder, capsys):
    evaluate(folder, **COLUMNS, progress=True)
    assert "evaluate: 100%" in capsys.readouterr().err
    evaluate(folder, **COLUMNS, progress=False)
    assert capsys.readouterr().err == ""


def test_refused_sources(tmp_path, folder, table):
    pandas_with_gap = table.assign(yhat=table.yhat.astype("Int64").where(table.index != 7))
    pandas_with_gap.to_parquet(tmp_path / "gap.parquet")
    table.iloc[:0].to_parquet(tmp_path / "none.parquet")
    (tmp_path / "empty").mkdir()
    for source, columns, message in (
        (tmp_path / "gap.parquet", COLUMNS, "'yhat' has missing values"),
        (tmp_path / "none.parquet", COLUMNS, "no rows"),
        (tmp_path / "empty", COLUMNS, "no Parquet files"),
        (tmp_path / "nowhere", COLUMNS, "does not exist"),
        (folder, {"truth": "y", "pred": "typo"}, "no column 'typo'"),
        (folder, {"truth": "y"}, "nothing to compute"),
        (folder, {"truth": "y", "score": "p", "metrics": METRICS}, "needs"),
        (folder, {"truth": "y", "pred": "p"}, "mix of"),
        (table, COLUMNS, "source must be"),
    ):
        with pytest.raises(ValueError, match=message):
            evaluate(source, **columns, progress=False)


def test_dask_and_pyarrow_load_when_needed():
    import subprocess

    code = (
        "import sys, evalkit.distributed; print({'dask', 'distributed', 'pyarrow', 'pandas', 'tqdm'} & {*sys.modules})"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(tmp_path):
    """Peak memory over 6 million rows in one row group is that over 1 million, give or take a few batches."""
    import subprocess

    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    code = (
        "import sys; from evalkit.distributed import evaluate;"
        "evaluate(sys.argv[1], truth='y', pred='yhat', score='p', progress=False);"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    peaks = []
    for millions in (1, 6):
        n = millions * 1_000_000
        columns = {"y": rng.integers(0, 2, n), "yhat": rng.integers(0, 2, n), "p": rng.random(n)}
        path = tmp_path / f"{millions}.parquet"
        pq.write_table(pa.table(columns), path, row_group_size=n)
        answer = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
        peaks.append(int(answer.stdout) / 1024)
    assert peaks[1] - peaks[0] < 24, f"peak memory in MB: {peaks}"
