"""`diagnose` on the curves of small networks that are really trained on the handwritten digits."""

from __future__ import annotations

import math
from functools import cache, partial

import pytest
import torch
from sklearn.datasets import load_digits

from evalkit.training import EarlyStopping, History, diagnose, fit

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]

SEEDS = range(3)


@pytest.fixture(scope="module")
def digits():
    x, y = load_digits(return_X_y=True)
    rows = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))
    return torch.tensor(x / 16, dtype=torch.float32)[rows], torch.tensor(y)[rows]


def network(hidden, seed, dropout=0.0):
    torch.manual_seed(seed)
    middle = [torch.nn.ReLU(), *([torch.nn.Dropout(dropout)] if dropout else [])]
    return torch.nn.Sequential(torch.nn.Linear(64, hidden), *middle, torch.nn.Linear(hidden, 10))


def mislabelled(y, share, seed):
    generator = torch.Generator().manual_seed(seed)
    wrong = torch.rand(len(y), generator=generator) < share
    return torch.where(wrong, torch.randint(0, 10, y.shape, generator=generator), y)


def sgd(rate, momentum=0.9):
    return partial(torch.optim.SGD, lr=rate, momentum=momentum)


def adam(rate):
    return partial(torch.optim.Adam, lr=rate)


def trained(digits, seed, *, hidden=64, train=slice(1297), valid=slice(1297, None), noise=0.0, dropout=0.0, **settings):
    x, y = digits
    y = mislabelled(y, noise, seed)
    return fit(
        network(hidden, seed, dropout),
        (x[train], y[train]),
        (x[valid], y[valid]),
        seed=seed,
        progress=False,
        **settings,
    )


RUNS = {
    "good: adam": ("good", {"epochs": 20, "optimizer": adam(0.001)}),
    "good: long": ("good", {"epochs": 60, "optimizer": adam(0.001)}),
    "good: momentum": ("good", {"epochs": 30, "optimizer": sgd(0.1)}),
    "good: dropout": ("good", {"epochs": 40, "optimizer": sgd(0.1), "hidden": 128, "dropout": 0.5}),
    "good: 100 validation images": ("good", {"epochs": 30, "optimizer": sgd(0.1), "valid": slice(1297, 1397)}),
    "overfitting: rise": (
        "overfitting",
        {"epochs": 100, "optimizer": adam(0.003), "hidden": 256, "train": slice(150), "noise": 0.2},
    ),
    "overfitting: gap": ("overfitting", {"epochs": 150, "optimizer": sgd(0.1), "hidden": 256, "train": slice(100)}),
    "underfitting: small steps": ("underfitting", {"epochs": 20, "optimizer": sgd(0.002, 0.0)}),
    "underfitting: one hidden unit": ("underfitting", {"epochs": 60, "optimizer": sgd(0.05), "hidden": 1}),
    "underfitting: too short": ("underfitting", {"epochs": 5, "optimizer": adam(0.001)}),
    "unstable: large steps": ("unstable", {"epochs": 30, "optimizer": sgd(1.0)}),
    "unstable: stuck after a burst": ("unstable", {"epochs": 30, "optimizer": sgd(2.5, 0.0)}),
    "unstable: exploded": ("unstable", {"epochs": 30, "optimizer": sgd(50.0)}),
    "leaking: copies": (
        "leaking-suspect",
        {"epochs": 60, "optimizer": sgd(0.1), "hidden": 128, "valid": slice(500)},
    ),
    "leaking: copies with wrong labels": (
        "leaking-suspect",
        {"epochs": 150, "optimizer": sgd(0.1), "hidden": 256, "valid": slice(500), "noise": 0.2},
    ),
}


@pytest.fixture(scope="module")
def history_of(digits):
    """The history of one of the runs, which is trained once."""
    return cache(lambda name, seed: trained(digits, seed, **RUNS[name][1]))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", RUNS)
def test_real_runs(history_of, name, seed):
    expected, _ = RUNS[name]
    diagnosis = diagnose(history_of(name, seed))
    assert diagnosis.label == expected, str(diagnosis)
    assert diagnosis.evidence
    assert all(sentence.endswith(".") and any(c.isdigit() for c in sentence) for sentence in diagnosis.evidence)
    assert diagnosis.advice


def test_what_came_after_the_restored_weights_does_not_count(digits, history_of):
    rose = diagnose(history_of("overfitting: rise", 0))
    history = trained(digits, 0, **RUNS["overfitting: rise"][1], early_stopping=EarlyStopping(patience=8))
    restored = diagnose(history)
    assert history.restored
    assert " rose from " in str(rose)
    assert " rose from " not in str(restored)
    assert f"weights of epoch {history.best_epoch}" in restored.evidence[-1]


def test_the_unit_of_the_loss_does_not_matter(history_of):
    history = history_of("overfitting: rise", 0)
    for factor in (1e-6, 1e6):
        scaled = History(
            train={"loss": [factor * value for value in history.train["loss"]]},
            valid={"loss": [factor * value for value in history.valid["loss"]]},
            first_loss=factor * history.first_loss,
        )
        assert diagnose(scaled).label == "overfitting"


def test_dropout_explains_a_validation_loss_below_the_training_loss():
    curves = {"train": {"loss": [1.0, 0.8, 0.7, 0.6, 0.5, 0.4]}, "valid": {"loss": [0.8, 0.5, 0.35, 0.3, 0.29, 0.28]}}
    assert diagnose(History(**curves, dropout=False)).label == "leaking-suspect"
    assert diagnose(History(**curves, dropout=True)).label == "good"
    unknown = diagnose(History(**curves))
    assert unknown.label == "good"
    assert "suspicious only if nothing random" in unknown.evidence[-1]


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_a_loss_that_is_no_number_is_unstable_at_any_length(broken):
    diagnosis = diagnose(History(train={"loss": [1.0, broken]}, valid={"loss": [1.0, 2.0]}))
    assert diagnosis.label == "unstable"
    assert "epoch 1" in diagnosis.evidence[0]


def test_one_fall_and_one_rise_are_no_instability():
    valley = [1.0, 0.5, 0.2, 0.5, 1.0, 1.5]
    assert (
        diagnose(History(train={"loss": [1.0, 0.5, 0.3, 0.2, 0.1, 0.05]}, valid={"loss": valley})).label
        == "overfitting"
    )


@pytest.mark.parametrize(
    "history",
    [
        History(train={"loss": [1.0, 0.5]}, valid={"loss": [1.0, 0.5]}),
        History(train={"loss": [0.0, 0.0, 0.0]}, valid={"loss": [0.0, 0.0, 0.0]}),
    ],
)
def test_too_little_to_judge(history):
    with pytest.raises(ValueError, match="A diagnosis needs"):
        diagnose(history)
