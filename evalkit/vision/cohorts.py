"""The cohorts nobody tests: the same images in another light, at another angle, cut closer, or partly hidden.

    from evalkit.vision.cohorts import disturbed_cohorts

    for kind, x in disturbed_cohorts(data).items():
        print(kind, accuracy_score(data.valid_y, predict(x)))

Labels stay true, so every fall of a metric is the model's. The transforms are torchvision's; each image gets its own
random strength, and the same seed gives the same images.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms import v2  # type: ignore[import-untyped]

from evalkit.vision.images import ImageData

KINDS = ("occluded", "dark", "bright", "low contrast", "cropped", "turned")
CAMERA_KINDS = ("blurred", "compressed", "noisy")  # what lenses, networks and sensors do
AS_THEY_ARE = "as they are"


def transform_of(kind: str, height: int, width: int) -> Callable[[Tensor], Tensor]:
    """Return the torchvision transform of a kind, for images with values from 0 to 1.

    Parameters
    ----------
    kind : str
        One of `KINDS` or `CAMERA_KINDS`. "occluded" covers 15 to 30 % of the image with grey; "dark" and "bright" scale
        the brightness by 0.2 to 0.4 and by 1.6 to 2.2; "low contrast" pulls all pixels towards their mean, to 20 to
        40 % of their distance; "cropped" cuts out 40 to 60 % of the area and enlarges it; "turned" turns by 50 to 80
        degrees; "blurred" takes a Gaussian mean over 1.0 to 1.6 pixels; "compressed" writes and reads a JPEG of quality
        8 to 20; "noisy" adds Gaussian noise of 0.1 to every pixel.
    height, width : int
        Of the images, in pixels.

    Raises
    ------
    ValueError
        If there is no such kind.
    """
    edge = max(height, width) // 3

    def turn(degrees: tuple[int, int]) -> Any:
        return v2.RandomRotation(degrees, interpolation=v2.InterpolationMode.BILINEAR)

    transforms: dict[str, Callable[[], Any]] = {
        "occluded": lambda: v2.RandomErasing(p=1, scale=(0.15, 0.3), ratio=(0.5, 2), value=0.5),
        "dark": lambda: v2.ColorJitter(brightness=(0.2, 0.4)),
        "bright": lambda: v2.ColorJitter(brightness=(1.6, 2.2)),
        "low contrast": lambda: v2.ColorJitter(contrast=(0.2, 0.4)),
        "cropped": lambda: v2.RandomResizedCrop((height, width), scale=(0.4, 0.6), ratio=(0.9, 1.1)),
        # The edge is mirrored outwards first, so that no black corners give the turned images away.
        "turned": lambda: v2.Compose(
            [
                v2.Pad(edge, padding_mode="reflect"),
                v2.RandomChoice([turn((50, 80)), turn((-80, -50))]),
                v2.CenterCrop((height, width)),
            ]
        ),
        "blurred": lambda: v2.GaussianBlur(5, sigma=(1.0, 1.6)),
        "compressed": lambda: _compressed,
        "noisy": lambda: v2.GaussianNoise(sigma=0.1),
    }
    if kind not in transforms:
        raise ValueError(f"kind must be one of {', '.join(map(repr, (*KINDS, *CAMERA_KINDS)))}, got {kind!r}.")
    transform: Callable[[Tensor], Tensor] = transforms[kind]()
    return transform


def _compressed(image: Tensor) -> Tensor:
    """Write an image as JPEG and read it again; one with another number of channels than three, channel by channel."""
    from PIL import Image

    quality = int(torch.randint(8, 21, ()))
    pixels = (image * 255).round().to(torch.uint8).numpy()
    read = []
    for plane in [pixels.transpose(1, 2, 0)] if len(pixels) == 3 else pixels:
        buffer = BytesIO()
        Image.fromarray(plane).save(buffer, "JPEG", quality=quality)
        read.append(np.array(Image.open(buffer)))
    found = read[0].transpose(2, 0, 1) if len(pixels) == 3 else np.stack(read)
    return torch.from_numpy(found).to(image.dtype) / 255


def disturbed(x: Tensor, kind: str, *, mean: Sequence[float] = (), std: Sequence[float] = (), seed: int = 0) -> Tensor:
    """Return the same images, disturbed, each by its own random strength.

    Parameters
    ----------
    x : Tensor of shape (N, C, H, W)
        Images with values from 0 to 1, or standardised by `mean` and `std`.
    kind : str
        One of `KINDS` or `CAMERA_KINDS`; see `transform_of`.
    mean, std : sequence of C numbers, optional
        What standardised the images, such as `ImageData.mean` and `ImageData.std`. The answer is standardised by the
        same numbers.
    seed : int
        Of the strengths. torch's own generator is left as it was.

    Returns
    -------
    Tensor of shape (N, C, H, W)

    Raises
    ------
    ValueError
        If there is no such kind, the shape is another, or there are no images.

    Examples
    --------
    >>> x = torch.full((2, 1, 8, 8), 0.5)
    >>> dark = disturbed(x, "dark")
    >>> dark.shape, bool((dark < 0.25).all()), bool(dark[0, 0, 0, 0] == dark[1, 0, 0, 0])
    (torch.Size([2, 1, 8, 8]), True, False)
    """
    if x.ndim != 4 or not len(x):
        raise ValueError(f"x must hold images, shape (N, C, H, W), got {tuple(x.shape)}.")
    transform = transform_of(kind, *x.shape[-2:])
    centre = torch.tensor(list(mean) or [0.0]).view(-1, 1, 1)
    scale = torch.tensor(list(std) or [1.0]).view(-1, 1, 1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        images = torch.stack([transform(image) for image in (x * scale + centre).clamp(0, 1)])
    return (images - centre) / scale


def disturbed_cohorts(data: ImageData, kinds: Sequence[str] = KINDS, *, seed: int = 0) -> dict[str, Tensor]:
    """Return the validation images as they are and once for each kind of disturbance.

    Parameters
    ----------
    data : ImageData
    kinds : sequence of str
        Some of `KINDS` and `CAMERA_KINDS`.
    seed : int

    Returns
    -------
    dict of str to Tensor of shape (N, C, H, W)
        "as they are" comes first. `data.valid_y` are the true labels of each.

    Examples
    --------
    >>> from evalkit.vision import digits
    >>> {kind: tuple(x.shape) for kind, x in disturbed_cohorts(digits(), ["dark", "turned"]).items()}
    {'as they are': (500, 1, 8, 8), 'dark': (500, 1, 8, 8), 'turned': (500, 1, 8, 8)}
    """
    cohorts = {AS_THEY_ARE: data.valid_x}
    for kind in kinds:
        cohorts[kind] = disturbed(data.valid_x, kind, mean=data.mean, std=data.std, seed=seed)
    return cohorts
