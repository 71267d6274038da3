"""The name by which lessons import the explorables; the code is in `autograder.lesson`."""

from autograder.lesson.explorable import About, Predict
from autograder.lesson.explorables import explore
from autograder.lesson.explorer import Best, render_explorer, show_explorer
from autograder.lesson.sweep import MOST_STEPS, Sweep, sweep

__all__ = ["MOST_STEPS", "About", "Best", "Predict", "Sweep", "explore", "render_explorer", "show_explorer", "sweep"]
