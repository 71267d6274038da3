"""The experiment from the shell: `python -m evalkit.vision.experiment`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evalkit.vision.experiment.grid import run
from evalkit.vision.experiment.results import Results
from evalkit.vision.experiment.settings import DATA, PRECISIONS, SCHEDULES

FIGURES = ("accuracy", "curves", "gradients", "classes")


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
