"""The figures of an experiment. With skips: blue, solid, round markers. Plain: vermillion, dashed, crosses."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING, Any

from evalkit.plots.style import GREY, PALETTE, finished, new_axes, with_alt

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evalkit.vision.experiment.results import NetworkRun, Results

# Inches, for one depth, two, and more. A wider figure is scaled down, letters and all, where it is read.
WIDTH = {1: 4.2, 2: 7.6, 3: 8.4}
COLOURS = {"skip": PALETTE[0], "plain": PALETTE[1]}
DASHES = {"skip": "-", "plain": "--"}
MARKERS = {"skip": "o", "plain": "X"}
NAMES = {"skip": "with skips", "plain": "plain"}


def plot_curves(results: Results) -> Figure:
    """Draw loss and accuracy over the epochs. See `Results.plot_curves`."""
    depths = results.depths
    fig, axes = new_axes(WIDTH[min(len(depths), 3)], 5.6, nrows=2, ncols=len(depths), squeeze=False, sharey="row")
    for column, depth in enumerate(depths):
        for row, name in enumerate(("loss", "accuracy")):
            ax = axes[row, column]
            for run in runs_of(results, depth):
                _draw_curves(ax, run, name)
            ax.set_title(f"depth {depth}" if row == 0 else "")
            ax.set_xlabel("Epoch (the first is 0)" if row == 1 else "")
            ax.set_ylabel({"loss": "Loss (mean per image)", "accuracy": "Accuracy"}[name] if column == 0 else "")
            ax.set_yscale("log" if name == "loss" else "linear")
            ax.xaxis.get_major_locator().set_params(integer=True)
            ax.grid(alpha=0.3)
    _legend(axes[0, 0])
    return with_alt(fig, curves_in_words(results))


def _draw_curves(ax: Any, run: NetworkRun, name: str) -> None:
    kind = run.settings.kind
    history = run.history
    epochs = range(history.epochs)
    style = {"color": COLOURS[kind], "linewidth": 1.2}
    ax.plot(epochs, history.train[name], linestyle=":", **style, label=f"{NAMES[kind]}, training")
    ax.plot(
        epochs,
        history.valid[name],
        linestyle=DASHES[kind],
        marker=MARKERS[kind],
        markersize=4,
        **style,
        label=f"{NAMES[kind]}, validation",
    )


def curves_in_words(results: Results) -> str:
    """Say for each depth and kind where loss and accuracy ended."""
    sentences = ["Loss and accuracy over the epochs, training and validation, one column for each depth."]
    for depth, kind, runs in groups(results):
        losses = median(run.last.train.loss for run in runs), median(run.last.valid.loss for run in runs)
        sentences.append(
            f"Depth {depth}, {NAMES[kind]}: training loss ends at {losses[0]:.2g}, validation loss at "
            f"{losses[1]:.2g}, validation accuracy at {_accuracies(runs)}."
        )
    return " ".join(sentences)


def plot_accuracy(results: Results) -> Figure:
    """Draw validation accuracy against depth. See `Results.plot_accuracy`."""
    fig, ax = new_axes(5.8, 4.2)
    depths = results.depths
    for kind in kinds(results):
        found = {depth: results.of(depth, kind == "skip") for depth in depths}
        middles = [(depths.index(depth), _median_accuracy(runs)) for depth, runs in found.items() if runs]
        places = [depths.index(depth) for depth, runs in found.items() for _ in runs]
        values = [run.last.valid.accuracy for runs in found.values() for run in runs]
        ax.plot(*zip(*middles, strict=True), color=COLOURS[kind], linestyle=DASHES[kind], linewidth=1.2)
        ax.scatter(places, values, color=COLOURS[kind], marker=MARKERS[kind], s=36, alpha=0.75, label=NAMES[kind])
    chance = 1 / len(results.data["classes"])
    ax.axhline(chance, color=GREY, linestyle=":", label=f"guessing ({chance:.2g})")
    ax.set_xticks(range(len(depths)), [str(depth) for depth in depths])
    ax.set_xlim(-0.4, len(depths) - 0.6)
    ax.set_ylim(0, 1.03)
    ax.grid(alpha=0.3)
    ax.legend(loc="lower left")
    words = " ".join(f"Depth {depth}, {NAMES[kind]}: {_accuracies(runs)}." for depth, kind, runs in groups(results))
    alt = f"Validation accuracy after the last epoch against depth. {words}"
    return finished(fig, ax, "What depth does, with skips and without", "Depth (layers)", "Validation accuracy", alt)


def plot_gradients(results: Results, epoch: int) -> Figure:
    """Draw the gradient norm of each layer in one epoch. See `Results.plot_gradients`."""
    depths = results.depths
    fig, axes = new_axes(WIDTH[min(len(depths), 3)], 3.6, ncols=len(depths), squeeze=False, sharey=True)
    sentences = [f"Length of the gradient of each layer's weights in epoch {epoch}, from the input to the output."]
    for ax, depth in zip(axes[0], depths, strict=True):
        for kind in kinds(results):
            runs = [run for run in results.of(depth, kind == "skip") if len(run.epochs) > epoch]
            if not runs:
                continue
            layers = list(runs[0].epochs[epoch].layer_norms)
            norms = [median(run.epochs[epoch].layer_norms[layer] for run in runs) for layer in layers]
            ax.plot(range(1, len(layers) + 1), norms, color=COLOURS[kind], linestyle=DASHES[kind], label=NAMES[kind])
            lowest = min(norms)
            sentences.append(
                f"Depth {depth}, {NAMES[kind]}: {norms[0]:.2g} in the first layer, {norms[-1]:.2g} in the last, "
                f"lowest {lowest:.2g} in layer {norms.index(lowest) + 1}."
            )
        ax.set_yscale("log")
        ax.set_title(f"depth {depth}")
        ax.set_xlabel("Layer (1 is next to the input)")
        ax.grid(alpha=0.3)
    axes[0, 0].set_ylabel(f"Gradient norm in epoch {epoch}")
    _legend(axes[0, 0])
    return with_alt(fig, " ".join(sentences))


def plot_classes(results: Results, depth: int) -> Figure:
    """Draw precision, recall and F1 of each class at one depth. See `Results.plot_classes`."""
    classes = results.data["classes"]
    fig, axes = new_axes(8.0, 1.6 + 0.28 * len(classes), ncols=3, sharey=True)
    titles = {"precision": "Precision", "recall": "Recall", "f1": "F1"}
    sentences = [f"Precision, recall and F1 of each class on validation images, depth {depth}."]
    for kind in kinds(results):
        runs = results.of(depth, kind == "skip")
        if not runs:
            continue
        offset = -0.12 if kind == "skip" else 0.12
        lowest = []
        for ax, name in zip(axes, titles, strict=True):
            per_run = [getattr(run.last.valid, name) for run in runs]
            middles = [median(values) for values in zip(*per_run, strict=True)]
            places = [place + offset for place in range(len(classes))]
            ax.scatter(middles, places, color=COLOURS[kind], marker=MARKERS[kind], s=30, label=NAMES[kind])
            worst = min(range(len(classes)), key=middles.__getitem__)
            lowest.append(f"{titles[name]} {middles[worst]:.2f} ({classes[worst]})")
        sentences.append(f"{NAMES[kind].capitalize()}, the lowest: {', '.join(lowest)}.")
    for ax, name in zip(axes, titles, strict=True):
        ax.set_xlabel(f"{titles[name]} (validation)")
        ax.set_xlim(-0.03, 1.03)
        ax.grid(alpha=0.3)
    axes[0].set_yticks(range(len(classes)), classes)
    axes[0].set_ylabel("True label")
    axes[0].invert_yaxis()
    _legend(axes[0])
    fig.suptitle(f"Each class, depth {depth}")
    return with_alt(fig, " ".join(sentences))


def kinds(results: Results) -> list[str]:
    """Return "skip", "plain" or both: what the experiment has trained."""
    return [kind for kind in NAMES if any(run.settings.kind == kind for run in results.runs)]


def runs_of(results: Results, depth: int) -> list[NetworkRun]:
    """Return all networks of a depth."""
    return [run for run in results.runs if run.settings.depth == depth]


def groups(results: Results) -> list[tuple[int, str, list[NetworkRun]]]:
    """Return depth, kind and networks for every combination that there is."""
    found = [(depth, kind, results.of(depth, kind == "skip")) for depth in results.depths for kind in kinds(results)]
    return [group for group in found if group[2]]


def _legend(ax: Any) -> None:
    # Networks that differ in nothing but their seed are drawn alike and named once.
    handles, labels = ax.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    ax.legend(unique.values(), unique.keys(), fontsize=8)


def _median_accuracy(runs: list[NetworkRun]) -> float:
    return median(run.last.valid.accuracy for run in runs)


def _accuracies(runs: list[NetworkRun]) -> str:
    values = [run.last.valid.accuracy for run in runs if math.isfinite(run.last.valid.accuracy)]
    if not values:
        return "no finite value"
    if len(values) == 1:
        return f"{values[0]:.3f}"
    return f"{median(values):.3f} (median of {len(values)}, from {min(values):.3f} to {max(values):.3f})"
