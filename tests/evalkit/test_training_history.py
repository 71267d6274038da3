"""History, early stopping, the figure, and what loads when."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

mpl.use("Agg")

from evalkit.plots import alt_text
from evalkit.training import EarlyStopping, History, diagnose

LOSS = [1.0, 0.6, 0.4, 0.5]
CURVES = {
    "train": {"loss": [1.0, 0.5, 0.3, 0.2], "f1": [0.2, 0.5, 0.8, 0.9]},
    "valid": {"loss": LOSS, "f1": [0.1, 0.7, 0.6, 0.7]},
}


def test_curves_load_without_torch_and_matplotlib():
    probe = (
        "import sys, evalkit.training as t; h = t.History(train={'loss': [1.0] * 3}, valid={'loss': [1.0] * 3});"
        "t.diagnose(h); t.EarlyStopping(1).last_epoch([1.0]);"
        "print({'torch', 'matplotlib', 'tqdm', 'sklearn'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_round_trip_through_json():
    history = History(**CURVES, grad_norm=[1.0, 0.5, 0.4, 0.1], seconds=[0.1] * 4, first_loss=1.2, monitor="f1",
                      mode="max", stopped_early=True, restored=True, dropout=True, seed=3, threads=2)  # fmt: skip
    assert History.from_dict(json.loads(json.dumps(history.to_dict()))) == history


def test_numbers_that_are_none_survive_json_and_compare_equal():
    history = History(train={"loss": [1.0, math.inf, math.nan]}, valid={"loss": [math.nan, 2.0, -math.inf]},
                      seconds=[math.nan, 1.0, 2.0])  # fmt: skip
    text = json.dumps(history.to_dict(), allow_nan=False)
    assert History.from_dict(json.loads(text)) == history
    assert history != History(train={"loss": [1.0]}, valid={"loss": [1.0]})
    assert history != 1


def test_an_own_loop_adds_epoch_by_epoch():
    history = History(monitor="f1", mode="max")
    assert history.epochs == 0
    with pytest.raises(ValueError, match="at least 3 epochs, got none"):
        diagnose(history)
    with pytest.raises(ValueError, match="no epoch is best"):
        _ = history.best_epoch
    history.add(np.float32(0.5), {"loss": np.array(0.75), "f1": 0.5})
    history.add({"loss": np.array([0.25])[0]})
    history.add({"loss": 0.125, "lr": 1}, {"loss": 0.5, "f1": np.float64(0.75)})
    assert history.train == {"loss": [0.5, 0.25, 0.125], "lr": [pytest.approx(math.nan, nan_ok=True)] * 2 + [1.0]}
    assert history.valid["f1"][::2] == [0.5, 0.75]
    assert history.best_epoch == 2
    assert History.from_dict(json.loads(json.dumps(history.to_dict(), allow_nan=False))) == history
    with pytest.raises(ValueError, match="at least 3 epochs, got 2"):
        diagnose(history)  # one was not validated
    history.add(0.1, 0.4)
    assert "1 of 4 epochs lack a finite loss" in diagnose(history).evidence[-1]
    assert "training from 0.5 to 0.1" in alt_text(history.plot())
    with pytest.raises(ValueError, match="train must hold 'loss'"):
        history.add({"f1": 0.5})


def test_an_own_loop_that_diverges_is_unstable():
    history = History()
    for train, valid in ((1.0, 1.0), (5.0, 9.0), (math.nan, math.nan)):
        history.add(train, valid)
    assert diagnose(history).label == "unstable"
    assert history.diverged


class Net:
    """What `EarlyStopping` asks of a model."""

    def __init__(self):
        self.weights = {"w": np.zeros(1)}

    def state_dict(self):
        return self.weights

    def load_state_dict(self, state):
        self.weights = {name: value.copy() for name, value in state.items()}


def test_the_best_weights_of_an_own_loop_are_a_copy():
    """Kept by reference, the best weights were those of the last epoch: training changes them in place."""
    rule, model = EarlyStopping(patience=2, min_delta=0.1), Net()
    assert not rule.restore(model)
    assert rule.best_epoch is None
    assert math.isnan(rule.best)
    improved = []
    for loss in (1.0, 0.5, 0.45, 0.6, 0.1):
        model.weights["w"] += 1
        stop = rule.update(np.float32(loss), model)
        improved.append(rule.improved)
        if stop:
            break
    assert len(improved) == 4
    assert improved == [True, True, True, False]
    assert rule.best_epoch == 2
    assert rule.best == pytest.approx(0.45)
    assert rule.restore(model)
    assert model.weights["w"] == [3]  # also where training ends by itself
    assert rule == EarlyStopping(patience=2, min_delta=0.1)
    rule.reset()
    assert not rule.update(math.nan)
    assert not rule.improved
    highest = EarlyStopping(3, monitor="f1", mode="max")
    for value in (0.1, 0.3, 0.2):
        highest.update(value)
    assert (highest.best, highest.best_epoch) == (0.3, 1)


def test_the_best_epoch_is_the_first_best_of_what_is_monitored():
    assert History(**CURVES).best_epoch == 2
    assert History(**CURVES, monitor="f1", mode="max").best_epoch == 1
    assert History(train={"loss": [1.0, 1.0]}, valid={"loss": [math.nan, 2.0]}).best_epoch == 1
    with pytest.raises(ValueError, match="nothing but NaN"):
        _ = History(train={"loss": [1.0]}, valid={"loss": [math.nan]}).best_epoch


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"train": {"f1": [1.0]}}, "train must hold"),
        ({"valid": {}}, "valid must hold"),
        ({"monitor": "auc"}, "monitor='auc'"),
        ({"seconds": [1.0]}, "one value for each epoch"),
        ({"train": {"loss": [1.0]}}, "one value for each epoch"),
        ({"train": {"loss": []}, "valid": {"loss": []}}, "one value for each epoch"),
    ],
)
def test_a_history_must_fit_together(change, message):
    with pytest.raises(ValueError, match=message):
        History(**{**CURVES, **change})


def test_the_figure_says_what_it_shows():
    fig = History(**CURVES).plot("Digits")
    assert [ax.get_xlabel() for ax in fig.axes] == ["Epoch (the first is 0)"] * 2
    assert [ax.get_ylabel() for ax in fig.axes] == ["Loss (mean per sample)", "f1"]
    training, validation, best = fig.axes[0].lines
    assert list(training.get_ydata()) == CURVES["train"]["loss"]
    assert list(validation.get_ydata()) == LOSS
    assert training.get_linestyle() != validation.get_linestyle()
    assert set(best.get_xdata()) == {2}
    assert alt_text(fig) == (
        "Digits, 4 epochs. Loss: training from 1 to 0.2, validation from 1 to 0.5 with a low of 0.4. "
        "F1: training from 0.2 to 0.9, validation from 0.1 to 0.7. The best validation loss is 0.4, at epoch 2."
    )


def test_the_figure_of_a_run_that_diverged():
    history = History(train={"loss": [1.0, math.nan]}, valid={"loss": [math.nan, math.nan]})
    assert "no finite value" in alt_text(history.plot())


# ------------------------------------------------------------------------------------------------------ early stopping
@pytest.mark.parametrize(
    ("values", "rule", "last"),
    [
        ([0.9, 0.5, 0.6, 0.7, 0.4], EarlyStopping(2), 3),
        ([0.9, 0.5, 0.6, 0.4, 0.7], EarlyStopping(2), 4),
        ([1.0, 0.875, 0.75], EarlyStopping(1, min_delta=0.125), 1),  # a gain of exactly min_delta is none
        ([1.0, math.nan, math.nan, 0.1], EarlyStopping(2), 2),
        ([math.nan, 1.0, 0.5], EarlyStopping(1), 0),
        ([0.1, 0.3, 0.2, 0.3, 0.4], EarlyStopping(2, monitor="f1", mode="max"), 3),
    ],
)
def test_early_stopping_by_hand(values, rule, last):
    assert rule.last_epoch(values) == last


@given(st.lists(st.floats(0, 10), min_size=1, max_size=30), st.integers(1, 5), st.floats(0, 1))
def test_early_stopping_stops_after_patience_epochs_without_gain(values, patience, min_delta):
    rule = EarlyStopping(patience, min_delta)
    last = rule.last_epoch(values)
    stopped = last < len(values) - 1
    if stopped:
        # None of the last epochs is below all that came before them by more than min_delta.
        before = min(values[: last - patience + 1])
        assert min(values[last - patience + 1 : last + 1]) >= before - min_delta
    assert last + 1 >= min(len(values), patience + 1)
    assert EarlyStopping(patience + 1, min_delta).last_epoch(values) >= last


@pytest.mark.parametrize(
    "settings", [{"patience": 0}, {"min_delta": -0.1}, {"min_delta": math.nan}, {"mode": "up"}, {"monitor": "f1"}]
)
def test_rules_that_make_no_sense(settings):
    with pytest.raises(ValueError, match=r"must|Say"):
        EarlyStopping(**{"patience": 1, **settings})


def test_an_empty_curve_has_no_last_epoch():
    with pytest.raises(ValueError, match="at least one"):
        EarlyStopping(1).last_epoch([])
