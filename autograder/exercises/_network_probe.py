"""What can be measured of a whole network without knowing the names of its layers.

Every convolution, normalisation and linear layer is filled, when it is run, with numbers that depend on its shape and
a seed only. So two networks that compute the same function give the same output, however they are written. What is
reported are counts and numbers; which of them are right, this module does not know. It runs where the learner's code
runs, and imports nothing of the course but the plain observer.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook

from autograder.checking.observe import observe as observe_plain

MOST_VALUES = 100_000


def in_words(depth: int, width: int, classes: int, skip: bool, aspect: str, x: Any, seed: int) -> str:
    """What is called, as a learner would write it."""
    call = f"make_network(depth={depth}, width={width}, classes={classes}, skip={skip})"
    if aspect in ("error", "layers"):
        return call
    return f"{call}, given a tensor of shape ({', '.join(map(str, x.shape))}),"


def observe(function: Callable[..., Any], inputs: Sequence[list[Any]], *, seconds: float = 2.0) -> list[dict[str, Any]]:
    """Observe the network that a function makes for each case, in place of the network."""
    return observe_plain(lambda *arguments: measure(function, *arguments), inputs, seconds=seconds)


def measure(
    function: Callable[..., Any], depth: int, width: int, classes: int, skip: bool, aspect: str, x: Any, seed: int
) -> Any:
    """One aspect of a network, as names and numbers. Raises ValueError with words for the learner."""
    if aspect == "error":
        return outcome(function, depth, width, classes, skip)
    model = function(depth, width, classes, skip)
    if model is None:
        return None
    if not isinstance(model, nn.Module):
        raise TypeError(f"It must return a network, an nn.Module; this is a value of type {type(model).__name__}.")
    if any(nn.parameter.is_lazy(tensor) for tensor in (*model.parameters(), *model.buffers())):
        # Lazy layers have no weights to fill before the first image.
        with torch.no_grad():
            model.eval()(torch.tensor(x, dtype=torch.float32))
    if aspect == "layers":
        return layers(model)
    # float64, so that the order of the additions does not show.
    given = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    hook = register_module_forward_pre_hook(lambda module, _: fill(module, seed))
    try:
        out = model.eval()(given)
    finally:
        hook.remove()
    if not isinstance(out, Tensor):
        raise TypeError(f"The network must return a tensor; this one returns a value of type {type(out).__name__}.")
    told: dict[str, Any] = {"shape of the output": list(out.shape)}
    if 0 < out.numel() <= MOST_VALUES:
        told["some output values"] = out.detach().flatten()[:6].tolist()
        gradient = torch.zeros_like(given)
        if aspect == "gradient" and out.requires_grad:
            (found,) = torch.autograd.grad((out * numbers(out.shape, seed)).sum(), given, allow_unused=True)
            gradient = gradient if found is None else found
            told["some values of the gradient at the input"] = gradient.flatten()[:6].tolist()
    return told


def outcome(function: Callable[..., Any], depth: int, width: int, classes: int, skip: bool) -> str:
    """What happens for a depth that may be impossible, in words."""
    try:
        made = function(depth, width, classes, skip)
    except ValueError:
        return "a ValueError"
    return "a network" if isinstance(made, nn.Module) else f"a value of type {type(made).__name__}"


def layers(model: nn.Module) -> dict[str, int]:
    """How many layers of each kind have weights that an optimizer would train, each counted once."""
    trained = {id(parameter) for parameter in model.parameters()}
    found = [module for module in model.modules() if id(getattr(module, "weight", None)) in trained]
    return {
        "3×3 convolutions": sum(isinstance(module, nn.Conv2d) and module.kernel_size == (3, 3) for module in found),
        "other convolutions": sum(isinstance(module, nn.Conv2d) and module.kernel_size != (3, 3) for module in found),
        "batch normalisations": sum(isinstance(module, nn.BatchNorm2d) for module in found),
        "linear layers": sum(isinstance(module, nn.Linear) for module in found),
    }


def fill(layer: nn.Module, seed: int) -> None:
    """Fill a layer by shape and seed, in double precision. A bias of a convolution becomes 0."""
    if isinstance(layer, nn.Conv2d | nn.Linear):
        layer.double()
        _set(layer.weight, numbers(layer.weight.shape, seed) * (2 / layer.weight[0].numel()) ** 0.5)
        _set(layer.bias, numbers((layer.weight.shape[0],), seed) if isinstance(layer, nn.Linear) else 0.0)
    elif isinstance(layer, nn.BatchNorm2d):
        # model.eval() does not reach what a network keeps in a list.
        layer.double().eval()
        scale = numbers((4, layer.num_features), seed)
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
