"""What can be measured of a residual block without knowing the names of its layers.

The block's layers are filled with numbers that depend on their shape and a seed only, so that two blocks which compute
the same function give the same output, however they are written. What is reported are numbers from that output. Which
of them are right, this module does not know. It runs where the learner's code runs, and imports nothing of the course
but the plain observer.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from autograder.checking.observe import observe as observe_plain

SHOWN = 6
MOST_VALUES = 100_000


class NoLayersError(RuntimeError):
    """The block owns no weights that an optimizer could train."""


def in_words(in_channels: int, out_channels: int, stride: int, aspect: str, x: Any, seed: int) -> str:
    """What is called, as a learner would write it."""
    last = "" if stride == 1 else f", stride={stride}"
    shape = ", ".join(map(str, x.shape))
    return f"ResidualBlock({in_channels}, {out_channels}{last}), given a tensor of shape ({shape}),"


def observe(function: Callable[..., Any], inputs: Sequence[list[Any]], *, seconds: float = 2.0) -> list[dict[str, Any]]:
    """Observe the block that a class or function makes for each case, in place of the block."""
    return observe_plain(lambda *arguments: measure(function, *arguments), inputs, seconds=seconds)


def measure(
    function: Callable[..., Any], in_channels: int, out_channels: int, stride: int, aspect: str, x: Any, seed: int
) -> dict[str, Any] | None:
    """One aspect of a block, as names and numbers. Raises ValueError with words for the learner."""
    # A stride of 1 need not be said.
    block = function(in_channels, out_channels) if stride == 1 else function(in_channels, out_channels, stride)
    if block is None:
        return None
    if not isinstance(block, nn.Module):
        raise ValueError(f"It must give a block, an nn.Module; this is a value of type {type(block).__name__}.")
    # float64, so that the order of the additions does not show.
    block.double()
    data = torch.tensor(x, dtype=torch.float64)
    if not list(block.parameters()):
        run(block.eval(), data.clone())
        raise NoLayersError("The block has no layers with weights before it is used.")
    if has_lazy_layers(block):
        # They have no weights to fill before the first image.
        with torch.no_grad():
            run(block.eval(), data.clone())
    if aspect in ("output", "training"):
        fill(block, seed, branch=True)
        if aspect == "training":
            run(block.train(), data)
        with torch.no_grad():
            given = data.clone()
            return described("output", run(block.eval(), given), seed) | described("input afterwards", given, seed)
    fill(block, seed, branch=aspect == "gradient")
    given = data.clone().requires_grad_()
    out = run(block.eval(), given * 1)
    if aspect == "gradient":
        gradient = torch.zeros_like(data)
        if out.requires_grad and out.numel() <= MOST_VALUES:
            (found,) = torch.autograd.grad((out * numbers(out.shape, seed)).sum(), given, allow_unused=True)
            gradient = gradient if found is None else found
        return described("gradient at the input", gradient, seed)
    return described("output, the branch being zero", out, seed)


def has_lazy_layers(model: nn.Module) -> bool:
    """Whether some layers wait for the first input to know their shapes."""
    return any(nn.parameter.is_lazy(tensor) for tensor in (*model.parameters(), *model.buffers()))


def run(block: nn.Module, x: Tensor) -> Tensor:
    """The block's output. Raises ValueError where it is no tensor."""
    out = block(x)
    if not isinstance(out, Tensor):
        raise ValueError(f"forward must return a tensor; this one returns a value of type {type(out).__name__}.")
    return out


def fill(block: nn.Module, seed: int, *, branch: bool) -> None:
    """Fill convolutions and batch normalisations by shape and seed; or, for `branch=False`, all but 1×1 with zero.

    A normalisation then changes nothing: what the block still does is its shortcut and its last step.
    """
    for layer in block.modules():
        if isinstance(layer, nn.Conv2d):
            silent = not branch and max(layer.kernel_size) > 1
            size = layer.weight[0].numel() ** 0.5
            _set(layer.weight, 0 * layer.weight if silent else numbers(layer.weight.shape, seed) / size)
            _set(layer.bias, 0.0)
        elif isinstance(layer, nn.BatchNorm2d):
            scale = numbers((4, layer.num_features), seed) if branch else torch.zeros(4, layer.num_features)
            _set(layer.weight, 1 + 0.2 * scale[0])
            _set(layer.bias, 0.2 * scale[1])
            _set(layer.running_mean, 0.2 * scale[2])
            _set(layer.running_var, torch.exp(0.4 * scale[3]))


def _set(tensor: Tensor | None, values: Tensor | float) -> None:
    if tensor is not None:
        with torch.no_grad():
            tensor.copy_(torch.as_tensor(values))


def numbers(shape: Sequence[int], seed: int) -> Tensor:
    """Normally distributed numbers that depend on the shape and the seed only."""
    generator = torch.Generator().manual_seed(zlib.crc32(repr((tuple(shape), seed)).encode()))
    return torch.randn(tuple(shape), generator=generator, dtype=torch.float64)


def described(what: str, tensor: Tensor, seed: int) -> dict[str, Any]:
    """The shape of a tensor, some of its values, and one sum in which every value has its own weight."""
    told: dict[str, Any] = {f"shape of the {what}": list(tensor.shape)}
    if 0 < tensor.numel() <= MOST_VALUES:
        flat = tensor.detach().to(torch.float64).flatten()
        told[f"some values of the {what}"] = flat[:: -(-len(flat) // SHOWN)].tolist()
        told[f"weighted sum of the {what}"] = float(flat @ numbers(flat.shape, seed))
    return told
