"""Train a network for every depth, kind and seed of a grid."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import torch

from evalkit.training.environment import cpu_threads
from evalkit.vision.experiment.progress import Bar
from evalkit.vision.experiment.results import Results
from evalkit.vision.experiment.settings import (
    Schedule,
    Settings,
    device_for,
    fingerprint,
    load_data,
    precision_for,
)
from evalkit.vision.experiment.side_by_side import at_once, train_all
from evalkit.vision.images import ImageData
from evalkit.vision.resnet import Shortcut


def run(
    data: str | ImageData = "digits",
    *,
    depths: Sequence[int] = (8, 20, 56),
    skips: Sequence[bool] = (True, False),
    seeds: Sequence[int] = (0,),
    width: int = 8,
    epochs: int = 8,
    batch_size: int = 96,
    learning_rate: float = 0.1,
    momentum: float = 0.9,
    weight_decay: float = 0.0,
    schedule: Schedule = "late",
    augment: bool = False,
    shortcut: Shortcut = "A",
    precision: str = "auto",
    device: str = "auto",
    threads: int | None = None,
    n_train: int | None = None,
    n_valid: int | None = None,
    root: str | PathLike[str] | None = None,
    folder: str | PathLike[str] | None = None,
    progress: bool = True,
) -> Results:
    """Train a network for each depth, with skips and without, and each seed.

    Parameters
    ----------
    data : "digits", "cats-dogs", "cifar" or ImageData
        What to train on. Cats and dogs are drawn by evalkit, "cifar" are those of CIFAR-10, which must be in `root`.
    depths : sequence of int
        6n + 2 each: 8, 14, 20 … 56, 110.
    skips : sequence of bool
        ``(True, False)`` trains both kinds.
    seeds : sequence of int
        Of initial weights and shuffling. Networks with the same seed see the same batches.
    width, shortcut
        Of the `ResNet`.
    epochs, batch_size, learning_rate, momentum, weight_decay, schedule, augment
        See `Settings`. The defaults are for 8 epochs on the digits. He et al. took width 16, 164 epochs in batches of
        128, weight decay 0.0001, steps and augmentation.
    precision : "auto", "float32" or "bf16"
        "auto" is bf16 where the device computes with it natively and it is faster.
    device : str
        "auto" is a CUDA GPU where there is one, and else the CPU.
    threads : int, optional
        CPU threads; by default as many as torch uses, but no more than the process has CPUs. Up to four networks are
        trained at a time and share them, which is faster than one after the other.
    n_train, n_valid : int, optional
        How many cats and dogs to draw; by default 2,000 and 500.
    root : path, optional
        Where the data for "cifar" are.
    folder : path, optional
        Where checkpoints are kept, and looked for. By default there are none.
    progress : bool
        Whether to show a progress bar, which leaves one line.

    Returns
    -------
    Results
        With ``.table()``, ``.spread()``, ``.get(depth, skip)``, ``.plot_curves()``, ``.plot_accuracy()``,
        ``.plot_gradients()``, ``.plot_classes()`` and ``.save(path)``.

    Raises
    ------
    ValueError
        If a setting makes no sense, before anything is trained.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Deep Residual Learning for Image Recognition", arXiv 1512.03385 (2015),
    section 4.2.

    Examples
    --------
    >>> results = run("digits", depths=[8], width=4, epochs=1, progress=False)
    >>> results.table()[["depth", "network", "parameters"]].values.tolist()
    [[8, 'skip', 4934], [8, 'plain', 4934]]
    """
    name, images = load_data(data, n_train=n_train, n_valid=n_valid, root=root)
    device = device_for(device)
    chosen = precision_for(precision, device, images.train_x.shape[-1])
    common: dict[str, Any] = {
        "data": name,
        "fingerprint": fingerprint(images),
        "width": width,
        "shortcut": shortcut,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "momentum": momentum,
        "weight_decay": weight_decay,
        "schedule": schedule,
        "augment": augment,
        "precision": chosen,
        "device": device,
    }
    plan = [
        Settings(depth=depth, skip=skip, seed=seed, **common) for seed in seeds for depth in depths for skip in skips
    ]
    if not plan:
        raise ValueError("depths, skips and seeds must each hold at least one value.")
    images = on_device(images, device)
    steps = -(-len(images.train_y) // batch_size) * epochs
    checkpoints = Path(folder) if folder is not None else None
    with cpu_threads(threads) as used, Bar(len(plan), steps, progress) as bar:
        runs = train_all(plan, images, folder=checkpoints, threads=used, bar=bar)
    return Results(
        runs,
        {
            "name": name,
            "note": images.note,
            "classes": list(images.classes),
            "train": len(images.train_y),
            "valid": len(images.valid_y),
        },
        {
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "device": torch.cuda.get_device_name() if device == "cuda" else device,
            "precision": chosen,
            "threads": used,
            "at_once": at_once(device, used, len(plan)),
        },
    )


def on_device(data: ImageData, device: str) -> ImageData:
    """Return the data with all tensors on a device, so that no batch has to travel."""
    parts = ("train_x", "train_y", "valid_x", "valid_y")
    return replace(data, **{part: getattr(data, part).to(device) for part in parts})
