"""The large networks of He et al. for photographs, as torchvision has them."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from evalkit._core.extras import needs

WHERE_WEIGHTS_ARE = ("state_dict", "model_state_dict", "model")
WRAPPERS = ("module.", "_orig_mod.")
BACKBONES = ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")


def backbone(
    name: str, num_classes: int, *, weights: str | PathLike[str] | Mapping[str, Tensor] | None = None
) -> nn.Module:
    """Return a ResNet of torchvision with a new last layer for `num_classes` classes. Nothing is ever downloaded.

    Parameters
    ----------
    name : str
        "resnet18", "resnet34", "resnet50", "resnet101" or "resnet152".
    num_classes : int
    weights : path or state dict, optional
        A file saved by ``torch.save(model.state_dict(), path)``, or what it holds; also a checkpoint with the weights
        under "state_dict", "model_state_dict" or "model", and the weights of a compiled or distributed model, whose
        names begin with "_orig_mod." or "module.". Its last layer is used where it has `num_classes` classes and left
        out where it has another number. By default the weights are random.

    Returns
    -------
    torchvision.models.ResNet
        Takes images of shape (N, 3, H, W); they shrink to 1/32, so H and W should be 64 or more.

    Raises
    ------
    ValueError
        If the name is another one, or the weights do not fit the network; a prefix of their names is named.
    FileNotFoundError
        If there is no such file.

    Examples
    --------
    >>> model = backbone("resnet18", num_classes=2)
    >>> model.fc.out_features
    2
    """
    needs("torchvision")
    from torchvision.models import get_model  # type: ignore[import-untyped]

    if name not in BACKBONES:
        raise ValueError(f"name must be one of {', '.join(BACKBONES)}, got {name!r}.")
    model: nn.Module = get_model(name, weights=None, num_classes=num_classes)
    if weights is None:
        return model
    if isinstance(weights, Mapping):
        loaded = dict(weights)
    else:
        path = Path(weights)
        if not path.is_file():
            raise FileNotFoundError(f"weights must be a file or a state dict, and there is no file {path}.")
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    loaded = _named_plainly(loaded)
    own = model.state_dict()
    for key in ("fc.weight", "fc.bias"):
        if key in loaded and loaded[key].shape != own[key].shape:
            loaded[key] = own[key]
    unfit = [
        *(f"{key} is missing" for key in own if key not in loaded),
        *(f"{key} is unknown" for key in loaded if key not in own),
        *(
            f"{key} has shape {tuple(loaded[key].shape)} instead of {tuple(own[key].shape)}"
            for key in own
            if key in loaded and loaded[key].shape != own[key].shape
        ),
    ]
    if unfit:
        prefix = next((key.removesuffix("conv1.weight") for key in loaded if key.endswith("conv1.weight")), "")
        if prefix and all(prefix + key in loaded for key in own if not key.startswith("fc.")):
            raise ValueError(
                f"weights do not fit {name}, because their names begin with {prefix!r}: pass "
                f"{{key.removeprefix({prefix!r}): value for key, value in weights.items()}}."
            )
        others = f", and {len(unfit) - 1} more like that" if len(unfit) > 1 else ""
        raise ValueError(f"weights do not fit {name}: {unfit[0]}{others}.")
    model.load_state_dict(loaded)
    return model


def _named_plainly(loaded: dict[str, Any]) -> dict[str, Tensor]:
    """The weights in a checkpoint, without the prefixes of wrappers that torch puts around a model."""
    for key in WHERE_WEIGHTS_ARE:
        if isinstance(loaded.get(key), Mapping):
            loaded = dict(loaded[key])
            break
    while loaded and (prefix := next((p for p in WRAPPERS if all(key.startswith(p) for key in loaded)), None)):
        loaded = {key.removeprefix(prefix): value for key, value in loaded.items()}
    return loaded
