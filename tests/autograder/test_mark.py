"""`autograder mark`: the marks of the terminal are nbgrader's, and nobody's are lost."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat
import pytest
from grading_samples import LESSON, TOPIC, answered, change, hand_in, make_course, named, scores
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from autograder import cli
from autograder.commands import mark
from autograder.commands.mark import mark_course
from autograder.grading import GradingError, grade_course
from autograder.grading.course import Course
from autograder.grading.keeping.gradebook import open_gradebook
from autograder.grading.marking.guide import guides
from autograder.grading.marking.queue import Question
from autograder.grading.marking.write import write_mark

STUDENTS = ("ada", "ben", "eve")
TEXTS = {
    "ada": "Costs.",
    "ben": "Time \x1b[2J and\n**costs**.",
    "eve": f"<script>alert(1)</script> {'much ' * 50}more.",
}


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_course(tmp_path_factory.mktemp("course"))
    path = root / "source" / LESSON / f"{TOPIC}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    question = new_markdown_cell("### Why?\n\n| Points | For |\n|---|---|\n| 4 | a reason |", id="question")
    notebook.cells.insert(-2, question)
    nbformat.write(notebook, path)
    for student in STUDENTS:
        hand_in(root, student, answered(change("why", TEXTS[student])))
    grade_course(root)
    return root


@pytest.fixture
def course(waiting: Path, tmp_path: Path) -> Path:
    shutil.copytree(waiting, tmp_path / "course")
    return tmp_path / "course"


def marked(course: Path) -> dict[str, tuple[float | None, bool, str | None]]:
    found = scores(url := f"sqlite:///{course / 'gradebook.db'}")
    with Gradebook(url, "evalkit") as book:
        comments = {name: book.find_comment("why", TOPIC, LESSON, name).manual_comment for name in STUDENTS}
    return {name: (found[name, "why"][1], found[name, "why"][2], comments[name]) for name in STUDENTS}


def in_order(course: Path) -> list[str]:
    known = Course(course)
    with open_gradebook(known) as writer:
        return [a.student for a in Question(known, writer.gradebook, known.lessons()[LESSON], "why").answers]


def typing(lines: Iterable[str]) -> Iterator[str]:
    yield from lines
    pytest.fail("one line too many was asked for")


def run(course: Path, *lines: str, again: bool = False) -> None:
    typed = typing(lines)
    mark_course(course, again=again, ask=lambda prompt: next(typed))


@pytest.mark.slow
def test_marks_and_comments_reach_the_gradebook(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third = in_order(course)
    run(course, "2", "Say what it costs.", "five", "5", "3,5", "9", "1", "s")
    assert marked(course) == {
        first: (2, False, "Say what it costs."),
        second: (3.5, False, "Say what it costs."),
        third: (0, True, None),
    }
    out = capsys.readouterr().out
    assert "Question and rubric" in out
    assert "a reason" in out
    assert "A model answer." in out
    assert "(2 of 3 marked)" in out
    assert f"{LESSON}, why: 2 of 3 marked." in out
    assert "It is worth 0 to 4 points." in out
    assert "There is no comment with that number." in out
    # No name, and nothing that a terminal would obey.
    assert not any(student in out for student in STUDENTS)
    assert "\x1b[2J" not in out
    # The next time only the third one is left; after it nothing is, unless asked for.
    run(course, "4", "")
    run(course)
    assert marked(course)[third] == (4, False, None)
    run(course, "q", again=True)
    # A grading keeps the marks, and puts them on the page.
    grade_course(course)
    assert "Say what it costs." in (course / "feedback" / first / LESSON / f"{TOPIC}.html").read_text()
    assert "A model answer." not in (course / "feedback" / first / LESSON / f"{TOPIC}.html").read_text()


@pytest.mark.parametrize("columns", ["60", "140"])
def test_all_of_an_answer_is_shown(
    course: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    run(course, "s", "s", "s")
    out = capsys.readouterr().out
    assert out.count("much") == 50
    assert "more." in out
    assert max(map(len, out.splitlines())) <= int(columns) + 20
    # The order is drawn, and the same each time.
    assert [out.index(TEXTS[student][:5]) for student in in_order(course)] == sorted(
        out.index(TEXTS[student][:5]) for student in STUDENTS
    )


@pytest.mark.slow
def test_back_and_again(course: Path) -> None:
    first, second, third = in_order(course)
    run(course, "b", "1", "One.", "2", "Two.", "b", "3", "-", "0", "")
    assert marked(course) == {first: (1, False, "One."), second: (3, False, None), third: (0, False, None)}
    run(course, "4", "", "s", "q", again=True)
    assert marked(course)[first] == (4, False, "One.")


@pytest.mark.slow
def test_two_markers_do_not_get_in_each_others_way(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third = in_order(course)
    known = Course(course)
    with open_gradebook(known) as writer:
        question = Question(known, writer.gradebook, known.lessons()[LESSON], "why")
        with question.claim(question.answers[0]) as mine:
            assert mine
            # What one has before them is not shown to the other.
            run(course, "3", "", "s")
        assert marked(course)[second] == (3, False, None)
        # Formgrader knows nothing of that; what was written there in the meantime is kept.
        answer = question.answers[2]
        seen = question.mark(answer)
        assert seen is not None
        run(course, "s", "1", "Theirs.")
        assert not write_mark(writer, answer, seen, 4, "Mine.")
        assert marked(course)[third] == (1, False, "Theirs.")

    def elsewhere(prompt: str) -> str:
        with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "evalkit") as book:
            book.find_comment("why", TOPIC, LESSON, first).manual_comment = "By formgrader."
            book.db.commit()
        return "" if prompt.startswith("Comment") else "2"

    mark_course(course, ask=elsewhere)
    assert "Somebody else has marked it in the meantime; theirs was kept." in capsys.readouterr().out
    assert marked(course)[first] == (0, True, "By formgrader.")


def test_points_are_not_given_to_a_text_that_nobody_has_seen(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = in_order(course)[0]
    path = course / "autograded" / first / LESSON / f"{TOPIC}.ipynb"

    def typed() -> Iterator[str]:
        notebook = nbformat.read(path, as_version=4)
        named(notebook, "why").source = "Another text."
        nbformat.write(notebook, path)
        yield from ("2", "", "q")

    lines = typed()
    mark_course(course, ask=lambda prompt: next(lines))
    assert marked(course)[first] == (0, True, None)
    assert "Another text was graded in the meantime" in capsys.readouterr().out


def test_what_is_not_there_is_said(course: Path, tmp_path: Path) -> None:
    for words, said in (
        ({"lesson": "99"}, f"no lesson '99'; there are: {LESSON}"),
        ({"question": "how"}, "no question 'how' to be marked by hand; there are: why"),
    ):
        with pytest.raises(GradingError, match=said):
            mark_course(course, **words)
    with pytest.raises(GradingError, match="run autograder grade first"):
        mark_course(make_course(tmp_path / "new"))
    # A student's notebook that is gone can still be marked, with the help of formgrader.
    shutil.rmtree(course / "autograded")
    run(course, "q")


def test_command_reads_the_keyboard_and_ends_with_it(course: Path) -> None:
    typed = CliRunner().invoke(cli.app, ["mark", str(course), "--question", "why"], input="2,5\nFine.\n")
    assert typed.exit_code == 0
    assert f"{LESSON}, why: 1 of 3 marked." in typed.output
    assert marked(course)[in_order(course)[0]] == (2.5, False, "Fine.")


def test_answer_is_as_long_as_a_terminal_can_bear() -> None:
    assert mark.shown_text("a" * 30_000).endswith("a\n… (The rest is not shown; open it in formgrader.)")


def test_guide_is_what_stands_above_the_answer() -> None:
    meta = {"grade": True, "solution": True, "grade_id": "why", "points": 4}
    cells = [
        new_markdown_cell("# Another section"),
        new_markdown_cell("### Written answer\n\nIs 2<!-- = 1 + 1 --> enough?"),
        new_markdown_cell("**Rubric**"),
        new_markdown_cell("Yes: 2<!-- = 1 + 1 -->.", metadata={"nbgrader": meta}),
        new_code_cell("pass", metadata={"nbgrader": {**meta, "grade_id": "code", "points": 1}}),
        new_code_cell("check()", metadata={"nbgrader": {**meta, "grade_id": "auto", "solution": False}}),
    ]
    why, code = guides(new_notebook(cells=cells)).values()
    assert (why.question, why.model) == ("### Written answer\n\nIs 2 enough?\n\n**Rubric**", "Yes: 2.")
    assert (code.question, code.model, code.code, code.points) == ("", "pass", True, 1)
