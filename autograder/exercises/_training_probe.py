"""Make the network and the batches that a case describes, and watch a learner's function work on them.

Only plain data cross, so a network travels as its name and the seed of its weights. What is reported is what the
function returned, and what it did to the network: how often it stepped, and where the weights are now. This module
knows no right answers. It runs where the learner's code runs, and imports nothing of the course but the plain observer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from autograder.checking.observe import observe as observe_plain


class NoWayBackError(RuntimeError):
    """The loss does not depend on the weights, as far as torch can see."""


def observe(function: Callable[..., Any], inputs: Sequence[list[Any]], *, seconds: float = 2.0) -> list[dict[str, Any]]:
    """Observe what a function does with the network and the batches of each case."""
    if any(len(arguments) > 2 for arguments in inputs):
        # The first optimizer of a process loads much of torch. That must not count as the learner's time.
        first = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
        first.zero_grad()
        first.step()
    return observe_plain(lambda *arguments: watched(function, *arguments), inputs, seconds=seconds)


def in_words(network: dict[str, Any], batches: list[Any], settings: dict[str, Any] | None = None) -> str:
    """What is called, and with what."""
    call = "evaluate(model, batches)" if settings is None else "train_one_epoch(model, batches, optimizer)"
    layers = "one linear layer" if network["name"] == "Linear" else network["name"]
    mode = "training" if network["training mode"] else "evaluation"
    left = " and gradients left from before" if settings and settings["gradients left"] else ""
    sizes = ", ".join(str(len(y)) for _, y in batches)
    many = "one batch" if len(batches) == 1 else f"{len(batches)} batches"
    return f"{call} for a network of {layers} in {mode} mode{left}, and {many} of {sizes} samples,"


def watched(
    function: Callable[..., Any], network: dict[str, Any], batches: list[Any], settings: dict[str, Any] | None = None
) -> Any:
    """What the function answered, and what it did. Settings for an optimizer make it a function that trains."""
    model = make(network)
    pairs = [(torch.tensor(x, dtype=torch.float64), torch.tensor(y)) for x, y in batches]
    # Dropout that is on draws the same numbers in every answer.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return evaluated(function, model, pairs) if settings is None else trained(function, model, pairs, settings)


def evaluated(function: Callable[..., Any], model: nn.Module, pairs: list[tuple[Tensor, Tensor]]) -> Any:
    """The function's dict, and whether the network is still the same."""
    before = {name: value.clone() for name, value in model.state_dict().items()}
    answer = function(model, pairs)
    if not isinstance(answer, dict):
        return answer
    changed = any(not torch.equal(value, before[name]) for name, value in model.state_dict().items())
    return {**answer, "the network was changed": changed} if changed else answer


def trained(
    function: Callable[..., Any], model: nn.Module, pairs: list[tuple[Tensor, Tensor]], settings: dict[str, Any]
) -> Any:
    """The function's answer, its steps, and the weights and statistics afterwards."""
    optimizer = torch.optim.SGD(model.parameters(), lr=settings["learning rate"])
    if settings["gradients left"]:
        # From other inputs and other labels.
        left = nn.functional.cross_entropy(model(pairs[0][0].flip(1)), pairs[0][1].flip(0))
        left.backward()
    counts = {"steps": 0, "backward passes": 0}
    last = list(model.parameters())[-1]
    last.register_hook(lambda gradient: counts.update({"backward passes": counts["backward passes"] + 1}))
    optimizer.register_step_post_hook(lambda *_: counts.update(steps=counts["steps"] + 1))
    try:
        answer = function(model, pairs, optimizer)
    except RuntimeError as error:
        if "does not require grad" in str(error):
            raise NoWayBackError(str(error)).with_traceback(error.__traceback__) from None
        raise
    if answer is None:
        return None
    told: dict[str, Any] = {"returned": answer}
    if isinstance(answer, Tensor):
        told["returned"] = {"a tensor": answer}
    told |= {f"number of {name}": count for name, count in counts.items()}
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            told[f"{name} afterwards"] = value.flatten()[:3].tolist()
    return told


def make(network: dict[str, Any]) -> nn.Module:
    """The network of a description, in double precision. Its weights and statistics depend on the seed only."""
    inputs, classes = network["inputs"], network["classes"]
    if network["name"] == "Linear":
        model = nn.Sequential(nn.Linear(inputs, classes))
    else:
        # No bias before the normalisation: its gradient would be rounding error and nothing else.
        layers = [nn.Linear(inputs, 6, bias=False), nn.BatchNorm1d(6), nn.ReLU()]
        model = nn.Sequential(*layers, nn.Dropout(0.5), nn.Linear(6, classes))
    model.double()
    generator = torch.Generator().manual_seed(network["seed"])
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                numbers = torch.rand(value.shape, generator=generator, dtype=torch.float64)
                # A variance must be positive; the others may be anything.
                value.copy_(numbers + 0.5 if "var" in name else 2 * numbers - 1)
    return model.train(network["training mode"])
