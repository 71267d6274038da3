"""A copy of one block that can be experimented on: its layers switched off, passed through or made random."""

from __future__ import annotations

import copy
import sys
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from evalkit.vision.skips.exactly import WeightsAsTheyAre, made_plain

LARGEST_MAP = 6  # pixels: a block that works on a map of this size works on a larger one in the same way
LIFTS = (30.0, 3.0, -30.0, -3.0)
STEP = 0.25
SEED = 0


def isolated(model: nn.Module) -> nn.Module:
    """Return a deep copy on the CPU, in double precision and in evaluation mode, without the hooks of the original.

    Double precision tells "no effect" from "a small effect". Evaluation mode keeps dropout and running statistics
    still.
    """
    memo: dict[int, Any] = {}
    for module in model.modules():
        for name, value in vars(module).items():
            if "hooks" in name and isinstance(value, dict):
                memo[id(value)] = OrderedDict()
            elif isinstance(value, Tensor) and value.grad_fn is not None:
                memo[id(value)] = value.detach().clone()  # an activation kept for later: deepcopy refuses it
    twin = made_plain(copy.deepcopy(getattr(model, "_orig_mod", model), memo)).to("cpu", torch.float64).eval()
    for parameter in twin.parameters():
        if parameter.is_floating_point():
            parameter.requires_grad_(True)
    return twin


class Layer:
    """The weights of one convolution or linear layer, and the bias with which its output can be pushed up or down."""

    def __init__(self, weight: Tensor, module: Any = None) -> None:
        self.weight = weight
        self.bias: Tensor | None = None
        self.groups = 1
        self.offset = 0
        self.off = False
        self.shapes: dict[torch.Size, torch.Size] = {}
        if module is not None:
            outputs = module.out_channels if isinstance(module, CONVOLUTIONS) else module.out_features
            self.bias = module.bias = nn.Parameter(torch.zeros(outputs, dtype=torch.float64))
            self.groups = getattr(module, "groups", 1)
            self.channels = 1 if isinstance(module, CONVOLUTIONS) else -1
            kind: type[nn.Module] = next(kind for kind in WEIGHTED if isinstance(module, kind))
            self.own_way = type(module).forward is not kind.forward
            self.forward = module.forward
            module.forward = self.run

    def run(self, x: Tensor, *rest: Tensor) -> Tensor:
        """Do what the module does; without weights that is the bias everywhere, and need not be computed."""
        if self.off and self.bias is not None and x.shape in self.shapes:
            constant = torch.empty(self.shapes[x.shape], dtype=torch.float64).transpose(self.channels, -1)
            return constant.copy_(self.bias).transpose(self.channels, -1)
        with WeightsAsTheyAre(self.weight) if self.own_way else nullcontext():
            out: Tensor = self.forward(x, *rest)
        self.shapes[x.shape] = out.shape
        return out

    def zero(self) -> None:
        """Let the layer give nothing."""
        self.weight.detach().zero_()
        self.off = True

    def random(self, generator: torch.Generator) -> None:
        """Let the layer give values of either sign, about two and a half times the size of its input."""
        self.off = False
        fan_in = self.weight.numel() / len(self.weight)
        width = 2.5 * (3 / fan_in) ** 0.5  # a uniform distribution's standard deviation is its half width over √3
        self.weight.detach().uniform_(-width, width, generator=generator)

    @property
    def offsets(self) -> tuple[int, ...]:
        """Where the channels can begin that the layer passes on, if it has more inputs than outputs: first or last."""
        surplus = self.weight.shape[1] - len(self.weight)
        return (0, surplus) if surplus > 0 and self.groups == 1 else (0,)

    def identity(self) -> None:
        """Let the layer pass on its input: channel i + offset becomes channel i."""
        self.off = False
        weight = self.weight.detach().zero_()
        outputs = len(weight) // self.groups
        channel = torch.arange(min(outputs, weight.shape[1] - self.offset))
        rows = (outputs * torch.arange(self.groups)[:, None] + channel).flatten()
        place: tuple[Tensor | int, ...] = (rows, channel.repeat(self.groups) + self.offset)
        weight[place + tuple(size // 2 for size in weight.shape[2:])] = 1.0

    def lift(self, value: float) -> None:
        """Add a constant to the layer's output, where it has a bias."""
        if self.bias is not None:
            self.bias.detach().fill_(value)


class Probe:
    """One block under test.

    Normalisations pass their input on, because their scale would hide that of the skip. Biases are zero until lifted.
    Parameters that are neither weights nor part of a normalisation (a learnable scale, say) keep their values.

    Parameters
    ----------
    block : nn.Module
        From `isolated`. It is changed.
    args, kwargs
        What the model calls the block with; the first is a floating-point tensor of shape (N, …).
    """

    def __init__(self, block: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.block = block
        self.rest, self.kwargs = args[1:], kwargs
        self.generator = torch.Generator().manual_seed(SEED)
        shape = args[0].shape
        self.shape = torch.Size([*shape[:2], *(min(size, LARGEST_MAP) for size in shape[2:])])
        if len(shape) < 4 or not self._accepts(self.shape):
            self.shape = shape
        self.out_shape = self.run(self.signed()).shape

    def _accepts(self, shape: torch.Size) -> bool:
        try:
            self.block(torch.zeros(shape, dtype=torch.float64), *self.rest, **self.kwargs)
        except (RuntimeError, ValueError, IndexError):
            return False
        return True

    def run(self, x: Tensor) -> Tensor:
        """Return the block's output; the block gets a copy of x, which it may spoil."""
        # Gradients are on: without them a transformer layer takes a fast path past its own parts.
        with torch.enable_grad():
            out: Tensor = self.block(x.clone(), *self.rest, **self.kwargs)
        return out

    def changes_input(self) -> bool:
        """Whether the block writes into its input."""
        x = self.signed()
        given = x.clone()
        with torch.no_grad():
            self.block(given, *self.rest, **self.kwargs)
        return not torch.equal(x, given)

    def take_apart(self) -> None:
        """Find the layers, take the normalisations out of the way, and set the biases to zero."""
        layers: list[Layer] = []
        seen: set[int] = set()
        for module in self.block.modules():
            if isinstance(module, norms()):
                module.register_forward_hook(_pass_on)
                seen.update(map(id, module.parameters()))
            elif isinstance(module, WEIGHTED):
                for name in ("weight", "bias"):
                    if parametrize.is_parametrized(module, name):
                        parametrize.remove_parametrizations(module, name)
                layers.append(Layer(module.weight, module))
                seen.update((id(module.weight), id(module.bias)))
        self.scales: list[tuple[Tensor, Tensor]] = []
        for parameter in self.block.parameters():
            if id(parameter) in seen:
                continue
            if is_weight(parameter):
                layers.append(Layer(parameter))
            else:
                self.scales.append((parameter.detach(), parameter.detach().clone()))
        self.layers = layers

    def arrange(
        self,
        *,
        keep: Sequence[Layer] = (),
        random: Iterable[Layer] = (),
        lift: float = 0.0,
        scales: bool = True,
    ) -> None:
        """Let the layers in `keep` pass on their input, make those in `random` random, and switch off the others.

        `lift` is added to what the layers outside `keep` give. With ``scales=False`` learnable scales are 1.
        """
        for layer in self.layers:
            layer.zero()
            layer.lift(0.0 if layer in keep else lift)
        for layer in keep:
            layer.identity()
        for layer in random:
            layer.random(self.generator)
        for value, original in self.scales:
            value.copy_(original if scales else torch.ones_like(original))

    def signed(self) -> Tensor:
        """Return an input between −0.75 and 0.75, away from zero."""
        x = self.positive()
        sign = torch.randint(0, 2, x.shape, generator=self.generator, dtype=torch.float64)
        return x * (2 * sign - 1)

    def positive(self) -> Tensor:
        """Return an input between 0.25 and 0.75."""
        return 0.25 + 0.5 * torch.rand(self.shape, generator=self.generator, dtype=torch.float64)

    def zero(self) -> Tensor:
        """Return an input of zeros."""
        return torch.zeros(self.shape, dtype=torch.float64)

    def differences(self, x: Tensor, *others: Tensor) -> list[Tensor]:
        """Return by how much the output changes from `x` to each of the others."""
        before = self.run(x).detach()
        return [self.run(other).detach() - before for other in others]


CONVOLUTIONS = (
    nn.Conv1d,
    nn.Conv2d,
    nn.Conv3d,
    nn.ConvTranspose1d,
    nn.ConvTranspose2d,
    nn.ConvTranspose3d,
)
WEIGHTED = (*CONVOLUTIONS, nn.Linear, nn.Bilinear)


def is_weight(parameter: Tensor) -> bool:
    """Whether a parameter mixes channels, as a matrix or a kernel does; a scale or a bias varies along one axis."""
    return parameter.is_floating_point() and sum(size > 1 for size in parameter.shape) >= 2


def layer_count(module: nn.Module) -> int:
    """How many layers with weights there are inside."""
    return len(weights_of(module))


def weights_of(module: nn.Module) -> set[int]:
    """Return the identities of all weights inside, to compare two modules."""
    found = {id(part.weight) for part in module.modules() if isinstance(part, WEIGHTED)}
    of_norms = {id(p) for part in module.modules() if isinstance(part, norms()) for p in part.parameters()}
    return found | {id(p) for p in module.parameters() if is_weight(p) and id(p) not in of_norms}


def norms() -> tuple[type[nn.Module], ...]:
    """Return the classes of normalisation layers; torchvision's only if it is loaded."""
    known: tuple[type[nn.Module], ...] = (
        nn.modules.batchnorm._NormBase,
        nn.LayerNorm,
        nn.GroupNorm,
        nn.RMSNorm,
        nn.LocalResponseNorm,
    )
    misc = sys.modules.get("torchvision.ops.misc")
    return known if misc is None else (*known, misc.FrozenBatchNorm2d)


def _pass_on(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> Tensor:
    # A copy: an in-place activation behind the normalisation must not reach what came in.
    return args[0].clone()
