"""Saliency maps of networks whose maps are known; and the model is left as it was."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from evalkit.analysis import saliency
from evalkit.plots import alt_text, plot_saliency

METHODS = {
    "gradient": saliency.gradient,
    "smooth_grad": lambda model, x, target: saliency.smooth_grad(model, x, target, samples=3),
    "grad_cam": lambda model, x, target: saliency.grad_cam(model, x, target, layer=model[0]),
}


def network(seed=0, channels=3, classes=4, inplace=True):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(channels, 5, 3, padding=1),
        nn.BatchNorm2d(5),
        nn.ReLU(inplace=inplace),
        nn.Dropout(0.5),
        nn.Conv2d(5, 6, 3, stride=2),
        nn.ReLU(inplace=inplace),
        nn.Flatten(),
        nn.LazyLinear(classes),
    )


def ready(model, x):
    model(x)
    return model


def images(n=4, channels=3, side=9, seed=1):
    return torch.randn(n, channels, side, side, generator=torch.Generator().manual_seed(seed))


def test_gradient_of_a_linear_model_is_its_weights():
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 5 * 5, 4))
    x = images(2, side=5)
    weights = model[1].weight.detach().view(4, 3, 5, 5)
    found = saliency.gradient(model, x, torch.tensor([2, 0]))
    assert torch.equal(found, weights[[2, 0]].abs().amax(dim=1))


def test_smooth_grad_of_a_linear_model_is_the_gradient():
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 5 * 5, 4))
    x = images(2, side=5)
    assert torch.allclose(saliency.smooth_grad(model, x, 1), saliency.gradient(model, x, 1), atol=1e-6)


def test_gradient_agrees_with_finite_differences():
    x = images(1, channels=1, side=6).double()
    model = ready(network(channels=1).double(), x).eval()
    step = 1e-6
    found = saliency.gradient(model, x[0], 3)
    for i, j in [(0, 0), (2, 3), (5, 5)]:
        up, down = x.clone(), x.clone()
        up[0, 0, i, j] += step
        down[0, 0, i, j] -= step
        slope = (model(up) - model(down))[0, 3].item() / (2 * step)
        assert found[i, j].item() == pytest.approx(abs(slope), rel=1e-5, abs=1e-8)


@pytest.mark.slow
def test_smooth_grad_is_the_mean_over_noise_of_the_right_size():
    """The score Σ x³/3 has the derivative x², whose mean over noise of variance v is x² + v."""

    class Cube(nn.Module):
        def forward(self, x):
            return (x**3 / 3).sum(dim=(1, 2, 3)).unsqueeze(1)

    x = torch.linspace(-1, 3, 64).view(1, 1, 8, 8)
    spread = 0.2 * 4  # of the range of the image
    found = saliency.smooth_grad(Cube(), x, 0, samples=4000, noise=0.2)
    # The standard error of x² + 2xε + ε² over 4000 draws is at most 0.08.
    assert torch.allclose(found[0], (x**2 + spread**2)[0, 0], atol=0.4)
    assert (found[0] - x[0, 0] ** 2).mean().item() == pytest.approx(spread**2, abs=0.05)
    assert torch.equal(saliency.smooth_grad(Cube(), x, 0, seed=1), saliency.smooth_grad(Cube(), x, 0, seed=1))
    assert not torch.equal(saliency.smooth_grad(Cube(), x, 0, seed=1), saliency.smooth_grad(Cube(), x, 0, seed=2))


def test_grad_cam_of_a_network_made_by_hand():
    """Two feature maps, the image and its negative. Class 0 adds 4 × mean of the first, class 1 takes 4 × it away."""
    conv = nn.Conv2d(1, 2, 1, bias=False)
    head = nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        conv.weight.copy_(torch.tensor([1.0, -1.0]).view(2, 1, 1, 1))
        head.weight.copy_(torch.tensor([[4.0, 0.0], [-4.0, 0.0]]))
    model = nn.Sequential(conv, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head)
    x = torch.tensor([[[3.0, -1.0], [0.0, 2.0]]])
    # The derivative of the mean of four places is 1/4 at each, so the weight of the first map is 4 · 1/4 = 1.
    assert saliency.grad_cam(model, x, 0, layer=conv).tolist() == [[3, 0], [0, 2]]
    assert saliency.grad_cam(model, x, 1, layer=conv).tolist() == [[0, 1], [0, 0]]


def test_grad_cam_is_cam_where_a_mean_and_a_linear_layer_follow():
    """Selvaraju et al. (2017), section 3: the weights are those of the linear layer, over the number of places."""
    torch.manual_seed(0)
    body = nn.Sequential(nn.Conv2d(3, 7, 3, padding=1), nn.ReLU())
    model = nn.Sequential(body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(7, 5))
    x = images()
    with torch.no_grad():
        cam = torch.einsum("k,nkhw->nhw", model[3].weight[2], body(x)).relu() / 81
    assert torch.allclose(saliency.grad_cam(model, x, 2, layer=body), cam, atol=1e-7)


def test_grad_cam_is_enlarged_to_the_image():
    x = images(2, side=9)
    model = ready(network(), x).eval()
    found = saliency.grad_cam(model, x, 1, layer=model[4])
    with torch.enable_grad():
        maps = model[:5](x).detach().requires_grad_()
        model[5:](maps.clone())[:, 1].sum().backward()
    coarse = (maps.grad.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1, keepdim=True).relu()
    expected = functional.interpolate(coarse, (9, 9), mode="bilinear", align_corners=False)[:, 0]
    assert found.shape == (2, 9, 9)
    assert torch.allclose(found, expected.detach(), atol=1e-6)


class Permuted(nn.Module):
    """The same network with the channels of its maps last, or with a row for each patch, as transformers have them."""

    def __init__(self, kind, kernel=4):
        super().__init__()
        torch.manual_seed(0)
        self.patches, self.last, self.head = nn.Conv2d(3, 5, kernel, kernel), nn.Identity(), nn.Linear(5, 4)
        self.kind = kind

    def forward(self, x):
        maps = self.patches(x)
        if self.kind == "last":
            maps = self.last(maps.movedim(1, -1))
            return self.head(maps.square().mean((1, 2)))
        if self.kind == "tokens":
            patches = maps.flatten(2).transpose(1, 2)
            maps = self.last(torch.cat([patches.sum(1, keepdim=True), patches], 1))
            return self.head(maps[:, 1:].square().mean(1))
        if self.kind == "class token":
            patches = maps.flatten(2).transpose(1, 2)
            return self.head(self.last(torch.cat([patches.sum(1, keepdim=True), patches], 1))[:, 0])
        return self.head(self.last(maps).square().mean((2, 3)))


@pytest.mark.parametrize("size", [(24, 24), (16, 28)])
def test_grad_cam_of_layers_in_another_layout_is_the_same_map(size):
    """On a layer with its channels last people got a map, and no error, that had nothing to do with the right one."""
    x = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(1))
    plain, last, tokens = (Permuted(kind) for kind in ("first", "last", "tokens"))
    expected = saliency.grad_cam(plain, x, 1, plain.last)
    assert expected.any()
    for model, reshape in ((last, "channels last"), (last, lambda out: out.permute(0, 3, 1, 2)), (tokens, "tokens")):
        torch.testing.assert_close(saliency.grad_cam(model, x, 1, model.last, reshape=reshape), expected)
    with pytest.raises(ValueError, match="pass reshape='channels last'"):
        saliency.grad_cam(last, x, 1, last.last)
    with pytest.raises(ValueError, match="pass reshape='tokens'"):
        saliency.grad_cam(tokens, x, 1, tokens.last)
    with pytest.raises(ValueError, match="no token for each patch"):
        saliency.grad_cam(tokens, x[..., :-8], 1, tokens.last, reshape=lambda out: saliency._of_tokens(out, 24, 23))


def test_grad_cam_of_tokens_that_nothing_depends_on_says_where_to_look():
    model = Permuted("class token")
    with pytest.raises(ValueError, match="does not depend on this layer's positions"):
        saliency.grad_cam(model, torch.randn(1, 3, 24, 24), 1, model.last, reshape="tokens")


def test_grad_cam_of_a_vision_transformer():
    """Its tokens are those of the class and of the patches; at the end the class is read off the first one alone."""
    from torchvision.models import VisionTransformer

    torch.manual_seed(0)
    model = VisionTransformer(16, 4, num_layers=2, num_heads=1, hidden_dim=8, mlp_dim=8, num_classes=3)
    nn.init.normal_(model.heads.head.weight)
    x = torch.randn(2, 3, 16, 16)
    found = saliency.grad_cam(model, x, 0, model.encoder.layers[-1].ln_1, reshape="tokens")
    assert found.shape == (2, 16, 16)
    assert found.any()
    with pytest.raises(ValueError, match="first norm of the last block"):
        saliency.grad_cam(model, x, 0, model.encoder.layers[-1], reshape="tokens")


def test_grad_cam_of_a_swin_transformer():
    """Its blocks give (N, h, w, channels)."""
    from torchvision.models.swin_transformer import SwinTransformer

    torch.manual_seed(0)
    model = SwinTransformer([2, 2], 4, [1, 1], [1, 1], [2, 2], num_classes=3, stochastic_depth_prob=0.0)
    x = torch.randn(1, 3, 16, 16)
    with pytest.raises(ValueError, match="pass reshape='channels last'"):
        saliency.grad_cam(model, x, 0, model.features[1])
    assert saliency.grad_cam(model, x, 0, model.features[1], reshape="channels last").shape == (1, 16, 16)


@pytest.mark.parametrize("layer", [1, 4])
def test_a_relu_in_place_changes_nothing(layer):
    x = images()
    careful, hasty = (ready(network(inplace=inplace), x) for inplace in (False, True))
    hasty.load_state_dict(careful.state_dict())
    one, other = (saliency.grad_cam(model, x, 0, layer=model[layer]) for model in (careful, hasty))
    assert torch.equal(one, other)


@pytest.mark.parametrize("method", METHODS)
def test_one_image_or_several_and_one_class_or_several(method):
    x = images()
    model = ready(network(), x)
    together = METHODS[method](model, x, torch.tensor([0, 3, 1, 1]))
    assert together.shape == (4, 9, 9)
    assert (together >= 0).all()
    if method != "smooth_grad":  # its noise is drawn for the batch as a whole
        alone = torch.stack([METHODS[method](model, image, c) for image, c in zip(x, [0, 3, 1, 1], strict=True)])
        assert torch.allclose(together, alone, atol=1e-6)
    assert METHODS[method](model, x[0], 2).shape == (9, 9)


@pytest.mark.parametrize("method", METHODS)
def test_the_model_and_the_image_are_left_as_they_were(method):
    x = images()
    model = ready(network(), x).train()
    model[1].eval()  # a part that somebody has frozen
    model[7].weight.grad = torch.ones_like(model[7].weight)
    before, was, state = x.clone(), [m.training for m in model.modules()], copy.deepcopy(model.state_dict())
    random = torch.random.get_rng_state()
    first, second = METHODS[method](model, x, 1), METHODS[method](model, x, 1)
    assert torch.equal(first, second)
    assert torch.equal(x, before)
    assert x.grad is None
    assert not x.requires_grad
    assert [m.training for m in model.modules()] == was
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert model[7].weight.grad.eq(1).all()
    assert model[0].weight.grad is None
    assert not model[0]._forward_hooks
    assert torch.equal(torch.random.get_rng_state(), random)


@pytest.mark.parametrize("method", METHODS)
def test_frozen_weights_and_no_grad_do_not_matter(method):
    x = images()
    model = ready(network(), x)
    expected = METHODS[method](model, x, 1)
    model.requires_grad_(False)
    with torch.no_grad():
        assert torch.equal(METHODS[method](model, x, 1), expected)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("x", "target", "said"),
    [
        (torch.zeros(9, 9), 0, "x must hold images"),
        (torch.zeros(0, 3, 9, 9), 0, "x must hold images"),
        (torch.zeros(2, 3, 9, 9), 4, "from 0 to 3"),
        (torch.zeros(2, 3, 9, 9), -1, "from 0 to 3"),
        (torch.zeros(2, 3, 9, 9), torch.tensor([0, 1, 2]), "target"),
        (torch.zeros(2, 3, 9, 9), 0.5, "target"),
    ],
)
def test_what_does_not_fit_is_refused(method, x, target, said):
    model = ready(network(), images())
    with pytest.raises(ValueError, match=said):
        METHODS[method](model, x, target)


def test_a_layer_that_does_not_fit_is_refused_and_leaves_no_hook():
    x = images()
    model = ready(network(), x)
    with pytest.raises(ValueError, match="part of model"):
        saliency.grad_cam(model, x, 0, layer=nn.ReLU())
    for layer in (model[7], model):
        with pytest.raises(ValueError, match="height, width"):
            saliency.grad_cam(model, x, 0, layer=layer)
        assert not layer._forward_hooks


@pytest.mark.parametrize("settings", [{"samples": 0}, {"noise": -0.1}])
def test_smooth_grad_refuses_settings_without_meaning(settings):
    with pytest.raises(ValueError, match="samples must be"):
        saliency.smooth_grad(nn.Flatten(), images(), 0, **settings)


def test_the_figure_frames_where_the_map_is():
    spots = np.zeros((2, 10, 10))
    spots[0, 8:, 8:] = 1
    spots[1, 4:6, 4:6] = 2
    fig = plot_saliency(np.zeros((2, 10, 10, 3)), {"gradient": spots, "again": spots}, title="Two dogs")
    assert alt_text(fig) == (
        "Two dogs. Saliency maps of 2 images. "
        "image 0: gradient has 100 % of its sum in the lower right, again has 100 % of its sum in the lower right. "
        "image 1: gradient has 100 % of its sum in the middle, again has 100 % of its sum in the middle."
    )
    assert [ax.get_title() for ax in fig.axes[:3]] == ["image", "gradient", "again"]
    empty = plot_saliency(np.zeros((1, 5, 5)), {"nothing": np.zeros((1, 5, 5))})
    assert "0 %" in alt_text(empty)


@pytest.mark.parametrize(
    ("maps", "more", "said"),
    [
        ({}, {}, "at least one"),
        ({"a": np.zeros((1, 4, 4))}, {}, "shape"),
        ({"a": np.full((1, 5, 5), -1.0)}, {}, "negative"),
        ({"a": np.full((1, 5, 5), np.nan)}, {}, "a contains NaN"),
        ({"a": np.zeros((1, 5, 5))}, {"captions": ["x", "y"]}, "captions"),
    ],
)
def test_maps_that_do_not_fit_are_refused(maps, more, said):
    with pytest.raises(ValueError, match=said):
        plot_saliency(np.zeros((1, 5, 5)), maps, **more)
