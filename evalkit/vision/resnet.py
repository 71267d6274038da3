"""Residual networks for small images, with skips or without: He, Zhang, Ren and Sun (2015).

Read it from top to bottom: two shortcuts, two blocks, the network. `skip=False` gives the same network without its
additions, which is what a residual network is compared with.

References
----------
K. He, X. Zhang, S. Ren and J. Sun, "Deep Residual Learning for Image Recognition", arXiv 1512.03385 (2015):
section 3.3 on shortcuts A and B, section 4.2 on the networks for CIFAR-10, table 6 with their parameter counts.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

from evalkit.vision._batch_norm import BatchNorm2d
from evalkit.vision._resnet_backbone import backbone

__all__ = ["BasicBlock", "Bottleneck", "PadShortcut", "ResNet", "Shortcut", "backbone", "parameter_count"]

Shortcut = Literal["A", "B"]


def conv(in_channels: int, out_channels: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    """Return a convolution that keeps the size of the image (divided by `stride`), with the weights of He et al.

    It has no bias: the batch normalisation that follows would subtract it again.
    """
    layer = nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2, bias=False)
    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return layer


class PadShortcut(nn.Module):
    """Shortcut A: keep every `stride`-th pixel, and fill the new channels with zeros. It has no parameters.

    Parameters
    ----------
    extra : int
        How many channels of zeros are added, behind those that there are.
    stride : int
        Which pixels stay: every one, every second one, and so on.

    Examples
    --------
    >>> import torch
    >>> PadShortcut(extra=1, stride=2)(torch.ones(1, 1, 4, 4)).shape
    torch.Size([1, 2, 2, 2])
    """

    def __init__(self, extra: int, stride: int) -> None:
        super().__init__()
        self.extra = extra
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """Return shape (N, C + extra, H / stride, W / stride) for x of shape (N, C, H, W)."""
        # The mean of one pixel is that pixel. Unlike x[:, :, ::2, ::2] it keeps a gradient's channels last, too.
        kept = F.avg_pool2d(x, kernel_size=1, stride=self.stride)
        return F.pad(kept, (0, 0, 0, 0, 0, self.extra))

    def extra_repr(self) -> str:
        """Show the settings where the module is printed."""
        return f"extra={self.extra}, stride={self.stride}"


def shortcut_of(kind: Shortcut, in_channels: int, out_channels: int, stride: int) -> nn.Module:
    """Return what carries x past the branch: x itself, or, where the shape changes, shortcut A or B."""
    if kind not in ("A", "B"):
        raise ValueError(f"shortcut must be 'A' (subsample and pad with zeros) or 'B' (1×1 convolution), got {kind!r}.")
    if stride == 1 and in_channels == out_channels:
        return nn.Identity()
    if kind == "B":
        return nn.Sequential(conv(in_channels, out_channels, 1, stride), BatchNorm2d(out_channels))
    if out_channels < in_channels:
        raise ValueError(
            f"shortcut 'A' can add channels but not drop them, and {in_channels} → {out_channels} drops some: "
            "use shortcut='B'."
        )
    return PadShortcut(out_channels - in_channels, stride)


class BasicBlock(nn.Module):
    """Two 3×3 convolutions, and the input added to what they give: relu(F(x) + x).

    The layers have the names that they have in torchvision, so its weights can be loaded.

    Parameters
    ----------
    in_channels, out_channels : int
    stride : int
        Of the first convolution: 2 halves height and width.
    skip : bool
        Whether the input is added. Without it this is a plain block: relu(F(x)), with the same layers.
    shortcut : "A" or "B"
        How the input is brought into the shape of the output where the two differ: A keeps every `stride`-th pixel
        and fills up with channels of zeros, B is a 1×1 convolution with batch normalisation. Where the shapes are
        equal, the input is added as it is.

    Raises
    ------
    ValueError
        If `shortcut` is neither, or A would have to drop channels.

    References
    ----------
    He et al. 2015, figure 2 and section 3.3.

    Examples
    --------
    >>> import torch
    >>> x = torch.randn(2, 8, 16, 16)
    >>> BasicBlock(8, 16, stride=2)(x).shape
    torch.Size([2, 16, 8, 8])

    A branch that gives zero leaves the input, because the skip goes around it:

    >>> block = BasicBlock(8, 8)
    >>> _ = torch.nn.init.zeros_(block.bn2.weight)
    >>> torch.equal(block(x), torch.relu(x))
    True
    """

    def __init__(
        self, in_channels: int, out_channels: int, stride: int = 1, skip: bool = True, shortcut: Shortcut = "A"
    ) -> None:
        super().__init__()
        self.conv1 = conv(in_channels, out_channels, 3, stride)
        self.bn1 = BatchNorm2d(out_channels)
        self.conv2 = conv(out_channels, out_channels, 3)
        self.bn2 = BatchNorm2d(out_channels)
        self.downsample = shortcut_of(shortcut, in_channels, out_channels, stride) if skip else None

    def forward(self, x: Tensor) -> Tensor:
        """Return shape (N, out_channels, H / stride, W / stride) for x of shape (N, in_channels, H, W)."""
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)  # what goes in is not needed again
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            out = out + self.downsample(x)  # before the last ReLU, and not in place: x is still needed
        return F.relu(out, inplace=True)


class Bottleneck(nn.Module):
    """The block of ResNet-50, -101 and -152: 1×1 down to `channels`, 3×3, 1×1 up to four times `channels`.

    The stride is on the 3×3 convolution, as in torchvision (which calls that "ResNet v1.5"); the paper has it on the
    first one.

    Parameters
    ----------
    in_channels : int
    channels : int
        Of the 3×3 convolution. The block's output has four times as many.
    stride, skip, shortcut
        As for `BasicBlock`; the paper's large networks have shortcut B.

    Raises
    ------
    ValueError
        If `shortcut` is neither A nor B, or A would have to drop channels.

    References
    ----------
    He et al. 2015, figure 5.

    Examples
    --------
    >>> import torch
    >>> Bottleneck(16, 8, stride=2)(torch.randn(1, 16, 8, 8)).shape
    torch.Size([1, 32, 4, 4])
    """

    def __init__(
        self, in_channels: int, channels: int, stride: int = 1, skip: bool = True, shortcut: Shortcut = "B"
    ) -> None:
        super().__init__()
        self.conv1 = conv(in_channels, channels, 1)
        self.bn1 = BatchNorm2d(channels)
        self.conv2 = conv(channels, channels, 3, stride)
        self.bn2 = BatchNorm2d(channels)
        self.conv3 = conv(channels, 4 * channels, 1)
        self.bn3 = BatchNorm2d(4 * channels)
        self.downsample = shortcut_of(shortcut, in_channels, 4 * channels, stride) if skip else None

    def forward(self, x: Tensor) -> Tensor:
        """Return shape (N, 4 * channels, H / stride, W / stride) for x of shape (N, in_channels, H, W)."""
        out = F.relu(self.bn1(self.conv1(x)), inplace=True)
        out = F.relu(self.bn2(self.conv2(out)), inplace=True)
        out = self.bn3(self.conv3(out))
        if self.downsample is not None:
            out = out + self.downsample(x)
        return F.relu(out, inplace=True)


class ResNet(nn.Module):
    """The network of He et al. for small images: one convolution, three stages of n blocks, average, linear layer.

    The stages have `width`, 2 · `width` and 4 · `width` channels; the second and the third begin by halving height
    and width. With two convolutions in each block the depth is 6n + 2.

    For one seed, the network with `skip=False` has the same initial weights, the same layers and as many parameters
    as the one with shortcut A: only the additions are missing. (Shortcut B adds parameters of its own.)

    Parameters
    ----------
    depth : int
        6n + 2: 8, 14, 20, 32, 44, 56, 110 …
    width : int
        Channels of the first stage; 16 in the paper.
    num_classes : int
    in_channels : int
        3 for colour, 1 for grey images. Any height and width do.
    skip, shortcut
        As for `BasicBlock`.

    Raises
    ------
    ValueError
        If `depth` is not 6n + 2; the message names the nearest depths that are.

    References
    ----------
    He et al. 2015, section 4.2. Weights are drawn as in K. He et al., "Delving Deep into Rectifiers" (2015), fan-out.

    Examples
    --------
    >>> import torch
    >>> model = ResNet(depth=20, width=16, num_classes=10)
    >>> model(torch.randn(4, 3, 32, 32)).shape
    torch.Size([4, 10])
    >>> f"{parameter_count(model):,}"
    '269,722'
    >>> ResNet(depth=18)
    Traceback (most recent call last):
    ...
    ValueError: depth must be 6n + 2 for a whole n of at least 1; the nearest to 18 are 14 and 20.
    """

    def __init__(
        self,
        depth: int = 20,
        width: int = 16,
        num_classes: int = 10,
        in_channels: int = 3,
        skip: bool = True,
        shortcut: Shortcut = "A",
    ) -> None:
        super().__init__()
        blocks = blocks_per_stage(depth)
        self.conv1 = conv(in_channels, width, 3)
        self.bn1 = BatchNorm2d(width)
        self.layer1 = stage(blocks, width, width, 1, skip, shortcut)
        self.layer2 = stage(blocks, width, 2 * width, 2, skip, shortcut)
        self.layer3 = stage(blocks, 2 * width, 4 * width, 2, skip, shortcut)
        self.fc = nn.Linear(4 * width, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits of shape (N, num_classes) for images of shape (N, in_channels, H, W)."""
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = self.layer3(self.layer2(self.layer1(x)))
        features = F.avg_pool2d(x, x.shape[2:]).flatten(1)  # the mean of all pixels, with channels last going back
        logits: Tensor = self.fc(features)
        return logits


def stage(blocks: int, in_channels: int, out_channels: int, stride: int, skip: bool, shortcut: Shortcut) -> nn.Module:
    """Return `blocks` blocks in a row; the first one changes the shape."""
    first = BasicBlock(in_channels, out_channels, stride, skip, shortcut)
    others = (BasicBlock(out_channels, out_channels, 1, skip, shortcut) for _ in range(blocks - 1))
    return nn.Sequential(first, *others)


def blocks_per_stage(depth: int) -> int:
    """Return n for a depth of 6n + 2, or raise a ValueError that names the nearest such depths."""
    if depth < 8 or depth % 6 != 2:
        below = 6 * ((depth - 2) // 6) + 2
        nearest = f"{below} and {below + 6}" if below >= 8 else "8"
        raise ValueError(
            f"depth must be 6n + 2 for a whole n of at least 1; the nearest to {depth} "
            f"{'are' if below >= 8 else 'is'} {nearest}."
        )
    return depth // 6


def parameter_count(model: nn.Module) -> int:
    """Return how many numbers training can change: weights, biases, and the scale and shift of normalisations.

    Running means and variances are not parameters. A tensor that two layers share counts once.

    Parameters
    ----------
    model : torch.nn.Module

    Examples
    --------
    >>> import torch
    >>> parameter_count(torch.nn.Linear(3, 2))
    8
    """
    return sum(parameter.numel() for parameter in model.parameters())
