"""A run: the same bytes however it is made, an exception costs its rows, and a model that it changes is refused."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from evalkit.production import (
    ChangedModelError,
    CustomEvaluation,
    Dataset,
    FingerprintError,
    GroundTruthMatch,
    Run,
    RunError,
    fingerprint,
)


def cohort(n=100):
    labels = [f"c{i % 3}" for i in range(n)]
    light = ["day" if i % 4 else "night" for i in range(n)]
    dataset = Dataset.from_columns(id=[f"r{i}" for i in range(n)], input=labels, expected=labels, tags={"light": light})
    return dataset.add_evaluation(GroundTruthMatch())


def pipeline(rows):
    return [label if i % 5 else "c0" for i, label in zip(map(number, rows["id"]), rows["input"], strict=True)]


def number(name):
    return int(name[1:])


def content(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_the_same_bytes_for_any_batches_and_workers(tmp_path):
    settings = [{"batch_size": 7}, {"batch_size": 1000}, {"workers": 2}, {"workers": 8, "batch_size": 3}]
    for i, options in enumerate(settings):
        cohort().run(pipeline, to=tmp_path / str(i), part_rows=16, progress=False, **options)
    first = content(tmp_path / "0")
    assert len(first) == 8
    assert all(content(tmp_path / str(i)) == first for i in range(1, len(settings)))


@pytest.mark.slow
def test_the_same_bytes_from_dask(tmp_path):
    distributed = pytest.importorskip("distributed")
    cohort().run(pipeline, to=tmp_path / "a", part_rows=16, progress=False)
    with distributed.Client(processes=False, n_workers=2, threads_per_worker=1, dashboard_address=":0") as client:
        cohort().run(pipeline, to=tmp_path / "b", part_rows=16, progress=False, client=client)
    assert content(tmp_path / "a") == content(tmp_path / "b")


@pytest.mark.slow
def test_killed_and_run_again_gives_the_same_bytes(tmp_path):
    code = f"""
    import os, signal, sys
    sys.path.insert(0, {str(__file__).rsplit("/", 1)[0]!r})
    from test_production_runs import cohort, pipeline, number

    def dies(rows):
        if number(rows["id"][0]) >= 50:
            os.kill(os.getpid(), signal.SIGKILL)
        return pipeline(rows)

    cohort().run(dies, to={str(tmp_path / "a")!r}, part_rows=16, batch_size=5, progress=False)
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert killed.returncode == -signal.SIGKILL
    parts = sorted(file.name for file in (tmp_path / "a").glob("part*"))
    assert parts == ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
    with pytest.raises(RunError, match="not finished"):
        Run.load(tmp_path / "a")
    asked = []

    def counting(rows):
        asked.extend(rows["id"])
        return pipeline(rows)

    cohort().run(counting, to=tmp_path / "a", part_rows=16, progress=False)
    assert asked == [f"r{i}" for i in range(48, 100)]  # what was done is not done again
    cohort().run(pipeline, to=tmp_path / "b", part_rows=16, progress=False)
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_an_exception_costs_its_rows_and_not_the_run(tmp_path):
    def fragile(rows):
        if {"r13", "r77"} & set(rows["id"]):
            raise ValueError(f"cannot read {object()}")
        return pipeline(rows)

    run = cohort().run(fragile, to=tmp_path / "a", batch_size=32, progress=False)
    rows = [row for table in run.tables() for row in table.to_pylist()]
    assert [row["id"] for row in rows if row["error"]] == ["r13", "r77"]
    lost = rows[13]
    assert lost["error"] == "ValueError: cannot read <object object at 0x…>"
    assert (lost["ground_truth_match.score"], lost["ground_truth_match.status"]) == (None, "error")
    assert run.manifest["counts"]["errors"] == 2
    assert run.manifest["counts"]["evaluations"]["ground_truth_match"]["error"] == 2
    assert "2 errors" in str(run)


def test_outputs_that_cannot_be_kept_cost_their_rows(tmp_path):
    def odd(rows):
        return [object() if name == "r3" else None if name == "r4" else {"a": np.float64(1)} for name in rows["id"]]

    run = cohort(6).run(odd, to=tmp_path / "a", progress=False)
    (rows,) = (table.to_pylist() for table in run.tables())
    assert rows[0]["output"] == '{"a": 1.0}'
    assert "neither text nor a number" in rows[3]["error"]
    assert "returned None" in rows[4]["error"]
    with pytest.warns(UserWarning, match="failed on every row"):
        cohort(6).run(lambda rows: [], to=tmp_path / "b", progress=False)


def test_evaluators_that_fail_or_look_at_rows(tmp_path):
    dataset = cohort(8).add_evaluation(CustomEvaluation(lambda row: 1 / (row["light"] == "day"), "light"))
    run = dataset.run(pipeline, to=tmp_path / "a", progress=False)
    counts = run.manifest["counts"]["evaluations"]["light"]
    assert (counts["passed"], counts["error"]) == (6, 2)
    with pytest.raises(ValueError, match="already"):
        dataset.add_evaluation(GroundTruthMatch())


def test_another_run_in_the_same_folder_is_refused(tmp_path):
    cohort().run(pipeline, to=tmp_path / "a", progress=False)
    again = cohort().run(lambda rows: 1 / 0, to=tmp_path / "a", progress=False)  # finished: nothing is asked
    assert again.rows == 100
    with pytest.raises(RunError, match='preprocess is null there and "resize" here'):
        cohort().run(pipeline, to=tmp_path / "a", preprocess="resize", progress=False)
    with pytest.raises(RunError, match="another run: dataset"):
        cohort(99).run(pipeline, to=tmp_path / "a", progress=False)
    part = next((tmp_path / "a").glob("part*"))
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    with pytest.raises(RunError, match="not what the run wrote"):
        Run.load(tmp_path / "a")
    (tmp_path / "a" / "run.json").unlink()
    with pytest.raises(RunError, match=r"no run\.json"):
        cohort().run(pipeline, to=tmp_path / "a", progress=False)


# -------------------------------------------------------------------------------------------------------- fingerprints
def test_fingerprint_of_arrays(tmp_path):
    state = {"w": np.arange(6.0).reshape(2, 3), "b": np.zeros(0), "s": np.array(3)}
    one = fingerprint(state)
    assert one.root == fingerprint(dict(reversed(state.items()))).root
    assert one.root == fingerprint({**state, "w": np.asfortranarray(state["w"])}).root
    assert one.root == fingerprint({**state, "w": state["w"].astype(">f8")}).root
    np.savez(tmp_path / "a.npz", **state)
    assert fingerprint(tmp_path / "a.npz") == one
    assert "'w' has another shape" in one.difference(fingerprint({**state, "w": state["w"].T}))
    assert "another type" in one.difference(fingerprint({**state, "w": state["w"].astype("f4")}))
    assert "1 tensors are in one" in one.difference(fingerprint({**state, "c": np.zeros(1)}))
    prefixed = fingerprint({f"module.{name}": value for name, value in state.items()})
    assert "begin with 'module.'" in one.difference(prefixed)
    assert "begin with 'module.'" in prefixed.difference(one)


def test_fingerprint_of_torch(tmp_path):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    state = model.state_dict()
    one = fingerprint(model)
    torch.save(state, tmp_path / "a.pt")
    torch.save(dict(reversed(state.items())), tmp_path / "b.pt")
    assert (tmp_path / "a.pt").read_bytes() != (tmp_path / "b.pt").read_bytes()
    assert one == fingerprint(tmp_path / "a.pt") == fingerprint(tmp_path / "b.pt") == fingerprint(state)
    last = {**state, "0.weight": state["0.weight"].to(memory_format=torch.channels_last)}
    assert fingerprint(last).root == one.root
    nudged = state["0.weight"].clone()
    nudged.view(torch.int32)[0, 0, 0, 0] ^= 1
    assert one.difference(fingerprint({**state, "0.weight": nudged})) == "tensor '0.weight' has other values"
    half = {"x": torch.zeros(2, dtype=torch.bfloat16), "y": torch.tensor(True), "z": torch.zeros(0)}
    assert fingerprint(half).tensors["x"][:2] == ("bfloat16", (2,))
    torch.save({"epoch": 3, "model": state}, tmp_path / "c.pt")
    with pytest.raises(FingerprintError, match="'epoch' is a int"):
        fingerprint(tmp_path / "c.pt")


def test_fingerprint_of_safetensors(tmp_path):
    state = {"w": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([True, False])}
    header, data = {"__metadata__": {"any": "thing"}}, b""
    for name, kind in (("b", "BOOL"), ("w", "F32")):
        offsets = [len(data), len(data) + state[name].nbytes]
        header[name] = {"dtype": kind, "shape": list(state[name].shape), "data_offsets": offsets}
        data += state[name].tobytes()
    text = json.dumps(header).encode()
    file = tmp_path / "a.safetensors"
    file.write_bytes(len(text).to_bytes(8, "little") + text + data)
    assert fingerprint(file) == fingerprint(state)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(FingerprintError, match="ends too early"):
        fingerprint(file)
    file.write_bytes(b"nothing")
    with pytest.raises(FingerprintError, match="no safetensors file"):
        fingerprint(file)
    with pytest.raises(FingerprintError, match="There is no file"):
        fingerprint(tmp_path / "none.pt")
    with pytest.raises(FingerprintError, match="no tensors"):
        fingerprint({})


def test_a_model_that_the_run_changes_is_refused(tmp_path):
    torch = pytest.importorskip("torch")
    model = torch.nn.Sequential(torch.nn.Linear(1, 2), torch.nn.BatchNorm1d(2))

    def forward(rows):
        return model(torch.arange(float(len(rows))).reshape(-1, 1)).argmax(1).tolist()

    with torch.no_grad(), pytest.raises(ChangedModelError, match=r"model.eval\(\)") as refused:
        cohort().run(forward, to=tmp_path / "a", checkpoint=model, progress=False)
    assert "'1.num_batches_tracked' has other values" in str(refused.value)
    with pytest.raises(RunError, match="has changed its model"):
        Run.load(tmp_path / "a")
    with pytest.raises(RunError, match="Choose another folder"):
        cohort().run(forward, to=tmp_path / "a", checkpoint=model, progress=False)
    model.eval()
    with torch.no_grad():
        run = cohort().run(forward, to=tmp_path / "b", checkpoint=fingerprint(model), progress=False)
    assert run.manifest["checkpoint"]["root"] == fingerprint(model).root
