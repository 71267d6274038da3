"""From a network's outputs to what a metric asks for: labels, probabilities, or the outputs themselves."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import torch
from torch.nn import functional

Metric = Callable[..., Any]

_LOGIT_LOSSES = (
    torch.nn.BCEWithLogitsLoss,
    torch.nn.MultiLabelSoftMarginLoss,
    functional.binary_cross_entropy_with_logits,
    functional.multilabel_soft_margin_loss,
)
_PROBABILITY_LOSSES = (torch.nn.BCELoss, functional.binary_cross_entropy)


def wants_scores(metric: Metric) -> bool:
    """Whether a metric takes scores rather than labels: its second argument is called y_score or y_proba."""
    names = list(inspect.signature(metric).parameters)
    return len(names) > 1 and names[1] in ("y_score", "y_prob", "y_proba")


def is_one_of(loss: Any, kinds: tuple[Any, ...]) -> bool:
    """Whether a loss is one of these functions, or an instance of one of these classes."""
    return any(loss is kind or (isinstance(kind, type) and isinstance(loss, kind)) for kind in kinds)


class Epoch:
    """The outputs and the targets of one pass over some data.

    Parameters
    ----------
    loss : callable
        The loss tells what outputs with fractional targets mean: logits, probabilities or predicted values.
    """

    def __init__(self, outputs: list[torch.Tensor], targets: list[torch.Tensor], loss: Any) -> None:
        self.output = torch.cat(outputs)
        self.target = torch.cat(targets)
        self.logits = is_one_of(loss, _LOGIT_LOSSES)
        self.binary = self.logits or is_one_of(loss, _PROBABILITY_LOSSES)
        if self.output.ndim == self.target.ndim + 1 and self.output.shape[-1] == 1:
            self.output = self.output.squeeze(-1)
        elif self.output.ndim == self.target.ndim > 1 and self.output.shape[-1] == 1:
            self.output, self.target = self.output.squeeze(-1), self.target.squeeze(-1)

    @property
    def of_classes(self) -> bool:
        """Whether the targets are class numbers and the outputs have one column for each class."""
        return not self.target.is_floating_point() and self.output.ndim == self.target.ndim + 1

    @cached_property
    def truth(self) -> Any:
        """True labels as integers, or true values."""
        target = self.target.round().long() if self.binary else self.target
        return (target.reshape(-1) if self.of_classes else target).cpu().numpy()

    @cached_property
    def labels(self) -> Any:
        """Predicted labels; where the targets are numbers, the outputs."""
        if self.of_classes:
            return self.output.argmax(dim=1).reshape(-1).cpu().numpy()
        if self.binary:
            return (self.output >= (0.0 if self.logits else 0.5)).long().cpu().numpy()
        return self.output.float().cpu().numpy()

    @cached_property
    def scores(self) -> Any:
        """Probabilities: one column for each class, or those of the positive class where there are two classes."""
        if self.of_classes:
            # float64, because probabilities that are rounded to float32 do not add up to one.
            shares = self.output.double().softmax(dim=1).movedim(1, -1).reshape(-1, self.output.shape[1])
            return (shares[:, 1] if shares.shape[1] == 2 else shares).cpu().numpy()
        return (self.output.double().sigmoid() if self.logits else self.output.double()).cpu().numpy()

    def measure(self, metrics: Mapping[str, Metric], scored: Mapping[str, bool]) -> dict[str, float]:
        """Return the value of each metric; `scored` says which of them want scores."""
        return {
            name: float(metric(self.truth, self.scores if scored[name] else self.labels))
            for name, metric in metrics.items()
        }
