"""Early stopping: when has a model stopped getting better?"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Mode = Literal["min", "max"]


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when a validation curve has not improved for `patience` epochs in a row.

    `fit` takes a rule as it is and counts by itself. In a loop of your own, call `update` after every epoch and
    `restore` at the end; `reset` before the rule is used for another run.

    An epoch improves if its value is better than the best before it by more than `min_delta`. NaN never improves.

    Parameters
    ----------
    patience : int
        How many epochs in a row may fail to improve; training stops with the last of them. At least 1.
    min_delta : float
        The smallest gain that counts, in units of the monitored value. It decides about stopping only: the weights
        that come back are those of the very best epoch.
    monitor : str
        The validation curve to watch: ``"loss"``, or the name of a metric.
    mode : {"min", "max"}, optional
        Whether smaller or larger is better. It may be left out for the loss.

    Raises
    ------
    ValueError
        If `patience` is below 1, `min_delta` is negative or NaN, or `mode` is missing for a metric.

    References
    ----------
    L. Prechelt, "Early stopping — but when?", in Neural Networks: Tricks of the Trade, Springer (1998).

    Examples
    --------
    >>> EarlyStopping(patience=2).last_epoch([0.9, 0.5, 0.6, 0.7, 0.4])
    3
    >>> EarlyStopping(patience=2, monitor="f1", mode="max").last_epoch([0.1, 0.2, 0.3])
    2
    >>> rule = EarlyStopping(patience=2)
    >>> for epoch, loss in enumerate([0.9, 0.5, 0.6, 0.7, 0.4]):
    ...     if rule.update(loss):
    ...         break
    >>> epoch, rule.best_epoch, rule.best
    (3, 1, 0.5)
    """

    patience: int
    min_delta: float = 0.0
    monitor: str = "loss"
    mode: Mode | None = None
    _count: Patience = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.patience < 1:
            raise ValueError(f"patience must be at least 1, got {self.patience}.")
        if not self.min_delta >= 0:
            raise ValueError(f"min_delta must not be negative, got {self.min_delta}.")
        if self.mode not in ("min", "max", None):
            raise ValueError(f"mode must be 'min' or 'max', got {self.mode!r}.")
        if self.mode is None and self.monitor != "loss":
            raise ValueError(f"Say whether a smaller or a larger {self.monitor} is better: mode='min' or mode='max'.")
        self.reset()

    def reset(self) -> None:
        """Forget all epochs, and the weights that were kept."""
        object.__setattr__(self, "_count", Patience(self))

    def update(self, value: Any, model: Any = None) -> bool:
        """Take the value of the next epoch, and return whether training should stop with it.

        Parameters
        ----------
        value : float, or a tensor or array of one number
            Of what is monitored, on validation data.
        model : torch.nn.Module, optional
            Anything with a `state_dict`. If the epoch is the best so far, a copy of its weights is kept for `restore`.
        """
        stop = self._count.used_up_after(float(value))
        if model is not None and self._count.improved:
            # A copy: the tensors of a state_dict are those that training goes on to change.
            self._count.kept = copy.deepcopy(model.state_dict())
        return stop

    @property
    def improved(self) -> bool:
        """Whether the last epoch is the best so far, by however little."""
        return self._count.improved

    @property
    def best(self) -> float:
        """The best value so far; NaN before there is one."""
        best = self._count.very_best if self.direction == "min" else -self._count.very_best
        return best if self._count.best_epoch is not None else math.nan

    @property
    def best_epoch(self) -> int | None:
        """The first epoch with the best value, counted from 0; None before there is one."""
        return self._count.best_epoch

    def restore(self, model: Any) -> bool:
        """Give a model the weights of the best epoch, and return whether any were kept: see `update`."""
        if self._count.kept is None:
            return False
        model.load_state_dict(self._count.kept)
        return True

    @property
    def direction(self) -> Mode:
        """Whether smaller (``"min"``) or larger (``"max"``) is better."""
        return self.mode or "min"

    def last_epoch(self, values: Sequence[float]) -> int:
        """Return the index of the last epoch that would have been run on this validation curve, counted from 0.

        Raises ValueError if the curve is empty.
        """
        if not len(values):
            raise ValueError("values must hold at least one epoch.")
        patience = Patience(self)
        for epoch, value in enumerate(values):
            if patience.used_up_after(float(value)):
                return epoch
        return len(values) - 1


class Patience:
    """Counts the epochs since the last improvement, and knows the very best one."""

    def __init__(self, rule: EarlyStopping) -> None:
        self.rule = rule
        self.best = math.inf  # of the value where smaller is better, of its negative where larger is
        self.very_best = math.inf  # the same, whatever `min_delta` is
        self.best_epoch: int | None = None
        self.epochs = 0
        self.waited = 0
        self.improved = False
        self.kept: Any = None

    def used_up_after(self, value: float) -> bool:
        """Take the value of the next epoch, and return whether training should stop with it."""
        value = value if self.rule.direction == "min" else -value
        self.improved = value < self.very_best
        if self.improved:
            self.very_best, self.best_epoch = value, self.epochs
        self.epochs += 1
        if value < self.best - self.rule.min_delta:
            self.best = value
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.rule.patience


def best_index(values: Sequence[float], mode: Mode) -> int | None:
    """Return the index of the first best value; NaN is never best. None if there is nothing but NaN."""
    signed = [value if mode == "min" else -value for value in values]
    known = [i for i, value in enumerate(signed) if not math.isnan(value)]
    return min(known, key=lambda i: signed[i]) if known else None
