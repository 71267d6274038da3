"""`fit` trains as a hand-written loop does, records what happened, and leaves everything else as it was."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

import evalkit
from evalkit.training import EarlyStopping, environment, fit

pytestmark = pytest.mark.slow

SGD = partial(torch.optim.SGD, lr=0.1)


def blobs(n=120, classes=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    y = torch.arange(n) % classes
    x = torch.randn(n, 4, generator=generator) + torch.eye(classes, 4)[y] * 2
    return x, y


def network(outputs=3, seed=0, **extra):
    torch.manual_seed(seed)
    return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), *extra.values(), torch.nn.Linear(8, outputs))


def quiet(model, train=None, valid=None, **settings):
    defaults = {"epochs": 3, "optimizer": SGD, "batch_size": 32, "progress": False}
    train, valid = blobs() if train is None else train, blobs(60, seed=1) if valid is None else valid
    return fit(model, train, valid, **{**defaults, **settings})


def test_it_is_the_loop_that_one_writes_by_hand():
    model, other = network(), network()
    x, y = blobs()
    x_valid, y_valid = blobs(60, seed=1)
    history = quiet(model, metrics={"accuracy": evalkit.accuracy_score}, seed=5)
    optimizer = SGD(other.parameters())
    torch.manual_seed(5)
    for epoch in range(3):
        total = right = 0
        for rows in torch.randperm(len(y)).split(32):
            output = other(x[rows])
            loss = functional.cross_entropy(output, y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
            right += (output.argmax(1) == y[rows]).sum().item()
        assert history.train["loss"][epoch] == pytest.approx(total / len(y), rel=1e-6)
        assert history.train["accuracy"][epoch] == pytest.approx(right / len(y))
        with torch.no_grad():
            assert history.valid["loss"][epoch] == pytest.approx(
                functional.cross_entropy(other(x_valid), y_valid).item()
            )
    for mine, theirs in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    assert not model.training


def test_the_same_seed_gives_the_same_run_and_another_seed_another():
    runs = [quiet(network(drop=torch.nn.Dropout(0.3)), seed=seed) for seed in (1, 1, 2)]
    assert runs[0].train == runs[1].train
    assert runs[0].valid == runs[1].valid
    assert runs[0].train != runs[2].train
    assert runs[0].dropout
    assert not quiet(network(drop=torch.nn.Dropout(0.0))).dropout


def test_generators_and_threads_are_as_before():
    threads = torch.get_num_threads()
    model = network()
    torch.manual_seed(11)
    random.seed(11)
    np.random.seed(11)  # noqa: NPY002
    expected = torch.rand(1), random.random(), np.random.rand()  # noqa: NPY002
    torch.manual_seed(11)
    random.seed(11)
    np.random.seed(11)  # noqa: NPY002
    seen = []

    def loss(output, target):
        seen.append(torch.get_num_threads())
        return functional.cross_entropy(output, target)

    history = quiet(model, loss=loss, threads=threads + 1)
    assert (torch.rand(1), random.random(), np.random.rand()) == expected  # noqa: NPY002
    assert set(seen) == {threads + 1}
    assert history.threads == threads + 1
    assert torch.get_num_threads() == threads


def test_threads_come_back_after_an_error():
    before = torch.get_num_threads()

    def broken(output, target):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        quiet(network(), loss=broken, threads=before + 1)
    assert torch.get_num_threads() == before


COUNT_PAGES = """
import ctypes, resource, sys
from contextlib import nullcontext
from evalkit.training.environment import freed_memory_kept

library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.free.argtypes = [ctypes.c_void_p]
size = 8 << 20
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
with freed_memory_kept() if sys.argv[1] == "kept" else nullcontext():
    for step in range(50):
        blocks = [library.malloc(size) for _ in range(4)]
        for block in blocks:
            ctypes.memset(block, 1, size)
        for block in blocks:
            library.free(block)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


needs_glibc = pytest.mark.skipif(environment._glibc() is None, reason="only glibc can be told to keep freed memory")


@needs_glibc
def test_memory_is_not_asked_for_anew_in_every_step():
    """Each step takes four arrays of 8 MB. The system has to clear 8,000 pages for them, unless they are kept."""
    pages = {}
    for memory in ("kept", "as it comes"):
        run = subprocess.run([sys.executable, "-c", COUNT_PAGES, memory], capture_output=True, text=True, check=True)
        pages[memory] = int(run.stdout)
    assert pages["kept"] < pages["as it comes"] / 10


def test_fit_asks_for_it_and_gives_it_back_when_no_other_run_needs_it(monkeypatch):
    class Library:
        trim = None

        def mallopt(self, parameter, value):
            if parameter == environment.M_TRIM_THRESHOLD:
                self.trim = value

    def watched(output, target):
        during.append(library.trim)
        return functional.cross_entropy(output, target)

    library, during = Library(), []
    monkeypatch.setattr(environment, "_glibc", lambda: library)
    with environment.freed_memory_kept():  # as a run in another thread
        quiet(network(), loss=watched)
        assert library.trim == environment.NEVER_TRIM
    assert set(during) == {environment.NEVER_TRIM}
    assert library.trim == 2 * environment.LARGEST_MMAP_THRESHOLD
    quiet(network())
    assert library.trim == 2 * environment.LARGEST_MMAP_THRESHOLD


@pytest.mark.parametrize(
    ("text", "cpus"), [("max 100000", 8), ("150000 100000", 2), ("50000 100000", 1), ("2000000 100000", 8), ("", 8)]
)
def test_a_container_gets_no_more_threads_than_cpus(tmp_path, monkeypatch, text, cpus):
    quota = tmp_path / "cpu.max"
    quota.write_text(text)
    monkeypatch.setattr(environment, "CGROUP_QUOTA", quota)
    monkeypatch.setattr(environment.os, "sched_getaffinity", lambda _: range(8), raising=False)
    assert environment.available_cpus() == cpus
    monkeypatch.setattr(environment, "CGROUP_QUOTA", tmp_path / "nothing")
    assert environment.available_cpus() == 8


def test_early_stopping_restores_the_best_weights():
    x, _ = blobs(30)
    noise = torch.randint(0, 3, (30,), generator=torch.Generator().manual_seed(3))
    valid = blobs(60, seed=1)
    model = network()
    settings = {"train": (x, noise), "valid": valid, "epochs": 60, "optimizer": partial(torch.optim.Adam, lr=0.05)}
    history = quiet(model, **settings, early_stopping=EarlyStopping(patience=4))
    assert history.stopped_early
    assert history.restored
    assert history.epochs == EarlyStopping(4).last_epoch(quiet(network(), **settings).valid["loss"]) + 1 < 60
    with torch.no_grad():
        loss = functional.cross_entropy(model(valid[0]), valid[1]).item()
    assert loss == pytest.approx(min(history.valid["loss"]), rel=1e-5)
    assert loss < history.valid["loss"][-1]


def test_early_stopping_on_a_metric():
    rule = EarlyStopping(patience=2, monitor="accuracy", mode="max")
    history = quiet(network(), epochs=50, metrics={"accuracy": evalkit.accuracy_score}, early_stopping=rule)
    assert history.stopped_early
    assert history.epochs == rule.last_epoch(history.valid["accuracy"]) + 1
    assert history.valid["accuracy"][history.best_epoch] == max(history.valid["accuracy"])


def test_a_run_that_diverges_ends_with_nan_and_the_best_weights():
    model = torch.nn.Linear(4, 1)
    x, _ = blobs(64)
    data = (x, x.sum(1, keepdim=True))
    history = fit(
        model, data, data, epochs=50, optimizer=partial(torch.optim.SGD, lr=10.0), loss=functional.mse_loss,
        metrics={"mae": evalkit.mean_absolute_error}, early_stopping=EarlyStopping(patience=30), progress=False,
    )  # fmt: skip
    assert history.diverged
    assert history.epochs < 50
    assert math.isnan(history.valid["mae"][-1])
    assert all(torch.isfinite(parameter).all() for parameter in model.parameters())


METRICS = {
    "accuracy": evalkit.accuracy_score,
    "f1": partial(evalkit.f1_score, average="macro"),
    "top2": partial(evalkit.top_k_accuracy_score, k=2),
    "auc": partial(evalkit.roc_auc_score, multi_class="ovr"),
    "log_loss": evalkit.log_loss,
    "kappa": evalkit.cohen_kappa_score,
}


def test_metrics_get_labels_or_probabilities_as_their_argument_says():
    model = network()
    valid = blobs(60, seed=1)
    history = quiet(model, metrics=METRICS)
    with torch.no_grad():
        output = model(valid[0]).double()
    y, labels, shares = valid[1].numpy(), output.argmax(1).numpy(), output.softmax(1).numpy()
    assert history.valid["f1"][-1] == evalkit.f1_score(y, labels, average="macro")
    assert history.valid["kappa"][-1] == evalkit.cohen_kappa_score(y, labels)
    assert history.valid["top2"][-1] == evalkit.top_k_accuracy_score(y, shares, k=2)
    assert history.valid["auc"][-1] == pytest.approx(evalkit.roc_auc_score(y, shares, multi_class="ovr"))
    # The default loss is cross-entropy of the same logits.
    assert history.valid["log_loss"][-1] == pytest.approx(history.valid["loss"][-1], rel=1e-5)


@pytest.mark.parametrize("outputs", ["two columns", "one logit", "one probability"])
def test_binary_metrics_get_the_positive_class(outputs):
    x, y = blobs(90, classes=2)
    metrics = {"f1": evalkit.f1_score, "auc": evalkit.roc_auc_score, "brier": evalkit.brier_score_loss}
    if outputs == "two columns":
        model = network(2)
        history = quiet(model, (x, y), (x, y), metrics=metrics, epochs=10)
    else:
        target = y.float()[:, None]
        model, loss = network(1), torch.nn.BCEWithLogitsLoss()
        if outputs == "one probability":
            model, loss = torch.nn.Sequential(model, torch.nn.Sigmoid()), functional.binary_cross_entropy
        history = quiet(model, (x, target), (x, target), metrics=metrics, epochs=10, loss=loss)
    with torch.no_grad():
        output = model(x).double()
    if outputs == "two columns":
        share = output.softmax(1)[:, 1]
    else:
        share = output[:, 0] if outputs == "one probability" else output[:, 0].sigmoid()
    share = share.numpy()
    assert history.valid["auc"][-1] == pytest.approx(evalkit.roc_auc_score(y.numpy(), share))
    assert history.valid["brier"][-1] == pytest.approx(evalkit.brier_score_loss(y.numpy(), share))
    assert history.valid["f1"][-1] == evalkit.f1_score(y.numpy(), (share >= 0.5).astype(int)) > 0.8


def test_a_metric_of_numbers_gets_the_outputs():
    x, _ = blobs(64)
    model = network(1)
    history = quiet(model, (x, x.sum(1, keepdim=True)), (x, x.sum(1, keepdim=True)), loss=functional.mse_loss,
                    metrics={"r2": evalkit.r2_score, "mse": evalkit.mean_squared_error})  # fmt: skip
    with torch.no_grad():
        assert history.valid["r2"][-1] == pytest.approx(evalkit.r2_score(x.sum(1).numpy(), model(x)[:, 0].numpy()))
    assert history.valid["mse"][-1] == pytest.approx(history.valid["loss"][-1], rel=1e-5)


def test_several_labels_for_each_sample():
    x, _ = blobs(64)
    several = (x[:, :3] > 0).float()
    model = network(3)
    history = quiet(model, (x, several), (x, several), metrics={"hamming": evalkit.hamming_loss},
                    loss=functional.binary_cross_entropy_with_logits)  # fmt: skip
    with torch.no_grad():
        wrong = ((model(x) >= 0) != several.bool()).double().mean().item()
    assert history.valid["hamming"][-1] == pytest.approx(wrong)


def test_a_class_for_each_pixel():
    generator = torch.Generator().manual_seed(0)
    pixels = torch.rand(20, 1, 6, 6, generator=generator), torch.randint(0, 2, (20, 6, 6), generator=generator)
    torch.manual_seed(0)
    model = torch.nn.Conv2d(1, 2, 3, padding=1)
    history = quiet(model, pixels, pixels, metrics={"accuracy": evalkit.accuracy_score, "auc": evalkit.roc_auc_score})
    with torch.no_grad():
        right = (model(pixels[0]).argmax(1) == pixels[1]).double().mean().item()
    assert history.valid["accuracy"][-1] == pytest.approx(right)
    assert 0 < history.valid["auc"][-1] < 1


class Stream(IterableDataset):
    def __iter__(self):
        yield from zip(*blobs(), strict=True)


def test_loaders_and_streams_work_like_tensors():
    loader = DataLoader(TensorDataset(*blobs()), batch_size=32, shuffle=True)
    valid = DataLoader(TensorDataset(*blobs(60, seed=1)), batch_size=32)
    one, two = (quiet(network(), loader, valid, metrics={"accuracy": evalkit.accuracy_score}) for _ in range(2))
    assert one.train == two.train
    stream = quiet(network(), DataLoader(Stream(), batch_size=32), valid)
    assert stream.epochs == 3
    assert stream.train["loss"][-1] < stream.train["loss"][0]


def test_a_model_may_take_a_dict():
    class Named(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = network()

        def forward(self, inputs):
            return self.inner(inputs["x"])

    x, y = blobs()
    batches = [({"x": x[:60]}, y[:60]), ({"x": x[60:]}, y[60:])]
    assert quiet(Named(), batches, batches).epochs == 3


def test_gradient_norms_are_those_of_the_gradient():
    x, y = blobs(64)
    model = network()
    history = fit(
        model, (x, y), (x, y), epochs=1, optimizer=partial(torch.optim.SGD, lr=0.0), batch_size=64, progress=False
    )
    assert all(parameter.grad is None for parameter in model.parameters())
    functional.cross_entropy(model(x), y).backward()
    expected = math.sqrt(sum(float(p.grad.square().sum()) for p in model.parameters()))
    assert history.grad_norm == [pytest.approx(expected, rel=1e-5)]
    with torch.no_grad():
        assert history.first_loss == pytest.approx(functional.cross_entropy(model(x), y).item(), rel=1e-5)
    assert len(history.seconds) == 1


def test_the_bar_leaves_one_line(capsys):
    quiet(network(), progress=True, epochs=20, metrics={"accuracy": evalkit.accuracy_score},
          early_stopping=EarlyStopping(2, monitor="accuracy", mode="max"))  # fmt: skip
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.endswith("\n")
    last = err.split("\r")[-1]
    assert "best epoch" in last
    assert "accuracy" in last
    assert "best weights restored" in last
    assert "%" not in last


def test_without_progress_nothing_is_written(capsys):
    quiet(network())
    assert capsys.readouterr() == ("", "")


def test_in_a_notebook_the_bar_is_one_output_that_is_updated(monkeypatch):
    display = pytest.importorskip("IPython.display")
    shown = []

    class Handle:
        def update(self, data, raw):
            shown.append(data["text/plain"])

    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: object())
    monkeypatch.setattr(display, "display", lambda *_, **__: Handle())
    quiet(network(), progress=True)
    assert shown[-1].startswith("3 of 3 epochs in ")
    assert "\n" not in shown[-1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, "epochs"),
        ({"batch_size": 0}, "batch_size"),
        ({"threads": 0}, "threads"),
        ({"metrics": {"loss": evalkit.accuracy_score}}, "loss"),
        ({"early_stopping": EarlyStopping(1, monitor="f1", mode="max")}, "f1"),
        ({"train": (torch.zeros(3, 4), torch.zeros(2))}, "train"),
        ({"valid": (torch.zeros(0, 4), torch.zeros(0))}, "valid"),
        ({"train": []}, "no batches"),
    ],
)
def test_what_cannot_be_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        quiet(network(), **{"train": blobs(), "valid": blobs(), **change})


@pytest.mark.parametrize("data", [3, iter([blobs()])])
def test_data_must_be_a_pair_or_a_loader(data):
    with pytest.raises(TypeError, match="train must be a pair"):
        quiet(network(), data)
