"""`fit` with the data, losses and networks of others: ignored labels, broken rows, frozen parts, other shapes."""

from __future__ import annotations

import math
from collections import namedtuple
from functools import partial
from types import SimpleNamespace

import pytest
import torch
import torchmetrics
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, TensorDataset

import evalkit
from evalkit.training import EarlyStopping, diagnose, fit

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]

SGD = partial(torch.optim.SGD, lr=0.1)
ACCURACY = {"accuracy": evalkit.accuracy_score}


def blobs(n=60, seed=0):
    generator = torch.Generator().manual_seed(seed)
    y = torch.arange(n) % 3
    return torch.randn(n, 4, generator=generator) + 2 * torch.eye(3, 4)[y], y


def network(*extra, outputs=3):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), *extra, nn.ReLU(), nn.Linear(8, outputs))


def quiet(model, train=None, valid=None, **settings):
    defaults = {"epochs": 2, "optimizer": SGD, "batch_size": 16, "progress": False}
    train, valid = blobs() if train is None else train, blobs(seed=1) if valid is None else valid
    return fit(model, train, valid, **{**defaults, **settings})


# ------------------------------------------------------------------------------------------------ what the loss ignores
@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss(ignore_index=255), partial(F.cross_entropy, ignore_index=255)])
def test_metrics_and_means_count_what_the_loss_counts(loss):
    """Half of the pixels of a mask had no label: accuracy came out at half of what it was."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(10, 1, 4, 4, generator=generator)
    y = (x[:, 0] > 0).long()
    y[torch.rand(y.shape, generator=generator) < 0.5] = 255
    y[7] = 255  # an image without any label
    torch.manual_seed(0)
    model = nn.Conv2d(1, 2, 1)
    seen = {}
    own = torchmetrics.classification.MulticlassAccuracy(2, average="micro")

    def auc(y_true, y_score):
        seen["labels"] = set(y_true.tolist())
        return evalkit.roc_auc_score(y_true, y_score)

    history = quiet(model, (x, y), (x, y), loss=loss, batch_size=3, metrics={**ACCURACY, "theirs": own, "auc": auc})
    with torch.no_grad():
        counted, output = y != 255, model(x)
        right = (output.argmax(1) == y)[counted].double().mean().item()
        assert history.valid["loss"][-1] == pytest.approx(float(loss(output, y)), rel=1e-5)
    assert history.valid["accuracy"][-1] == pytest.approx(right)
    assert history.valid["theirs"][-1] == pytest.approx(right)
    assert seen["labels"] == {0, 1}


def test_a_step_of_ones_own_counts_as_its_loss_says():
    x, y = blobs()
    y = torch.where(torch.arange(len(y)) % 3 == 1, 255, y)
    y[:16] = 255
    loss = nn.CrossEntropyLoss(ignore_index=255)

    def step(model, batch):
        out = model(batch["image"])
        return loss(out, batch["mask"]), out, batch["mask"]

    model = network()
    batches = [{"image": a, "mask": b} for a, b in zip(x.split(16), y.split(16), strict=True)]
    history = quiet(model, batches, batches, step=step, loss=loss, metrics=ACCURACY)
    with torch.no_grad():
        assert history.valid["loss"][-1] == pytest.approx(float(loss(model(x), y)), rel=1e-5)
    assert math.isfinite(history.train["loss"][-1])
    assert math.isfinite(history.valid["accuracy"][-1])


def test_a_batch_of_ignored_labels_harms_nothing():
    x, y = blobs()
    y = torch.cat([torch.full((16,), -100), y[16:]])
    loader = DataLoader(TensorDataset(x, y), batch_size=16)
    history = quiet(network(), loader, loader, metrics=ACCURACY)
    assert history.epochs == 2
    assert not history.diverged
    assert all(map(math.isfinite, (*history.train["loss"], *history.valid["loss"], *history.valid["accuracy"])))


def test_a_class_weighted_loss_does_not_depend_on_the_batch_size():
    weights = torch.tensor([1.0, 5.0, 0.2])
    losses = []
    for size in (7, 60):
        loader = DataLoader(TensorDataset(*blobs(seed=1)), batch_size=size)
        history = quiet(network(), valid=loader, loss=nn.CrossEntropyLoss(weight=weights), epochs=1)
        losses.append(history.valid["loss"][0])
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


# -------------------------------------------------------------------------------------------------------- NaN, and stop
def test_one_broken_validation_row_does_not_end_training():
    x, y = blobs(seed=1)
    x[3, 0] = math.nan
    model = network()
    with pytest.warns(
        RuntimeWarning, match="validation loss is no number in 1 of 4 batches, while all weights are finite"
    ):
        history = quiet(model, valid=(x, y), epochs=5, metrics=ACCURACY)
    assert history.epochs == 5
    assert not history.diverged
    assert math.isfinite(history.train["accuracy"][-1])
    with pytest.raises(ValueError, match="look for NaN in the rows"):
        diagnose(history)


def test_a_loss_that_overflows_is_unstable_and_no_matter_of_rows():
    x, _ = blobs()
    settings = {"loss": nn.MSELoss(), "epochs": 3, "optimizer": partial(torch.optim.SGD, lr=1e-30)}
    with pytest.warns(RuntimeWarning, match="validation loss is infinite in 4 of 4 batches.*lower the learning rate"):
        history = quiet(network(outputs=1), (x, x[:, :1]), (x, 1e30 * x[:, :1]), **settings)
    assert history.epochs == 3
    assert diagnose(history).label == "unstable"


def test_a_nan_of_the_weights_is_called_so():
    x, y = blobs()
    x[3, 0] = math.nan
    history = quiet(network(), (x, y), epochs=5)
    assert history.epochs == 1
    assert history.diverged
    assert "weights of the model are no longer numbers" in history.notes[0]
    assert diagnose(history).label == "unstable"


def test_a_metric_that_fails_in_one_epoch_is_nan_there():
    calls = []

    def sometimes(y_true, y_pred):
        calls.append(0)
        if len(calls) == 4:  # on validation data in epoch 1
            raise ValueError("only one class")
        return 1.0

    with pytest.warns(
        RuntimeWarning, match="In 1 of 3 epochs the validation metric f.*first in epoch 1.*only one class"
    ):
        history = quiet(network(), epochs=3, metrics={"f": sometimes})
    assert [math.isnan(value) for value in history.valid["f"]] == [False, True, False]


class Stops(nn.Module):
    """A loss that raises in some call."""

    def __init__(self, at, error):
        super().__init__()
        self.calls, self.at, self.error = 0, at, error

    def forward(self, output, target):
        self.calls += 1
        if self.calls == self.at:
            raise self.error
        return F.cross_entropy(output, target)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("no more")])
def test_what_is_done_comes_back_when_training_is_interrupted(error):
    model = network()
    settings = {"loss": Stops(19, error), "epochs": 9, "early_stopping": EarlyStopping(5), "metrics": ACCURACY}
    if isinstance(error, KeyboardInterrupt):
        with pytest.warns(RuntimeWarning, match="interrupted in epoch 2; the epochs before it are returned"):
            history = quiet(model, **settings)
        assert history.interrupted
        assert history.epochs == len(history.grad_norm) == len(history.seconds) == 2
    else:
        with pytest.raises(RuntimeError, match="no more"):
            quiet(model, **settings)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not model.training
    best = network()
    other = quiet(best, loss=Stops(0, None), epochs=2, early_stopping=EarlyStopping(5))
    assert other.best_epoch == 1
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), best.parameters(), strict=True))


def test_an_interrupt_before_the_first_epoch_is_over_stays_one():
    with pytest.raises(KeyboardInterrupt):
        quiet(network(), loss=Stops(2, KeyboardInterrupt()))


# --------------------------------------------------------------------------------------------------------- frozen parts
def test_a_frozen_backbone_stays_as_it_was_set():
    """The features of a frozen backbone moved from epoch to epoch with its running means."""
    backbone = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.5)).requires_grad_(False)
    torch.manual_seed(0)
    model = nn.Sequential(backbone, nn.BatchNorm1d(6), nn.Linear(6, 3))
    backbone.eval()
    x, _ = blobs()
    before = backbone(x)
    quiet(model)
    assert torch.equal(backbone(x), before)
    assert int(model[1].num_batches_tracked) > 0
    model.train()
    with pytest.warns(RuntimeWarning, match=r"parameters of 0\.1 are frozen.*call \.eval\(\)"):
        quiet(model)


def test_a_last_batch_of_one_is_said_before_the_epoch_or_dropped():
    x, y = blobs(33)
    steps = []

    def loss(output, target):
        steps.append(len(target))
        return F.cross_entropy(output, target)

    for train in ((x, y), DataLoader(TensorDataset(x, y), batch_size=16)):
        with pytest.raises(ValueError, match=r"last batch of an epoch is one row.*drop_last=True"):
            quiet(network(nn.BatchNorm1d(8)), train, loss=loss)
    assert steps.count(16) == 0
    steps.clear()
    quiet(network(nn.BatchNorm1d(8)), (x, y), (x, y), loss=loss, drop_last=True, epochs=1)
    assert steps[:4] == [16, 16, 16, 16]
    assert quiet(network(), (x, y)).epochs == 2
    assert quiet(nn.Sequential(nn.Unflatten(1, (1, 2, 2)), nn.BatchNorm2d(1), nn.Flatten()), (x, y)).epochs == 2


def test_what_fit_asks_of_a_loader_leaves_the_generators_alone():
    x, y = blobs(33)
    loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    quiet(nn.Sequential(nn.Unflatten(1, (1, 2, 2)), nn.BatchNorm2d(1), nn.Flatten()), loader, epochs=1)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_step_may_ask_for_gradients_of_its_own():
    """A penalty on the gradient, in training only."""

    def step(model, batch):
        x, y = batch
        out = model(x.requires_grad_(model.training))
        loss = F.cross_entropy(out, y)
        if model.training:
            (slope,) = torch.autograd.grad(out.sum(), x, create_graph=True)
            loss = loss + 0.01 * slope.square().mean()
        return loss, out, y

    history = quiet(network(), step=step, metrics=ACCURACY)
    assert history.epochs == 2
    assert history.dropout is False


def test_a_model_may_keep_a_tensor_of_its_last_pass():
    class Keeps(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.last = nn.Linear(4, 3), torch.zeros(3)

        def forward(self, x):
            out = self.inner(x) * (1 + 0 * self.last.sum()) + 0 * self.last * self.inner.bias
            self.last = out.mean(0).detach()
            return out

    assert quiet(Keeps()).epochs == 2


def test_a_run_that_goes_on_shuffles_on():
    """Two calls of one epoch saw the rows in the same order."""
    orders = []

    class Seen(nn.Linear):
        def forward(self, x):
            if self.training:
                orders[-1].append(x.detach().clone())
            return super().forward(x)

    torch.manual_seed(0)
    model = Seen(4, 3)
    optimizer = SGD(model.parameters())
    orders.append([])
    first = quiet(model, epochs=1, optimizer=optimizer)
    orders.append([])
    both = quiet(model, epochs=1, optimizer=optimizer, after=first)
    assert not torch.equal(torch.cat(orders[0][:4]), torch.cat(orders[1][:4]))
    torch.manual_seed(0)
    whole = quiet(nn.Linear(4, 3), epochs=2)
    assert both.train == whole.train
    assert both.valid == whole.valid
    assert len(both.grad_norm) == 2


# ------------------------------------------------------------------------------------------------------ random training
class Functional(nn.Module):
    def __init__(self, how):
        super().__init__()
        self.one, self.two, self.how = nn.Linear(4, 8), nn.Linear(8, 3), how
        self.attention = nn.MultiheadAttention(8, 1, dropout=0.3, batch_first=True)
        self.lstm = nn.LSTM(8, 8, 2, dropout=0.3, batch_first=True)

    def forward(self, x):
        x = F.relu(self.one(x))
        if self.how == "function":
            x = F.dropout(x, 0.3, self.training)
        elif self.how == "attention":
            x = self.attention(*[x[:, None]] * 3)[0][:, 0]
        elif self.how == "lstm":
            x = self.lstm(x[:, None])[0][:, 0]
        elif self.how == "depth" and self.training:
            x = x * (torch.rand(len(x), 1) > 0.2)
        elif self.how == "python" and self.training:
            import random

            x = x * (random.random() > 0.3)
        elif self.how == "drawn for nothing":
            x = x + 0 * torch.rand(1)
        return self.two(x)


@pytest.mark.parametrize(
    ("how", "random"),
    [*((how, True) for how in ("function", "attention", "lstm", "depth", "python")), ("drawn for nothing", False)],
)
def test_dropout_is_found_wherever_it_is(how, random):
    torch.manual_seed(0)
    model = Functional(how)
    assert quiet(model, epochs=1).dropout is random
    assert not model.training


def test_random_data_are_found_too():
    class Noisy(Dataset):
        def __len__(self):
            return 32

        def __getitem__(self, row):
            return torch.randn(4), row % 3

    x, y = blobs(32)
    assert quiet(network(), DataLoader(Noisy(), 16), (x, y), epochs=1).dropout
    assert not quiet(network(), DataLoader(TensorDataset(x, y), 16, shuffle=True), (x, y), epochs=1).dropout

    def mixed_in_the_loader(samples):
        x, y = (torch.stack(list(map(torch.as_tensor, part))) for part in zip(*samples, strict=True))
        share = torch.rand(())
        return share * x + (1 - share) * x.flip(0), y

    loader = DataLoader(TensorDataset(x, y), 16, collate_fn=mixed_in_the_loader)
    assert quiet(network(), loader, (x, y), epochs=1).dropout

    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(zip(x, y, strict=True))

    assert quiet(network(), DataLoader(Stream(), 16), (x, y), epochs=1).dropout is None

    def mixed(model, batch):
        x, y = batch
        share, other = torch.rand(()), torch.randperm(len(x))
        out = model(share * x + (1 - share) * x[other])
        return share * F.cross_entropy(out, y) + (1 - share) * F.cross_entropy(out, y[other]), out, y

    assert quiet(network(), step=mixed, epochs=1).dropout


# --------------------------------------------------------------------------------------------------------- other shapes
Pair = namedtuple("Pair", "x y")
Output = namedtuple("Output", "logits aux")


class Returns(nn.Module):
    def __init__(self, wrap):
        super().__init__()
        self.inner, self.wrap = network(), wrap

    def forward(self, x=None, mask=None):
        return self.wrap(self.inner(x))


WRAPS = {
    "dict": lambda out: {"logits": out, "features": out * 2},
    "dict of out": lambda out: {"out": out, "aux": out * 2},
    "tuple": lambda out: (out, out * 2),
    "named tuple": lambda out: Output(out, None),
    "object": lambda out: SimpleNamespace(logits=out, loss=None),
}


@pytest.mark.parametrize("wrap", WRAPS)
def test_models_may_return_more_than_a_tensor(wrap):
    expected = quiet(network(), metrics=ACCURACY)
    found = quiet(Returns(WRAPS[wrap]), metrics=ACCURACY)
    assert found.train == expected.train
    assert found.valid == expected.valid


def test_a_loss_of_ones_own_gets_what_the_model_returns():
    history = quiet(Returns(WRAPS["tuple"]), loss=lambda found, y: F.cross_entropy(found[0] + 0 * found[1], y))
    assert history.train["loss"] == pytest.approx(quiet(network()).train["loss"])


def test_batches_may_be_dicts_or_anything_with_a_step():
    x, y = blobs()
    valid = blobs(seed=1)
    expected = quiet(network(), [(x[:30], y[:30]), (x[30:], y[30:])], [valid], metrics=ACCURACY)

    def batches(make):
        return [make(x[:30], y[:30]), make(x[30:], y[30:])], [make(*valid)]

    named = batches(lambda x, y: {"x": x, "mask": torch.ones(len(x)), "labels": y})
    assert quiet(Returns(lambda out: out), *named, metrics=ACCURACY).train == expected.train
    assert quiet(network(), *batches(Pair), metrics=ACCURACY).train == expected.train

    class Two(Returns):
        def forward(self, x, mask):
            return super().forward(x * mask[:, None])

    keep = Two(lambda out: out)
    assert quiet(keep, *batches(lambda x, y: ((x, torch.ones(len(x))), y)), metrics=ACCURACY).train == expected.train
    keep = Two(lambda out: out)
    assert quiet(keep, *batches(lambda x, y: ({"mask": torch.ones(len(x)), "x": x}, y))).epochs == 2

    def step(model, batch):
        image, _, label = batch
        out = model(image)
        return F.cross_entropy(out, label), out, label

    triples = batches(lambda x, y: (x, torch.ones(len(x)), y))
    assert quiet(network(), *triples, step=step, metrics=ACCURACY).train == expected.train
    # Where there are no metrics, nobody needs outputs and targets.
    alone = quiet(network(), *triples, step=lambda model, batch: (step(model, batch)[0], None, None))
    assert alone.train["loss"] == expected.train["loss"]
    with pytest.raises(TypeError, match="it is a tuple of 3: pass step="):
        quiet(network(), *triples)
    with pytest.raises(TypeError, match="none or several of which are targets: pass step="):
        quiet(network(), *batches(lambda x, y: {"x": x, "truth": y}))
    with pytest.raises(TypeError, match="none is the logits: pass step="):
        quiet(Returns(lambda out: {"a": out, "b": out}))


AUC = {"auc": partial(evalkit.roc_auc_score, multi_class="ovr")}


def test_soft_targets():
    (x, y), (x_valid, y_valid) = blobs(), blobs(seed=1)
    train, valid = ((rows, 0.9 * F.one_hot(of, 3).float() + 0.1 / 3) for rows, of in ((x, y), (x_valid, y_valid)))
    smoothed = quiet(network(), loss=nn.CrossEntropyLoss(label_smoothing=0.1), metrics={**ACCURACY, **AUC})
    found = quiet(network(), train, valid, metrics={**ACCURACY, **AUC})
    assert found.valid["accuracy"] == smoothed.valid["accuracy"]
    assert found.valid["auc"] == pytest.approx(smoothed.valid["auc"], abs=1e-4)
    assert found.train["loss"] == pytest.approx(smoothed.train["loss"], rel=1e-5)


def test_objects_of_torchmetrics_as_metrics():
    metrics = {
        "theirs": torchmetrics.classification.MulticlassF1Score(3),
        "their auc": torchmetrics.classification.MulticlassAUROC(3),
        "ours": partial(evalkit.f1_score, average="macro"),
        **AUC,
    }
    history = quiet(network(), metrics=metrics)
    assert history.valid["theirs"] == pytest.approx(history.valid["ours"], abs=1e-6)
    assert history.valid["their auc"] == pytest.approx(history.valid["auc"], abs=1e-6)
    x, y = blobs()
    target = (y == 0).float()[:, None]
    history = quiet(network(outputs=1), (x, target), (x, target), loss=nn.BCEWithLogitsLoss(), metrics={
        "theirs": torchmetrics.classification.BinaryF1Score(), "ours": evalkit.f1_score})  # fmt: skip
    assert history.valid["theirs"] == pytest.approx(history.valid["ours"], abs=1e-6)


# ------------------------------------------------------------------------------------------ mistakes that train nothing
def test_an_optimizer_of_another_model_is_refused():
    """After a model was made anew, the loss did not move: the optimizer held the parameters of the old one."""
    optimizer = SGD(network().parameters())
    with pytest.raises(ValueError, match="optimizer holds no parameter of model"):
        quiet(network(), optimizer=optimizer)
    head = network()
    head[0].requires_grad_(False)
    assert quiet(head, optimizer=SGD(head[2].parameters())).epochs == 2


@pytest.mark.parametrize("loss", [nn.MSELoss(), F.l1_loss, partial(F.smooth_l1_loss, beta=2.0)])
def test_outputs_and_targets_of_two_shapes_are_refused(loss):
    """A column of outputs beside a row of targets is compared all with all, and the model learns the mean."""
    x, _ = blobs()
    with pytest.raises(ValueError, match=r"gives shape \(16, 1\) for targets of shape \(16,\).*y\[:, None\]"):
        quiet(network(outputs=1), (x, x[:, 0]), (x, x[:, 0]), loss=loss)


def test_a_softmax_before_cross_entropy_is_said():
    """With a softmax of its own the network's loss stayed where it was."""
    with pytest.warns(RuntimeWarning, match="cross-entropy, which takes logits, applies another softmax"):
        history = quiet(nn.Sequential(network(), nn.Softmax(dim=1)))
    assert len(history.notes) == 1
    model = nn.Sequential(network(), nn.LogSoftmax(dim=1))
    assert quiet(model, loss=nn.NLLLoss()).train["loss"] == pytest.approx(quiet(network()).train["loss"], rel=1e-5)
