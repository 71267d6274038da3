"""The name by which lessons import the threshold explorer; the code is in `autograder.lesson.explorer`."""

from autograder.lesson.explorer import render_explorer, show_explorer
from autograder.lesson.sweep import MOST_STEPS, Sweep, sweep

__all__ = ["MOST_STEPS", "Sweep", "render_explorer", "show_explorer", "sweep"]
