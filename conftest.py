"""Which file begins first: the longest, so that no worker is left alone with one at the end."""

from __future__ import annotations

import pytest

# By processor time, which `pytest --durations` shows roughly. Each takes half a minute or more.
LONGEST_FIRST = (
    "test_execution",
    "test_attacks",
    "test_every_exercise",
    "test_example_class",
    "test_faults",
    "test_vision_experiment",
    "test_guessing",
    "test_wrong_answers",
    "test_training_diagnosis",
    "test_metrics_benchmark",
    "test_vision_skips",
    "test_cluster",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """pytest-xdist gives the files out in the order of their tests (`--no-loadscope-reorder`)."""
    place = {name: number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))
