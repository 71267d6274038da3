"""Foreign predictions, and cohorts that know what they were made of."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evalkit.production import Dataset, GroundTruthMatch, RegressionEval, disturbed_dataset, run_predictions
from evalkit.production.alignment import AlignmentError

N = 400


def cohort():
    labels = [f"c{i % 3}" for i in range(N)]
    dataset = Dataset.from_columns(id=[f"r{i}" for i in range(N)], input=labels, expected=labels)
    return dataset.add_evaluation(GroundTruthMatch())


def written(path, ids, outputs):
    pq.write_table(pa.table({"name": ids, "said": outputs}), path)
    return path


def bytes_of(run):
    return [file.read_bytes() for file in run.files()]


def test_predictions_in_any_order_give_the_run_of_the_pipeline(tmp_path):
    outputs = [f"c{i % 4}" for i in range(N)]
    order = np.random.default_rng(0).permutation(N)
    file = written(tmp_path / "p.parquet", [f"r{i}" for i in order], [outputs[i] for i in order])
    columns = {"id": "name", "output": "said", "progress": False, "part_rows": 64}
    made = run_predictions(cohort(), file, to=tmp_path / "a", **columns)
    cohort().run(
        lambda rows: [outputs[int(i[1:])] for i in rows["id"]], to=tmp_path / "b", part_rows=64, progress=False
    )
    assert [f.read_bytes() for f in made.files()] == [
        f.read_bytes() for f in sorted((tmp_path / "b").glob("*.parquet"))
    ]
    (tmp_path / "a" / "part-00002.parquet").unlink()  # as if it had been killed
    text = (tmp_path / "a" / "run.json").read_text()
    (tmp_path / "a" / "run.json").write_text(text.replace('"finished": true', '"finished": false'))
    again = run_predictions(cohort(), file, to=tmp_path / "a", **columns)
    assert [f.read_bytes() for f in again.files()] == [
        f.read_bytes() for f in sorted((tmp_path / "b").glob("*.parquet"))
    ]


def test_missing_predictions(tmp_path):
    file = written(tmp_path / "p.parquet", [f"r{i}" for i in range(1, N)], ["c0"] * (N - 1))
    columns = {"id": "name", "output": "said", "progress": False}
    with pytest.raises(AlignmentError, match="1 ids are missing, such as 'r0'"):
        run_predictions(cohort(), file, to=tmp_path / "a", **columns)
    run = run_predictions(cohort(), file, to=tmp_path / "b", allow_missing=True, **columns)
    assert run.manifest["counts"]["errors"] == 1


def test_cohorts_know_their_source(tmp_path, one_thread):
    pytest.importorskip("torchvision")
    from evalkit.vision import digits

    data = digits()
    dataset = disturbed_dataset(data, ["dark", "noisy", "compressed", "blurred"])
    assert len(dataset) == 5 * len(data.valid_y)
    rows = next(dataset.blocks(3000))
    assert rows["id"][501] == "img-1@dark"
    assert rows["source_id"][501] == "img-1"
    assert set(rows["cohort"]) == {"as they are", "dark", "noisy", "compressed", "blurred"}
    assert disturbed_dataset(data, ["dark", "noisy", "compressed", "blurred"]).hash == dataset.hash

    def seen(rows, cut):
        return [
            int(label) if i.split("@")[0][-1] < cut else -1 for i, label in zip(rows["id"], labels(rows), strict=True)
        ]

    def labels(rows):
        return [int(data.valid_y[int(i.split("@")[0][4:])]) for i in rows["id"]]

    runs = [dataset.run(lambda rows, cut=cut: seen(rows, cut), to=tmp_path / cut, progress=False) for cut in ("8", "7")]
    result = RegressionEval(*runs).compare(by=["cohort"])
    assert result.first.overall.by_source.sources == 500
    one = next(c for c in result.first.cohorts["cohort"] if c.name == "dark")
    # Five copies of each picture say no more than one: the interval is as wide as that of one cohort.
    whole, part = result.first.overall.interval(), one.interval()
    assert whole.high - whole.low == pytest.approx(part.high - part.low, rel=0.02)
