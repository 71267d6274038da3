"""Find skip connections that fail silently."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from evalkit.vision.skips.blocks import Call, judge_all
from evalkit.vision.skips.exactly import DoublePrecision
from evalkit.vision.skips.judge import Finding
from evalkit.vision.skips.probe import CONVOLUTIONS, WEIGHTED, isolated, layer_count

Kind = Literal[
    "ok",
    "missing",
    "no-branch",
    "after-activation",
    "detached",
    "concatenated",
    "broadcast",
    "scaled",
    "altered",
    "in-place",
]

SIZES = (64, 32, 28, 8, 224)  # of square images, tried in this order


@dataclass(frozen=True)
class SkipReport:
    """What was found in one block.

    Parameters
    ----------
    name : str
        The block's dotted name in the model, such as "layer1.0"; the name of its class if it is the model itself.
    kind : str
        "ok", or what is wrong: see `verify_skips`.
    sentence : str
        The same in words, with what to change.

    Examples
    --------
    >>> report = SkipReport("layer1.0", "missing", "Nothing goes around the layers of this block.")
    >>> report.ok
    False
    >>> print(report)
    layer1.0: missing. Nothing goes around the layers of this block.
    """

    name: str
    kind: Kind
    sentence: str

    @property
    def ok(self) -> bool:
        """Whether the skip works."""
        return self.kind == "ok"

    def __str__(self) -> str:
        return f"{self.name}: {self.kind}. {self.sentence}"


def verify_skips(model: nn.Module, x: Tensor | None = None) -> list[SkipReport]:
    """Check every residual block of a network, or one block, by how it behaves.

    A network with a broken skip runs, trains and gives no error. Here each block is run on inputs made for the
    purpose: with its branch switched off, what is left is the skip, and it must carry the input with factor 1, keep
    its shape, and pass the gradient back; with random weights, the branch must be able to lower the output as well as
    to raise it. Names and source code play no part.

    The model is not changed: all this happens in a copy on the CPU. (The copy costs memory: twice that of the model
    in single precision, plus one block.)

    Parameters
    ----------
    model : nn.Module
        A network or a single block.
    x : tensor of shape (N, ...), optional
        An input to run the model on, to learn which shapes its blocks get; only its shape matters, and N must be 2 or
        more. By default it is guessed from the first layer.

    Returns
    -------
    list of SkipReport
        One for each block, in the order in which the model runs them. The kinds:

        - "ok": the input is added.
        - "missing": nothing goes around the layers.
        - "no-branch": the output is the input; the branch is not added.
        - "after-activation": relu(F(x)) + x. The branch can then only raise values.
        - "detached": the value is added, but no gradient comes back through the skip, or none reaches the branch.
        - "concatenated": torch.cat([F(x), x]) instead of a sum.
        - "broadcast": a smaller tensor, such as one value for each channel, was stretched over the output.
        - "scaled": the skip is multiplied by something other than 1 (a factor on the branch is no fault).
        - "altered": something made from the input is added, such as relu(x).
        - "in-place": the block overwrites its input.

        A block with several faults is reported with the first that was found. If no block is found at all, the model
        itself is reported as "missing".

    Raises
    ------
    ValueError
        If the model cannot be run on a guessed input: then pass `x`. Also if `x` has fewer than 2 rows.

    Notes
    -----
    What counts as a block: the innermost module of its own class (not a Sequential) with a skip around its layers, and
    each module with at least two layers that neither holds such a block nor lies in one. One that changes the shape
    counts as missing its skip only if another of its class keeps it, or if it is the whole model; other layers at the
    beginning and the end of a network are expected to have none.

    What it cannot see:

    - whether a block without a skip is meant to have one. Some designs leave it out where the shape changes;
    - a skip that goes around more than one module in the forward method of the whole network;
    - all but the first and last of several additions inside one module, as in a transformer layer;
    - the factor of a normalisation: batch, layer and group normalisations are taken out before the skip is measured.
      A shortcut that is a convolution is measured with its weights set to the identity, so whether the weights that it
      has are sensible is not judged;
    - a shortcut of several layers with weights in a row;
    - whether a concatenation is meant: the blocks of DenseNet and Inception are reported as "concatenated", unless they
      stand in the branch of a residual block, as ghost modules do;
    - what the forward of a layer makes of its weights, such as standardising them: it is taken out as well;
    - faults that show in training mode only, or in a custom normalisation;
    - the difference between a scaled skip and a last activation that is steeper or flatter than the identity
      everywhere, such as sigmoid: that is called "scaled".

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Identity Mappings in Deep Residual Networks" (2016), which measures what
    scaling, gates and activations on the skip cost.

    Examples
    --------
    >>> from evalkit.vision import BasicBlock, ResNet
    >>> for report in verify_skips(ResNet(depth=8, width=4)):
    ...     print(report.name, report.kind)
    layer1.0 ok
    layer2.0 ok
    layer3.0 ok

    >>> class Late(BasicBlock):
    ...     def forward(self, x):
    ...         return torch.relu(self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))) + x
    >>> verify_skips(Late(4, 4))[0].kind
    'after-activation'
    """
    if x is not None and (x.dim() < 2 or len(x) < 2):
        raise ValueError(f"x must have shape (N, ...) with N of at least 2, got {tuple(x.shape)}.")
    with _random_state_kept(), torch.inference_mode(False), torch.autocast("cpu", enabled=False):
        twin = isolated(model)
        names = {module: name or type(model).__name__ for name, module in twin.named_modules()}
        inputs = _inputs(twin, x)
        precision = DoublePrecision()
        with precision:
            calls = _calls(twin, x, inputs)
        with precision if precision.needed else nullcontext():
            findings = judge_all(twin, calls)
        reports = [_report(names[module], findings[module]) for module in calls if module in findings]
    return reports or [_report(type(model).__name__, _NONE_FOUND)]


_NONE_FOUND = Finding("missing", "No block of this model has a skip: add the input of a few layers to their output.")


def _report(name: str, finding: Finding) -> SkipReport:
    return SkipReport(name, finding.kind, finding.sentence)  # type: ignore[arg-type]


@contextmanager
def _random_state_kept() -> Iterator[None]:
    """Leave the global generators as they were: a forward pass of somebody's module may draw from them."""
    python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
    with torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            random.setstate(python_state)
            np.random.set_state(numpy_state)  # noqa: NPY002


def _calls(twin: nn.Module, x: Tensor | None, inputs: list[Tensor]) -> dict[nn.Module, Call]:
    """Run the model once, and return the first call of each module that could be a block, in order of their calls."""
    order: list[nn.Module] = []
    calls: dict[nn.Module, Call] = {}

    def before(module: nn.Module, args: Any, kwargs: Any) -> None:
        order.append(module)

    def after(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        given = args[0] if args else None
        if not isinstance(given, Tensor) or not isinstance(output, Tensor):
            return
        if given.is_floating_point() and given.dim() == output.dim() > 1:
            calls.setdefault(module, Call(args, kwargs, output.shape))

    handles = []
    for module in twin.modules():
        if _is_compound(module) and layer_count(module):
            handles.append(module.register_forward_pre_hook(before, with_kwargs=True))
            handles.append(module.register_forward_hook(after, with_kwargs=True))
    try:
        _run_once(twin, x, inputs)
    finally:
        for handle in handles:
            handle.remove()
    return {module: calls[module] for module in dict.fromkeys(order) if module in calls}


def _is_compound(module: nn.Module) -> bool:
    return not isinstance(module, WEIGHTED) and type(module).forward is not nn.Sequential.forward


def _inputs(twin: nn.Module, x: Tensor | None) -> list[Tensor]:
    """Return what the model is tried on, in this order."""
    if x is None:
        return _guesses(twin)
    given = x.detach().cpu()
    # Whole numbers may be tokens, or pixels of which only the shape matters.
    return [given.double()] if given.is_floating_point() else [given, given.double()]


def _run_once(twin: nn.Module, x: Tensor | None, inputs: list[Tensor]) -> None:
    failure: Exception | None = None
    for given in inputs:
        try:
            with torch.no_grad():
                twin(given)
        except (RuntimeError, ValueError, IndexError, TypeError) as error:
            failure = failure or error
        else:
            return
    if failure is None:
        raise ValueError("The model has no layer from which the shape of its input could be guessed: pass one as x.")
    if x is not None:
        raise ValueError(
            f"The model could not be run on x of shape {tuple(x.shape)} and type {x.dtype}, in a copy on the CPU in "
            f"double precision: pass an input that the model takes. ({failure})"
        ) from failure
    tried = ", ".join(str(tuple(given.shape)) for given in inputs)
    raise ValueError(f"The model could not be run on inputs of shape {tried}: pass one as x. ({failure})") from failure


def _guesses(twin: nn.Module) -> list[Tensor]:
    shapes: list[tuple[int, ...]] = []
    for module in twin.modules():
        if isinstance(module, CONVOLUTIONS):
            dims = module.weight.dim() - 2
            shapes += [(2, module.in_channels, *[size] * dims) for size in (SIZES if dims < 3 else (8, 16))]
        elif isinstance(module, nn.Linear):
            shapes += [(2, module.in_features), (2, 5, module.in_features)]
    generator = torch.Generator().manual_seed(0)
    few = list(dict.fromkeys(shapes))[: 2 * len(SIZES)]
    return [torch.randn(shape, generator=generator).double() for shape in few]
