"""The images as one type, and the three functions that make it."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from evalkit._core.extras import needs
from evalkit.vision.images.drawing import Array
from evalkit.vision.images.recipe import Recipe
from evalkit.vision.images.scene import draw_pictures

Part = Literal["train", "valid"]

# Their arrays fit into a cache, and a longer set begins with the shorter one.
PICTURES_AT_ONCE = 256
CIFAR_CAT, CIFAR_DOG = 3, 5
PETS = ("cat", "dog")


@dataclass(frozen=True)
class ImageData:
    """Images and labels, split into a training part and a validation part.

    Parameters
    ----------
    train_x, valid_x : Tensor of shape (N, C, H, W), float32
        Standardised: from each channel its mean over the training part is subtracted, then it is divided by its
        standard deviation there.
    train_y, valid_y : Tensor of shape (N,), int64
        True labels as indices into `classes`. In the training part some may be wrong: see `train_cohorts`.
    classes : tuple of str
    note : str
        Where the images come from, in a sentence.
    mean, std : tuple of float
        What standardised each channel.
    cohorts, train_cohorts : dict of str to array of shape (N,)
        What is known about each validation or training image, such as whether something hides a part of it. Empty
        where nothing is known.

    Examples
    --------
    >>> data = digits()
    >>> data.train_x.shape, data.valid_x.shape, len(data.classes)
    (torch.Size([1297, 1, 8, 8]), torch.Size([500, 1, 8, 8]), 10)
    >>> data.pictures("valid", rows=[0, 1]).shape
    (2, 8, 8)
    """

    train_x: Tensor
    train_y: Tensor
    valid_x: Tensor
    valid_y: Tensor
    classes: tuple[str, ...]
    note: str
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    cohorts: dict[str, Array] = field(default_factory=dict)
    train_cohorts: dict[str, Array] = field(default_factory=dict)

    def pictures(self, part: Part = "valid", rows: Any = None) -> Array:
        """Return images as matplotlib shows them: not standardised, 0 to 1, channels last.

        Parameters
        ----------
        part : "train" or "valid"
        rows : int array or list, optional
            Which images; by default all.

        Returns
        -------
        ndarray of shape (N, H, W, 3), or (N, H, W) for grey images
        """
        x = {"train": self.train_x, "valid": self.valid_x}[part]
        if rows is not None:
            x = x[torch.as_tensor(np.asarray(rows))]
        mean, std = (torch.tensor(values).reshape(-1, 1, 1) for values in (self.mean, self.std))
        pictures: Array = (x * std + mean).clamp(0, 1).permute(0, 2, 3, 1).numpy()
        return pictures[..., 0] if pictures.shape[-1] == 1 else pictures


def digits(seed: int = 0, valid: int = 500) -> ImageData:
    """Return the 1,797 handwritten digits that scikit-learn ships: real images, 8×8 pixels, grey.

    Parameters
    ----------
    seed : int
        Of the split into training and validation part.
    valid : int
        How many images are for validation.

    Raises
    ------
    ValueError
        If `valid` leaves one of the parts empty.

    References
    ----------
    E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository (1998).

    Examples
    --------
    >>> data = digits(valid=797)
    >>> len(data.train_y), len(data.valid_y), data.classes[:3]
    (1000, 797, ('0', '1', '2'))
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    x, y = bunch.images.astype(np.float32)[:, None] / 16, bunch.target.astype(np.int64)
    if not 0 < valid < len(y):
        raise ValueError(f"valid must be between 1 and {len(y) - 1}, got {valid}.")
    rows = np.random.default_rng(seed).permutation(len(y))
    train, held_out = rows[:-valid], rows[-valid:]
    return standardised(
        x[train],
        y[train],
        x[held_out],
        y[held_out],
        classes=tuple(str(name) for name in bunch.target_names),
        note="Handwritten digits, 8×8 pixels, from scikit-learn (UCI Machine Learning Repository).",
    )


def cats_and_dogs(n_train: int = 2000, n_valid: int = 500, seed: int = 0) -> ImageData:
    """Return drawn cats and dogs, 32×32 pixels, in colour, as many of each. About 1 ms of computing per image.

    Fur, pattern, pose, light, background and what stands in front are drawn at random in the same way for both; only
    ears, face, eyes, nose and whiskers tell them apart, and one in ten has unusual ears: a cat's folded, a dog's
    pricked. The same seed gives the same images, and a longer part begins with the images of a shorter one.

    Parameters
    ----------
    n_train, n_valid : int
        How many images of each part.
    seed : int

    Returns
    -------
    ImageData
        `cohorts` and `train_cohorts` have these columns, one value for each image: ``"light"`` ("normal", "dark",
        "bright" or "side"), and true or false for ``"occluded"`` (a fence or a board hides a part), ``"small"``,
        ``"rotated"`` (by about 30 to 55 degrees), ``"cluttered"`` (background), ``"unusual ears"`` and
        ``"mislabelled"``. About 4 % of the training images are mislabelled, and no validation image.

    Raises
    ------
    ValueError
        If a part is to have no images.

    Examples
    --------
    >>> data = cats_and_dogs(n_train=64, n_valid=16, seed=1)
    >>> data.train_x.shape, data.classes
    (torch.Size([64, 3, 32, 32]), ('cat', 'dog'))
    >>> int((data.valid_y == 0).sum()), bool(data.cohorts["mislabelled"].any())
    (8, False)
    """
    for name, count in {"n_train": n_train, "n_valid": n_valid}.items():
        if count < 1:
            raise ValueError(f"{name} must be at least 1, got {count}.")
    train_x, train_y, train_cohorts = _drawn(n_train, (seed, 0), label_noise=True)
    valid_x, valid_y, cohorts = _drawn(n_valid, (seed, 1), label_noise=False)
    return standardised(
        train_x,
        train_y,
        valid_x,
        valid_y,
        classes=PETS,
        note="Cats and dogs drawn by evalkit from a seeded recipe, 32×32 pixels.",
        cohorts=cohorts,
        train_cohorts=train_cohorts,
    )


def _drawn(n: int, seed: tuple[int, int], label_noise: bool) -> tuple[Array, Array, dict[str, Array]]:
    pictures, labels, cohorts = [], [], []
    for chunk, start in enumerate(range(0, n, PICTURES_AT_ONCE)):
        rng = np.random.default_rng((*seed, chunk))
        recipe = Recipe.draw(rng, PICTURES_AT_ONCE)
        keep = min(PICTURES_AT_ONCE, n - start)
        mislabelled = recipe.mislabelled & label_noise
        pictures.append(draw_pictures(recipe, rng)[:keep])
        labels.append(np.where(mislabelled, 1 - recipe.label, recipe.label)[:keep])
        cohorts.append({name: values[:keep] for name, values in recipe.cohorts(mislabelled).items()})
    columns = {name: np.concatenate([part[name] for part in cohorts]) for name in cohorts[0]}
    return np.concatenate(pictures), np.concatenate(labels), columns


def cifar_cats_and_dogs(root: str | PathLike[str], download: bool = False) -> ImageData:
    """Return the cats and dogs of CIFAR-10, read by torchvision: 10,000 photographs for training, 2,000 for validation.

    Parameters
    ----------
    root : path
        The folder that holds, or is to hold, ``cifar-10-batches-py``.
    download : bool
        Whether torchvision may download the data (170 MB) where they are missing. By default nothing is downloaded.

    Raises
    ------
    FileNotFoundError
        If the data are not there, and `download` is false.
    OSError
        If the download fails.

    References
    ----------
    A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009).

    Examples
    --------
    >>> cifar_cats_and_dogs("no such folder")
    Traceback (most recent call last):
    ...
    FileNotFoundError: There is no CIFAR-10 in 'no such folder'. Call cifar_cats_and_dogs(root, download=True) ...
    """
    needs("torchvision")
    from torchvision.datasets import CIFAR10  # type: ignore[import-untyped]

    try:
        parts = [CIFAR10(str(Path(root)), train=train, download=download) for train in (True, False)]
    except RuntimeError as error:
        if download:
            raise OSError(f"CIFAR-10 could not be downloaded to {str(root)!r}: {error}") from error
        raise FileNotFoundError(
            f"There is no CIFAR-10 in {str(root)!r}. Call cifar_cats_and_dogs(root, download=True) to download it "
            "(170 MB), or unpack cifar-10-python.tar.gz in that folder. Without it, cats_and_dogs() draws some."
        ) from None
    except OSError as error:
        raise OSError(f"CIFAR-10 could not be downloaded to {str(root)!r}: {error}") from error
    arrays: list[Array] = []
    for part in parts:
        y = np.asarray(part.targets)
        rows = np.isin(y, (CIFAR_CAT, CIFAR_DOG))
        arrays += [
            part.data[rows].transpose(0, 3, 1, 2).astype(np.float32) / 255,
            (y[rows] == CIFAR_DOG).astype(np.int64),
        ]
    return standardised(*arrays, classes=PETS, note="Cats and dogs of CIFAR-10 (Krizhevsky 2009), 32×32 pixels.")


def standardised(
    train_x: Array,
    train_y: Array,
    valid_x: Array,
    valid_y: Array,
    *,
    classes: tuple[str, ...],
    note: str,
    cohorts: dict[str, Array] | None = None,
    train_cohorts: dict[str, Array] | None = None,
) -> ImageData:
    """Return ImageData of images from 0 to 1, (N, C, H, W), standardised by what the training part says."""
    # In float64: the sum of millions of float32 would depend on the order in which they are added.
    mean = train_x.mean(axis=(0, 2, 3), dtype=np.float64).astype(np.float32)
    std = train_x.std(axis=(0, 2, 3), dtype=np.float64).astype(np.float32)
    scale = np.where(std > 0, std, 1).astype(np.float32)
    x = [torch.from_numpy((part - mean[:, None, None]) / scale[:, None, None]) for part in (train_x, valid_x)]
    y = [torch.from_numpy(np.asarray(part, dtype=np.int64)) for part in (train_y, valid_y)]
    return ImageData(
        x[0],
        y[0],
        x[1],
        y[1],
        classes,
        note,
        tuple(mean.tolist()),
        tuple(scale.tolist()),
        cohorts or {},
        train_cohorts or {},
    )
