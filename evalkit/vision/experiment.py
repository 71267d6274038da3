"""Train residual and plain networks side by side, at several depths and seeds, and write down everything.

From Python:

    from evalkit.vision.experiment import run

    results = run(data="digits", depths=[8, 20, 56], width=8, epochs=8)
    results.table()
    results.plot_accuracy()

From the shell:

    python -m evalkit.vision.experiment --data digits --depths 8 20 56 --seeds 0 1 2 --width 8 --epochs 8

which writes to the folder ``--out`` one file ``experiment.json`` and four figures, and after every epoch a checkpoint
that bears the hash of its configuration. The same command goes on where it was stopped or killed, and gives the same
numbers as if it had not been (on one machine, with one number of threads).

``experiment.json`` holds:

* ``schema``: 1;
* ``data``: ``name``, ``note``, ``classes``, ``train`` and ``valid`` (numbers of images);
* ``environment``: ``python``, ``torch``, ``device``, ``precision``, ``threads``, ``at_once`` (how many networks were
  trained at a time, with these threads together);
* ``runs``: for each network ``hash``, ``settings``, ``parameters``, ``first_loss`` and ``epochs``, each with ``train``
  and ``valid`` (``loss``, ``accuracy`` and, a value for each class, ``precision``, ``recall`` and ``f1``),
  ``gradient_norm``, ``layer_norms`` (a value for each layer), ``learning_rate`` and ``seconds``. A value that is not
  a finite number is null.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import torch

from evalkit.training._environment import cpu_threads
from evalkit.vision._experiment_progress import Bar
from evalkit.vision._experiment_results import Epoch, NetworkRun, Results, Scores
from evalkit.vision._experiment_settings import (
    DATA,
    PRECISIONS,
    SCHEDULES,
    Schedule,
    Settings,
    device_for,
    fingerprint,
    load_data,
    precision_for,
)
from evalkit.vision._experiment_side_by_side import at_once, train_all
from evalkit.vision.images import ImageData
from evalkit.vision.resnet import Shortcut

__all__ = ["Epoch", "NetworkRun", "Results", "Scores", "Settings", "run"]

FIGURES = ("accuracy", "curves", "gradients", "classes")


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


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line; its options are the parameters of `run`."""
    command = argparse.ArgumentParser(
        prog="python -m evalkit.vision.experiment",
        description="Train residual and plain networks side by side, and write one JSON file and figures.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add: Any = command.add_argument
    add("--data", choices=DATA, default="digits", help="what to train on")
    add("--root", help="the folder with the CIFAR-10 data, for --data cifar")
    add("--n-train", type=int, help="how many cats and dogs to draw for training")
    add("--n-valid", type=int, help="how many cats and dogs to draw for validation")
    add("--depths", type=int, nargs="+", default=[8, 20, 56], help="6n + 2 each")
    add("--networks", choices=("skip", "plain"), nargs="+", default=["skip", "plain"], help="which kinds to train")
    add("--seeds", type=int, nargs="+", default=[0], help="of initial weights and shuffling")
    add("--width", type=int, default=8, help="channels of the first stage")
    add("--epochs", type=int, default=8)
    add("--batch-size", type=int, default=96)
    add("--learning-rate", type=float, default=0.1)
    add("--momentum", type=float, default=0.9)
    add("--weight-decay", type=float, default=0.0)
    add("--schedule", choices=SCHEDULES, default="late", help="how the learning rate falls")
    add("--augment", action="store_true", help="shift and mirror the training images at random")
    add("--shortcut", choices=("A", "B"), default="A")
    add("--precision", choices=PRECISIONS, default="auto")
    add("--device", default="auto", help="auto, cpu, cuda or another device of torch")
    add("--threads", type=int, help="CPU threads of all networks together")
    add("--out", type=Path, default=Path("vision-experiment"), help="the folder to write to")
    add("--quiet", action="store_true", help="show no progress bar")
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the experiment from the shell, and return the exit status."""
    options = vars(parser().parse_args(arguments))
    out, quiet, networks = options.pop("out"), options.pop("quiet"), options.pop("networks")
    try:
        results = run(
            skips=[kind == "skip" for kind in networks], folder=out / "checkpoints", progress=not quiet, **options
        )
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. The same command goes on from the last epoch.", file=sys.stderr)
        return 130
    out.mkdir(parents=True, exist_ok=True)
    results.save(out / "experiment.json")
    write_figures(results, out)
    print(results.table().to_string(index=False, float_format=lambda value: f"{value:.3f}"))
    print(f"Written: {out / 'experiment.json'} and {len(FIGURES)} figures.")
    return 0


def write_figures(results: Results, folder: Path) -> None:
    """Write each figure as a PNG file that holds its text alternative as its description."""
    import matplotlib as mpl

    mpl.use("Agg")  # there may be no screen
    from evalkit.plots import alt_text

    for name in FIGURES:
        figure = getattr(results, f"plot_{name}")()
        figure.savefig(folder / f"{name}.png", dpi=150, metadata={"Description": alt_text(figure)})


if __name__ == "__main__":
    sys.exit(main())
