"""Switch off a block's branch, and see what of its input still arrives: the skip alone."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from evalkit.vision.skips.probe import LIFTS, STEP, Layer, Probe

NOTHING = 1e-9  # of differences in double precision
TOLERANCE = 0.01  # of the scale of the skip


@dataclass(frozen=True)
class Response:
    """How a block with its branch switched off answers to its input: the skip alone.

    `keep` are the layers that stand on the skip. `lift` is the constant that the branch gives meanwhile: a large one
    keeps the values away from the bend of the last activation.
    """

    keep: tuple[Layer, ...]
    lift: float
    reached: Tensor  # which outputs the skip reaches, booleans
    scale: float


def find_skip(probe: Probe, *, scales: bool = True) -> Response | None:
    """Find the way around the branch: one without weights, or else one through a single layer."""
    bare = _respond(probe, (), scales)
    if bare is not None or len(probe.layers) == 1:
        return bare
    ways = []
    for layer in sorted(probe.layers, key=lambda layer: layer.weight.numel()):
        for offset in layer.offsets:
            layer.offset = offset
            way = _respond(probe, (layer,), scales)
            if way is not None:
                break
        if way is not None:
            if not is_cut(probe, layer):
                return way
            ways.append(way)
    # A layer through which everything goes: in front of the block's branch and skip, or behind them.
    return ways[0] if ways else None


def _respond(probe: Probe, keep: tuple[Layer, ...], scales: bool) -> Response | None:
    found: list[Response] = []
    for lift in LIFTS:
        probe.arrange(keep=keep, lift=lift, scales=scales)
        response = _measure(probe, probe.signed(), keep, lift)
        if response is not None and _lifted(probe, keep, response, scales):
            if abs(response.scale - 1) < TOLERANCE:
                return response
            found.append(response)
    if not found:
        probe.arrange(keep=keep, scales=scales)
        return _measure(probe, probe.positive(), keep, 0.0)
    return min(found, key=lambda response: abs(response.scale - 1))


def _lifted(probe: Probe, keep: tuple[Layer, ...], response: Response, scales: bool) -> bool:
    """Whether the branch's constant arrives where the skip does."""
    lifted = probe.run(probe.zero()).detach()
    probe.arrange(keep=keep, scales=scales)
    change = (lifted - probe.run(probe.zero()).detach()).abs() > NOTHING
    probe.arrange(keep=keep, lift=response.lift, scales=scales)
    return bool((change & response.reached).any())


def _measure(probe: Probe, x: Tensor, keep: tuple[Layer, ...], lift: float) -> Response | None:
    anyhow, evenly = probe.differences(x, x + STEP * probe.positive(), x + STEP)
    reached = anyhow.abs() > 0
    if not reached.any():
        return None
    return Response(keep, lift, reached, float((evenly / STEP)[reached].median()))


def is_cut(probe: Probe, layer: Layer) -> bool:
    """Whether nothing of the input gets through once this layer gives nothing."""
    probe.arrange(random=[other for other in probe.layers if other is not layer], scales=False)
    return not any(
        (probe.differences(x, x + STEP * probe.positive())[0].abs() > NOTHING).any()
        for x in (probe.positive(), probe.signed())
    )


def added(probe: Probe, skip: Response) -> Tensor:
    """Return which outputs move when the branch gives a constant and the input is zero: booleans.

    A gate multiplies: it moves nothing there. Layers without a bias of their own are drawn at random instead.
    """
    others = [layer for layer in probe.layers if layer not in skip.keep]
    probe.arrange(keep=skip.keep, scales=False)
    before = probe.run(probe.zero()).detach()
    moved = torch.zeros(probe.out_shape, dtype=torch.bool)
    for lift in LIFTS:
        probe.arrange(keep=skip.keep, lift=lift, scales=False)
        moved = (probe.run(probe.zero()).detach() - before).abs() > NOTHING
        if moved.any():
            return moved
    return depends_on(probe, skip) if all(layer.bias is None for layer in others) else moved


def depends_on(probe: Probe, skip: Response) -> Tensor:
    """Return which outputs depend on the weights of the branch."""
    others = [layer for layer in probe.layers if layer not in skip.keep]
    x = probe.positive()
    outputs = []
    for _ in range(2):
        probe.arrange(keep=skip.keep, random=others, scales=False)
        outputs.append(probe.run(x).detach())
    return (outputs[0] - outputs[1]).abs() > NOTHING
