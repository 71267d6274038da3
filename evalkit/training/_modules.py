"""What `fit` asks a model: which parts are frozen, whether training is random, whether a batch is too small."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from evalkit.training._data import first_rows
from evalkit.training._steps import Step, outputs_of

ROWS_ASKED = 8  # rows of a batch on which a model is run again
RUNS_ASKED = 20  # runs in which a random part must show: a whole block may be skipped in one run of ten


def frozen_in_evaluation(model: torch.nn.Module) -> list[torch.nn.Module]:
    """Return the modules in evaluation mode that are, or lie in, a module whose parameters are all frozen."""
    found: dict[torch.nn.Module, None] = {}
    for module in model.modules():
        parameters = list(module.parameters())
        if parameters and not any(parameter.requires_grad for parameter in parameters):
            found.update(dict.fromkeys(part for part in module.modules() if not part.training))
    return list(found)


def drifting(model: torch.nn.Module) -> list[str]:
    """Return the names of frozen batch normalisations in training mode: their running statistics will move."""
    return [
        name or type(model).__name__
        for name, module in model.named_modules()
        if isinstance(module, _BatchNorm)
        and module.training
        and module.track_running_stats
        and module.affine
        and not any(parameter.requires_grad for parameter in module.parameters())
    ]


def normalises_batches(model: torch.nn.Module) -> bool:
    """Whether there is a batch normalisation that training changes."""
    frozen = set(frozen_in_evaluation(model))
    return any(isinstance(module, _BatchNorm) and module not in frozen for module in model.modules())


def refuses(model: torch.nn.Module, step: Step, batch: Any) -> bool:
    """Whether a batch is too small for a batch normalisation in training mode."""
    with left_as_it_was(model):
        try:
            step(model, batch)
        except Exception as error:  # of any other kind it comes again in training, where it belongs
            return "more than 1 value per channel" in str(error)
    return False


def has_dropout(model: torch.nn.Module) -> bool:
    """Whether there is a dropout layer that drops something."""
    return any(isinstance(module, _DropoutNd) and module.p > 0 for module in model.modules())


def is_random(model: torch.nn.Module, step: Step, batch: Any) -> bool:
    """Whether training mode gives one batch different outputs or losses in two runs.

    Wherever the randomness sits, as dropout in a function, in an attention or between blocks, it shows in what comes
    out. This is asked of models that draw random numbers; they may draw some for nothing.
    """
    batch = first_rows(batch, ROWS_ASKED)
    with left_as_it_was(model):
        first = _answer(model, step, batch)
        return any(not _close(_answer(model, step, batch), first) for _ in range(RUNS_ASKED - 1))


def is_augmented(loader: Any) -> bool | None:
    """Whether a loader makes another batch of the same samples when it is asked again. None if it has no samples.

    So augmentation is found, and mixing of images where the samples are collected.
    """
    dataset: Any = getattr(loader, "dataset", None)
    collect: Any = getattr(loader, "collate_fn", None)
    if collect is None or not hasattr(dataset, "__getitem__") or not hasattr(dataset, "__len__"):
        return None
    rows = range(min(ROWS_ASKED, len(dataset)))
    before = generator_states()
    first = collect([dataset[row] for row in rows])
    if generator_states() == before:
        return False
    return any(not _close(collect([dataset[row] for row in rows]), first) for _ in range(RUNS_ASKED - 1))


@contextmanager
def left_as_it_was(model: torch.nn.Module) -> Iterator[None]:
    """Training mode; modes, buffers and random generators are afterwards as they were."""
    modes = {module: module.training for module in model.modules()}
    frozen = frozen_in_evaluation(model)
    buffers = {buffer: buffer.detach().clone() for buffer in model.buffers()}
    python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
    devices = list({p.device for p in model.parameters() if p.is_cuda})
    try:
        with torch.random.fork_rng(devices=devices):
            model.train()
            for module in frozen:
                module.training = False
            yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002
        for module, training in modes.items():
            module.training = training
        with torch.no_grad():
            for buffer, before in buffers.items():
                buffer.copy_(before)


def _answer(model: torch.nn.Module, step: Step, batch: Any) -> list[torch.Tensor]:
    loss, found, _ = step(model, batch)
    answer = [loss.detach()]
    if found is not None:
        answer.append(outputs_of(found).detach())
    return answer


def generator_states() -> tuple[Any, ...]:
    """Return where the global generators of torch, NumPy and Python stand, to be compared."""
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]
    _, keys, place, *_ = np.random.get_state()  # noqa: NPY002
    states = [bytes(state.numpy()) for state in (torch.get_rng_state(), *cuda)]
    return (*states, bytes(np.asarray(keys)), place, random.getstate())


def _close(one: Any, other: Any) -> bool:
    """Whether two samples, or two lists of tensors, are the same up to rounding."""
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_close, one, other))
    if isinstance(one, dict):
        return all(_close(one[name], other[name]) for name in one)
    if isinstance(one, torch.Tensor | np.ndarray):
        a, b = torch.as_tensor(one).double(), torch.as_tensor(other).double()
        return a.shape == b.shape and torch.allclose(a, b, rtol=1e-4, atol=1e-6, equal_nan=True)
    return True
