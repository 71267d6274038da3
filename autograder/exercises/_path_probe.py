"""Right and broken residual blocks on which `has_identity_path` is tried.

Each is built where the learner's code runs, from its name and a seed. This module says nothing about which of them are
right, and imports nothing of the course but the plain observer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from autograder.checking.observe import observe as observe_plain

SHOWN = 6
SHAPE = (2, 8, 5, 5)


def observe(function: Callable[..., Any], inputs: Sequence[list[Any]], *, seconds: float = 2.0) -> list[dict[str, Any]]:
    """Observe what a function says about the blocks of each case."""
    return observe_plain(lambda *arguments: answers(function, *arguments), inputs, seconds=seconds)


def in_words(names: list[str], x: str, seed: int, aspect: str) -> str:
    """What is called, and with what."""
    shape = ", ".join(map(str, SHAPE))
    return f"has_identity_path(block, x), for x of shape ({shape}) and each of these blocks: {'; '.join(names)},"


def answers(function: Callable[..., Any], names: list[str], x: str, seed: int, aspect: str) -> Any:
    """The function's answer for each block; and, if that is asked for, how the blocks work afterwards."""
    data = torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed))
    blocks = [block(name, SHAPE[1], seed + position) for position, name in enumerate(names, start=1)]
    said = [function(one, data.clone()) for one in blocks]
    if aspect != "afterwards":
        return said
    with torch.no_grad():
        outputs = [one.eval()(data.clone()) for one in blocks]
    return {
        "answers": said,
        "some output values of the blocks afterwards": [out.flatten()[:SHOWN].tolist() for out in outputs],
        "their mean output afterwards": [out.mean().item() for out in outputs],
    }


def block(name: str, channels: int, seed: int) -> nn.Module:
    """A block in evaluation mode. Its weights and statistics depend on the seed only."""
    branch, _, join = name.partition(", ")
    made = Block(branch, JOINS[join], channels)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for tensor in made.state_dict().values():
            if tensor.is_floating_point():
                # Positive, so that it does for a variance, too; weights get both signs below.
                tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
                if tensor.ndim > 1:
                    tensor.copy_(torch.randn(tensor.shape, generator=generator) / tensor[0].numel() ** 0.5)
    return made.eval()


class Block(nn.Module):
    """A branch of two or three convolutions, and a way to join it with the input."""

    def __init__(self, branch: str, join: Callable[[Block, Tensor], Tensor], channels: int) -> None:
        super().__init__()
        self.join = join
        self.share = 0.5 if branch == "half a branch" else 1.0
        half = channels // 2
        if branch == "bottleneck":
            self.branch = nn.Sequential(
                nn.Conv2d(channels, half, 1, bias=False),
                nn.BatchNorm2d(half),
                nn.ReLU(),
                nn.Conv2d(half, half, 3, padding=1, bias=False),
                nn.BatchNorm2d(half),
                nn.ReLU(),
                nn.Conv2d(half, channels, 1, bias=False),
                nn.BatchNorm2d(channels),
            )
        elif branch in ("with biases", "without biases"):
            bias = branch == "with biases"
            self.branch = nn.Sequential(
                nn.Conv2d(channels, channels, 3, padding=1, bias=bias),
                nn.ReLU(),
                nn.Conv2d(channels, channels, 3, padding=1, bias=bias),
            )
        else:
            self.branch = nn.Sequential(
                nn.Conv2d(channels, channels, 3, padding=1, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
                nn.Conv2d(channels, channels, 3, padding=1, bias=False),
                nn.BatchNorm2d(channels),
            )
        self.side = nn.Conv2d(channels, channels, 1, bias=False) if join is JOINS["projected"] else None

    def f(self, x: Tensor) -> Tensor:
        """What the branch gives."""
        out: Tensor = self.share * self.branch(x)
        return out

    def forward(self, x: Tensor) -> Tensor:
        """The block's output for x of shape (N, C, H, W)."""
        return self.join(self, x)


def _projected(one: Block, x: Tensor) -> Tensor:
    assert one.side is not None
    return torch.relu(one.f(x) + one.side(x))


def _in_place(one: Block, x: Tensor) -> Tensor:
    x = x.relu_()
    return torch.relu(one.f(x) + x)


def _centred_in_place(one: Block, x: Tensor) -> Tensor:
    x -= x.mean()
    return torch.relu(one.f(x) + x)


JOINS: dict[str, Callable[[Block, Tensor], Tensor]] = {
    "added": lambda one, x: torch.relu(one.f(x) + x),
    "not added": lambda one, x: torch.relu(one.f(x)),
    "added after the ReLU": lambda one, x: torch.relu(one.f(x)) + x,
    "added detached": lambda one, x: torch.relu(one.f(x) + x.detach()),
    "concatenated": lambda one, x: torch.relu(torch.cat([one.f(x), x], dim=1)),
    "mean of the channels added": lambda one, x: torch.relu(one.f(x) + x.mean(dim=1, keepdim=True)),
    "half of it added": lambda one, x: torch.relu(one.f(x) + 0.5 * x),
    "added with rows and columns swapped": lambda one, x: torch.relu(one.f(x) + x.transpose(2, 3)),
    "projected": _projected,
    "ReLU in place first": _in_place,
    "centred in place first": _centred_in_place,
}
