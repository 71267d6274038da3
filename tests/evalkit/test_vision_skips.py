"""Every way to break a skip is found, in every kind of block, with every seed, and named in a network."""

from __future__ import annotations

import pytest
import torch
from skip_blocks import WithParts, c3, kinds, number
from torch import nn
from torch.nn import functional as F
from torchvision.models import resnet as tv
from torchvision.ops import SqueezeExcitation

from evalkit.vision import BasicBlock, Bottleneck, ResNet, SkipReport, verify_skips

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]

SEEDS = range(20)


# The ways to join branch and input: (kind, branch, input) -> output.


BROKEN = {
    "missing": ("missing", lambda out, x: F.relu(out)),
    "missing: only mentioned": ("missing", lambda out, x: F.relu(out + (x - x))),
    "no branch": ("no-branch", lambda out, x: F.relu(x)),
    "after the last ReLU": ("after-activation", lambda out, x: F.relu(out) + x),
    "after the last ReLU, and one more": ("after-activation", lambda out, x: F.relu(F.relu(out) + x)),
    "after GELU": ("after-activation", lambda out, x: F.gelu(out) + x),
    "detach": ("detached", lambda out, x: F.relu(out + x.detach())),
    "data": ("detached", lambda out, x: F.relu(out + x.data)),
    "numpy": ("detached", lambda out, x: F.relu(out + torch.from_numpy(x.detach().numpy()))),
    "detached branch": ("detached", lambda out, x: F.relu(out.detach() + x)),
    "detached block": ("detached", lambda out, x: F.relu(out + x).detach()),
    "concatenated": ("concatenated", lambda out, x: F.relu(torch.cat([out, x], 1))),
    "concatenated, input first": ("concatenated", lambda out, x: torch.cat([x, F.relu(out)], 1)),
    "pooled": ("broadcast", lambda out, x: F.relu(out + x.mean((2, 3), keepdim=True))),
    "max-pooled": ("broadcast", lambda out, x: F.relu(out + F.adaptive_max_pool2d(x, 1))),
    "one row": ("broadcast", lambda out, x: F.relu(out + x[:, :, :1])),
    "one channel": ("broadcast", lambda out, x: F.relu(out + x[:, 1:2])),
    "mean channel": ("broadcast", lambda out, x: F.relu(out + x.mean(1, keepdim=True))),
    "one image": ("broadcast", lambda out, x: F.relu(out + x[:1])),
    "mean image": ("broadcast", lambda out, x: F.relu(out + x.mean(0))),
    "tenth": ("scaled", lambda out, x: F.relu(out + 0.1 * x)),
    "half of both": ("scaled", lambda out, x: F.relu((out + x) / 2)),
    "tiny": ("scaled", lambda out, x: F.relu(out + 1e-6 * x)),
    "double": ("scaled", lambda out, x: F.relu(out + 2 * x)),
    "twice": ("scaled", lambda out, x: F.relu(out + x + x)),
    "subtracted": ("scaled", lambda out, x: F.relu(out - x)),
    "rectified": ("altered", lambda out, x: F.relu(out + F.relu(x))),
    "squashed": ("altered", lambda out, x: F.relu(out + torch.tanh(4 * x))),
    "flipped": ("altered", lambda out, x: F.relu(out + x.flip(3))),
    "transposed": ("altered", lambda out, x: F.relu(out + x.transpose(2, 3))),
    "half the channels": ("altered", lambda out, x: F.relu(out + F.pad(x[:, 2:], (0, 0, 0, 0, 2, 0)))),
    "own work": ("in-place", lambda out, x: F.relu(x.add_(out))),
    "spoilt at the end": ("in-place", lambda out, x: F.relu(out + x.mul_(0.5))),
}


def joined(kind, join, channels=4):
    """A block of this repository, of torchvision, or as a student may write it, that ends in `join`."""

    class Ours(BasicBlock):
        def forward(self, x):
            return join(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))), x)

    class OursDeep(Bottleneck):
        def forward(self, x):
            out = F.relu(self.bn1(self.conv1(x)))
            return join(self.bn3(self.conv3(F.relu(self.bn2(self.conv2(out))))), x)

    class Torchvisions(tv.BasicBlock):
        def forward(self, x):
            return join(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))), x)

    class Students(nn.Module):
        def __init__(self, norm):
            super().__init__()
            self.branch = nn.Sequential(c3(channels), norm, nn.ReLU(inplace=True), c3(channels))

        def forward(self, x):
            return join(self.branch(x), x)

    if kind == "ours":
        return Ours(channels, channels)
    if kind == "ours, deep":
        return OursDeep(4 * channels, channels)
    if kind == "torchvision's":
        return Torchvisions(channels, channels)
    return Students(nn.GroupNorm(2, channels) if kind == "a student's" else nn.Identity())


@pytest.mark.parametrize("fault", BROKEN)
def test_each_fault_is_found_with_every_seed(fault):
    kind, join = BROKEN[fault]
    for seed in SEEDS:
        torch.manual_seed(seed)
        assert kinds(joined("ours", join, channels=3 + seed % 4)) == [kind], seed


@pytest.mark.parametrize("block", ["ours, deep", "torchvision's", "a student's", "without normalisation"])
def test_each_fault_is_found_in_other_blocks(block):
    for seed, (fault, (kind, join)) in enumerate(BROKEN.items()):
        torch.manual_seed(seed)
        assert kinds(joined(block, join)) == [kind], fault


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_block_in_a_network_is_named_and_the_others_are_not(fault):
    kind, join = BROKEN[fault]
    torch.manual_seed(1)
    network = ResNet(depth=14, width=4, num_classes=3)
    network.layer2[1] = joined("ours", join, channels=8)
    if kind == "concatenated":  # the next layer gets twice the channels
        network.layer3[0] = BasicBlock(16, 16, stride=2)
    reports = verify_skips(network)
    assert [(report.name, report.kind) for report in reports if not report.ok] == [("layer2.1", kind)]
    assert len(reports) == 6


@pytest.mark.parametrize("fault", ["missing", "after the last ReLU", "detach", "pooled", "tenth", "own work"])
def test_a_broken_block_in_torchvisions_network_is_named(fault):
    kind, join = BROKEN[fault]
    network = tv.ResNet(tv.BasicBlock, [1, 2, 1, 1], num_classes=3)
    network.layer2[1] = joined("torchvision's", join, channels=128)
    reports = verify_skips(network)
    assert [(report.name, report.kind) for report in reports if not report.ok] == [("layer2.1", kind)]
    assert len(reports) == 5


SHAPED = {
    "scaled": ("scaled", lambda out, x, down: F.relu(out + 0.1 * down(x))),
    "detached before": ("detached", lambda out, x, down: F.relu(out + down(x.detach()))),
    "detached behind": ("detached", lambda out, x, down: F.relu(out + down(x).detach())),
    "after": ("after-activation", lambda out, x, down: F.relu(out) + down(x)),
    "broadcast": ("broadcast", lambda out, x, down: F.relu(out + down(x).mean((2, 3), keepdim=True))),
    "concatenated": ("concatenated", lambda out, x, down: F.relu(torch.cat([out, down(x)], 1))),
    "missing": ("missing", lambda out, x, down: F.relu(out)),
    "no branch": ("no-branch", lambda out, x, down: F.relu(down(x))),
    "fine": ("ok", lambda out, x, down: F.relu(out + down(x))),
}


@pytest.mark.parametrize("shortcut", ["A", "B"])
@pytest.mark.parametrize("fault", SHAPED)
def test_faults_are_found_where_the_shape_changes(fault, shortcut):
    kind, join = SHAPED[fault]

    class Block(BasicBlock):
        def forward(self, x):
            return join(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))), x, self.downsample)

    for seed in range(5):
        torch.manual_seed(seed)
        assert kinds(Block(3 + seed, 8 + seed, stride=2, shortcut=shortcut)) == [kind]


def normalised_then_overwritten(block, x):
    x = block.norm(x)
    out = block.relu(x)  # in place: what is added below is no longer x
    return F.relu(block.branch(out) + x)


MORE_BROKEN = {
    "a learnable scale at 0": (
        "scaled",
        WithParts(lambda b, x: F.relu(b.branch(x) + b.scale * x), scale=number(0.0)),
    ),
    "a learnable scale near 0": (
        "scaled",
        WithParts(lambda b, x: F.relu(b.branch(x) + b.scale * x), scale=number(1e-3)),
    ),
    "a gate that is nearly shut": (
        "scaled",
        WithParts(lambda b, x: b.branch(x) + torch.sigmoid(b.gate) * x, gate=number(-6.0)),
    ),
    "an activation in place on the input": (
        "in-place",
        WithParts(lambda b, x: b.branch(b.relu(x)) + x, relu=nn.ReLU(inplace=True)),
    ),
    "an activation in place on what is added": (
        "altered",
        WithParts(normalised_then_overwritten, norm=nn.BatchNorm2d(4), relu=nn.ReLU(inplace=True)),
    ),
    "the branch sees no gradient": ("detached", WithParts(lambda b, x: F.relu(b.branch(x.detach()) + x))),
    "the first layer gets no gradient": (
        "detached",
        WithParts(lambda b, x: F.relu(b.two(F.relu(b.one(x)).detach()) + x)),
    ),
    "concatenated and mixed": (
        "concatenated",
        WithParts(lambda b, x: b.mix(torch.cat([b.branch(x), x], 1)), mix=nn.Conv2d(8, 4, 1)),
    ),
    "concatenated the other way and mixed": (
        "concatenated",
        WithParts(lambda b, x: b.mix(torch.cat([x, b.branch(x)], 1)), mix=nn.Conv2d(8, 4, 1)),
    ),
    "one channel over all": (
        "broadcast",
        nn.Sequential(WithParts(lambda b, x: F.relu(b.wide(b.branch(x)) + x), 1, wide=nn.Conv2d(1, 4, 1))),
    ),
    "half a gate and no skip": (
        "missing",
        WithParts(lambda b, x: b.gate(b.branch(x)), 8, gate=SqueezeExcitation(8, 2)),
    ),
}


@pytest.mark.parametrize("fault", MORE_BROKEN)
def test_faults_that_need_parts_of_their_own(fault):
    kind, block = MORE_BROKEN[fault]
    assert kinds(block) == [kind]


def test_plain_networks_are_not():
    reports = verify_skips(ResNet(depth=14, width=4, skip=False))
    assert [(report.name, report.kind) for report in reports] == [
        (f"layer{stage}.{block}", "missing") for stage in (1, 2, 3) for block in (0, 1)
    ]


def test_a_network_without_any_block_is_missing_its_skips():
    assert kinds(nn.Sequential(nn.Flatten(), nn.Linear(12, 5), nn.ReLU(), nn.Linear(5, 2))) == ["missing"]


def test_what_a_report_says():
    (report,) = verify_skips(BasicBlock(4, 4, skip=False))
    assert isinstance(report, SkipReport)
    assert (report.name, report.ok) == ("BasicBlock", False)
    assert str(report) == f"BasicBlock: missing. {report.sentence}"
    for kind, join in BROKEN.values():
        (report,) = verify_skips(joined("ours", join))
        assert report.kind == kind
        assert report.sentence.endswith(".")
        assert len(report.sentence) > 60
    (report,) = verify_skips(joined("ours", BROKEN["tenth"][1]))
    assert "multiplied by 0.1," in report.sentence
    (report,) = verify_skips(joined("ours", BROKEN["pooled"][1]))
    assert "all rows and all columns" in report.sentence
