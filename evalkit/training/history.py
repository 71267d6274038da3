"""What happened while a model was trained, epoch by epoch."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from evalkit.training.stopping import Mode, best_index

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Curves = dict[str, list[float]]


@dataclass(frozen=True)
class History:
    """The curves of one training run. Epochs are counted from 0, as Python indexes lists.

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
    dropout : bool
        Whether the model had active dropout, which makes its values on training data look worse than it is.
    seed, threads : int, optional
        What the run was started with.

    Raises
    ------
    ValueError
        If there is no ``"loss"``, or the curves differ in length or are empty.

    Examples
    --------
    >>> history = History(train={"loss": [1.0, 0.5, 0.3]}, valid={"loss": [1.1, 0.8, 0.9]})
    >>> history.epochs, history.best_epoch
    (3, 1)
    >>> History.from_dict(history.to_dict()) == history
    True
    """

    train: Curves
    valid: Curves
    grad_norm: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    first_loss: float | None = None
    monitor: str = "loss"
    mode: Mode = "min"
    stopped_early: bool = False
    restored: bool = False
    dropout: bool = False
    seed: int | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
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
            raise ValueError(f"All curves must have one value for each epoch, got lengths {lengths}.")

    @property
    def epochs(self) -> int:
        """How many epochs were run."""
        return len(self.train["loss"])

    @property
    def best_epoch(self) -> int:
        """The index of the first epoch with the best value of the monitored validation curve; NaN is never best.

        Raises ValueError if the curve holds nothing but NaN.
        """
        best = best_index(self.valid[self.monitor], self.mode)
        if best is None:
            raise ValueError(f"The validation curve {self.monitor!r} holds nothing but NaN: no epoch is best.")
        return best

    @property
    def diverged(self) -> bool:
        """Whether the run ended because a loss was no longer a finite number."""
        return not (math.isfinite(self.train["loss"][-1]) and math.isfinite(self.valid["loss"][-1]))

    def to_dict(self) -> dict[str, Any]:
        """Return the history as dicts, lists, strings and numbers, which ``json.dumps`` accepts."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> History:
        """Return the history that `to_dict` was called on. Raises TypeError for a key that it does not know."""
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
