"""Networks for images, and what tells whether their skip connections work.

    from evalkit.vision import ResNet, gradient_flow, verify_skips

    model = ResNet(depth=20, width=16, num_classes=10)
    verify_skips(model)                     # one report for each residual block
    gradient_flow(model, (x, y)).plot()     # how much gradient reaches each layer

torch loads when a name is used, not when this package is imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from evalkit._core.extras import needs

if TYPE_CHECKING:
    from evalkit.vision.flow import GradientFlow, gradient_flow
    from evalkit.vision.images import ImageData, cats_and_dogs, cifar_cats_and_dogs, digits
    from evalkit.vision.resnet import BasicBlock, Bottleneck, ResNet, backbone, parameter_count
    from evalkit.vision.skips import SkipReport, verify_skips

__all__ = [
    "BasicBlock",
    "Bottleneck",
    "GradientFlow",
    "ImageData",
    "ResNet",
    "SkipReport",
    "backbone",
    "cats_and_dogs",
    "cifar_cats_and_dogs",
    "digits",
    "gradient_flow",
    "parameter_count",
    "verify_skips",
]

_HOMES = {
    "flow": ("GradientFlow", "gradient_flow"),
    "images": ("ImageData", "cats_and_dogs", "cifar_cats_and_dogs", "digits"),
    "resnet": ("BasicBlock", "Bottleneck", "ResNet", "backbone", "parameter_count"),
    "skips": ("SkipReport", "verify_skips"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    needs("torch")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
