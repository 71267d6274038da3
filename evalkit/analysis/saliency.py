"""Saliency: which pixels does the score of a class depend on?

Three maps, from the finest to the coarsest. `gradient` asks each pixel how the score would change with it.
`smooth_grad` asks many slightly noisy copies of the image and takes the mean. `grad_cam` asks the feature maps of a
layer, and shows where those that speak for the class are active.

All three explain one class of one image. None of them says whether the model is right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from evalkit._core.extras import needs

needs("torch")

import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402
from torch.nn import functional  # noqa: E402

MOST_EXTRA_TOKENS = 8  # of the class, of distillation, and registers


def gradient(model: nn.Module, x: Tensor, target: int | Tensor) -> Tensor:
    """Return how strongly the score of a class depends on each pixel.

    The score is the logit, before the softmax: the probability also falls when another class gains. Of several
    channels the largest absolute derivative counts.

    Parameters
    ----------
    model : torch.nn.Module
        From images of shape (N, C, H, W) to logits of shape (N, K). It is asked in evaluation mode and is left as it
        was, parameters, gradients and mode.
    x : tensor of shape (C, H, W) or (N, C, H, W)
        One image, or several.
    target : int, or int tensor of shape (N,)
        The class to explain: one for all images, or one for each.

    Returns
    -------
    tensor of shape (H, W) or (N, H, W)
        Not negative. Its unit is logits per unit of `x`.

    Raises
    ------
    ValueError
        If a shape or the target does not fit.

    References
    ----------
    K. Simonyan, A. Vedaldi and A. Zisserman, "Deep Inside Convolutional Networks", ICLR workshop (2014), section 3.1.

    Examples
    --------
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(4, 2, bias=False))
    >>> with torch.no_grad():
    ...     _ = model[1].weight.copy_(torch.tensor([[1.0, -2.0, 0.0, 3.0], [0.0, 0.0, 0.0, 0.0]]))
    >>> gradient(model, torch.zeros(1, 2, 2), target=0)
    tensor([[1., 2.],
            [0., 3.]])
    """
    images, classes, single = _prepared(x, target)
    found = _derivative(model, images, classes).abs().amax(dim=1)
    return found[0] if single else found


def smooth_grad(
    model: nn.Module, x: Tensor, target: int | Tensor, *, samples: int = 25, noise: float = 0.15, seed: int = 0
) -> Tensor:
    """Return the mean gradient of noisy copies of an image: `gradient` with less of its graininess.

    The derivatives are averaged with their signs, and the largest absolute value over the channels is taken then.

    Parameters
    ----------
    model, x, target
        As for `gradient`.
    samples : int
        How many noisy copies.
    noise : float
        Standard deviation of the noise, as a share of the image's range (highest minus lowest value). The authors
        recommend 0.1 to 0.2.
    seed : int
        Of the noise.

    Returns
    -------
    tensor of shape (H, W) or (N, H, W)
        Not negative.

    Raises
    ------
    ValueError
        If a shape or the target does not fit, `samples` is below 1 or `noise` is negative.

    References
    ----------
    D. Smilkov, N. Thorat, B. Kim, F. Viégas and M. Wattenberg, "SmoothGrad: removing noise by adding noise",
    arXiv:1706.03825 (2017).

    Examples
    --------
    >>> class Square(nn.Module):
    ...     def forward(self, x):
    ...         return x.square().sum(dim=(1, 2, 3)).unsqueeze(1)
    >>> x = torch.tensor([[[1.0, -2.0]]])
    >>> gradient(Square(), x, 0), smooth_grad(Square(), x, 0, noise=0.0)
    (tensor([[2., 4.]]), tensor([[2., 4.]]))
    """
    if samples < 1 or noise < 0:
        raise ValueError(f"samples must be at least 1 and noise not negative, got {samples} and {noise}.")
    images, classes, single = _prepared(x, target)
    flat = images.flatten(1)
    spread = noise * (flat.amax(dim=1) - flat.amin(dim=1)).view(-1, 1, 1, 1)
    generator = torch.Generator().manual_seed(seed)
    total = torch.zeros_like(images)
    for _ in range(samples):
        # Drawn on the CPU, so that the map does not depend on the device.
        draw = torch.randn(images.shape, generator=generator).to(images)
        total += _derivative(model, images + spread * draw, classes)
    found = (total / samples).abs().amax(dim=1)
    return found[0] if single else found


Reshape = Literal["channels last", "tokens"] | Callable[[Tensor], Tensor]


def grad_cam(
    model: nn.Module, x: Tensor, target: int | Tensor, layer: nn.Module, *, reshape: Reshape | None = None
) -> Tensor:
    """Return where the feature maps of a layer that speak for a class are active.

    Each feature map is weighted by the mean derivative of the class's logit with respect to it; the weighted sum is
    cut off at zero and enlarged to the size of the image.

    Parameters
    ----------
    model, x, target
        As for `gradient`.
    layer : torch.nn.Module
        A layer of `model` whose output has shape (N, channels, h, w). Usually the last one with more than one position.
    reshape : {"channels last", "tokens"} or callable, optional
        For a layer whose output has another shape: "channels last" where it is (N, h, w, channels), as in Swin;
        "tokens" where it is (N, tokens, channels), as in ViT, with one token for each patch behind those of the class;
        or a function from the output to (N, channels, h, w). In a transformer that reads the class off a token of its
        own, the last layer whose patches matter is the first norm of the last block. Without it, maps that do not have
        the proportions of the image are refused; (N, 7, 7, 7) looks right either way.

    Returns
    -------
    tensor of shape (H, W) or (N, H, W)
        Not negative. Its absolute height has no meaning across images.

    Raises
    ------
    ValueError
        If a shape or the target does not fit, the layer is not part of the model or is not used exactly once, its
        output has another shape or looks as if its channels were last, or, with `reshape`, the score depends on nothing
        in it.

    References
    ----------
    R. R. Selvaraju, M. Cogswell, A. Das, R. Vedantam, D. Parikh and D. Batra, "Grad-CAM: Visual Explanations from Deep
    Networks via Gradient-based Localization", ICCV (2017), equations 1 and 2.

    Examples
    --------
    >>> model = nn.Sequential(nn.Identity(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 1, bias=False))
    >>> _ = nn.init.constant_(model[3].weight, 8.0)
    >>> grad_cam(model, torch.tensor([[[1.0, 0.0], [-1.0, 3.0]]]), 0, layer=model[0])
    tensor([[2., 0.],
            [0., 6.]])
    """
    images, classes, single = _prepared(x, target)
    if not any(module is layer for module in model.modules()):
        raise ValueError("layer must be a part of model, such as model.stages[-1].")
    seen: list[Any] = []

    def keep(module: nn.Module, inputs: Any, output: Any) -> Any:
        seen.append(output)
        # What follows may work in place, as many a ReLU does: it gets a copy, and the original stays as it was.
        return output.clone() if isinstance(output, Tensor) else output

    handle = layer.register_forward_hook(keep)
    try:
        with _evaluating(model), torch.enable_grad():
            score = _scores(model, images.clone().requires_grad_(), classes)
            if len(seen) != 1 or not isinstance(seen[0], Tensor):
                raise ValueError(f"layer must be used once and give a tensor, and it was used {len(seen)} times.")
            (derivative,) = torch.autograd.grad(score.sum(), seen[0])
    finally:
        handle.remove()
    maps, derivative = (as_maps(found, images, reshape) for found in (seen[0].detach(), derivative))
    if reshape is not None and not derivative.any():
        raise ValueError(
            "The score does not depend on this layer's positions at all: take an earlier one, in a transformer the "
            "first norm of the last block."
        )
    weights = derivative.mean(dim=(2, 3), keepdim=True)
    coarse = (weights * maps).sum(dim=1, keepdim=True).relu()
    found = functional.interpolate(coarse, images.shape[2:], mode="bilinear", align_corners=False)[:, 0]
    return found[0] if single else found


def as_maps(output: Tensor, images: Tensor, reshape: Reshape | None) -> Tensor:
    """Return a layer's output as (N, channels, h, w), or raise a ValueError that says how to get there."""
    height, width = images.shape[2:]
    shape = tuple(output.shape)
    if reshape == "channels last":
        maps = output.movedim(-1, 1)
    elif reshape == "tokens":
        maps = _of_tokens(output, height, width)
    elif reshape is not None:
        maps = reshape(output)
    else:
        maps = output
        if output.ndim == 3:
            raise ValueError(
                f"layer gives shape {shape}: if that is (N, tokens, channels), as in ViT, pass reshape='tokens'."
            )
        if output.ndim == 4:
            # A map has the proportions of its image, up to a row or a column.
            first, last = (abs(a * width - b * height) for a, b in (shape[2:], shape[1:3]))
            if first > height + width or (first > 0 and last == 0):
                raise ValueError(
                    f"layer gives shape {shape} for images of {height} × {width} pixels, which does not look like (N, "
                    "channels, height, width): pass reshape='channels last' for (N, height, width, channels), as in "
                    "Swin, or reshape=lambda output: output if it is right as it is."
                )
    if maps.ndim != 4 or len(maps) != len(images):
        raise ValueError(f"layer must give a tensor of shape (N, channels, height, width), got {tuple(maps.shape)}.")
    return maps


def _of_tokens(output: Tensor, height: int, width: int) -> Tensor:
    """Tokens of shape (N, T, C) as a map; those before the patches, of the class and registers, are left out."""
    if output.ndim == 3:
        tokens = output.shape[1]
        for extra in range(min(tokens, MOST_EXTRA_TOKENS + 1)):
            rows = round(math.sqrt((tokens - extra) * height / width))
            if rows and (tokens - extra) % rows == 0 and rows * width == (tokens - extra) // rows * height:
                columns = (tokens - extra) // rows
                return output[:, extra:].reshape(len(output), rows, columns, -1).movedim(-1, 1)
    raise ValueError(
        f"layer gives shape {tuple(output.shape)}, in which no token for each patch of {height} × {width} pixels is "
        "found: pass a function as reshape."
    )


def _prepared(x: Tensor, target: int | Tensor) -> tuple[Tensor, Tensor, bool]:
    """The images as a batch, a class for each, and whether there was one image without a batch around it."""
    if x.ndim not in (3, 4) or not x.numel():
        raise ValueError(f"x must hold images, (C, H, W) or (N, C, H, W), got shape {tuple(x.shape)}.")
    images = x.detach().reshape(-1, *x.shape[-3:])
    classes = torch.as_tensor(target, device=x.device)
    if classes.ndim == 0:
        classes = classes.expand(len(images))
    if classes.shape != (len(images),) or classes.is_floating_point():
        raise ValueError(f"target must be one class, or one for each of {len(images)} images.")
    return images, classes, x.ndim == 3


def _derivative(model: nn.Module, images: Tensor, classes: Tensor) -> Tensor:
    """The derivative of each image's score with respect to its pixels. Parameters get no gradients."""
    with _evaluating(model), torch.enable_grad():
        leaf = images.detach().clone().requires_grad_()
        (derivative,) = torch.autograd.grad(_scores(model, leaf, classes).sum(), leaf)
    return derivative


def _scores(model: nn.Module, images: Tensor, classes: Tensor) -> Tensor:
    logits = model(images)
    if logits.ndim != 2 or len(logits) != len(images):
        raise ValueError(f"model must give logits of shape (N, K), got {tuple(logits.shape)}.")
    if int(classes.min()) < 0 or int(classes.max()) >= logits.shape[1]:
        raise ValueError(f"target must be from 0 to {logits.shape[1] - 1}, the model's classes.")
    scores: Tensor = logits.gather(1, classes.unsqueeze(1)).squeeze(1)
    return scores


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode, and afterwards for every part of the model the mode in which it was."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True
