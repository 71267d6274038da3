"""Somebody's forward pass in double precision, and with the weights that its layers are given."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

LESS_PRECISE = (torch.float32, torch.float16, torch.bfloat16)
CONVERSIONS = (Tensor.float, Tensor.half, Tensor.bfloat16)
WITH_WEIGHT = (
    torch.conv1d,
    torch.conv2d,
    torch.conv3d,
    torch.conv_transpose1d,
    torch.conv_transpose2d,
    torch.conv_transpose3d,
    F.linear,
)


class DoublePrecision(TorchFunctionMode):
    """Within it, tensors stay in double precision: ``x.float()`` does not round, and ``uint8 / 255`` gives float64.

    `needed` says whether there was something to keep so far. Looking at every operation takes time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.needed = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call `func`, asking for double precision wherever it was asked for less."""
        if func in CONVERSIONS:
            self.needed = True
            return args[0].to(torch.float64)
        out = func(*map(self._exact, args), **{name: self._exact(value) for name, value in (kwargs or {}).items()})
        if not isinstance(out, Tensor) or out.dtype not in LESS_PRECISE:
            return out
        self.needed = True
        return out.to(torch.float64)

    def _exact(self, value: Any) -> Any:
        if not isinstance(value, torch.dtype) or value not in LESS_PRECISE:
            return value
        self.needed = True
        return torch.float64


class WeightsAsTheyAre(TorchFunctionMode):
    """Within it, a layer computes with its weight itself, not with what its forward makes of it first.

    A weight that is standardised, scaled or quantised in every forward pass cannot be set to the identity. The padding
    that such a forward adds stays.
    """

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = weight

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call `func`, with the layer's own weight where it takes one of that shape."""
        kwargs = dict(kwargs or {})
        if func in WITH_WEIGHT:
            if len(args) > 1 and args[1].shape == self.weight.shape:
                args = (args[0], self.weight, *args[2:])
            elif "weight" in kwargs and kwargs["weight"].shape == self.weight.shape:
                kwargs["weight"] = self.weight
        return func(*args, **kwargs)


def made_plain(model: nn.Module) -> nn.Module:
    """Undo in a copy what stands between a module and its weights: compilation, pruning, and norms kept by hooks.

    Pruning, and the older weight and spectral norms, compute a module's weight from other parameters in a hook. Here
    the weight that they last gave becomes a parameter again.
    """
    model = getattr(model, "_orig_mod", model)
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if hasattr(child, "_orig_mod"):  # compiled
                setattr(module, name, child._orig_mod)
        for name, value in list(vars(module).items()):
            made_of = [f"{name}_orig", f"{name}_g", f"{name}_v"]
            if isinstance(value, Tensor) and any(part in module._parameters for part in made_of):
                delattr(module, name)
                for part in made_of:
                    module._parameters.pop(part, None)
                module._buffers.pop(f"{name}_mask", None)
                module.register_parameter(name, nn.Parameter(value.detach().to(torch.float64)))
    return model
