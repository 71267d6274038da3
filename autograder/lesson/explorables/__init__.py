"""Explorables that lessons call by name: one file each, which works out all states of its slider with evalkit."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from autograder.lesson.explorable import Explorable, show

NAMES = ("averages", "boxes", "curves", "outlier", "patience", "prevalence")


def explore(name: str, *data: Any) -> None:
    """Display an explorable below the cell; outside a notebook print some of its states instead.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    *data
        What the lesson has worked out before and the explorable moves; each explorable says what it needs.

    Raises
    ------
    ValueError
        If there is no explorable of that name.

    Examples
    --------
    >>> explore("patience", [1.0, 0.5, 0.6, 0.4])
    When to stop
    With patience 1 training stops after epoch 2. The best weights so far are those of epoch 1, with a loss of 0.50.
    With patience 2 all 4 epochs are run. The best weights so far are those of epoch 3, with a loss of 0.40.
    With patience 3 all 4 epochs are run. The best weights so far are those of epoch 3, with a loss of 0.40.
    """
    show(build(name, *data))


def build(name: str, *data: Any) -> Explorable:
    """Return an explorable before it is shown; parameters and errors are those of `explore`."""
    if name not in NAMES:
        raise ValueError(f"there is no explorable {name!r}: there are {', '.join(NAMES)}.")
    made: Explorable = import_module(f"{__name__}.{name}").build(*data)
    return made
