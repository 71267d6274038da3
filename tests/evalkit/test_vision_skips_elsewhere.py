"""`verify_skips` on the blocks and models of others: gates, ghost modules, pruned and compiled weights."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from skip_blocks import kinds
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import prune

from evalkit.vision import BasicBlock, ResNet, verify_skips

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]


def layer(inputs, outputs, kernel=3, groups=1):
    conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Excitation(nn.Module):
    """Squeeze and excitation, as it is often written: a factor for each channel."""

    def __init__(self, channels=8):
        super().__init__()
        self.factors = nn.Sequential(
            nn.Linear(channels, 4), nn.ReLU(inplace=True), nn.Linear(4, channels), nn.Sigmoid()
        )

    def forward(self, x):
        return x * self.factors(x.mean((2, 3)))[:, :, None, None]


class SelectiveKernels(nn.Module):
    """Two convolutions, and for each channel the shares in which they are mixed."""

    def __init__(self, channels=8):
        super().__init__()
        self.kernels = nn.ModuleList([layer(channels, channels, 3), layer(channels, channels, 5)])
        self.squeeze = nn.Linear(channels, 4)
        self.shares = nn.ModuleList([nn.Linear(4, channels) for _ in self.kernels])

    def forward(self, x):
        maps = torch.stack([kernel(x) for kernel in self.kernels], 1)
        squeezed = F.relu(self.squeeze(maps.sum(1).mean((2, 3))))
        shares = torch.stack([share(squeezed) for share in self.shares], 1).softmax(1)
        return (maps * shares[..., None, None]).sum(1)


class Ghost(nn.Module):
    """Half of the channels by a convolution, and the other half made of them by a cheap one."""

    def __init__(self, inputs=8, outputs=8):
        super().__init__()
        self.primary = layer(inputs, outputs // 2, 1)
        self.cheap = layer(outputs // 2, outputs // 2, groups=outputs // 2)

    def forward(self, x):
        primary = self.primary(x)
        return torch.cat([primary, self.cheap(primary)], 1)


class StandardisedConv2d(nn.Conv2d):
    """A convolution whose kernels get mean 0 and variance 1 in every forward pass."""

    def forward(self, x):
        weight = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        weight = weight / (weight.std((1, 2, 3), keepdim=True, correction=0) + 1e-5)
        return self._conv_forward(x, weight, self.bias)


class Projected(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = StandardisedConv2d(8, 8, 3, padding=1), StandardisedConv2d(8, 8, 3, padding=1)
        self.project = StandardisedConv2d(8, 8, 1)

    def branch(self, x):
        return self.two(F.relu(self.one(x)))

    def forward(self, x):
        return F.relu(self.branch(x) + self.project(x))


class Block(nn.Module):
    def __init__(self, *middle):
        super().__init__()
        self.inner = nn.Sequential(layer(8, 8), *middle, nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8))

    def branch(self, x):
        return self.inner(x)

    def forward(self, x):
        return F.relu(self.branch(x) + x)


BLOCKS = {
    "gate": lambda: Block(Excitation()),
    "gate at the end": lambda: Block(nn.Conv2d(8, 8, 1), Excitation()),
    "selective kernels": lambda: Block(SelectiveKernels()),
    "ghost modules": lambda: Block(Ghost(), Ghost()),
    "ghost modules and a gate": lambda: Block(Ghost(), Excitation(), Ghost()),
    "standardised weights": Projected,
}


@pytest.mark.parametrize("name", BLOCKS)
def test_the_outer_addition_is_judged_on_its_own(name):
    def without(block):
        kind = type(block)
        block.__class__ = type(kind.__name__, (kind,), {"forward": lambda self, x: F.relu(self.branch(x))})
        return block

    def scaled(block):
        kind = type(block)
        block.__class__ = type(kind.__name__, (kind,), {"forward": lambda self, x: F.relu(self.branch(x) + x / 2)})
        return block

    for change, kind in ((lambda block: block, "ok"), (without, "missing"), (scaled, "scaled")):
        torch.manual_seed(0)
        block = change(BLOCKS[name]())
        reports = verify_skips(nn.Sequential(nn.Conv2d(3, 8, 3), block, nn.Flatten()), torch.zeros(2, 3, 8, 8))
        assert [(report.name, report.kind) for report in reports] == [("1", kind)]


def test_a_part_of_a_block_whose_shortcut_is_too_long_to_be_judged_is_no_block_itself():
    class Bottleneck(nn.Module):
        def __init__(self, outputs):
            super().__init__()
            self.inner = nn.Sequential(Ghost(8, 16), Ghost(16, outputs), nn.Conv2d(outputs, outputs, 1))
            long = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.Conv2d(8, outputs, 1))
            self.shortcut = nn.Identity() if outputs == 8 else long

        def forward(self, x):
            return self.inner(x) + self.shortcut(x)

    reports = verify_skips(nn.Sequential(nn.Conv2d(3, 8, 3), Bottleneck(8), Bottleneck(12)))
    assert [(report.name, report.kind) for report in reports] == [("1", "ok")]


def test_blocks_in_a_row_are_not_taken_for_parts_of_the_module_around_them():
    class Tenth(Block):
        def forward(self, x):
            return F.relu(self.branch(x) + 0.1 * x)

    class Stage(nn.Module):
        def __init__(self, *blocks):
            super().__init__()
            self.blocks = nn.ModuleList(blocks)

        def forward(self, x):
            for block in self.blocks:
                x = block(x)
            return x

    class Dense(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.inner = layer(channels, 4)

        def forward(self, x):
            return torch.cat([x, self.inner(x)], 1)

    reports = verify_skips(nn.Sequential(nn.Conv2d(3, 8, 3), Stage(Tenth(), Tenth())))
    assert [(report.name, report.kind) for report in reports] == [("1.blocks.0", "scaled"), ("1.blocks.1", "scaled")]
    reports = verify_skips(nn.Sequential(nn.Conv2d(3, 8, 3), Stage(Dense(8), Dense(12))))
    assert [report.name for report in reports if report.kind == "concatenated"] == ["1.blocks.0", "1.blocks.1"]


def pruned(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            prune.l1_unstructured(module, "weight", amount=0.5)
    return model


def spectral(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.utils.spectral_norm(module)
    return model


@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
def weight_normed(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.utils.weight_norm(module)
    return model


compiled = partial(torch.compile, backend="eager")


def partly_compiled(model):
    model.layer2 = compiled(model.layer2)
    return model


@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
@pytest.mark.parametrize("change", [pruned, spectral, weight_normed, compiled, partly_compiled])
def test_weights_that_a_hook_makes_and_compiled_models(change):
    model = change(ResNet(depth=8, width=4))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert kinds(model) == ["ok"] * 3
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    model = change(ResNet(depth=8, width=4, skip=False))
    assert [(r.name.replace("_orig_mod.", ""), r.kind) for r in verify_skips(model)] == [
        ("layer1.0", "missing"),
        ("layer2.0", "missing"),
        ("layer3.0", "missing"),
    ]


class Floated(BasicBlock):
    def forward(self, x):
        return super().forward(x.float())


class OfPixels(nn.Module):
    def __init__(self, convert):
        super().__init__()
        self.convert, self.network = convert, nn.Sequential(nn.Conv2d(3, 4, 3), Floated(4, 4))

    def forward(self, x):
        return self.network(self.convert(x))


@pytest.mark.parametrize("convert", [lambda x: x.float() / 255, lambda x: x / 255, lambda x: x.to(torch.float32)])
def test_pixels_of_whole_numbers_and_conversions_in_forward(convert):
    pixels = torch.zeros(2, 3, 8, 8, dtype=torch.uint8)
    assert kinds(OfPixels(convert), pixels) == ["ok"]
    assert kinds(OfPixels(convert)) == ["ok"]
    assert kinds(ResNet(depth=8, width=4), pixels) == ["ok"] * 3


def test_a_given_input_that_does_not_fit_is_said_to_be_the_reason():
    with pytest.raises(ValueError, match=r"could not be run on x of shape \(2, 1, 8, 8\).*that the model takes"):
        verify_skips(ResNet(depth=8, width=4), torch.zeros(2, 1, 8, 8))
