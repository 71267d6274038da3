"""The large networks of He et al. for photographs, as torchvision has them."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import torch
from torch import Tensor, nn

from evalkit._core.extras import needs

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
        A file saved by ``torch.save(model.state_dict(), path)``, or what it holds. Its last layer is used where it has
        `num_classes` classes and left out where it has another number. By default the weights are random.

    Returns
    -------
    torchvision.models.ResNet
        Takes images of shape (N, 3, H, W); they shrink to 1/32, so H and W should be 64 or more.

    Raises
    ------
    ValueError
        If the name is another one, or the weights do not fit the network.
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
        others = f", and {len(unfit) - 1} more like that" if len(unfit) > 1 else ""
        raise ValueError(f"weights do not fit {name}: {unfit[0]}{others}.")
    model.load_state_dict(loaded)
    return model
