"""Lesson 07: a validation curve that wobbles. How much patience does it take?"""

from __future__ import annotations

from collections.abc import Sequence

from autograder.lesson.explorable import About, Explorable, Predict, Slider
from autograder.lesson.explorables.drawing import Plot, State, mark, picture, places, plain
from evalkit.training import EarlyStopping

TITLE = "When to stop"
MOST = 6


def build(val_loss: Sequence[float]) -> Explorable:
    """Where training stops by patience.

    Parameters
    ----------
    val_loss : sequence of float
        The validation losses that training would have if it never stopped.
    """
    losses = [float(loss) for loss in val_loss]
    most = min(MOST, len(losses) - 1)
    stops = [EarlyStopping(patience).last_epoch(losses) for patience in range(1, most + 1)]
    plot = Plot((-0.3, len(losses) - 0.7), (0, 1.1 * max(losses)))
    states = [_state(plot, losses, patience, stop) for patience, stop in enumerate(stops, start=1)]
    first = states[0]
    reached = [min(losses[: stop + 1]) == min(losses) for stop in stops]
    enough = reached.index(True) + 1 if any(reached) else 0
    why = (
        f"On the way to it {enough - 1} epochs in a row bring nothing better: patience must be one more. "
        if enough
        else "None of them waits long enough. "
    ) + f"The lowest loss, {min(losses):.2f}, comes in epoch {losses.index(min(losses))}."
    goals = {
        "It stops although a lower loss was still to come.": [not each for each in reached],
        "The lowest loss is found, with as few epochs as possible.": [
            found and stop == min(s for s, f in zip(stops, reached, strict=True) if f)
            for found, stop in zip(reached, stops, strict=True)
        ],
    }
    epochs = range(len(losses))
    step = 2 if len(losses) > 6 else 1
    top = max(losses)
    return Explorable(
        title=TITLE,
        about=About("07_training_curves", "patience", ["TC.4"]),
        predict=Predict(
            "What is the least patience with which training finds the lowest loss of this curve?",
            {str(patience): why for patience in range(1, min(most, 4) + 1)} | ({} if enough else {"more": why}),
            right=str(enough) if enough else "more",
        ),
        sliders=[Slider("Patience", most - 1, 0, shown="patience")],
        goals=places({text: held for text, held in goals.items() if any(held)}),
        picture=picture(
            "Validation loss by epoch; what is run is thick, and the dot marks the weights that are kept",
            first,
            236,
            plot.frame(
                "Epoch",
                "validation loss",
                {epoch: str(epoch) for epoch in epochs if epoch % step == 0},
                {0: "0", top / 2: f"{top / 2:g}", top: f"{top:g}"},
            ),
            f'<path class="ek-chance" d="{plot.path(epochs, losses)}"/>',
            *(
                f'<circle class="ek-frame" cx="{plot.across(e):g}" cy="{plot.down(losses[e]):g}" r="3"/>'
                for e in epochs
            ),
            mark(first, "run", "path", class_="ek-curve"),
            mark(first, "cut", "line", class_="ek-cut", y1=plot.top, y2=plot.bottom),
            mark(first, "best", "circle", class_="ek-dot", r=7),
        ),
        below="",
        texts=first["texts"],
        data={"states": states},
        plain=plain(TITLE, states),
    )


def _state(plot: Plot, losses: list[float], patience: int, stop: int) -> State:
    run = losses[: stop + 1]
    best = run.index(min(run))
    stopped = stop < len(losses) - 1 or stop - best >= patience
    does = f"training stops after epoch {stop}" if stopped else f"all {len(losses)} epochs are run"
    texts = {
        "patience": str(patience),
        "value": f"{patience}, {does}, best loss {min(run):.2f}",
        "sentence": (
            f"With patience {patience} {does}. The best weights so far are those of epoch {best}, with a loss of "
            f"{min(run):.2f}."
        ),
    }
    x = plot.across(stop)
    marks = {
        "run": {"d": plot.path(range(stop + 1), run)},
        "cut": {"x1": x, "x2": x},
        "best": {"cx": plot.across(best), "cy": plot.down(min(run))},
    }
    return {"texts": texts, "marks": marks}
