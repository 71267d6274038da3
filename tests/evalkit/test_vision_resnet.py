"""The networks against the paper's table, against torchvision, and with and without skips."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
import torch
import torchvision
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torchvision.models import resnet as tv

from evalkit.vision import BasicBlock, Bottleneck, ResNet, backbone, parameter_count
from evalkit.vision.resnet import PadShortcut

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]

# He et al. 2015, table 6, in millions.
PAPER = {20: "0.27", 32: "0.46", 44: "0.66", 56: "0.85", 110: "1.7"}


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.mark.parametrize("depth", PAPER)
def test_parameter_counts_are_the_papers(depth):
    millions = parameter_count(ResNet(depth=depth, width=16)) / 1e6
    decimals = len(PAPER[depth].split(".")[1])
    assert f"{millions:.{decimals}f}" == PAPER[depth]


@pytest.mark.parametrize("depth", [8, 20, 56])
def test_the_depth_counts_the_layers_with_weights(depth):
    model = ResNet(depth=depth, width=2)
    layers = [part for part in model.modules() if isinstance(part, (torch.nn.Conv2d, torch.nn.Linear))]
    assert len(layers) == depth


def test_shortcut_a_has_no_parameters_and_b_has_two_projections():
    with_b, with_a = (parameter_count(ResNet(depth=20, width=16, shortcut=kind)) for kind in "BA")
    # Two 1×1 convolutions and the scale and shift of two normalisations.
    assert with_b - with_a == 16 * 32 + 2 * 32 + 32 * 64 + 2 * 64


@pytest.mark.parametrize(("given", "named"), [(18, "14 and 20"), (50, None), (3, "8"), (57, "56 and 62"), (2, "8")])
def test_other_depths_are_refused_and_the_nearest_are_named(given, named):
    if named is None:
        assert ResNet(depth=given, width=1).fc.out_features == 10
        return
    with pytest.raises(ValueError, match=rf"6n \+ 2 .* nearest to {given} (is|are) {named}\.$"):
        ResNet(depth=given)


@pytest.mark.parametrize("size", [(8, 8), (7, 9), (32, 32), (5, 5)])
@pytest.mark.parametrize("shortcut", ["A", "B"])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_image_goes_in(size, shortcut, channels):
    model = ResNet(depth=8, width=4, num_classes=7, in_channels=channels, shortcut=shortcut)
    logits = model(torch.randn(2, channels, *size))
    assert logits.shape == (2, 7)
    logits.sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_the_stages_have_the_papers_shapes():
    shapes = []
    model = ResNet(depth=8, width=16)
    for stage in (model.layer1, model.layer2, model.layer3):
        stage.register_forward_hook(lambda module, args, out: shapes.append(tuple(out.shape[1:])))
    model(torch.randn(1, 3, 32, 32))
    assert shapes == [(16, 32, 32), (32, 16, 16), (64, 8, 8)]


@pytest.mark.parametrize("depth", [8, 20])
def test_plain_is_the_same_network_without_additions(depth):
    torch.manual_seed(3)
    skip = ResNet(depth=depth, width=4, skip=True)
    torch.manual_seed(3)
    plain = ResNet(depth=depth, width=4, skip=False)
    assert list(skip.state_dict()) == list(plain.state_dict())
    assert all(torch.equal(value, plain.state_dict()[name]) for name, value in skip.state_dict().items())
    x = torch.randn(2, 4, 8, 8)
    with_skip, without = skip.layer1[0].eval(), plain.layer1[0].eval()
    branch = without.bn2(without.conv2(F.relu(without.bn1(without.conv1(x)))))
    assert torch.equal(without(x), F.relu(branch))
    assert torch.equal(with_skip(x), F.relu(branch + x))


def test_the_weights_are_those_of_he():
    torch.manual_seed(0)
    weight = BasicBlock(64, 64).conv1.weight
    assert weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.02)
    assert abs(weight.mean().item()) < 0.001


def test_shortcut_a_subsamples_and_pads():
    x = torch.arange(16.0).view(1, 1, 4, 4)
    out = PadShortcut(extra=2, stride=2)(x)
    assert out[0, 0].tolist() == [[0, 2], [8, 10]]
    assert out.shape == (1, 3, 2, 2)
    assert not out[0, 1:].any()


def test_shortcuts_that_cannot_be():
    with pytest.raises(ValueError, match="8 → 4"):
        BasicBlock(8, 4)
    with pytest.raises(ValueError, match=r"'A' .* or 'B'"):
        BasicBlock(4, 4, shortcut="C")
    assert BasicBlock(8, 4, shortcut="B")(torch.randn(1, 8, 4, 4)).shape == (1, 4, 4, 4)


def torchvisions(block, in_channels, channels, stride):
    down = None
    if stride > 1 or in_channels != channels * block.expansion:
        down = torch.nn.Sequential(
            tv.conv1x1(in_channels, channels * block.expansion, stride),
            torch.nn.BatchNorm2d(channels * block.expansion),
        )
    return block(in_channels, channels, stride, down)


def scrambled(module):
    """Give normalisations something to do."""
    for name, value in module.state_dict().items():
        if value.is_floating_point() and value.dim() == 1:
            value.copy_(torch.rand_like(value) + (0.5 if "var" in name or "weight" in name else -0.5))
    return module


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("in_channels", "stride"), [(8, 1), (8, 2), (4, 1)])
@pytest.mark.parametrize(("ours", "theirs"), [(BasicBlock, tv.BasicBlock), (Bottleneck, tv.Bottleneck)])
def test_blocks_agree_with_torchvision_given_its_weights(ours, theirs, in_channels, stride, training):
    torch.manual_seed(in_channels + stride)
    reference = scrambled(torchvisions(theirs, in_channels, 8, stride)).train(training)
    block = ours(in_channels, 8, stride, shortcut="B")
    block.load_state_dict(reference.state_dict())  # strict: the names are the same
    block.train(training)
    x, same = (torch.randn(3, in_channels, 7, 7).requires_grad_() for _ in range(2))
    same.data.copy_(x.data)
    out, expected = block(x), reference(same)
    torch.testing.assert_close(out, expected)
    (out**2).sum().backward()
    (expected**2).sum().backward()
    torch.testing.assert_close(x.grad, same.grad)
    for name, parameter in block.named_parameters():
        torch.testing.assert_close(parameter.grad, dict(reference.named_parameters())[name].grad)
    for name, value in block.state_dict().items():
        torch.testing.assert_close(value, reference.state_dict()[name])


@pytest.mark.parametrize(("name", "kind"), [("resnet18", BasicBlock), ("resnet50", Bottleneck)])
def test_every_block_of_torchvisions_networks_agrees(name, kind):
    torch.manual_seed(0)
    model = torchvision.models.get_model(name, weights=None).eval()
    x = F.relu(torch.randn(1, 64, 16, 16))
    with torch.no_grad():
        for stage in (model.layer1, model.layer2, model.layer3, model.layer4):
            for reference in stage:
                channels = reference.conv2.out_channels
                stride = max(reference.conv1.stride[0], reference.conv2.stride[0])
                block = kind(x.shape[1], channels, stride, shortcut="B").eval()
                block.load_state_dict(reference.state_dict())
                expected = reference(x)
                torch.testing.assert_close(block(x), expected)
                x = expected / expected.std()


@pytest.mark.parametrize("name", ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"])
def test_backbones_are_torchvisions_with_a_new_head(name, no_network):
    model = backbone(name, num_classes=2).eval()
    assert isinstance(model, tv.ResNet)
    with torch.no_grad():
        assert model(torch.randn(1, 3, 64, 64)).shape == (1, 2)
    assert parameter_count(model.fc) == 2 * model.fc.in_features + 2


def test_backbones_take_weights_from_a_file_or_a_dict(tmp_path, no_network):
    torch.manual_seed(0)
    state = torchvision.models.resnet18(weights=None, num_classes=1000).state_dict()
    path = tmp_path / "weights.pt"
    torch.save(state, path)
    for weights in (state, path, str(path)):
        model = backbone("resnet18", 5, weights=weights)
        assert model.fc.out_features == 5
        assert torch.equal(model.layer4[1].conv2.weight, state["layer4.1.conv2.weight"])
    same_head = backbone("resnet18", 1000, weights=state)
    assert torch.equal(same_head.fc.weight, state["fc.weight"])
    assert state["fc.weight"].shape == (1000, 512)


def test_backbones_refuse_what_does_not_fit(tmp_path, no_network):
    with pytest.raises(ValueError, match="resnet18, resnet34"):
        backbone("resnet19", 2)
    with pytest.raises(FileNotFoundError, match="no file IMAGENET1K_V2"):
        backbone("resnet50", 2, weights="IMAGENET1K_V2")
    with pytest.raises(ValueError, match=r"do not fit resnet18: conv1\.weight is missing, and 1\d\d more"):
        backbone("resnet18", 2, weights={"fc.weight": torch.zeros(2, 512)})
    state = backbone("resnet18", 2).state_dict()
    with pytest.raises(ValueError, match=r": conv1\.weight has shape \(1,\) instead of \(64, 3, 7, 7\)\.$"):
        backbone("resnet18", 2, weights={**state, "conv1.weight": torch.zeros(1)})
    with pytest.raises(ValueError, match=r": module\.x is unknown\.$"):
        backbone("resnet18", 2, weights={**state, "module.x": torch.zeros(1)})


def test_shared_tensors_count_once():
    layer = torch.nn.Linear(3, 3)
    assert parameter_count(torch.nn.Sequential(layer, layer)) == 12


def test_the_package_loads_torch_only_when_a_name_is_used():
    script = (
        "import sys, evalkit.vision as vision; assert 'torch' not in sys.modules; assert 'ResNet' in dir(vision);"
        "vision.ResNet; assert 'torch' in sys.modules; assert 'torchvision' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_every_public_name_is_there():
    import evalkit.vision

    for name in evalkit.vision.__all__:
        assert getattr(evalkit.vision, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = evalkit.vision.nothing


class OtherLayouts(TorchDispatchMode):
    """Notes every operation that gets both a tensor with channels last and one without: those are slow."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        images = [value for value in args if isinstance(value, torch.Tensor) and value.ndim == 4 and value.numel() > 1]
        layouts = {image.is_contiguous(memory_format=torch.channels_last) for image in images}
        if len(layouts) > 1:
            self.seen.append(str(function))
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("shortcut", ["A", "B"])
def test_channels_stay_last_on_the_way_back(shortcut):
    model = ResNet(depth=14, width=8, shortcut=shortcut).to(memory_format=torch.channels_last)
    x = torch.randn(2, 3, 16, 16).contiguous(memory_format=torch.channels_last)
    with OtherLayouts() as layouts:
        model(x).sum().backward()
    assert layouts.seen == []
    with OtherLayouts() as layouts:  # it would notice
        (x[:, :, ::2, ::2] * 2).contiguous() + x[:, :, ::2, ::2].contiguous(memory_format=torch.channels_last)
    assert layouts.seen == ["aten.add.Tensor"]
