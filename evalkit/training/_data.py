"""Batches from what `fit` was given: a pair of tensors, or anything that yields batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import torch

Size = Callable[[Any], float]
Batches = Callable[[], Iterator[tuple[Any, float | None]]]


def batches_of(
    data: Any,
    name: str,
    *,
    batch_size: int,
    device: torch.device,
    seed: int | None = None,
    skipped: int = 0,
    drop_last: bool = False,
    size: Size | None = None,
) -> tuple[Batches, int | None]:
    """Return what starts a pass over the data, and the number of batches in one pass if that is known.

    Each batch comes with what `size` says of it, which is asked before the batch is moved: on a GPU it would have to
    wait for the answer. Without `size` it comes with None.

    With a seed the rows of a pair are shuffled. Their generator is their own, so that runs in several threads, or
    networks that draw numbers themselves, do not change the order. `skipped` is how many orders of that seed were
    already used up.

    Raises
    ------
    ValueError
        If the data are a pair of arrays of different lengths, or empty.
    TypeError
        If they are neither a pair nor something that can be iterated over several times.
    """
    if is_pair(data):
        x, y = (torch.as_tensor(part) for part in data)
        if len(x) != len(y):
            raise ValueError(f"{name} must be (X, y) with as many labels as rows, got {len(x)} rows, {len(y)} labels.")
        if not len(x):
            raise ValueError(f"{name} holds no rows.")
        rows = len(x) - len(x) % batch_size if drop_last else len(x)
        if not rows:
            raise ValueError(
                f"{name} has {len(x)} rows, fewer than one batch of {batch_size}: drop_last leaves nothing."
            )
        generator = None if seed is None else torch.Generator().manual_seed(seed)
        for _ in range(skipped):
            torch.randperm(len(x), generator=generator)
        return lambda: _tensor_batches(x, y, rows, batch_size, generator, device, size), -(-rows // batch_size)
    if not isinstance(data, Iterable) or isinstance(data, Iterator):
        raise TypeError(f"{name} must be a pair (X, y) or a DataLoader, got {type(data).__name__}.")
    return lambda: _loader_batches(data, device, size), _length(data)


def is_pair(data: Any) -> bool:
    """Whether the data are two arrays, rather than a loader or a list of batches."""
    return isinstance(data, tuple | list) and len(data) == 2 and all(hasattr(part, "shape") for part in data)


def _length(loader: Any) -> int | None:
    try:
        return len(loader)
    except TypeError:  # a DataLoader over a stream has a length method that fails
        return None


def _tensor_batches(
    x: torch.Tensor,
    y: torch.Tensor,
    rows: int,
    batch_size: int,
    generator: torch.Generator | None,
    device: torch.device,
    size: Size | None,
) -> Iterator[tuple[Any, float | None]]:
    # A DataLoader collects a batch row by row; one index_select per batch does the same in one call.
    if generator is not None:
        for chosen in torch.split(torch.randperm(len(x), generator=generator)[:rows], batch_size):
            chosen = chosen.to(x.device)
            pair = x.index_select(0, chosen), y.index_select(0, chosen)
            yield (pair[0].to(device), pair[1].to(device)), size and size(pair)
    else:
        for pair in zip(torch.split(x, batch_size), torch.split(y, batch_size), strict=True):
            yield (pair[0].to(device), pair[1].to(device)), size and size(pair)


def _loader_batches(
    loader: Iterable[Any], device: torch.device, size: Size | None
) -> Iterator[tuple[Any, float | None]]:
    for batch in loader:
        yield moved(batch, device), size and size(batch)


def moved(batch: Any, device: torch.device) -> Any:
    """Move a tensor, or the tensors in a list, tuple or dict, which a model can take as well."""
    if isinstance(batch, torch.Tensor):
        return batch.to(device, non_blocking=True)
    if isinstance(batch, Mapping):
        return {name: moved(value, device) for name, value in batch.items()}
    if hasattr(batch, "to"):  # packed sequences, graphs
        return batch.to(device)
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(moved(value, device) for value in batch))
    if isinstance(batch, list | tuple):
        return type(batch)(moved(value, device) for value in batch)
    return batch


def first_rows(batch: Any, rows: int) -> Any:
    """Return the first rows of every tensor in a batch."""
    if isinstance(batch, torch.Tensor):
        return batch[:rows] if batch.ndim else batch
    if isinstance(batch, Mapping):
        return {name: first_rows(value, rows) for name, value in batch.items()}
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(first_rows(value, rows) for value in batch))
    if isinstance(batch, list | tuple):
        return type(batch)(first_rows(value, rows) for value in batch)
    return batch
