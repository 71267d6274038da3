"""How much gradient reaches each layer of a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class GradientFlow:
    """The gradient of the loss in each layer, in the order in which the network runs them.

    Parameters
    ----------
    names : tuple of str
        Dotted names of the layers.
    norms : tuple of float
        Length (Euclidean norm) of the gradient of each layer's weights and bias together; 0 where none arrives.
    loss : float
        Mean over the batch.

    Examples
    --------
    >>> flow = GradientFlow(names=("conv1", "fc"), norms=(0.5, 2.0), loss=2.3)
    >>> flow.ratio
    0.25
    >>> flow.to_dict()
    {'names': ['conv1', 'fc'], 'norms': [0.5, 2.0], 'loss': 2.3}
    """

    names: tuple[str, ...]
    norms: tuple[float, ...]
    loss: float

    @property
    def ratio(self) -> float:
        """The first layer's norm over the last one's: far below 1, gradients vanish; far above 1, they explode.

        NaN where the last layer gets none.
        """
        return self.norms[0] / self.norms[-1] if self.norms[-1] else float("nan")

    def to_dict(self) -> dict[str, Any]:
        """Return names, norms and loss as lists, strings and numbers, which ``json.dumps`` accepts."""
        return {"names": list(self.names), "norms": list(self.norms), "loss": self.loss}

    def plot(self, title: str = "Gradient in each layer") -> Figure:
        """Draw the norms from the first layer to the last, on a logarithmic axis.

        To compare networks in one figure, give `evalkit.plots.plot_gradient_flow` several of them by name.

        Returns
        -------
        matplotlib Figure
            `evalkit.plots.alt_text(fig)` describes it in words.
        """
        from evalkit.plots import plot_gradient_flow

        return plot_gradient_flow({"": self.norms}, title=title)


def gradient_flow(
    model: nn.Module,
    batch: tuple[Tensor, Tensor],
    *,
    loss: Callable[[Tensor, Tensor], Tensor] = nn.functional.cross_entropy,
) -> GradientFlow:
    """Measure the gradient of the loss in each convolution and linear layer, for one batch.

    The network runs as in a training step: in training mode, so batch normalisation uses the batch's statistics. It is
    left as it was: weights, gradients, running statistics, modes and random number generators.

    Parameters
    ----------
    model : nn.Module
    batch : pair of tensors (x, y)
        Inputs of shape (N, ...) and their targets, as in training. They are moved to the model's device.
    loss : callable
        ``loss(output, y)`` returns the mean over the batch. By default cross-entropy of logits.

    Returns
    -------
    GradientFlow
        One norm for each layer with a weight of two or more dimensions that is trained (``requires_grad``) and was
        run, in the order of the forward pass. A layer that is run more than once has one place, its first.

    Raises
    ------
    ValueError
        If no such layer was run, or the loss is not a single number.

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010),
    section 4, which looks at gradients layer by layer.

    Examples
    --------
    >>> import torch
    >>> from evalkit.vision import ResNet
    >>> _ = torch.manual_seed(0)
    >>> x, y = torch.randn(16, 1, 8, 8), torch.randint(0, 10, (16,))
    >>> flow = gradient_flow(ResNet(depth=8, width=4, in_channels=1), (x, y))
    >>> flow.names[0], flow.names[-1], len(flow.norms)
    ('conv1', 'fc', 8)

    With sigmoids and without skips, the gradient shrinks from layer to layer on its way back:

    >>> layers = [part for _ in range(8) for part in (torch.nn.Linear(64, 64), torch.nn.Sigmoid())]
    >>> deep = torch.nn.Sequential(torch.nn.Flatten(), *layers, torch.nn.Linear(64, 10))
    >>> gradient_flow(deep, (x, y)).ratio < 0.001
    True
    """
    x, y = batch
    first = next(model.parameters(), None)
    if first is not None:
        x, y = x.to(first.device), y.to(first.device)
    names = {module: name or type(model).__name__ for name, module in model.named_modules()}
    run: list[nn.Module] = []
    layers = [module for module in names if _trained_weights(module)]
    handles = [module.register_forward_pre_hook(lambda module, args: run.append(module)) for module in layers]
    buffers = {buffer: buffer.detach().clone() for buffer in model.buffers()}
    modes = {module: module.training for module in names}
    devices = [first.device] if first is not None and first.is_cuda else []
    try:
        with torch.random.fork_rng(devices=devices), torch.enable_grad():
            model.train()
            value = loss(model(x), y)
            order = list(dict.fromkeys(run))
            if not order or value.dim() > 0:
                raise ValueError(
                    "loss must return a single number, the mean over the batch." if order else "No layer was run."
                )
            owned = [_trained(module) for module in order]
            flat = list(dict.fromkeys(parameter for parameters in owned for parameter in parameters))
            gradients = dict(zip(flat, torch.autograd.grad(value, flat, allow_unused=True), strict=True))
    finally:
        for handle in handles:
            handle.remove()
        for module, training in modes.items():
            module.training = training
        with torch.no_grad():
            for buffer, before in buffers.items():
                buffer.copy_(before)
    norms = tuple(_length([gradients[parameter] for parameter in parameters]) for parameters in owned)
    return GradientFlow(tuple(names[module] for module in order), norms, float(value.detach()))


def _trained(module: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in module.parameters(recurse=False) if parameter.requires_grad]


def _trained_weights(module: nn.Module) -> bool:
    return any(parameter.dim() >= 2 for parameter in _trained(module))


def _length(gradients: list[Tensor | None]) -> float:
    squares = [float(gradient.double().square().sum()) for gradient in gradients if gradient is not None]
    return float(sum(squares) ** 0.5)
