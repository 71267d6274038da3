"""Figures that no answer needs are not drawn while grading; all that another cell reads is there."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.grading.judging.figures import without_figures

IMPORTS = "import numpy as np\nfrom evalkit.plots import show"
FIGURE = """
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
steps = np.linspace(0, 1, 5)
half = f(steps)
for line in steps:
    ax.plot(line, half)
show(fig, "a line")
"""
ANSWER = "def f(x):\n    return x / 2"


def notebook(*sources: str) -> dict[str, Any]:
    cells = [{"cell_type": "code", "id": str(i), "source": text, "metadata": {}} for i, text in enumerate(sources)]
    return {"cells": cells}


@pytest.mark.parametrize(
    ("after", "run"),
    [
        ("x = 1", "import matplotlib.pyplot as plt"),
        # What is bound anew before it is read needs nothing of the figure's cell.
        ("fig, ax = plt.subplots()\nshow(fig, 'mine')\nfor line in [1]:\n    line", "import matplotlib.pyplot as plt"),
        ("def g():\n    return steps", "import matplotlib.pyplot as plt\nsteps = np.linspace(0, 1, 5)"),
        ("print(half)", "import matplotlib.pyplot as plt\nsteps = np.linspace(0, 1, 5)\nhalf = f(steps)"),
    ],
)
def test_what_others_read_is_run(after: str, run: str) -> None:
    assert without_figures(notebook(IMPORTS, ANSWER, FIGURE, after), {IMPORTS, FIGURE}) == {"2": run}


def test_sliders_and_quizzes_are_not_shown_and_what_else_their_cells_bind_is_there() -> None:
    imports = "from autograder import show_quiz\nfrom autograder.explorer import explore as move"
    quiz, slider = 'show_quiz("03_precision_recall")', 'costs = [1, 2]\nmove("prevalence", costs)'
    asked = notebook(imports, quiz, slider, "sum(costs)")
    assert without_figures(asked, {imports, quiz, slider}) == {"1": "", "2": "costs = [1, 2]"}
    # A learner's own slider is run.
    assert without_figures(asked, {imports, quiz}) == {"1": ""}


@pytest.mark.parametrize(
    ("figure", "after"),
    [
        (FIGURE + "print(half)", ""),
        (FIGURE + "np.random.rand()", ""),
        (FIGURE + "table[0] = 1", "table"),
        (FIGURE.replace("show(", "len("), ""),
        (FIGURE, "eval('half')"),
        (FIGURE, "from numpy import *"),
        (FIGURE, "%timeit half"),
        (FIGURE, "x" * 20_000),
    ],
    ids=["prints", "draws numbers", "changes", "shows nothing", "eval", "star", "magic", "too long"],
)
def test_what_may_be_needed_is_drawn(figure: str, after: str) -> None:
    assert without_figures(notebook(IMPORTS, ANSWER, figure, after), {IMPORTS, figure}) == {}


def test_figures_of_learners_are_drawn() -> None:
    assert without_figures(notebook(IMPORTS, ANSWER, FIGURE), {IMPORTS}) == {}
