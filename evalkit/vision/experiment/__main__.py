"""The experiment from the shell: `python -m evalkit.vision.experiment`."""

from __future__ import annotations

import argparse
import json
import sys
from argparse import SUPPRESS
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evalkit._core.extras import needs
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
    # An option without a default of its own says what happens without it.
    add("--root", default=SUPPRESS, help="the folder with the CIFAR-10 data, for --data cifar (default: none)")
    add("--n-train", type=int, default=SUPPRESS, help="how many cats and dogs to draw for training (default: 2000)")
    add("--n-valid", type=int, default=SUPPRESS, help="how many cats and dogs to draw for validation (default: 500)")
    add("--depths", type=int, nargs="+", default=[8, 20, 56], help="6n + 2 each")
    add("--networks", choices=("skip", "plain"), nargs="+", default=["skip", "plain"], help="which kinds to train")
    add("--seeds", type=int, nargs="+", default=[0], help="of initial weights and shuffling")
    add("--width", type=int, default=8, help="channels of the first stage")
    add("--epochs", type=int, default=8, help="passes over the training images")
    add("--batch-size", type=int, default=96, help="images of one step")
    add("--learning-rate", type=float, default=0.1, help="the highest learning rate of SGD")
    add("--momentum", type=float, default=0.9, help="momentum of SGD")
    add("--weight-decay", type=float, default=0.0, help="weight decay of SGD")
    add("--schedule", choices=SCHEDULES, default="late", help="how the learning rate falls")
    add("--augment", action="store_true", help="shift and mirror the training images at random")
    add("--shortcut", choices=("A", "B"), default="A", help="on a skip where the shape changes: zeros, or a projection")
    add("--precision", choices=PRECISIONS, default="auto", help="of the numbers; auto is the faster one of the device")
    add("--device", default="auto", help="auto, cpu, cuda or another device of torch")
    add("--threads", type=int, default=SUPPRESS, help="CPU threads of all networks together (default: all CPUs)")
    add("--out", type=Path, default=Path("vision-experiment"), help="the folder to write to, one for each experiment")
    add("--quiet", action="store_true", help="show no progress bar")
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the experiment from the shell, and return the exit status."""
    options = vars(parser().parse_args(arguments))
    out, quiet, networks = options.pop("out"), options.pop("quiet"), options.pop("networks")
    claimed, new = None, not out.exists()
    try:
        claimed = _claim(out, {**options, "networks": networks})
        results = run(
            skips=[kind == "skip" for kind in networks], folder=out / "checkpoints", progress=not quiet, **options
        )
    except (ValueError, OSError) as error:
        if claimed:  # nothing was trained with these settings
            claimed.unlink(missing_ok=True)
            if new and not any(out.iterdir()):
                out.rmdir()
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. The same command goes on from the last epoch.", file=sys.stderr)
        return 130
    results.save(out / "experiment.json")
    write_figures(results, out)
    print(results.table().to_string(index=False, float_format=lambda value: f"{value:.3f}"))
    print(f"Written: {out / 'experiment.json'} and {len(FIGURES)} figures.")
    return 0


def _claim(out: Path, settings: dict[str, Any]) -> Path | None:
    """Note in the folder what it is for, and return the note if it is new.

    The same command goes on where it was stopped; another one would write over an earlier experiment.

    Raises
    ------
    ValueError
        If the folder holds an experiment with other settings.
    """
    note = out / "settings.json"
    # Where and on how many CPUs something is computed does not make it another experiment.
    mine = {name: value for name, value in settings.items() if name not in ("device", "threads", "root")}
    if note.is_file():
        theirs = json.loads(note.read_text(encoding="utf-8"))
        other = [name for name in sorted({*mine, *theirs}) if mine.get(name) != theirs.get(name)]
        if other:
            changes = ", ".join(f"{name} {theirs.get(name)} instead of {mine.get(name)}" for name in other)
            raise ValueError(
                f"{out} holds an experiment with other settings ({changes}): name another folder by --out."
            )
    elif (out / "experiment.json").exists():
        raise ValueError(f"{out} holds an earlier experiment: name another folder by --out.")
    else:
        out.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps(mine, indent=1) + "\n", encoding="utf-8")
        return note
    return None


def write_figures(results: Results, folder: Path) -> None:
    """Write each figure as a PNG file that holds its text alternative as its description."""
    needs("matplotlib")
    import matplotlib as mpl

    mpl.use("Agg")  # there may be no screen
    from evalkit.plots import alt_text

    for name in FIGURES:
        figure = getattr(results, f"plot_{name}")()
        figure.savefig(folder / f"{name}.png", dpi=150, metadata={"Description": alt_text(figure)})


if __name__ == "__main__":
    sys.exit(main())
