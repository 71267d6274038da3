"""Batches from what `fit` was given: a pair of tensors, or anything that yields pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch

Batches = Callable[[], Iterator[tuple[Any, Any]]]


def batches_of(
    data: Any, name: str, *, batch_size: int, device: torch.device, seed: int | None = None
) -> tuple[Batches, int | None]:
    """Return what starts a pass over the data, and the number of batches in one pass if that is known.

    With a seed the rows of a pair are shuffled. Their generator is their own, so that runs in several threads, or
    networks that draw numbers themselves, do not change the order.

    Raises
    ------
    ValueError
        If the data are a pair of arrays of different lengths, or empty.
    TypeError
        If they are neither a pair nor something that can be iterated over several times.
    """
    if isinstance(data, tuple | list) and len(data) == 2 and all(hasattr(part, "shape") for part in data):
        x, y = (torch.as_tensor(part) for part in data)
        if len(x) != len(y):
            raise ValueError(f"{name} must be (X, y) with as many labels as rows, got {len(x)} rows, {len(y)} labels.")
        if not len(x):
            raise ValueError(f"{name} holds no rows.")
        steps = -(-len(x) // batch_size)
        generator = None if seed is None else torch.Generator().manual_seed(seed)
        return lambda: _tensor_batches(x, y, batch_size, generator, device), steps
    if not isinstance(data, Iterable) or isinstance(data, Iterator):
        raise TypeError(f"{name} must be a pair (X, y) or a DataLoader, got {type(data).__name__}.")
    return lambda: _loader_batches(data, device), _length(data)


def _length(loader: Any) -> int | None:
    try:
        return len(loader)
    except TypeError:  # a DataLoader over a stream has a length method that fails
        return None


def _tensor_batches(
    x: torch.Tensor, y: torch.Tensor, size: int, generator: torch.Generator | None, device: torch.device
) -> Iterator[tuple[Any, Any]]:
    # A DataLoader collects a batch row by row; one index_select per batch does the same in one call.
    if generator is not None:
        for rows in torch.split(torch.randperm(len(x), generator=generator), size):
            rows = rows.to(x.device)
            yield x.index_select(0, rows).to(device), y.index_select(0, rows).to(device)
    else:
        for batch, target in zip(torch.split(x, size), torch.split(y, size), strict=True):
            yield batch.to(device), target.to(device)


def _loader_batches(loader: Iterable[Any], device: torch.device) -> Iterator[tuple[Any, Any]]:
    for batch, target in loader:
        yield _moved(batch, device), target.to(device, non_blocking=True)


def _moved(inputs: Any, device: torch.device) -> Any:
    """Move a tensor, or the tensors in a list, tuple or dict, which a model can take as well."""
    if isinstance(inputs, torch.Tensor):
        return inputs.to(device, non_blocking=True)
    if isinstance(inputs, dict):
        return {name: _moved(value, device) for name, value in inputs.items()}
    if isinstance(inputs, list | tuple):
        return type(inputs)(_moved(value, device) for value in inputs)
    return inputs
