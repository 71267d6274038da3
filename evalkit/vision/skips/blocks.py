"""Find the residual blocks among the modules of a model, and judge each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from evalkit.vision.skips.judge import Finding, judge
from evalkit.vision.skips.probe import Probe, isolated, layer_count, weights_of
from evalkit.vision.skips.response import find_skip

UNCERTAIN = ("scaled", "concatenated")  # what gates and ghost modules inside a branch look like, too


@dataclass(frozen=True)
class Call:
    """How the model calls a module, and the shape of what comes out."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    out_shape: torch.Size


def judge_all(twin: nn.Module, calls: dict[nn.Module, Call]) -> dict[nn.Module, Finding]:
    """Judge from the inside out: a module around a block is not looked at, a module around a part of one is."""
    findings: dict[nn.Module, Finding] = {}
    for module in reversed(list(twin.modules())):  # the parts of a module come after it
        inside = [part for part in module.modules() if part is not module and part in findings]
        if module not in calls or any(findings[part].kind not in ("missing", *UNCERTAIN) for part in inside):
            continue
        call = calls[module]
        finding = judge(Probe(isolated(module), call.args, call.kwargs))
        if finding is None or (finding.kind == "missing" and layer_count(module) < 2):
            continue
        uncertain = [part for part in inside if findings[part].kind in UNCERTAIN]
        if uncertain and not _is_around(module, uncertain, finding, findings, twin, calls):
            continue
        if finding.kind != "missing" or uncertain or any(weights_of(part) == weights_of(module) for part in inside):
            for part in inside:  # they were parts of this block
                del findings[part]
            inside = []
        if not inside:
            findings[module] = finding
    # Ghost modules and the like in a block whose shortcut has several layers, which cannot be judged: see the notes.
    blocks = {type(module) for module, finding in findings.items() if finding.kind not in ("missing", *UNCERTAIN)}
    parts = {part for module in calls if type(module) in blocks for part in module.modules() if part is not module}
    return {
        module: finding
        for module, finding in findings.items()
        if _is_meant(module, findings, twin, calls)
        and not (module in parts and finding.kind in UNCERTAIN and not finding.direct)
    }


def _is_around(
    module: nn.Module,
    parts: list[nn.Module],
    finding: Finding,
    findings: dict[nn.Module, Finding],
    twin: nn.Module,
    calls: dict[nn.Module, Call],
) -> bool:
    """Whether these parts belong to the branch of a block, rather than being blocks that stand in a row."""
    if finding.kind != "missing":  # there is a way: does it go around them?
        names = {name for name, part in module.named_modules() if part in parts}
        copied = isolated(module)
        for name, part in copied.named_modules():
            if name in names:
                part.register_forward_hook(lambda part, args, output: torch.zeros_like(output))
        probe = Probe(copied, calls[module].args, calls[module].kwargs)
        probe.take_apart()
        return find_skip(probe) is not None
    # Two ways through layers of their own can be kernels to select from. They are no skip of the block around them.
    return (
        module is not twin
        and not any(findings[part].direct for part in parts)
        and any(_keeps_shape(calls[other]) for other in calls if type(other) is type(module))
    )


def _keeps_shape(call: Call) -> bool:
    return bool(call.args[0].shape == call.out_shape)


def _is_meant(
    module: nn.Module, findings: dict[nn.Module, Finding], twin: nn.Module, calls: dict[nn.Module, Call]
) -> bool:
    """Whether a module without a skip is one of the blocks, and not another part of the network."""
    if findings[module].kind != "missing" or module is twin:
        return True
    alike = [other for other in findings if type(other) is type(module)]
    return any(findings[other].kind != "missing" or _keeps_shape(calls[other]) for other in alike)
