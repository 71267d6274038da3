"""The banks of right and of wrong answers: every callable `exercise__style` of a folder of modules."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from autograder import exercises

HERE = Path(__file__).parent
TORCH = find_spec("torch") is not None


def bank(folder: str) -> list[Any]:
    """Parameters (exercise id, answer) for all answers of a folder; where networks are judged, marked slow."""
    found = []
    for path in sorted((HERE / folder).glob("lesson_*.py")):
        try:
            module = import_module(f"{folder}.{path.stem}")
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            # Where it is not installed, the answers of the other lessons are asked.
            continue
        for name, answer in vars(module).items():
            exercise_id, separator, _ = name.partition("__")
            if not separator or not exercise_id or not callable(answer):
                continue
            if not TORCH and name.endswith("torch"):
                continue
            slow = [pytest.mark.slow] if exercises.get(exercise_id).probe else []
            found.append(pytest.param(exercise_id, answer, id=name, marks=slow))
    return found


def named(parameters: list[Any]) -> dict[str, tuple[str, Callable[..., Any]]]:
    """The same as a dict from the name to the exercise and the answer."""
    return {parameter.id: parameter.values for parameter in parameters}
