"""Every lesson has the parts that learners rely on, and teaches, practises or asks about each of its objectives."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from autograder import exercises
from autograder.authoring.drift import check_drift
from autograder.authoring.prose import find_claims, find_numbers
from autograder.authoring.quiz_bank import load_quiz
from autograder.authoring.source import lesson_sources

ROOT = Path(__file__).parents[2]
# The letters of the objectives, lesson by lesson.
PREFIXES = dict(enumerate(["CM", "AP", "PR", "FA", "RP", "RE", "TC", "RB", "RN", "EA", "TM", "ER"], start=1))
# Lessons whose curriculum has a written answer.
WRITTEN = {"02_accuracy_paradox", "03_precision_recall", "12_evaluating_releases"}


@pytest.fixture(scope="session")
def objectives(text):
    section = re.search(r"^## Objectives\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)
    assert section, "the lesson has a section ## Objectives with others after it"
    return re.findall(r"^- \*\*([A-Z]{2}\.\d+)\*\* \S", section[1], re.MULTILINE)


@dataclass
class Section:
    heading: str
    prose: str
    graded: list


def sections(notebook):
    """The lesson divided at its headings: what each says, and the nbgrader cells in it."""
    parts = [Section("", "", [])]
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            parts[-1].graded.append(cell)
        elif cell.cell_type == "markdown":
            fenced = False
            for line in cell.source.splitlines():
                fenced ^= line.startswith("```")
                if re.match(r"#{1,6} ", line) and not fenced:
                    parts.append(Section(line, "", []))
                else:
                    parts[-1].prose += line + "\n"
    return parts


def names(cells, **wanted):
    """The grade ids of the cells whose nbgrader metadata are as wanted."""
    metas = [cell.metadata.nbgrader for cell in cells]
    return [meta.grade_id for meta in metas if all(meta[key] is value for key, value in wanted.items())]


def test_every_lesson_of_the_registry_has_a_source():
    assert {source.parent.name for source in lesson_sources(ROOT)} == set(exercises.LESSONS)


def test_lessons_are_what_the_sources_give():
    assert check_drift(ROOT) == []


def test_title_minutes_and_prerequisites(notebook, lesson, text):
    assert re.match(rf"# {lesson[:2]} · \S", notebook.cells[0].source)
    minutes = re.search(r"\*\*Minutes:?\*\*[\s|:–—-]*(?:about )?(\d+)", text)
    assert minutes, "the lesson says **Minutes** and a number"
    assert 20 <= int(minutes[1]) <= 60
    assert re.search(r"\*\*Prerequisites:?\*\*[\s|:–—-]*\w", text)


def test_sections_stand_in_their_order(text):
    expected = ["## Objectives", "## Quiz", "## Summary", "## Further reading"]
    found = [line for line in text.splitlines() if line in expected]
    assert found == expected


def test_headings_form_a_tree(notebook):
    levels = [len(section.heading.split()[0]) for section in sections(notebook) if section.heading]
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_objectives_are_numbered(lesson, objectives):
    prefix = PREFIXES[int(lesson[:2])]
    assert objectives == [f"{prefix}.{number}" for number in range(1, len(objectives) + 1)]
    assert len(objectives) >= 3


def test_every_exercise_stands_once_under_its_heading(notebook, lesson):
    placed = {
        name: section.heading
        for section in sections(notebook)
        for name in names(section.graded, solution=True, grade=False)
    }
    assert placed == {name: f"### Exercise: {name}" for name in exercises.LESSONS[lesson]}


def test_every_exercise_explains_itself_and_has_folded_hints(notebook):
    for section in sections(notebook):
        if not section.heading.startswith("### Exercise: "):
            continue
        hints = re.findall(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", section.prose, re.DOTALL)
        assert any("hint" in summary.lower() for summary, _ in hints), section.heading
        assert all(body.strip() for _, body in hints), section.heading
        assert section.prose.count("<details>") == section.prose.count("</details>") == len(hints), section.heading
        assert len(section.prose.partition("<details>")[0].split()) >= 10, f"{section.heading}: say what to do"


def test_written_answers_have_a_rubric(notebook, lesson):
    answers = 0
    for section in sections(notebook):
        manual = names(section.graded, solution=True, grade=True)
        answers += len(manual)
        assert not manual or "rubric" in section.prose.lower() or "| Points |" in section.prose, manual
    assert answers >= (lesson in WRITTEN)


def test_every_objective_is_practised_or_asked(notebook, source, lesson, objectives):
    covered = Counter(exercise.objective for exercise in exercises.of_lesson(lesson))
    covered.update(question.objective for question in load_quiz(source.with_name("quiz.yml")).questions)
    for section in sections(notebook):
        if names(section.graded, solution=True, grade=True):
            covered.update(re.findall(r"\b[A-Z]{2}\.\d+\b", section.prose))
    assert set(objectives) - set(covered) == set(), "objectives without exercise, quiz item or written answer"
    prefix = f"{PREFIXES[int(lesson[:2])]}."
    unknown = {objective for objective in covered if objective.startswith(prefix)} - set(objectives)
    assert unknown == set(), "objectives that the lesson does not have"
    assert all(exercise.objective in objectives for exercise in exercises.of_lesson(lesson))


def test_the_quiz_asks_enough(source):
    assert len(load_quiz(source.with_name("quiz.yml")).questions) >= 3


def test_there_is_something_to_read_on(text):
    assert re.findall(r"^- \S", text.partition("\n## Further reading")[2], re.MULTILINE)


def test_images_in_the_text_have_alt_text(text):
    assert re.findall(r"!\[\s*\]\(", text) == []
    assert re.findall(r"<img(?![^>]*\balt=\"[^\"]+\")", text) == []


def test_numbers_in_the_text_are_bound_to_the_data(text):
    assert len(find_numbers(text)) >= 5


def test_comparisons_in_the_text_are_bound_to_the_data(text):
    assert len(find_claims(text)) >= 5


def test_lessons_about_metrics_lead_to_the_myths(lesson, text):
    links = re.findall(r"\]\((?!https?:|#)([^)\s]+\.[a-z]+)\)", text)
    # JupyterLab may start inside lessons/, or a student has this folder alone: no link leads out of it.
    assert [link for link in links if ".." in link or not (ROOT / "lessons" / lesson / link).is_file()] == []
    assert ("myths.md" in links) == (lesson < "07")
    assert "docs/myths.md" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_lines_of_code_fit_the_cell(notebook):
    """In JupyterLab beside its file browser, on a screen 1280 pixels wide, a cell shows 106 characters."""
    seen = [cell for cell in notebook.cells if cell.cell_type == "code" and not folded(cell)]
    assert len(seen) > 10
    assert [line for cell in seen for line in cell.source.splitlines() if len(line) > 105] == []


def test_a_folded_cell_says_what_it_does(notebook):
    """Its first line is all that is seen of it, and does not wrap: a longer one pushes the page sideways on a phone."""
    first = [cell.source.splitlines()[0] for cell in notebook.cells if folded(cell)]
    assert [line for line in first if not re.fullmatch(r"# [A-Z].{5,33}\.", line)] == []


def folded(cell):
    return cell.metadata.get("jupyter", {}).get("source_hidden", False)


def test_the_quiz_is_announced_with_as_many_questions_as_it_has(source, text):
    quiz = text.partition("\n## Quiz\n")[2].partition("\n## ")[0].split()
    words = {"Seven": 7, "Eight": 8, "Nine": 9, "Ten": 10}
    together = [question for question in load_quiz(source.with_name("quiz.yml")).questions if not question.block]
    assert (words[quiz[0]], quiz[1]) == (len(together), "questions.")
    assert not {"minute", "minutes", "minutes."} & set(quiz)  # they stand on the first page, by one rule


@pytest.mark.parametrize("case", ["A rare disease", "Card fraud", "Driving in the rain", "Translation"])
def test_each_case_study_names_the_tool_that_decides_it(case):
    source = (ROOT / "solutions" / "10_error_analysis" / "error_analysis.py").read_text(encoding="utf-8")
    study = re.split(r"^# ##", source.partition(f"\n# ### {case}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    decided = " ".join(study.replace("\n# ", " ").partition("*Who decides?*")[2].split())
    assert re.search(r"\*\*(cohort gate|drift alarm|paired diff|AP under each condition)\*\*", decided)
    assert "esson 12" in decided
