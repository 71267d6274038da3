"""Decide from a block's behaviour whether its skip works, and what is wrong with it if not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from evalkit.vision.skips.probe import Probe
from evalkit.vision.skips.response import NOTHING, TOLERANCE, Response, added, depends_on, find_skip, is_cut

ONE_SIDED = 0.05  # the smaller over the larger of what a branch lowers and raises
DRAWS = 4


@dataclass(frozen=True)
class Finding:
    """What was found in a block; `direct` says whether its skip has no layer on it."""

    kind: str
    sentence: str
    direct: bool = True


CONCATENATED = Finding(
    "concatenated",
    "The input stands beside the branch's output instead of being added to it: replace torch.cat by a sum, with a "
    "projection where the numbers of channels differ.",
)


def judge(probe: Probe) -> Finding | None:
    """Return what is found, or None if the block is not made of a branch and a way around it at all."""
    skips: list[Response] = []
    finding = _found(probe, skips)
    return replace(finding, direct=not any(skip.keep for skip in skips)) if finding else None


def _found(probe: Probe, skips: list[Response]) -> Finding | None:
    """As `judge`, and keep the skip that it is about in `skips`."""
    if probe.changes_input():
        return Finding(
            "in-place",
            "The block changes its input in place, so what the skip adds is no longer the input: take a copy with "
            "clone() or use operations that are not in place (inplace=False, out = out + x) on x.",
        )
    probe.take_apart()
    skip = find_skip(probe)
    if skip is None:
        vanished = find_skip(probe, scales=False)
        if vanished is not None and added(probe, vanished).any():
            return _scaled(0.0)
        return _no_skip(probe)
    skips.append(skip)
    moved = added(probe, skip)
    if not moved.any():
        return _not_added(probe, skip)
    if not (skip.reached & moved).any():
        return CONCATENATED
    return (
        _wrong_value(probe, skip)
        or _one_sided(probe, skip)
        or _wrong_gradient(probe, skip)
        or Finding("ok", "The input is added to the branch, with its full value and its full gradient.")
    )


def _no_skip(probe: Probe) -> Finding | None:
    if not any(is_cut(probe, layer) for layer in probe.layers):
        return None  # several ways, each through several layers: not a residual block
    return Finding(
        "missing",
        "Nothing goes around the layers of this block: if it is meant to be residual, add its input (or a projection "
        "of it, where the shape changes) to the branch's output before the last activation.",
    )


def _not_added(probe: Probe, skip: Response) -> Finding | None:
    if depends_on(probe, skip).any():
        return _no_skip(probe)  # a gate, such as squeeze-and-excitation
    for layer in skip.keep:
        # The last layer mixes input and branch, each with weights of its own.
        layer.offset = layer.offsets[-1] - layer.offset
        if depends_on(probe, skip).any():
            return CONCATENATED
    return Finding(
        "no-branch",
        "The output does not depend on the branch's layers, only on the input: return the sum of the two.",
    )


def _wrong_value(probe: Probe, skip: Response) -> Finding | None:
    """Compare what the skip gives with the input."""
    probe.arrange(keep=skip.keep, lift=skip.lift)
    inputs = [probe.signed(), probe.signed()] if skip.lift else [probe.positive(), probe.positive()]
    carried = probe.differences(probe.zero(), *inputs)
    axes = [
        axis
        for axis, size in enumerate(probe.out_shape)
        if size > 1 and (carried[0] - carried[0].narrow(axis, 0, 1)).abs().max() < 1e-6 * carried[0].abs().max()
    ]
    if axes:
        return Finding(
            "broadcast",
            f"What is added is the same for all {_named(axes, len(probe.out_shape))}: a smaller tensor was stretched "
            "to the shape of the branch's output. Add a tensor of exactly that shape (and assert it).",
        )
    if skip.keep or probe.shape != probe.out_shape:
        return None if abs(skip.scale - 1) < TOLERANCE else _scaled(skip.scale)
    ratios = [y / x for x, y in zip(inputs, carried, strict=True)]
    if max(float((ratio - 1).abs().max()) for ratio in ratios) < TOLERANCE:
        return None
    if ratios[0].abs().min() > 0 and torch.allclose(ratios[0], ratios[1], rtol=TOLERANCE, atol=0.0):
        return _scaled(float(ratios[0].min()), float(ratios[0].max()))
    return Finding(
        "altered",
        "What is added is not the input but something made from it, such as its positive part, some of its channels "
        "or a shifted copy: an activation (perhaps one in place) or another operation stands on the skip. Add the "
        "input as it is.",
    )


def _scaled(low: float, high: float | None = None) -> Finding:
    high = low if high is None else high
    factor = f"{low:.3g}" if high - low <= TOLERANCE * abs(high) else f"factors between {low:.3g} and {high:.3g}"
    return Finding(
        "scaled",
        f"The skip is multiplied by {factor}, not by 1, and over many blocks such factors multiply up: add the input "
        "unscaled, and scale the branch if something must be scaled.",
    )


def _named(axes: list[int], dims: int) -> str:
    names = {0: "samples of the batch", 1: "channels" if dims > 3 else "positions of axis 1"}
    if dims == 2:
        names[1] = "features"
    if dims == 4:
        names |= {2: "rows", 3: "columns"}
    words = [names.get(axis, f"positions of axis {axis}") for axis in axes]
    return " and all ".join(words)


def _one_sided(probe: Probe, skip: Response) -> Finding | None:
    """Compare how much the branch lowers the output with how much it raises it."""
    others = [layer for layer in probe.layers if layer not in skip.keep]
    lowered = raised = 0.0
    for _ in range(DRAWS):
        x = 4 * probe.positive()  # clear of the bend of smooth activations
        probe.arrange(keep=skip.keep, scales=False)
        alone = probe.run(x).detach()
        probe.arrange(keep=skip.keep, random=others, scales=False)
        change = (probe.run(x).detach() - alone)[skip.reached]
        raised += float(change.clamp(min=0).sum())
        lowered += float((-change).clamp(min=0).sum())
        if min(lowered, raised) >= ONE_SIDED * max(lowered, raised):
            return None
    return Finding(
        "after-activation",
        "The input is added after the branch's last activation, so the branch can only raise values and never lower "
        "them, and they grow from block to block: add first, then activate, as in relu(F(x) + x).",
    )


def _wrong_gradient(probe: Probe, skip: Response) -> Finding | None:
    """Compare the gradients that autograd gives with differences of values."""
    probe.arrange(keep=skip.keep, lift=skip.lift)
    if not _gradient_fits(probe, probe.signed() if skip.lift else probe.positive()):
        return Finding(
            "detached",
            "The input is added, but its gradient does not come back through the addition: remove detach(), .data or "
            "no_grad() from the skip.",
        )
    others = [layer for layer in probe.layers if layer not in skip.keep]
    probe.arrange(keep=skip.keep, random=others, scales=False)
    x = probe.positive()
    out = probe.run(x.requires_grad_())
    weight_of_sum = torch.randn(out.shape, generator=probe.generator, dtype=torch.float64)
    weights = [layer.weight for layer in others]
    gradients = torch.autograd.grad((weight_of_sum * out).sum(), weights, allow_unused=True)
    for layer, gradient in zip(others, gradients, strict=True):
        if gradient is not None and gradient.abs().max() > 0:
            continue
        value = layer.weight.detach().clone()
        layer.zero()
        changed = (probe.run(x) - out).detach().abs().max() > NOTHING
        layer.weight.detach().copy_(value)
        if changed:
            return Finding(
                "detached",
                "A layer of the branch gets no gradient and cannot learn: remove detach(), .data or no_grad() from the "
                "branch.",
            )
    if any(_gradient_fits(probe, x) for x in (x, probe.signed(), probe.signed())):
        return None
    return Finding(
        "detached",
        "The branch passes no gradient, or a wrong one, back to the block's input: remove detach(), .data or no_grad() "
        "from the branch.",
    )


def _gradient_fits(probe: Probe, x: Tensor) -> bool:
    x = x.requires_grad_()
    out = probe.run(x)
    if not out.requires_grad:
        return False
    weight_of_sum = torch.randn(out.shape, generator=probe.generator, dtype=torch.float64)
    (gradient,) = torch.autograd.grad((weight_of_sum * out).sum(), [x], allow_unused=True)
    step = 1e-6 * torch.randn(x.shape, generator=probe.generator, dtype=torch.float64)
    values = float((weight_of_sum * (probe.run(x.detach() + step) - out).detach()).sum())
    slope = 0.0 if gradient is None else float((gradient * step).sum())
    return abs(values - slope) <= TOLERANCE * abs(values)
