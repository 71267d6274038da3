"""No working skip is called broken, and the model comes back untouched."""

from __future__ import annotations

import random
from functools import partial

import numpy as np
import pytest
import torch
import torchvision
from skip_blocks import WithParts, c3, kinds, number
from torch import nn
from torch.nn import functional as F
from torchvision.models import resnet as tv
from torchvision.ops import FrozenBatchNorm2d, SqueezeExcitation, StochasticDepth

from evalkit.vision import BasicBlock, ResNet, verify_skips

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]


class Preactivated(nn.Module):
    """He et al., "Identity Mappings in Deep Residual Networks": the shortcut of a new shape comes after the ReLU."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(in_channels), nn.BatchNorm2d(out_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.relu = nn.ReLU(inplace=True)
        self.project = nn.Conv2d(in_channels, out_channels, 1, stride) if in_channels != out_channels else None

    def forward(self, x):
        out = self.relu(self.norm1(x))
        around = x if self.project is None else self.project(out)
        return self.conv2(self.relu(self.norm2(self.conv1(out)))) + around


class Around(nn.Module):
    """f(x) + x for any f."""

    def __init__(self, *branch, after=None):
        super().__init__()
        self.branch = nn.Sequential(*branch) if len(branch) > 1 else branch[0]
        self.after = after or nn.Identity()

    def forward(self, x):
        return self.after(self.branch(x) + x)


class Weights(nn.Module):
    """A convolution without a module."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, 4, 3, 3) / 6)

    def forward(self, x):
        return F.relu(F.conv2d(x, self.weight, padding=1) + x)


weight_norm = torch.nn.utils.parametrizations.weight_norm

WORKING = {
    "pre-activation": Preactivated(4, 4),
    "pre-activation, new shape": Preactivated(4, 8, 2),
    "average pooling on the shortcut": WithParts(
        lambda b, x: F.relu(b.pool(b.branch(x)) + b.down(x)),
        pool=nn.AvgPool2d(2),
        down=nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)),
    ),
    "branch scaled": WithParts(lambda b, x: F.relu(0.1 * b.branch(x) + x)),
    "branch subtracted": WithParts(lambda b, x: x - b.branch(x)),
    "branch off at the start": WithParts(lambda b, x: b.scale * b.branch(x) + x, scale=number(0.0)),
    "layer scale": WithParts(
        lambda b, x: b.scale * b.branch(x) + x, scale=nn.Parameter(torch.full((1, 4, 1, 1), 1e-6))
    ),
    "squeeze and excitation": WithParts(lambda b, x: F.relu(b.gate(b.branch(x)) + x), 8, gate=SqueezeExcitation(8, 2)),
    "a layer in front": WithParts(
        lambda b, x: (lambda h: F.relu(b.branch(h) + h))(F.relu(b.first(x))), first=nn.Conv2d(3, 4, 1)
    ),
    "dropout": Around(c3(), nn.ReLU(), nn.Dropout(0.5), c3(), StochasticDepth(0.5, "row"), after=nn.ReLU()),
    "one layer": Around(c3(), after=nn.ReLU()),
    "one channel": Around(c3(1), nn.ReLU(), c3(1), after=nn.ReLU()),
    "group norm": Around(c3(), nn.GroupNorm(2, 4), nn.ReLU(), c3(), nn.GroupNorm(2, 4), after=nn.ReLU()),
    "norm after the sum": Around(c3(), nn.ReLU(), c3(), after=nn.Sequential(nn.BatchNorm2d(4), nn.ReLU())),
    "weight norm": Around(weight_norm(c3()), nn.ReLU(), weight_norm(c3()), after=nn.ReLU()),
    "one dimension": Around(nn.Conv1d(4, 4, 3, padding=1), nn.ReLU(), nn.Conv1d(4, 4, 3, padding=1), after=nn.ReLU()),
    "perceptron": Around(nn.LayerNorm(6), nn.Linear(6, 24), nn.GELU(), nn.Linear(24, 6)),
    "perceptron, norm last": Around(nn.Linear(6, 24), nn.GELU(), nn.Linear(24, 6), after=nn.LayerNorm(6)),
    "transformer": nn.TransformerEncoderLayer(8, 2, 16, batch_first=True),
    "transformer, norm first": nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True),
    **{
        type(activation).__name__: Around(c3(), activation, c3(), after=activation)
        for activation in (nn.GELU(), nn.SiLU(), nn.ReLU6(), nn.LeakyReLU(0.1), nn.ELU(), nn.PReLU(), nn.Hardswish())
    },
}


@pytest.mark.parametrize("name", WORKING)
def test_a_working_block_is_called_ok(name):
    assert kinds(WORKING[name]) == ["ok"]


def test_a_block_without_layer_modules_is_judged_on_a_given_input():
    assert kinds(Weights(), torch.zeros(2, 4, 8, 8)) == ["ok"]
    with pytest.raises(ValueError, match="no layer from which"):
        verify_skips(Weights())


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shortcut", ["A", "B"])
def test_our_networks_are_ok(shortcut, training):
    for seed, channels in enumerate([1, 3]):
        torch.manual_seed(seed)
        model = ResNet(depth=20, width=4, in_channels=channels, shortcut=shortcut).train(training)
        assert kinds(model) == ["ok"] * 9


NARROW = {
    "resnet18": (tv.BasicBlock, [2, 2, 2, 2], {}),
    "resnet50": (tv.Bottleneck, [3, 4, 6, 3], {"width_per_group": 4}),
    "resnext50": (tv.Bottleneck, [3, 4, 6, 3], {"groups": 4, "width_per_group": 2}),
    "zero-initialised": (tv.Bottleneck, [1, 1, 1, 1], {"zero_init_residual": True, "width_per_group": 4}),
    "frozen": (tv.Bottleneck, [1, 1, 1, 1], {"norm_layer": FrozenBatchNorm2d, "width_per_group": 4}),
    "group norm": (tv.BasicBlock, [1, 1, 1, 1], {"norm_layer": partial(nn.GroupNorm, 4)}),
}


@pytest.mark.parametrize("name", NARROW)
def test_torchvisions_networks_are_ok_in_evaluation_mode(name):
    block, counts, settings = NARROW[name]
    assert kinds(tv.ResNet(block, counts, **settings).eval()) == ["ok"] * sum(counts)


@pytest.mark.parametrize(("name", "blocks"), [("resnet18", 8), ("resnet50", 16), ("resnext50_32x4d", 16)])
def test_torchvisions_networks_are_ok_in_training_mode(name, blocks):
    assert kinds(torchvision.models.get_model(name, weights=None)) == ["ok"] * blocks


class Noisy(BasicBlock):
    """Draws from every global generator, and keeps an activation, in its forward pass."""

    def forward(self, x):
        random.random(), np.random.rand()  # noqa: NPY002
        self.kept = super().forward(x) + 0 * torch.rand(1, dtype=x.dtype)
        return self.kept


@pytest.mark.parametrize("training", [True, False])
def test_the_model_and_its_surroundings_are_left_as_they_were(training):
    model = nn.Sequential(ResNet(depth=8, width=4), nn.Unflatten(1, (10, 1, 1)), Noisy(10, 10)).train(training)
    model[0].layer1.eval()
    model[0].conv1.weight.requires_grad_(False)
    calls = []
    model[2].register_forward_hook(lambda *args: calls.append(open))
    model(torch.randn(2, 3, 8, 8)).sum().backward()
    calls.clear()
    kept = model[2].kept
    before = {name: value.clone() for name, value in model.state_dict().items()}
    gradients = [None if p.grad is None else p.grad.clone() for p in model.parameters()]
    wanted = [p.requires_grad for p in model.parameters()]
    modes = [module.training for module in model.modules()]
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
    with torch.no_grad():
        reports = verify_skips(model)
    assert [report.kind for report in reports] == ["ok"] * 4
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    after = [p.grad for p in model.parameters()]
    assert all((a is None and g is None) or torch.equal(a, g) for a, g in zip(after, gradients, strict=True))
    assert [p.requires_grad for p in model.parameters()] == wanted
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(torch.get_rng_state(), states[0])
    assert random.getstate() == states[1]
    assert np.array_equal(np.random.get_state()[1], states[2])  # noqa: NPY002
    assert model[2].kept is kept
    assert not calls
    assert len(model[2]._forward_hooks) == 1
    assert kinds(model) == kinds(model)


@pytest.mark.parametrize("change", [lambda m: m.half(), lambda m: m.to(memory_format=torch.channels_last)])
def test_other_precisions_and_layouts(change):
    assert kinds(change(ResNet(depth=8, width=4))) == ["ok"] * 3


def test_a_wrapper_and_its_branch_are_one_block():
    class Branch(WithParts):
        pass

    def branch():
        return Branch(lambda b, x: b.branch(x))

    class Forgotten(Around):
        def forward(self, x):
            return self.after(self.branch(x))

    assert [(r.name, r.kind) for r in verify_skips(nn.Sequential(Around(branch()), Forgotten(branch())))] == [
        ("0", "ok"),
        ("1", "missing"),
    ]


def test_stems_and_heads_are_not_expected_to_have_skips():
    class Stem(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.ReLU(), nn.Conv2d(4, 4, 3, 2))

        def forward(self, x):
            return self.layers(x)

    class Head(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden, self.out = nn.Linear(4, 8), nn.Linear(8, 3)

        def forward(self, x):
            return self.out(F.relu(self.hidden(x.mean((2, 3)))))

    reports = verify_skips(nn.Sequential(Stem(), BasicBlock(4, 4), Head()))
    assert [(report.name, report.kind) for report in reports] == [("1", "ok")]


def test_inputs_that_cannot_be_used():
    with pytest.raises(ValueError, match="N of at least 2"):
        verify_skips(BasicBlock(4, 4), torch.zeros(1, 4, 8, 8))
    with pytest.raises(ValueError, match="pass one as x"):
        verify_skips(nn.Sequential(nn.Conv2d(3, 4, 1), nn.Flatten(), nn.Linear(7, 2)))
