"""From a network's outputs to what a metric asks for: labels, probabilities, or the outputs themselves."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import torch
from torch.nn import functional

from evalkit.training._steps import ADVICE, OF_CLASSES, Reduction, is_one_of, outputs_of

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
    try:
        names = list(inspect.signature(metric).parameters)
    except ValueError:  # written in C
        return False
    return len(names) > 1 and names[1] in ("y_score", "y_prob", "y_proba")


class Epoch:
    """The outputs and the targets of one pass over some data.

    Parameters
    ----------
    loss : callable
        The loss tells what outputs with fractional targets mean: logits, shares of classes, probabilities or predicted
        values.
    reduction : Reduction
        Which targets the loss ignores: they do not count here either.
    """

    def __init__(self, outputs: list[Any], targets: list[Any], loss: Any, reduction: Reduction) -> None:
        self.output = torch.cat([outputs_of(output) for output in outputs])
        self.target = torch.cat([tensor_of(target) for target in targets])
        self.logits = is_one_of(loss, _LOGIT_LOSSES)
        self.binary = self.logits or is_one_of(loss, _PROBABILITY_LOSSES)
        if self.output.ndim == self.target.ndim + 1 and self.output.shape[-1] == 1:
            self.output = self.output.squeeze(-1)
        elif self.output.ndim == self.target.ndim > 1 and self.output.shape[-1] == 1:
            self.output, self.target = self.output.squeeze(-1), self.target.squeeze(-1)
        elif self._shares(loss):
            self.target = self.target.argmax(dim=1)
        if self.of_classes and not bool((kept := reduction.kept(self.target)).all()):
            # One row for each target that counts, such as a pixel.
            self.output, self.target = self.output.movedim(1, -1)[kept], self.target[kept]

    def _shares(self, loss: Any) -> bool:
        """Whether each target is a share for each class, as mixing images or smoothing labels makes them."""
        return (
            self.output.shape == self.target.shape and self.target.is_floating_point() and is_one_of(loss, OF_CLASSES)
        )

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

    def value(self, metric: Any, scored: bool) -> float:
        """Return the value of a metric; `scored` says whether it wants scores."""
        if is_torchmetric(metric):
            metric.reset()
            output = self.output.sigmoid() if self.logits else self.output
            metric.update(output.cpu(), (self.target.long() if self.binary else self.target).cpu())
            found = float(metric.compute())
            metric.reset()
            return found
        return float(metric(self.truth, self.scores if scored else self.labels))

    def measure(
        self, metrics: Mapping[str, Metric], scored: Mapping[str, bool]
    ) -> tuple[dict[str, float], dict[str, str]]:
        """Return the value of each metric, NaN for one that fails, and why those fail."""
        values, failed = {}, {}
        for name, metric in metrics.items():
            try:
                values[name] = self.value(metric, scored[name])
            except Exception as error:  # whatever a metric raises: training must not end for it
                values[name], failed[name] = math.nan, f"{type(error).__name__}: {error}"
        return values, failed


def are_probabilities(found: Any) -> bool:
    """Whether outputs, of which there is a column for each class, are from 0 to 1 and add up to one in every row."""
    output = outputs_of(found)
    if output.ndim < 2 or output.shape[1] < 2 or bool((output < 0).any()):
        return False
    return bool(((output.float().sum(dim=1) - 1).abs() < 1e-3).all())


def is_torchmetric(metric: Any) -> bool:
    """Whether a metric is an object as torchmetrics has them, which takes predictions first, as tensors."""
    return isinstance(metric, torch.nn.Module) and all(hasattr(metric, name) for name in ("update", "compute", "reset"))


def tensor_of(target: Any) -> torch.Tensor:
    """Return targets as they are, if they are a tensor, or say what metrics need."""
    if not isinstance(target, torch.Tensor):
        raise TypeError(f"Metrics need targets that are a tensor, got a {type(target).__name__}: {ADVICE}.")
    return target
