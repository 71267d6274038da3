"""The batch normalisation of the networks against torch's, in the layout for which it takes a short cut."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from evalkit.vision._batch_norm import BatchNorm2d

CHANNELS_LAST = torch.channels_last


def images(channels, dtype=torch.float32, mean=5.0, shape=(32, 64, 64)):
    n, height, width = shape
    generator = torch.Generator().manual_seed(channels)
    # Every channel has a mean and a spread of its own.
    spread = torch.linspace(0.5, 3, channels)[:, None, None]
    x = torch.randn(n, channels, height, width, generator=generator) * spread + mean * spread
    return x.to(dtype).contiguous(memory_format=CHANNELS_LAST)


def trained(layer_of, x, dtype, **settings):
    """Return all that a training step gives: outputs, gradients, and running statistics."""
    torch.manual_seed(0)
    layer = layer_of(x.shape[1], **settings)
    nn.init.normal_(layer.weight)
    nn.init.normal_(layer.bias)
    layer.to(dtype if dtype == torch.float64 else torch.float32)
    x = x.detach().to(dtype).requires_grad_()
    y = layer(x)
    slopes = torch.randn(x.shape, generator=torch.Generator().manual_seed(1)).to(x.dtype)
    # A gradient that grows with x: the shares of mean and variance are then not small.
    y.backward((slopes + 0.1 * x.detach()).contiguous(memory_format=CHANNELS_LAST))
    return layer, {
        "y": y.detach(), "x": x.grad, "weight": layer.weight.grad, "bias": layer.bias.grad,
        "mean": layer.running_mean, "variance": layer.running_var, "batches": layer.num_batches_tracked,
    }  # fmt: skip


def error(found, exact):
    exact = exact.double()
    return ((found.double() - exact).norm() / exact.norm()).item()


def takes_the_short_cut(layer, x):
    y = copy.deepcopy(layer)(x.detach().requires_grad_())
    return type(y.grad_fn).__name__ == "_NormaliseBackward"


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("channels", "mean"), [(1, 5.0), (2, 5.0), (3, 5.0), (5, 0.0), (8, 5.0), (8, 300.0), (12, 5.0), (15, 5.0)]
)
def test_it_is_as_exact_as_torchs(channels, mean, dtype):
    x = images(channels, dtype, mean)
    layer, found = trained(BatchNorm2d, x, dtype)
    _, torchs = trained(nn.BatchNorm2d, x, dtype)
    _, exact = trained(nn.BatchNorm2d, x, torch.float64)
    assert takes_the_short_cut(layer, x)
    rounding = torch.finfo(dtype).eps
    for name, value in exact.items():
        limit = 2 * error(torchs[name], value) + (rounding if name in "xy" else 2e-6)
        assert error(found[name], value) <= limit, name
        assert found[name].dtype == torchs[name].dtype
        assert found[name].stride() == torchs[name].stride() or channels == 1


def test_the_momentum_of_the_running_statistics_counts():
    x = images(4)
    for momentum in (0.0, 0.3, 1.0):
        _, found = trained(BatchNorm2d, x, torch.float32, momentum=momentum)
        _, exact = trained(nn.BatchNorm2d, x, torch.float64, momentum=momentum)
        for name in ("mean", "variance"):
            assert torch.allclose(found[name].double(), exact[name], rtol=1e-5)


def test_channels_that_do_not_vary_are_zero_and_not_nan():
    x = torch.full((32, 8, 64, 64), 7.0).contiguous(memory_format=CHANNELS_LAST)
    layer = BatchNorm2d(8)
    assert takes_the_short_cut(layer, x)
    x.requires_grad_()
    y = layer(x)
    y.sum().backward()
    assert y.abs().max() == 0
    assert x.grad.isfinite().all()


def test_a_relu_may_work_in_place():
    x = images(8).requires_grad_()
    layer = BatchNorm2d(8)
    F.relu(layer(x), inplace=True).square().sum().backward()
    in_place = x.grad.clone()
    x.grad = None
    F.relu(layer(x)).square().sum().backward()
    assert torch.equal(x.grad, in_place)


@pytest.mark.parametrize(
    "change",
    [
        lambda layer, x: (layer.eval(), x),
        lambda layer, x: (layer, x.contiguous()),
        lambda layer, x: (layer, x[:1]),
        lambda layer, x: (layer.double(), x.double()),
        lambda layer, x: (BatchNorm2d(8, affine=False), x),
        lambda layer, x: (BatchNorm2d(8, track_running_stats=False), x),
        lambda layer, x: (BatchNorm2d(8, momentum=None), x),
        lambda layer, x: (BatchNorm2d(16), torch.cat([x, x], dim=1)),
        lambda layer, x: (layer, images(8, shape=(35, 63, 61))),
    ],
    ids=["evaluation", "contiguous", "few", "float64", "plain", "untracked", "average", "many channels", "odd size"],
)
def test_everything_else_is_torchs(change):
    layer, x = change(BatchNorm2d(8), images(8))
    assert not takes_the_short_cut(layer, x)
    torchs = nn.BatchNorm2d(layer.num_features, momentum=layer.momentum, affine=layer.affine,
                            track_running_stats=layer.track_running_stats).to(x.dtype)  # fmt: skip
    torchs.train(layer.training)
    ours = copy.deepcopy(layer)
    ours.load_state_dict(torchs.state_dict())
    assert torch.equal(ours(x), torchs(x))
    for name, value in torchs.state_dict().items():
        assert torch.equal(ours.state_dict()[name], value)


def test_wrong_shapes_are_refused_as_torch_refuses_them():
    with pytest.raises(ValueError, match="4D"):
        BatchNorm2d(8)(torch.randn(8, 8))
    with pytest.raises(RuntimeError, match="8"):
        BatchNorm2d(8)(images(4))


def test_a_second_derivative_is_refused_and_not_wrong():
    x = images(8).requires_grad_()
    (gradient,) = torch.autograd.grad(BatchNorm2d(8)(x).square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()
