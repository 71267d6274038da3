"""The recipes of docs/training_loops.md, run: they give the metric of all rows, epoch after epoch."""

from __future__ import annotations

import importlib.util
import re
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import evalkit
from evalkit import streaming

torch = pytest.importorskip("torch")
RECIPES = (Path(__file__).parents[2] / "docs" / "training_loops.md").read_text()


def recipe(title):
    """Run the code below a heading and return what it defines."""
    section = RECIPES.split(f"## {title}\n")[1].split("\n## ")[0]
    names = {"__name__": "recipe"}
    exec(re.search(r"```python\n(.*?)```", section, re.DOTALL)[1], names)
    return names


def batches(seed, n=100, size=32):
    generator = torch.Generator().manual_seed(seed)
    y = torch.randint(0, 3, (n,), generator=generator)
    x = torch.nn.functional.one_hot(y, 3) + torch.randn(n, 3, generator=generator)
    return list(zip(x.split(size), y.split(size), strict=True))


def network():
    torch.manual_seed(0)
    return torch.nn.Linear(3, 3)


def expected(model, valid):
    """Balanced accuracy and log-loss of all rows at once."""
    x, y = (torch.cat(parts) for parts in zip(*valid, strict=True))
    proba = model(x).softmax(dim=1).detach()
    return evalkit.balanced_accuracy_score(y, proba.argmax(dim=1)), evalkit.log_loss(y, proba)


def test_a_loop_of_your_own():
    model, valid = network(), batches(1)
    history = recipe("A loop of your own")["train"](model, batches(0), valid, 3, epochs=3)
    assert len(history) == 3
    assert history[-1] == pytest.approx(expected(model, valid))
    assert history[0] != history[-1]


def test_early_stopping_and_curves_in_a_loop_of_your_own():
    model, valid = network(), batches(1)
    history, diagnosis = recipe("Early stopping and curves in a loop of your own")["train"](
        model, batches(0), valid, 40
    )
    assert 3 < history.epochs <= 40
    assert history.train["lr"][0] > history.train["lr"][-1]
    assert diagnosis.label in ("good", "underfitting", "overfitting", "unstable")
    with torch.no_grad():
        loss = torch.stack([torch.nn.functional.cross_entropy(model(x), y) for x, y in valid]).mean().item()
    assert loss == pytest.approx(min(history.valid["loss"]), rel=1e-5)
    assert type(history).from_dict(history.to_dict()) == history


def test_several_processes(tmp_path):
    from torch import distributed

    counts = streaming.LabelCounts(num_classes=3).update([0, 1, 2], [0, 2, 2])
    distributed.init_process_group("gloo", f"file://{tmp_path}/meeting", rank=0, world_size=1)
    try:
        whole = recipe("Several processes")["over_all_processes"](counts)
    finally:
        distributed.destroy_process_group()
    assert whole == counts


def test_lightning(tmp_path, monkeypatch):
    lightning_is_there = importlib.util.find_spec("lightning") is not None
    if not lightning_is_there:
        stand_in = types.ModuleType("lightning")
        stand_in.LightningModule = type(
            "LightningModule", (torch.nn.Module,), {"log_dict": lambda self, values: self.logged.update(values)}
        )
        monkeypatch.setitem(sys.modules, "lightning", stand_in)
    model, valid = network(), batches(1)
    classifier = recipe("Lightning")["Classifier"](model, 3)
    if lightning_is_there:
        logged = by_lightning(classifier, valid, tmp_path)
    else:
        classifier.logged = {}
        for rows in (valid[:2], valid):  # the trial run, then the epoch
            classifier.on_validation_epoch_start()
            for i, batch in enumerate(rows):
                classifier.validation_step(batch, i)
            classifier.on_validation_epoch_end()
        logged = classifier.logged
        assert classifier.training_step(valid[0], 0).requires_grad
        assert classifier.configure_optimizers().param_groups
    assert float(logged["balanced_accuracy"]) == pytest.approx(expected(model, valid)[0], rel=1e-6)


def by_lightning(classifier, valid, folder):
    import lightning

    trainer = lightning.Trainer(
        max_epochs=2, logger=False, enable_checkpointing=False, enable_progress_bar=False, default_root_dir=folder
    )
    loaders = (torch.utils.data.DataLoader(rows, batch_size=None) for rows in (batches(0), valid))
    trainer.fit(classifier, *loaders)
    return trainer.callback_metrics


def test_the_trainer_of_transformers():
    compute_metrics = recipe("The Trainer of Transformers")["metrics_of"](3)
    model, valid = network(), batches(1)
    for _ in range(2):  # two evaluations
        for i, (x, y) in enumerate(valid):
            batch = types.SimpleNamespace(predictions=model(x).detach(), label_ids=y)
            metrics = compute_metrics(batch, compute_result=i == len(valid) - 1)
            assert bool(metrics) == (i == len(valid) - 1)
        assert metrics["balanced_accuracy"] == pytest.approx(expected(model, valid)[0])


@pytest.mark.skipif(importlib.util.find_spec("transformers") is None, reason="needs transformers")
def test_transformers_calls_it_so(tmp_path):
    from transformers import Trainer, TrainingArguments

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = network()

        def forward(self, x, labels):
            logits = self.linear(x)
            return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}

    valid = batches(1)
    rows = [{"x": one, "labels": label} for x, y in valid for one, label in zip(x, y, strict=True)]
    arguments = TrainingArguments(
        str(tmp_path), batch_eval_metrics=True, per_device_eval_batch_size=32, report_to=[], use_cpu=True
    )
    trainer = Trainer(
        Model(),
        arguments,
        eval_dataset=rows,
        compute_metrics=recipe("The Trainer of Transformers")["metrics_of"](3),
    )
    for _ in range(2):
        assert trainer.evaluate()["eval_balanced_accuracy"] == pytest.approx(expected(network(), valid)[0])


@pytest.mark.parametrize(
    "accumulator",
    [
        streaming.LabelCounts(),
        streaming.LabelCounts(num_classes=3),
        streaming.ExactAUC(),
        streaming.BinnedAUC(),
        streaming.Calibration(n_bins=4),
        streaming.LogLoss(),
        streaming.Regression(),
        streaming.PairedCounts(),
        streaming.Bundle({"area": streaming.BinnedAUC()}, columns=("truth", "score")),
    ],
    ids=lambda accumulator: type(accumulator).__name__,
)
def test_reset_forgets_rows_and_keeps_settings(accumulator):
    rng = np.random.default_rng(0)
    rows = list(rng.integers(0, 2, (2, 30)))
    once = accumulator.empty().update(*rows)
    assert accumulator.update(*rows[::-1]) == accumulator
    assert accumulator.reset() is accumulator
    assert accumulator == accumulator.empty()
    assert accumulator.update(*rows) == once
