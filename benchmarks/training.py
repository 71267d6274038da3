"""How fast does `evalkit.training.fit` train? Against a loop written by hand, Lightning, skorch and Keras on torch.

    python benchmarks/training.py [--rounds N]

Every contender trains the same networks on the handwritten digits of scikit-learn, with the same batches, optimizer and
number of threads, and measures loss and accuracy on the validation data after every epoch. The contenders take turns in
short rounds, and what counts is the best round of each, in CPU time of the process: with one thread that is the time on
an idle machine, and other work on the machine can only add to it. Contenders that are not installed are left out, and
the table says so. The exit status is 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import logging
import os
import statistics
import sys
import warnings
from collections.abc import Callable
from time import process_time
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from evalkit import accuracy_score
from evalkit.training import fit

BATCH, EPOCHS, RATE, THREADS = 64, 30, 0.05, 1
OVERHEAD = 1.03  # fit may cost that much of the bare loop
Contender = Callable[["Task"], None]


class Task:
    """Data, and a network with always the same initial weights."""

    def __init__(self, name: str, layers: Callable[[], list[nn.Module]]) -> None:
        self.name, self.layers = name, layers
        x, y = load_digits(return_X_y=True)
        x, y = torch.tensor(x / 16, dtype=torch.float32).reshape(-1, 1, 8, 8), torch.tensor(y)
        rows = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))
        self.train, self.valid = ((x[part], y[part]) for part in (rows[:1297], rows[1297:]))
        self.steps = EPOCHS * -(-len(self.train[1]) // BATCH)

    def model(self) -> nn.Sequential:
        torch.manual_seed(0)
        return nn.Sequential(*self.layers())

    def loaders(self) -> tuple[DataLoader[Any], DataLoader[Any]]:
        train, valid = (TensorDataset(*part) for part in (self.train, self.valid))
        return DataLoader(train, batch_size=BATCH, shuffle=True), DataLoader(valid, batch_size=BATCH)


def mlp() -> list[nn.Module]:
    return [nn.Flatten(), nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)]


def cnn() -> list[nn.Module]:
    return [
        *(nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU()),
        *(nn.Conv2d(16, 32, 3, padding=1, stride=2), nn.BatchNorm2d(32), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(32 * 16, 10)),
    ]


def sgd(parameters: Any) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=RATE, momentum=0.9)


# ---------------------------------------------------------------------------------------------------- the bare loop
def slices(data: tuple[torch.Tensor, torch.Tensor], shuffle: bool) -> Any:
    x, y = data
    if not shuffle:
        return zip(x.split(BATCH), y.split(BATCH), strict=True)
    return ((x[rows], y[rows]) for rows in torch.randperm(len(y)).split(BATCH))


def bare_loop(task: Task, batches: Callable[[bool], Any]) -> None:
    """What one writes by hand: loss and accuracy of both parts, batch by batch."""
    model = task.model()
    optimizer = sgd(model.parameters())
    loss_of = nn.functional.cross_entropy
    curves = []
    for _ in range(EPOCHS):
        model.train()
        total, right, count = 0.0, 0, 0
        for x, y in batches(True):
            output = model(x)
            loss = loss_of(output, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            right += (output.argmax(1) == y).sum().item()
            count += len(y)
        curves.append((total / count, right / count))
        model.eval()
        total, right, count = 0.0, 0, 0
        with torch.inference_mode():
            for x, y in batches(False):
                output = model(x)
                total += loss_of(output, y).item() * len(y)
                right += (output.argmax(1) == y).sum().item()
                count += len(y)
        curves.append((total / count, right / count))


def bare_tensors(task: Task) -> None:
    bare_loop(task, lambda training: slices(task.train if training else task.valid, training))


def bare_loader(task: Task) -> None:
    train, valid = task.loaders()
    bare_loop(task, lambda training: train if training else valid)


# ------------------------------------------------------------------------------------------------------- the libraries
def evalkit_tensors(task: Task) -> None:
    fit(task.model(), task.train, task.valid, epochs=EPOCHS, optimizer=sgd, metrics={"accuracy": accuracy_score},
        batch_size=BATCH, threads=THREADS)  # fmt: skip


def evalkit_loader(task: Task) -> None:
    train, valid = task.loaders()
    fit(task.model(), train, valid, epochs=EPOCHS, optimizer=sgd, metrics={"accuracy": accuracy_score}, threads=THREADS)


def lightning(task: Task) -> None:
    import lightning as pl

    class Module(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = task.model()

        def training_step(self, batch: Any, _: int) -> torch.Tensor:
            x, y = batch
            output = self.model(x)
            loss = nn.functional.cross_entropy(output, y)
            self.log_dict({"loss": loss, "accuracy": (output.argmax(1) == y).float().mean()}, False, on_epoch=True)
            return loss

        def validation_step(self, batch: Any, _: int) -> None:
            x, y = batch
            output = self.model(x)
            accuracy = (output.argmax(1) == y).float().mean()
            self.log_dict({"valid_loss": nn.functional.cross_entropy(output, y), "valid_accuracy": accuracy})

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return sgd(self.parameters())

    logging.getLogger("lightning").setLevel(logging.ERROR)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    off = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "enable_model_summary": False}
    pl.Trainer(max_epochs=EPOCHS, accelerator="cpu", devices=1, num_sanity_val_steps=0, **off).fit(
        Module(), *task.loaders()
    )


def skorch(task: Task) -> None:
    from skorch import NeuralNetClassifier
    from skorch.helper import predefined_split

    net = NeuralNetClassifier(
        task.model(),
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.SGD,
        optimizer__momentum=0.9,
        lr=RATE,
        max_epochs=EPOCHS,
        batch_size=BATCH,
        iterator_train__shuffle=True,
        train_split=predefined_split(TensorDataset(*task.valid)),
        verbose=0,
    )
    net.fit(TensorDataset(*task.train), None)


def keras(task: Task) -> None:
    import keras

    layers: list[Any] = [keras.Input((64,))]
    layers += [keras.layers.Dense(256, "relu"), keras.layers.Dense(256, "relu"), keras.layers.Dense(10)]
    if task.layers is cnn:
        layers = [keras.Input((8, 8, 1))]
        for channels, stride in ((16, 1), (32, 2)):
            layers += [keras.layers.Conv2D(channels, 3, stride, padding="same"), keras.layers.BatchNormalization()]
            layers += [keras.layers.ReLU()]
        layers += [keras.layers.Flatten(), keras.layers.Dense(10)]
    model = keras.Sequential(layers)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(RATE, momentum=0.9), loss, metrics=["accuracy"])
    shape = model.input_shape[1:]
    (x, y), valid = ((x.numpy().reshape(-1, *shape), y.numpy()) for x, y in (task.train, task.valid))
    model.fit(x, y, batch_size=BATCH, epochs=EPOCHS, validation_data=valid, verbose=0)


CONTENDERS: dict[str, Contender] = {
    "bare loop, tensors": bare_tensors,
    "evalkit fit, tensors": evalkit_tensors,
    "bare loop, DataLoader": bare_loader,
    "evalkit fit, DataLoader": evalkit_loader,
    "Lightning": lightning,
    "skorch": skorch,
    "Keras on torch": keras,
}
PACKAGES = {"Lightning": "lightning", "skorch": "skorch", "Keras on torch": "keras"}
# Who may not be faster than whom: contender -> the one it is held against, and by how much it may be slower.
TARGETS = {
    "evalkit fit, tensors": [("bare loop, tensors", OVERHEAD)],
    "evalkit fit, DataLoader": [("bare loop, DataLoader", OVERHEAD), *((peer, 1.0) for peer in PACKAGES)],
}


def available() -> dict[str, Contender]:
    found = dict(CONTENDERS)
    for name, package in PACKAGES.items():
        try:
            with quiet():
                importlib.import_module(package)
        except Exception as error:  # a package can be there and still not load
            print(f"{name}: not measured ({type(error).__name__}: {error})")
            del found[name]
    return found


@contextlib.contextmanager
def quiet() -> Any:
    """Hide warnings and progress bars; they are written, so their cost is measured, but not shown."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield


def measure(task: Task, contenders: dict[str, Contender], rounds: int) -> dict[str, list[float]]:
    """Microseconds of CPU time per training step, validation included, of each contender in each round."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(-1, rounds):  # the first round loads and warms up, and does not count
        # Forwards and backwards in turn, so that nobody always comes after the same neighbour.
        for name in contenders if number % 2 else reversed(contenders):
            started = process_time()
            with quiet():
                contenders[name](task)
            if number >= 0:
                times[name].append((process_time() - started) / task.steps * 1e6)
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(THREADS)
    print(f"torch {torch.__version__}, {THREADS} thread, batches of {BATCH}, {EPOCHS} epochs, {rounds} rounds")
    contenders = available()
    missed = []
    for task in (Task("MLP 64-256-256-10", mlp), Task("CNN 16-32", cnn)):
        times = measure(task, contenders, rounds)
        best = {name: min(values) for name, values in times.items()}
        print(f"\n{task.name:26}{'CPU µs per step, best':>22}{'median':>8}")
        for name, values in times.items():
            line = f"{name:26}{best[name]:22.0f}{statistics.median(values):8.0f}"
            for other, limit in TARGETS.get(name, []):
                if other not in best:
                    continue
                ratio = best[name] / best[other]
                line += f"   {ratio:.3f} of {other}"
                if ratio > limit:
                    missed.append(f"{task.name}: {name} took {ratio:.3f} of {other}, at most {limit} was wanted")
            print(line)
    print("\n" + ("\n".join(missed) if missed else "All targets are met."))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
