"""A cluster gives the result of one process, even when a worker is killed in the middle of its work."""

from __future__ import annotations

import json
import os
import signal
import time
import warnings

import numpy as np
import pandas as pd
import pytest

from evalkit import streaming
from evalkit.distributed import evaluate

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # what a dying worker says is not ours


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    distributed = pytest.importorskip("distributed")
    import dask

    with warnings.catch_warnings(), dask.config.set({"distributed.worker.memory.terminate": False}):
        warnings.simplefilter("ignore")
        with (
            distributed.LocalCluster(
                n_workers=2,
                threads_per_worker=1,
                processes=True,
                memory_limit="512MB",
                dashboard_address=None,
                local_directory=str(tmp_path_factory.mktemp("scratch")),
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield client


class Slow(streaming.LabelCounts):
    """Counts slowly, so that there is time to kill a worker, and writes down who works."""

    def __init__(self, diary="", labels=None, num_classes=None):
        super().__init__(labels, num_classes)
        self.diary = diary

    def _settings(self):
        return {**super()._settings(), "diary": self.diary}

    def update(self, y_true, y_pred):
        if self.diary:
            with open(self.diary, "a") as diary:  # noqa: PTH123
                diary.write(f"{os.getpid()}\n")
            time.sleep(0.15)
        return super().update(y_true, y_pred)


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(1)
    folder = tmp_path / "predictions"
    folder.mkdir()
    for number in range(24):
        n = int(rng.integers(50, 500))
        frame = pd.DataFrame({"y": rng.integers(0, 2, n), "yhat": rng.integers(0, 2, n), "p": rng.normal(size=n)})
        frame["site"] = np.array(["a", "b"])[rng.integers(0, 2, n)]
        frame.to_parquet(folder / f"{number:02d}.parquet")
    return folder


def as_text(result):
    return json.dumps(result.accumulator.to_dict(), sort_keys=True)


def test_a_worker_killed_in_the_middle_changes_nothing(client, folder, tmp_path):
    import threading

    diary = tmp_path / "diary"
    metrics = {"counts": Slow(str(diary), num_classes=2), "auc": streaming.ExactAUC()}
    columns = {"truth": "y", "pred": "yhat", "score": "p", "by": "site"}
    expected = evaluate(
        folder,
        **columns,
        metrics={"counts": streaming.LabelCounts(num_classes=2), "auc": streaming.ExactAUC()},
        progress=False,
    )
    workers = set(client.run(os.getpid).values())
    assert len(workers) == 2
    assert os.getpid() not in workers
    killed = []

    def kill_one():
        # Wait until at least six pieces have been worked on, then kill the worker that wrote last.
        while not diary.exists() or len(diary.read_text().split()) < 12:
            time.sleep(0.01)
        victim = int(diary.read_text().split()[-1])
        os.kill(victim, signal.SIGKILL)
        killed.append(victim)

    killer = threading.Thread(target=kill_one)
    killer.start()
    result = evaluate(folder, **columns, metrics=metrics, client=client, progress=False)
    killer.join()

    who = [int(line) for line in diary.read_text().split()]
    assert killed[0] in workers
    assert len(who) > 2 * 24, "nothing had to be done again: the fault came too late"
    assert set(who) - set(killed), "the others took over"
    assert result.rows == expected.rows
    assert result.rows_per_slice == expected.rows_per_slice
    assert result.metrics["counts"] == expected.metrics["counts"]
    assert result.metrics["auc"] == expected.metrics["auc"]
    for site in ("a", "b"):
        assert result.slices[site]["counts"] == expected.slices[site]["counts"]
        assert result.slices[site]["auc"] == expected.slices[site]["auc"]


def test_cluster_and_one_process_agree(client, folder, capsys):
    dataframe = pytest.importorskip("dask.dataframe")
    columns = {"truth": "y", "pred": "yhat", "score": "p", "by": "site"}
    metrics = {"confusion": streaming.LabelCounts(num_classes=2), "auc": streaming.BinnedAUC()}
    alone = evaluate(folder, **columns, metrics=metrics, progress=False)
    together = evaluate(folder, **columns, metrics=metrics, client=client, progress=True)
    assert as_text(alone) == as_text(together)
    assert "evaluate: 100%" in capsys.readouterr().err

    table = pd.read_parquet(folder)
    frame = dataframe.from_pandas(table, npartitions=20)
    assert as_text(evaluate(frame, **columns, metrics=metrics, client=client, progress=False)) == as_text(alone)

    numbers = {"errors": streaming.Regression()}
    one, many = (
        evaluate(folder, truth="y", pred="p", metrics=numbers, client=c, progress=False) for c in (None, client)
    )
    assert many.metrics["errors"].r2_score == pytest.approx(one.metrics["errors"].r2_score, rel=1e-13)


def test_an_error_on_a_worker_is_the_error_of_the_caller(client, folder):
    with pytest.raises(ValueError, match="y_true contains 1 at index"):
        evaluate(
            folder,
            truth="y",
            pred="yhat",
            metrics={"counts": streaming.LabelCounts(labels=[0, 2])},
            client=client,
            progress=False,
        )
