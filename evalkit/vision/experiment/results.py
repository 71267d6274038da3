"""What an experiment measured: each epoch, each network, and all of them."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit._core.extras import needs
from evalkit.tables.writing import write_json
from evalkit.training.history import History
from evalkit.vision.experiment.settings import Settings

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from torch import nn

SCHEMA = 1


@dataclass(frozen=True)
class Scores:
    """One part of the data in one epoch. Precision, recall and F1 have one value for each class."""

    loss: float
    accuracy: float
    precision: list[float]
    recall: list[float]
    f1: list[float]


@dataclass(frozen=True)
class Epoch:
    """One epoch of one network.

    Parameters
    ----------
    train, valid : Scores
        Those on training images are taken while the epoch runs, those on validation images after it.
    gradient_norm : float
        Length of the gradient of all parameters together, mean over a few steps.
    layer_norms : dict of str to float
        The same for the weights of each convolution and of the last layer, from the input to the output.
    learning_rate : float
    seconds : float
        Wall-clock time, validation included. Those of networks trained side by side overlap.
    """

    train: Scores
    valid: Scores
    gradient_norm: float
    layer_norms: dict[str, float]
    learning_rate: float
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return dicts, lists and numbers. JSON knows neither NaN nor infinity: such a value is None."""
        result: dict[str, Any] = _known(asdict(self))
        return result

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Epoch:
        """Return the epoch that `to_dict` was called on; None becomes NaN."""
        values = _numbers(data)
        return cls(**{**values, "train": Scores(**values["train"]), "valid": Scores(**values["valid"])})


@dataclass
class NetworkRun:
    """One network and how it learned.

    Parameters
    ----------
    settings : Settings
    parameters : int
        How many numbers training can change.
    epochs : list of Epoch
    first_loss : float, optional
        Of the first batch, before the first step.
    model : ResNet, optional
        The trained network, in evaluation mode. It is not written to the JSON file.
    """

    settings: Settings
    parameters: int
    epochs: list[Epoch] = field(default_factory=list)
    first_loss: float | None = None
    model: nn.Module | None = field(default=None, compare=False, repr=False)

    @property
    def last(self) -> Epoch:
        """The last epoch."""
        return self.epochs[-1]

    @property
    def seconds(self) -> float:
        """Wall-clock time of all epochs together."""
        return math.fsum(epoch.seconds for epoch in self.epochs)

    @property
    def diverged(self) -> bool:
        """Whether training ended because a loss was no longer a finite number."""
        return bool(self.epochs) and not math.isfinite(self.last.train.loss + self.last.valid.loss)

    @property
    def history(self) -> History:
        """The curves, as `evalkit.training.fit` returns them, for `diagnose` and ``.plot()``."""
        train, valid = [epoch.train for epoch in self.epochs], [epoch.valid for epoch in self.epochs]
        return History(
            train={"loss": [scores.loss for scores in train], "accuracy": [scores.accuracy for scores in train]},
            valid={"loss": [scores.loss for scores in valid], "accuracy": [scores.accuracy for scores in valid]},
            grad_norm=[epoch.gradient_norm for epoch in self.epochs],
            seconds=[epoch.seconds for epoch in self.epochs],
            first_loss=self.first_loss,
            seed=self.settings.seed,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return dicts, lists, strings and numbers, without the trained weights."""
        return {
            "hash": self.settings.hash(),
            "settings": asdict(self.settings),
            "parameters": self.parameters,
            "first_loss": _known(self.first_loss),
            "epochs": [epoch.to_dict() for epoch in self.epochs],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> NetworkRun:
        """Return the run that `to_dict` was called on, without its network."""
        epochs = [Epoch.from_dict(epoch) for epoch in data["epochs"]]
        return cls(Settings(**data["settings"]), data["parameters"], epochs, data["first_loss"])


@dataclass
class Results:
    """All networks of an experiment.

    Parameters
    ----------
    runs : list of NetworkRun
    data : dict
        Name, note, classes and sizes of the data.
    environment : dict
        Versions, device and threads.
    """

    runs: list[NetworkRun]
    data: dict[str, Any]
    environment: dict[str, Any]

    @property
    def depths(self) -> list[int]:
        """The depths, from the shallowest."""
        return sorted({run.settings.depth for run in self.runs})

    def of(self, depth: int, skip: bool) -> list[NetworkRun]:
        """Return the networks of one depth, with skips or without, one for each seed."""
        return [run for run in self.runs if (run.settings.depth, run.settings.skip) == (depth, skip)]

    def get(self, depth: int, skip: bool, seed: int | None = None) -> NetworkRun:
        """Return one network; without a seed, that of the first.

        Raises
        ------
        KeyError
            If the experiment has no such network.
        """
        found = [run for run in self.of(depth, skip) if seed in (None, run.settings.seed)]
        if not found:
            raise KeyError(f"No network of depth {depth} with skip={skip} and seed={seed} in this experiment.")
        return found[0]

    def table(self) -> pd.DataFrame:
        """Return one row for each network, with what it reached after its last epoch.

        Precision, recall and F1 of each class are in ``run.last.valid``; here are the lowest recall of a class and the
        mean of F1 over the classes. Loss and accuracy are means over images; seconds are wall-clock time, which overlap
        where networks were trained side by side.
        """
        needs("pandas")
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "depth": run.settings.depth,
                    "network": run.settings.kind,
                    "seed": run.settings.seed,
                    "parameters": run.parameters,
                    "train_loss": run.last.train.loss,
                    "valid_loss": run.last.valid.loss,
                    "train_accuracy": run.last.train.accuracy,
                    "valid_accuracy": run.last.valid.accuracy,
                    "lowest_recall": min(run.last.valid.recall),
                    "macro_f1": math.fsum(run.last.valid.f1) / len(run.last.valid.f1),
                    "seconds_per_epoch": run.seconds / len(run.epochs),
                    "seconds": run.seconds,
                }
                for run in self.runs
            ]
        )

    def spread(self) -> pd.DataFrame:
        """Return one row for each depth and kind: validation accuracy after the last epoch, over the seeds."""
        table = self.table().groupby(["depth", "network"], sort=True)
        columns = {"seeds": ("seed", "count"), "seconds": ("seconds", "mean")}
        accuracy = {name: ("valid_accuracy", name) for name in ("min", "median", "max")}
        return table.agg(**columns, **accuracy).reset_index()

    def plot_curves(self) -> Figure:
        """Draw loss and accuracy over the epochs: a column for each depth, training dashed, validation solid."""
        from evalkit.vision.experiment.figures import plot_curves

        return plot_curves(self)

    def plot_accuracy(self) -> Figure:
        """Draw validation accuracy against depth: a point for each network, a line through the medians."""
        from evalkit.vision.experiment.figures import plot_accuracy

        return plot_accuracy(self)

    def plot_gradients(self, epoch: int = 0) -> Figure:
        """Draw how much gradient reaches each layer in an epoch: a panel for each depth."""
        from evalkit.vision.experiment.figures import plot_gradients

        return plot_gradients(self, epoch)

    def plot_classes(self, depth: int | None = None) -> Figure:
        """Draw precision, recall and F1 of each class, with skips and without; by default of the deepest networks."""
        from evalkit.vision.experiment.figures import plot_classes

        return plot_classes(self, max(self.depths) if depth is None else depth)

    def to_dict(self) -> dict[str, Any]:
        """Return dicts, lists, strings and numbers: what `save` writes."""
        return {
            "schema": SCHEMA,
            "data": self.data,
            "environment": self.environment,
            "runs": [run.to_dict() for run in self.runs],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Results:
        """Return the results that `to_dict` was called on, without the networks.

        Raises
        ------
        ValueError
            If they were written by another version of this module.
        """
        if data.get("schema") != SCHEMA:
            raise ValueError(f"These results have schema {data.get('schema')!r}; this version reads schema {SCHEMA}.")
        return cls([NetworkRun.from_dict(run) for run in data["runs"]], data["data"], data["environment"])

    def save(self, path: str | PathLike[str]) -> None:
        """Write everything but the networks to a JSON file."""
        write_json(path, self.to_dict())

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Results:
        """Read what `save` wrote."""
        return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))


def _known(values: Any) -> Any:
    if isinstance(values, dict):
        return {name: _known(value) for name, value in values.items()}
    if isinstance(values, list):
        return [_known(value) for value in values]
    return None if isinstance(values, float) and not math.isfinite(values) else values


def _numbers(values: Any) -> Any:
    if isinstance(values, dict):
        return {name: _numbers(value) for name, value in values.items()}
    if isinstance(values, list):
        return [_numbers(value) for value in values]
    return math.nan if values is None else values
