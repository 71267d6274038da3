"""What the tests of `verify_skips` share."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from evalkit.vision import verify_skips


def kinds(model, x=None):
    return [report.kind for report in verify_skips(model, x)]


def c3(channels=4):
    return nn.Conv2d(channels, channels, 3, padding=1)


class WithParts(nn.Module):
    """Two convolutions and some parts; `join(block, branch, x)` makes the output."""

    def __init__(self, join, channels=4, **parts):
        super().__init__()
        self.join = join
        self.one, self.two = nn.Conv2d(channels, channels, 3, padding=1), nn.Conv2d(channels, channels, 3, padding=1)
        for name, part in parts.items():
            setattr(self, name, part)

    def branch(self, x):
        return self.two(F.relu(self.one(x)))

    def forward(self, x):
        return self.join(self, x)


def number(value):
    return nn.Parameter(torch.tensor(value))
