"""What `fit` looks at before the first epoch, and after the last one."""

from __future__ import annotations

import warnings
from typing import Any

import torch

from evalkit.training._data import Size, is_pair, moved
from evalkit.training._modules import (
    drifting,
    has_dropout,
    is_augmented,
    is_random,
    left_as_it_was,
    normalises_batches,
    refuses,
)
from evalkit.training._steps import Reduction, Step, parts


def size_of_batches(data: Any, reduction: Reduction) -> Size | None:
    """Return what a batch of these data weighs in the mean over an epoch; None where it is its number of rows."""
    if not reduction.is_uneven:
        return None
    if is_pair(data) and reduction.is_plain_for(torch.as_tensor(data[1])):
        return None

    def size(batch: Any) -> float:
        target = parts(batch)[1]
        return reduction.size(target) if isinstance(target, torch.Tensor) else len(target)

    return size


def check_optimizer(optimizer: torch.optim.Optimizer, model: torch.nn.Module) -> None:
    """Raise a ValueError if an optimizer was made for the parameters of another model: nothing would be trained."""
    held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    if not any(id(parameter) in held for parameter in model.parameters() if parameter.requires_grad):
        raise ValueError(
            "optimizer holds no parameter of model that can be trained, as after the model was made anew or copied, or "
            "its parameters were frozen: make the optimizer from model.parameters(), or pass a callable that does."
        )


def warn_of_drift(model: torch.nn.Module) -> None:
    """Warn of batch normalisations that are frozen, but whose running statistics training will change."""
    names = drifting(model)
    if names:
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        warnings.warn(
            f"fit: the parameters of {names[0]}{others} are frozen, but its running mean and variance will move, "
            "because it is in training mode: call .eval() on what is frozen before fit, which then leaves it so.",
            RuntimeWarning,
            stacklevel=3,
        )


def check_small_batch(
    model: torch.nn.Module, step: Step, train: Any, batch_size: int, drop_last: bool, device: torch.device
) -> None:
    """Raise a ValueError if the last batch of an epoch is one row and batch normalisation cannot take it."""
    if is_pair(train):
        if drop_last or len(train[0]) % batch_size != 1 or not normalises_batches(model):
            return
        batch = tuple(torch.as_tensor(part)[:1].to(device) for part in train)
        advice = "choose another batch_size, or drop_last=True"
    else:
        loader: Any = train
        size: Any = getattr(loader, "batch_size", None)
        sampler: Any = getattr(loader, "sampler", None)
        if not isinstance(size, int) or not hasattr(sampler, "__len__") or getattr(loader, "drop_last", True):
            return
        if len(sampler) % size != 1 or not normalises_batches(model):
            return
        with left_as_it_was(model):  # a sampler that shuffles draws numbers
            batch = moved(loader.collate_fn([loader.dataset[next(iter(sampler))]]), device)
        advice = "choose another batch_size for the DataLoader, or DataLoader(…, drop_last=True)"
    if refuses(model, step, batch):
        raise ValueError(
            f"The last batch of an epoch is one row, and batch normalisation cannot train on one value: {advice}."
        )


def looked_for_randomness(
    model: torch.nn.Module, step: Step, train: Any, batch: Any, drew_numbers: bool
) -> bool | None:
    """Whether something random makes training harder: in the data set, or in the model. None if it cannot be told."""
    if has_dropout(model):
        return True
    if batch is None:
        return None
    try:
        if drew_numbers and is_random(model, step, batch):
            return True
        return False if is_pair(train) or isinstance(train, list | tuple) else is_augmented(train)
    except (
        Exception
    ):  # whatever a step or a data set does with fewer rows: the run is over, and must not be lost for it
        return None
