"""One step: from a batch to its loss, the model's outputs and the targets."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch.nn import functional

Step = Callable[[torch.nn.Module, Any], tuple[torch.Tensor, Any, Any]]

TARGETS = ("labels", "label", "targets", "target", "y")  # what a batch that is a dict calls them
OUTPUTS = ("logits", "out", "output", "pred")  # what a model that returns a dict calls its outputs

# Losses that compare an output with its target, and that torch lets stretch the smaller of two shapes.
PAIRWISE = (
    torch.nn.MSELoss,
    torch.nn.L1Loss,
    torch.nn.SmoothL1Loss,
    torch.nn.HuberLoss,
    functional.mse_loss,
    functional.l1_loss,
    functional.smooth_l1_loss,
    functional.huber_loss,
)
OF_CLASSES = (torch.nn.CrossEntropyLoss, functional.cross_entropy)

ADVICE = "pass step=, a function step(model, batch) that returns (loss, outputs, targets)"


def parts(batch: Any) -> tuple[Any, Any]:
    """Return inputs and targets of a batch: a pair, or a dict that names its targets.

    Raises
    ------
    TypeError
        If it is something else; the message says what to pass.
    """
    if isinstance(batch, Mapping):
        names = [name for name in TARGETS if name in batch]
        if len(names) == 1 and len(batch) > 1:
            return {name: value for name, value in batch.items() if name != names[0]}, batch[names[0]]
        raise TypeError(f"A batch is a dict with {list(batch)}, none or several of which are targets: {ADVICE}.")
    if isinstance(batch, tuple | list) and len(batch) == 2:
        return batch[0], batch[1]
    what = f"a {type(batch).__name__} of {len(batch)}" if isinstance(batch, tuple | list) else type(batch).__name__
    raise TypeError(f"A batch must be a pair (inputs, targets), and it is {what}: {ADVICE}.")


def outputs_of(found: Any) -> Any:
    """Return the tensor of outputs in what a model gives: a tensor, an object with logits, a dict, or a tuple."""
    if isinstance(found, torch.Tensor):
        return found
    if isinstance(getattr(found, "logits", None), torch.Tensor):
        return found.logits
    if isinstance(found, Mapping):
        tensors = [found[name] for name in OUTPUTS if isinstance(found.get(name), torch.Tensor)]
        tensors = tensors or [value for value in found.values() if isinstance(value, torch.Tensor)]
        if len(tensors) == 1:
            return tensors[0]
        raise TypeError(f"The model returns a dict with {list(found)}, and none is the logits: {ADVICE}.")
    if isinstance(found, tuple | list) and found and isinstance(found[0], torch.Tensor):
        return found[0]  # before attention maps, features or auxiliary outputs
    raise TypeError(f"The model returns a {type(found).__name__}, in which no tensor of outputs is found: {ADVICE}.")


def step_with(loss: Callable[..., torch.Tensor]) -> Step:
    """Return the step of the usual shapes. A loss of one's own is given what the model returns, as it is."""
    of_torch = (getattr(plain(loss), "__module__", None) or type(loss).__module__).startswith("torch.")
    pairwise = is_one_of(loss, PAIRWISE)

    def step(model: torch.nn.Module, batch: Any) -> tuple[torch.Tensor, Any, Any]:
        inputs, target = parts(batch)
        if isinstance(inputs, torch.Tensor):
            found = model(inputs)
        elif isinstance(inputs, Mapping):
            apart = isinstance(batch, Mapping) or inputs.keys() <= set(parameters_of(model))
            found = model(**inputs) if apart else model(inputs)
        else:
            apart = isinstance(inputs, tuple | list) and 1 < len(inputs) <= len(parameters_of(model))
            found = model(*inputs) if apart else model(inputs)
        if pairwise and (output := outputs_of(found)).shape != target.shape:
            raise ValueError(
                f"The model gives shape {tuple(output.shape)} for targets of shape {tuple(target.shape)}, and the loss "
                "would compare each output with each target: give both one shape, such as y[:, None], or "
                "output.squeeze(1) in the model."
            )
        if isinstance(found, torch.Tensor):
            return loss(found, target), found, target
        if of_torch:
            output = outputs_of(found)
            return loss(output, target), output, target
        return loss(found, target), found, target

    return step


def parameters_of(model: torch.nn.Module) -> list[str]:
    """Return the names of what a model's forward takes one by one: arguments without a default, and those with one."""
    one_by_one = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
    return [name for name, value in inspect.signature(model.forward).parameters.items() if value.kind in one_by_one]


def plain(loss: Any) -> Any:
    """Return the function inside a partial."""
    while isinstance(loss, partial):
        loss = loss.func
    return loss


def is_one_of(loss: Any, kinds: tuple[Any, ...]) -> bool:
    """Whether a loss is one of these functions, or an instance of one of these classes."""
    loss = plain(loss)
    return any(loss is kind or (isinstance(kind, type) and isinstance(loss, kind)) for kind in kinds)


class Reduction:
    """Over what a loss takes its mean: not over ignored targets, and by the weights of classes where there are some."""

    def __init__(self, loss: Any) -> None:
        settings: Mapping[str, Any] = loss.keywords if isinstance(loss, partial) else {}
        if plain(loss) in (functional.cross_entropy, functional.nll_loss):
            self.ignored = settings.get("ignore_index", -100)
            self.weight = settings.get("weight")
        else:
            self.ignored = getattr(loss, "ignore_index", None)
            known = isinstance(loss, torch.nn.CrossEntropyLoss | torch.nn.NLLLoss)
            self.weight = loss.weight if known else None
        if not isinstance(self.ignored, int):
            self.ignored = None

    @property
    def is_uneven(self) -> bool:
        """Whether some targets may count for less than others, or not at all."""
        return self.ignored is not None or self.weight is not None

    def is_plain_for(self, target: torch.Tensor) -> bool:
        """Whether every target in there counts as one."""
        if target.is_floating_point() or not self.is_uneven:
            return True
        return self.weight is None and not bool((target == self.ignored).any())

    def kept(self, target: torch.Tensor) -> torch.Tensor:
        """Which targets the loss does not ignore."""
        return target != self.ignored if self.ignored is not None else torch.ones_like(target, dtype=torch.bool)

    def size(self, target: torch.Tensor) -> float:
        """The weight of a batch in the mean over all batches; 0 where all of its targets are ignored."""
        if target.is_floating_point():
            return len(target)
        kept = target[self.kept(target)]
        return len(kept) if self.weight is None else float(self.weight.to(kept.device)[kept].sum())


def rows_of(found: Any) -> int:
    """Return how many rows a batch, its outputs or its targets have: the length of the first tensor in there."""
    if isinstance(found, torch.Tensor):
        return len(found) if found.ndim else 1
    values = found.values() if isinstance(found, Mapping) else found if isinstance(found, tuple | list) else ()
    return next((rows for rows in map(rows_of, values) if rows), 0)
