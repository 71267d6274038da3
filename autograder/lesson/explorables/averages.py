"""Lesson 04: one class of many is found less and less often. Which average tells?"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from autograder.lesson.explorable import About, Explorable, Predict, Slider
from autograder.lesson.explorables.drawing import State, mark, picture, places, plain
from evalkit import ConfusionMatrix, f1_score

TITLE = "A class collapses"
KINDS: tuple[Literal["macro", "weighted", "micro"], ...] = ("macro", "weighted", "micro")
LEFT, RIGHT, TOP, STEP = 110, 340, 8, 32  # of the bars


def build(counted: ConfusionMatrix, class_: int = 8) -> Explorable:
    """The averages of F1 while more or fewer samples of one class are found.

    Parameters
    ----------
    counted : ConfusionMatrix
        What a classifier did. The slider moves samples of the class between its diagonal cell and the largest of its
        other cells.
    class_ : int
        The class, by its label.
    """
    at = list(counted.labels).index(class_)
    support = int(counted.support[at])
    rows = [_f1(moved, at) for moved in (_found(counted, at, found) for found in range(support + 1))]
    states = [_state(class_, support, found, row) for found, row in enumerate(rows)]
    start = int(counted.table[at, at])
    first = states[start]
    falls = {kind: rows[-1][kind] - rows[0][kind] for kind in KINDS}
    why = (
        f"From all {support} found to none, macro F1 loses {falls['macro']:.3f}, weighted F1 {falls['weighted']:.3f} "
        f"and micro F1 {falls['micro']:.3f}. In macro F1 each of the {len(counted.labels)} classes has one vote, "
        "however rare it is."
    )
    bars = "".join(_bar(first, row, name) for row, name in enumerate([f"F1 of {class_}", *KINDS]))
    return Explorable(
        title=f"{TITLE}: the digit {class_}",
        about=About("04_f1_and_averages", "averages", ["FA.3"]),
        predict=Predict(
            f"In the end no {class_} is found any more. Which average of F1 falls most?",
            dict.fromkeys(KINDS, why),
            right=max(falls, key=lambda kind: falls[kind]),
        ),
        sliders=[Slider(f"Images of {class_} that are found", support, start, shown="found")],
        goals=places(
            {
                f"The F1 of {class_} is below 0.2, and micro F1 above 0.92.": [
                    row["class"] < 0.2 and row["micro"] > 0.92 for row in rows
                ],
                "Macro and weighted F1 are less than 0.01 apart.": [
                    abs(row["macro"] - row["weighted"]) < 0.01 for row in rows
                ],
            }
        ),
        picture=picture(f"F1 of the digit {class_}, and three averages over all digits, as bars", first, 140, bars),
        below="",
        texts=first["texts"],
        data={"states": states},
        plain=plain(TITLE, states),
    )


def _found(counted: ConfusionMatrix, at: int, found: int) -> NDArray[Any]:
    """The table with as many of the class found; the others are taken for what it is taken for most."""
    table = np.array(counted.table)
    row = table[at]
    others = np.argsort(-np.where(np.arange(len(row)) == at, -1, row), kind="stable")
    missing = found - row[at]
    row[at] = found
    if missing < 0:
        row[others[0]] -= missing
    for other in others:
        taken = min(max(missing, 0), row[other])
        row[other] -= taken
        missing -= taken
    return table


def _f1(table: NDArray[Any], at: int) -> dict[str, float]:
    truth, called = np.indices(table.shape).reshape(2, -1)
    weights = {"sample_weight": table.ravel(), "zero_division": 0.0}
    numbers: dict[str, float] = {kind: float(f1_score(truth, called, average=kind, **weights)) for kind in KINDS}
    numbers["class"] = float(f1_score(truth, called, average=None, **weights)[at])
    return numbers


def _state(class_: int, support: int, found: int, row: dict[str, float]) -> State:
    texts = {
        "found": f"{found} of {support}",
        **{name: f"{value:.3f}" for name, value in row.items()},
        "value": f"{found} of {support}, F1 of {class_} {row['class']:.3f}, macro {row['macro']:.3f}, "
        f"weighted {row['weighted']:.3f}, micro {row['micro']:.3f}",
        "sentence": (
            f"With {found} of {support} found, the F1 of {class_} is {row['class']:.3f}. Macro F1 says "
            f"{row['macro']:.3f}, weighted F1 {row['weighted']:.3f}, micro F1 (the accuracy) {row['micro']:.3f}."
        ),
    }
    width = RIGHT - LEFT
    return {"texts": texts, "marks": {name: {"width": round(width * value, 1)} for name, value in row.items()}}


def _bar(first: State, row: int, name: str) -> str:
    key = name if name in KINDS else "class"
    y = TOP + STEP * row
    look = "ek-positive" if key == "class" else "ek-negative"
    return (
        f'<text x="{LEFT - 8}" y="{y + 16}" text-anchor="end">{name if key == "class" else name + " F1"}</text>'
        + mark(first, key, "rect", class_=look, x=LEFT, y=y, height=22)
        + f'<text x="{RIGHT + 8}" y="{y + 16}" data-ek="{key}">{first["texts"][key]}</text>'
    )
