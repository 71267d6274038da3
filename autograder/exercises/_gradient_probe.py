"""The networks on which `layer_gradient_norms` is tried, and what it is shown of them.

A network cannot be sent to a learner's process as plain data, so it is built there, from its name and a seed. This
module knows no right norms. It runs where the learner's code runs, and imports nothing of the course but the plain
observer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from autograder.checking.observe import observe as observe_plain


def observe(function: Callable[..., Any], inputs: Sequence[list[Any]], *, seconds: float = 2.0) -> list[dict[str, Any]]:
    """Observe the norms that a function finds in the network of each case."""
    return observe_plain(lambda *arguments: norms(function, *arguments), inputs, seconds=seconds)


def in_words(name: str, x: Any, y: Any, seed: int, situation: str) -> str:
    """What is called, and with what."""
    state = {
        "gradients left": "with gradients left by an earlier batch",
        "called twice": "for the second time",
        "evaluation": "in evaluation mode",
    }.get(situation, "in training mode")
    return (
        f"layer_gradient_norms(model, x, y) for the network {name}, {state}, "
        f"x of shape ({len(x)}, {len(x[0])}) and y of shape ({len(y)},),"
    )


def norms(function: Callable[..., Any], name: str, x: Any, y: Any, seed: int, situation: str) -> Any:
    """The function's answer for a network in a situation, as a plain dict if it is any kind of mapping."""
    model = network(name, seed)
    data = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
    model.train(situation != "evaluation")
    if situation == "gradients left":
        nn.functional.cross_entropy(model(data[0].flip(1)), data[1].flip(0)).backward()
    if situation == "called twice":
        function(model, *data)
    answer = function(model, *data)
    return dict(answer) if isinstance(answer, Mapping) else answer


def network(name: str, seed: int) -> nn.Module:
    """A small network. Its weights depend on the seed only, so they are the same in every process."""
    model: nn.Module
    if name == "Linear, ReLU, Linear":
        model = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))
    elif name == "Linear, BatchNorm, ReLU, Linear":
        # No bias before the normalisation: its gradient would be rounding error and nothing else.
        model = nn.Sequential(nn.Linear(4, 5, bias=False), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3))
    else:
        model = WithSpare()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    return model


class WithSpare(nn.Module):
    """A network with a layer that its output does not use."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 5)
        self.spare = nn.Linear(5, 2, bias=False)
        self.last = nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of shape (N, 3) for x of shape (N, 4)."""
        logits: Tensor = self.last(torch.tanh(self.first(x)))
        return logits
