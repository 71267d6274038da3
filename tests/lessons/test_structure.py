"""Every lesson meets the rules that authors are told, and what the curriculum asks of some of them."""

import re
from pathlib import Path

import pytest

from autograder import exercises
from autograder.authoring.drift import check_drift
from autograder.authoring.rules import RULES, Material, rulebook
from autograder.authoring.source import lesson_sources

ROOT = Path(__file__).parents[2]
# Lessons whose curriculum has a written answer.
WRITTEN = {"02_accuracy_paradox", "03_precision_recall", "12_evaluating_releases"}
# What a run shows is asked in test_execution; what known answers earn, with every seed, in test_every_exercise.
ELSEWHERE = {"told_apart", "idle", "other_inputs"}
READ = [rule for rule in RULES if rule.subject != rulebook.RUN and rule.broken.__name__ not in ELSEWHERE]


@pytest.fixture(scope="session")
def material(source, notebook):
    made = Material(source)
    made.notebook = notebook  # once for all tests
    return made


@pytest.mark.parametrize("rule", READ, ids=lambda rule: rule.broken.__name__)
def test_a_rule_holds(material, rule):
    assert list(rule.broken(material)) == [], rule.says


def test_every_lesson_of_the_registry_has_a_source():
    assert {source.parent.name for source in lesson_sources(ROOT)} >= set(exercises.LESSONS)


def test_lessons_are_what_the_sources_give():
    assert check_drift(ROOT) == []


def test_there_is_a_written_answer_where_the_curriculum_has_one(material, lesson):
    answers = [name for section in material.sections for name in section.names(grade=True)]
    assert answers or lesson not in WRITTEN


def test_lessons_about_metrics_lead_to_the_myths(lesson, text):
    assert "](myths.md)" in text or lesson >= "07"
    assert "docs/myths.md" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", ["A rare disease", "Card fraud", "Driving in the rain", "Translation"])
def test_each_case_study_names_the_tool_that_decides_it(case):
    source = (ROOT / "solutions" / "10_error_analysis" / "error_analysis.py").read_text(encoding="utf-8")
    study = re.split(r"^# ##", source.partition(f"\n# ### {case}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    decided = " ".join(study.replace("\n# ", " ").partition("*Who decides?*")[2].split())
    assert re.search(r"\*\*(cohort gate|drift alarm|paired diff|AP under each condition)\*\*", decided)
    assert "esson 12" in decided
