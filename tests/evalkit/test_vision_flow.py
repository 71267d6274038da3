"""Gradients layer by layer: equal to those of backward, in forward order, and without a trace in the model."""

from __future__ import annotations

import json
import math

import pytest
import torch
from torch import nn

from evalkit.plots import alt_text, plot_gradient_flow
from evalkit.vision import GradientFlow, ResNet, gradient_flow

pytestmark = pytest.mark.usefixtures("one_thread")


def batch(n=16, channels=1, classes=10, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, channels, 8, 8, generator=generator)
    return x, torch.randint(0, classes, (n,), generator=generator)


@pytest.mark.parametrize("shortcut", ["A", "B"])
def test_the_norms_are_those_of_backward(shortcut):
    torch.manual_seed(0)
    model = ResNet(depth=14, width=4, in_channels=1, shortcut=shortcut)
    x, y = batch()
    flow = gradient_flow(model, (x, y))
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    parts = dict(model.named_modules())
    for name, norm in zip(flow.names, flow.norms, strict=True):
        gradients = [parameter.grad.flatten() for parameter in parts[name].parameters(recurse=False)]
        assert norm == pytest.approx(torch.cat(gradients).norm().item(), rel=1e-4)
    assert flow.loss == pytest.approx(loss.item())
    assert len(flow.names) == (14 if shortcut == "A" else 16)


def test_the_order_is_that_of_the_forward_pass():
    class Backwards(nn.Module):
        def __init__(self):
            super().__init__()
            self.last, self.unused, self.first = nn.Linear(5, 10), nn.Linear(2, 2), nn.Linear(64, 5)

        def forward(self, x):
            return self.last(self.first(x.flatten(1)))

    assert gradient_flow(Backwards(), batch()).names == ("first", "last")


def test_a_layer_that_is_run_twice_has_one_place():
    shared = nn.Linear(64, 64)
    model = nn.Sequential(nn.Flatten(), shared, nn.ReLU(), shared, nn.Linear(64, 10))
    assert gradient_flow(model, batch()).names == ("1", "4")


def test_a_layer_that_no_gradient_reaches_has_zero():
    class Cut(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Linear(64, 64), nn.Linear(64, 10)

        def forward(self, x):
            return self.two(self.one(x.flatten(1)).detach())

    flow = gradient_flow(Cut(), batch())
    assert flow.names == ("one", "two")
    assert flow.norms[0] == 0.0
    assert flow.norms[1] > 0
    assert flow.ratio == 0.0
    assert "No gradient reaches 1 of them." in alt_text(flow.plot())


def test_frozen_layers_are_left_out():
    model = ResNet(depth=8, width=4, in_channels=1)
    model.conv1.requires_grad_(False)
    names = gradient_flow(model, batch()).names
    assert "conv1" not in names
    assert len(names) == 7


@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_left_as_it_was(training):
    model = nn.Sequential(ResNet(depth=8, width=4, in_channels=1), nn.Dropout(0.5)).train(training)
    model[0].bn1.eval()
    x, y = batch()
    model(x).sum().backward()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    gradients = [parameter.grad.clone() for parameter in model.parameters()]
    modes = [module.training for module in model.modules()]
    state = torch.get_rng_state()
    with torch.no_grad():
        gradient_flow(model, (x, y))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(torch.equal(p.grad, g) for p, g in zip(model.parameters(), gradients, strict=True))
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(module._forward_pre_hooks for module in model.modules())


def test_the_model_is_left_as_it_was_after_an_error():
    model = ResNet(depth=8, width=4, in_channels=1).eval()
    x, y = batch()
    with pytest.raises(ValueError, match="single number"):
        gradient_flow(model, (x, y), loss=nn.CrossEntropyLoss(reduction="none"))
    assert not model.training
    assert model.bn1.num_batches_tracked == 0
    with pytest.raises(ValueError, match="No layer"):
        gradient_flow(nn.Flatten(), (x, y), loss=lambda output, target: output.sum())


def test_another_loss():
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 1))
    x, _ = batch()
    y = torch.ones(16, 1)
    flow = gradient_flow(model, (x, y), loss=nn.functional.mse_loss)
    residual = (model(x) - y).detach()
    expected = torch.cat([2 / 16 * residual.T @ x.flatten(1), 2 / 16 * residual.sum(0, keepdim=True)], 1).norm()
    assert flow.norms == pytest.approx((expected.item(),), rel=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_gradients_vanish_without_skips_and_normalisation_and_survive_with_skips(seed):
    torch.manual_seed(seed)

    class Stack(nn.Module):
        def __init__(self, skip):
            super().__init__()
            self.skip = skip
            self.layers = nn.ModuleList(nn.Linear(64, 64) for _ in range(20))
            self.out = nn.Linear(64, 10)

        def forward(self, x):
            x = x.flatten(1)
            for layer in self.layers:
                x = torch.tanh(layer(x)) + (x if self.skip else 0)
            return self.out(x)

    plain, skip = Stack(False), Stack(True)
    skip.load_state_dict(plain.state_dict())
    assert gradient_flow(plain, batch()).ratio < 1e-3
    assert gradient_flow(skip, batch()).ratio > 0.1


def test_round_trip_and_ratio():
    flow = GradientFlow(("a", "b"), (1.0, 0.0), 2.0)
    assert math.isnan(flow.ratio)
    assert json.loads(json.dumps(flow.to_dict()))["names"] == ["a", "b"]


def test_the_figure_says_what_it_shows():
    skip, plain = GradientFlow(("a", "b"), (0.4, 0.8), 2.3), GradientFlow(("a", "b"), (1e-6, 0.9), 2.3)
    fig = plot_gradient_flow({"with skips": skip, "plain": plain}, title="Depth 56")
    (ax,) = fig.axes
    assert ax.get_yscale() == "log"
    assert (ax.get_xlabel(), ax.get_title()) == ("Layer, in forward order", "Depth 56")
    assert ax.get_ylabel() == "Length of the gradient"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["with skips", "plain"]
    first, second = ax.get_lines()
    assert first.get_ydata().tolist() == [0.4, 0.8]
    assert first.get_linestyle() != second.get_linestyle()
    assert first.get_marker() != second.get_marker()
    words = alt_text(fig)
    assert words.startswith("Depth 56, on a logarithmic axis. With skips: 2 layers, from 0.4 in the first to 0.8")
    assert "Plain: 2 layers, from 1e-06" in words
    assert skip.plot().axes[0].get_legend() is None


def test_a_figure_of_nothing_but_zeros_can_be_drawn():
    fig = plot_gradient_flow({"dead": [0.0, 0.0]})
    fig.canvas.draw()
    assert "No gradient reaches 2 of them." in alt_text(fig)


@pytest.mark.parametrize(
    ("flows", "message"),
    [({}, "at least one"), ({"a": []}, r"flows\['a'\]"), ({"a": [-1.0]}, "negative"), ({"a": [math.nan]}, "NaN")],
)
def test_figures_of_impossible_gradients_are_refused(flows, message):
    with pytest.raises(ValueError, match=message):
        plot_gradient_flow(flows)
