"""Which file begins first, how many examples Hypothesis tries, and that a course of a test stays in its test."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, settings

from autograder import exercises

# How long an example takes says how busy the machine is, and nothing about the code. `make quick` takes the second.
settings.register_profile("any machine", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("any machine"), max_examples=12)
settings.load_profile("any machine")

if find_spec("torch") is None:
    pytest_plugins = ["tests.without_torch"]

# The longest begin, so that no worker is left alone with one at the end. By the clock, since some wait for processes of
# their own; each takes a minute or more.
LONGEST_FIRST = (
    "test_execution",
    "test_audit_of_the_course",
    "test_attacks",
    "test_week",
    "test_faults",
    "test_messy",
    "test_every_exercise",
    "test_site",
    "test_trusted_registry",
    "test_guessing",
    "test_practice_page",
    "test_hub",
    "test_example_class",
    "test_faults_stages",
    "test_vision_experiment",
    "test_training_diagnosis",
    "test_vision_skips",
    "test_metrics_benchmark",
)


OWN_EXERCISES = exercises.own()


@pytest.fixture(autouse=True)
def exercises_of_this_clone() -> Iterator[None]:
    """Who opens a course has its exercises from then on; the next test has those of this clone again."""
    yield
    if exercises.own() != OWN_EXERCISES:
        exercises.use(None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """pytest-xdist gives the files out in the order of their tests (`--no-loadscope-reorder`)."""
    place = {name: number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))
