"""What happened while a model was trained, epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from evalkit.training.stopping import Mode, best_index

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Curves = dict[str, list[float]]


@dataclass(frozen=True, eq=False)
class History:
    """The curves of one training run. Epochs are counted from 0, as Python indexes lists.

    `fit` returns one. In a loop of your own, begin with ``History()`` and `add` to it epoch by epoch. Numbers may be
    tensors and NumPy scalars; they are kept as floats.

    Parameters
    ----------
    train, valid : dict of str to list of float
        For ``"loss"`` and each metric, one value for each epoch. The values on training data are taken while the epoch
        runs, before each step; those on validation data after the epoch.
    grad_norm : list of float, optional
        Length of the gradient of all parameters together, mean over a few steps of each epoch.
    seconds : list of float, optional
        Wall-clock time of each epoch, validation included.
    first_loss : float, optional
        The loss of the first batch, before the first step: what the model achieves without having learnt anything.
    monitor, mode : str
        The validation curve by which the best epoch is chosen, and whether smaller or larger is better.
    stopped_early : bool
        Whether early stopping ended the run.
    restored : bool
        Whether the model was given back the weights of the best epoch.
    dropout : bool, optional
        Whether something random, such as dropout or augmentation, makes the values on training data look worse than the
        model is. None where nobody has looked.
    nan_weights : bool, optional
        Whether the run ended because weights had become NaN. None where nobody has looked.
    interrupted : bool
        Whether somebody interrupted the run; the epoch that was running is left out.
    notes : list of str
        What went wrong on the way: metrics that could not be computed, batches without a loss.
    seed, threads : int, optional
        What the run was started with.

    Raises
    ------
    ValueError
        If curves are given but no ``"loss"`` is among them, or they differ in length or are empty.

    Examples
    --------
    >>> history = History(train={"loss": [1.0, 0.5, 0.3]}, valid={"loss": [1.1, 0.8, 0.9]})
    >>> history.epochs, history.best_epoch
    (3, 1)
    >>> History.from_dict(history.to_dict()) == history
    True
    """

    train: Curves = field(default_factory=dict)
    valid: Curves = field(default_factory=dict)
    grad_norm: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    first_loss: float | None = None
    monitor: str = "loss"
    mode: Mode = "min"
    stopped_early: bool = False
    restored: bool = False
    dropout: bool | None = None
    seed: int | None = None
    threads: int | None = None
    nan_weights: bool | None = None
    interrupted: bool = False
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("train", "valid"):
            curves = {key: [float(value) for value in values] for key, values in getattr(self, name).items()}
            object.__setattr__(self, name, curves)
        for name in ("grad_norm", "seconds"):
            object.__setattr__(self, name, [float(value) for value in getattr(self, name)])
        if self.first_loss is not None:
            object.__setattr__(self, "first_loss", float(self.first_loss))
        if not self.train and not self.valid:
            return  # to be added to
        for part, curves in (("train", self.train), ("valid", self.valid)):
            if "loss" not in curves:
                raise ValueError(f"{part} must hold the curve 'loss', got {list(curves)}.")
        if self.monitor not in self.valid:
            raise ValueError(f"monitor={self.monitor!r} is not a validation curve; there are {list(self.valid)}.")
        lengths = {
            **{f"train[{name!r}]": len(values) for name, values in self.train.items()},
            **{f"valid[{name!r}]": len(values) for name, values in self.valid.items()},
            **{name: len(values) for name in ("grad_norm", "seconds") if (values := getattr(self, name))},
        }
        if len(set(lengths.values())) > 1 or not self.epochs:
            raise ValueError(
                f"All curves must have one value for each epoch, got lengths {lengths}: use NaN for an epoch without "
                "one, or History.add, which does."
            )

    def __eq__(self, other: object) -> bool:
        """Whether all curves and settings are equal; NaN equals NaN."""
        return self.to_dict() == other.to_dict() if isinstance(other, History) else NotImplemented

    def add(self, train: Any, valid: Any = None) -> None:
        """Add an epoch.

        Parameters
        ----------
        train, valid : float, or mapping of str to float
            The loss alone, or ``{"loss": …, "accuracy": …}``; also tensors and arrays of one number. What an epoch does
            not have, because it was not validated or a metric came later, is NaN in that epoch.

        Raises
        ------
        ValueError
            If training values come without a loss.

        Examples
        --------
        >>> history = History()
        >>> history.add({"loss": 1.2, "accuracy": 0.4}, 1.3)
        >>> history.add(train=0.7)
        >>> history.train["loss"], history.valid["loss"], history.train["accuracy"]
        ([1.2, 0.7], [1.3, nan], [0.4, nan])
        """
        done = self.epochs
        given = [
            ({} if part is None else part if isinstance(part, Mapping) else {"loss": part}) for part in (train, valid)
        ]
        if "loss" not in given[0]:
            raise ValueError(f"train must hold 'loss', got {list(given[0])}.")
        numbers = [{name: float(value) for name, value in values.items()} for values in given]
        for curves, values in zip((self.train, self.valid), numbers, strict=True):
            for name in dict.fromkeys(("loss", *curves, *values)):
                curves.setdefault(name, [math.nan] * done).append(values.get(name, math.nan))
        for curve in (self.grad_norm, self.seconds):
            if curve:
                curve.append(math.nan)

    def followed_by(self, later: History) -> History:
        """Return the history of this run and one that went on with its model, as ``fit(..., after=history)`` does."""
        joined = History(monitor=later.monitor, mode=later.mode)
        for part in (self, later):
            for epoch in range(part.epochs):
                joined.add(
                    *({name: curve[epoch] for name, curve in curves.items()} for curves in (part.train, part.valid))
                )
        grad_norm, seconds = (
            [value for part in (self, later) for value in getattr(part, name) or [math.nan] * part.epochs]
            for name in ("grad_norm", "seconds")
        )
        return replace(
            later,
            train=joined.train,
            valid=joined.valid,
            grad_norm=grad_norm,
            seconds=seconds,
            first_loss=self.first_loss if self.first_loss is not None else later.first_loss,
            notes=[*self.notes, *later.notes],
            # Only weights of the later run could be restored.
            restored=later.restored
            and best_index(joined.valid[later.monitor], later.mode) in range(self.epochs, joined.epochs),
        )

    @property
    def epochs(self) -> int:
        """How many epochs were run."""
        return len(self.train.get("loss", ()))

    @property
    def best_epoch(self) -> int:
        """The index of the first epoch with the best value of the monitored validation curve; NaN is never best.

        Raises ValueError if the curve holds nothing but NaN.
        """
        best = best_index(self.valid.get(self.monitor, ()), self.mode)
        if best is None:
            raise ValueError(f"The validation curve {self.monitor!r} holds nothing but NaN: no epoch is best.")
        return best

    @property
    def diverged(self) -> bool:
        """Whether weights became NaN; where nobody has looked, whether the last losses are not finite."""
        if self.nan_weights is not None or not self.epochs:
            return bool(self.nan_weights)
        return not (math.isfinite(self.train["loss"][-1]) and math.isfinite(self.valid["loss"][-1]))

    def to_dict(self) -> dict[str, Any]:
        """Return the history as dicts, lists, strings and numbers, which ``json.dumps`` accepts.

        JSON has no NaN, which is None here, and no infinity, which is "inf" or "-inf".
        """
        found = asdict(self)
        for name in ("train", "valid"):
            found[name] = {key: list(map(_json, values)) for key, values in found[name].items()}
        for name in ("grad_norm", "seconds"):
            found[name] = list(map(_json, found[name]))
        found["first_loss"] = None if self.first_loss is None else _json(self.first_loss)
        return found

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> History:
        """Return the history that `to_dict` was called on. Raises TypeError for a key that it does not know."""
        data = dict(data)
        for name in ("train", "valid"):
            data[name] = {key: list(map(_number, values)) for key, values in data.get(name, {}).items()}
        for name in ("grad_norm", "seconds"):
            data[name] = list(map(_number, data.get(name, ())))
        return cls(**data)

    def plot(self, title: str | None = None) -> Figure:
        """Draw every curve, training dashed and validation solid, with the best epoch marked.

        Parameters
        ----------
        title : str, optional
            Above the whole figure.

        Returns
        -------
        matplotlib Figure
            One panel for the loss and one for each metric; `evalkit.plots.alt_text(fig)` describes it in words.
        """
        from evalkit.training._plot import plot_history

        return plot_history(self, title)


def _json(value: float) -> float | str | None:
    return value if math.isfinite(value) else None if math.isnan(value) else str(value)


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
