"""Make the network that a case describes, and ask a learner's function for its map, twice.

Only plain data cross, so a network travels as a description: its kind, and the seed of its weights. This module runs
where the learner's code runs, and imports nothing of the course but the plain observer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograder.checking.observe import observe as observe_plain


def observe(function: Callable[..., Any], inputs: Sequence[list[Any]], *, seconds: float = 2.0) -> list[dict[str, Any]]:
    """Observe the maps that a function draws."""
    # Loaded here, so that it does not count as the learner's time.
    import torch  # noqa: F401

    return observe_plain(lambda *arguments: drawn(function, *arguments), inputs, seconds=seconds)


def in_words(description: dict[str, Any], image: Any, target: int) -> str:
    """What is called, and with what."""
    mode = "training" if description["training mode"] else "evaluation"
    network = f"a {description['network']} network in {mode} mode"
    return f"saliency(model, x, target={target}) for {network} and x of shape ({', '.join(map(str, image.shape))})"


def drawn(function: Callable[..., Any], description: dict[str, Any], image: Any, target: int) -> Any:
    """The map; or those of two calls, where the second one with the same image is another."""
    import numpy as np
    import torch

    model = network(description)
    x = torch.from_numpy(image)
    maps = []
    for _ in range(2):
        # Dropout that is on draws the same numbers in every answer, so that its mistake can be recognised.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            answer = function(model, x, target)
        maps.append(answer.detach().numpy().copy() if isinstance(answer, torch.Tensor) else answer)
    first, second = maps
    if isinstance(first, np.ndarray) and not np.array_equal(first, second):
        return {"the first call": first, "a second call with the same x": second}
    return first


def network(description: dict[str, Any]) -> Any:
    """The network of a description, in double precision."""
    import numpy as np
    import torch
    from torch import nn

    channels, side = description["channels"], description["side"]
    if description["network"] == "linear":
        layers = [nn.Flatten(), nn.Linear(channels * side * side, 3)]
    else:
        layers = [nn.Conv2d(channels, 6, 3, padding=1), nn.ReLU()]
        if description["training mode"]:
            layers = [layers[0], nn.BatchNorm2d(6), nn.ReLU(), nn.Dropout(0.5)]
        layers += [nn.Conv2d(6, 5, 3, stride=2), nn.Tanh(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(20, 3)]
    model = nn.Sequential(*layers).double()
    rng = np.random.default_rng(description["seed"])
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                # A variance must be positive; the others may be anything.
                drawn = rng.uniform(0.5, 2, value.shape) if "var" in name else rng.normal(0, 0.6, value.shape)
                value.copy_(torch.from_numpy(np.asarray(drawn)))
    return model.train(description["training mode"])
