"""`autograder mark`: written answers one after another, in the terminal, with nothing but the keyboard."""

from __future__ import annotations

# By this, input() takes arrow keys for what they are.
import readline  # noqa: F401
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.console import console, number
from autograder.grading.course import Course, GradingError, Lesson, refuse_unknown
from autograder.grading.keeping.gradebook import Writer, open_gradebook
from autograder.grading.marking.guide import Guide, read_guides
from autograder.grading.marking.queue import Answer, Mark, Question
from autograder.grading.marking.write import write_mark

if TYPE_CHECKING:
    from rich.console import RenderableType

MAX_CHARACTERS = 20_000
SHOWN_COMMENTS = 9
# From so many columns on, the answer stands beside the rubric and the model answer.
WIDE = 120
KEYS = "or s to skip, b to go back, q to quit"


class Stop(Exception):
    """The marker has had enough."""


@dataclass(frozen=True)
class Given:
    """What a marker typed: points and a comment, or where to go; 1 goes on, -1 goes back."""

    points: float | None = None
    comment: str | None = None
    step: int = 1


def mark_course(
    course_dir: Path,
    *,
    lesson: str | None = None,
    question: str | None = None,
    again: bool = False,
    db: str | None = None,
    ask: Callable[[str], str] = input,
) -> None:
    """Mark the answers that wait, question after question.

    Parameters
    ----------
    course_dir : Path
    lesson, question : str, optional
        Only this lesson, only the answers of this name.
    again : bool
        Those that are marked already as well.
    db : str, optional
        The gradebook, if it is not in the course folder.
    ask : callable
        Asks the marker for a line.

    Raises
    ------
    GradingError
        If nothing was graded yet, or there is no such lesson or question.
    """
    course = Course(course_dir, db=db)
    if not (course.hidden / "secret").exists():
        raise GradingError("Nothing was graded yet: run autograder grade first.")
    chosen = list(_chosen(course, lesson, question))
    said = console()
    with open_gradebook(course) as writer:
        try:
            for one, guide in chosen:
                _Marking(writer, Question(course, writer.gradebook, one, guide.grade_id), guide, ask).run(again=again)
        except (Stop, EOFError, KeyboardInterrupt):
            said.print()
        for one, guide in chosen:
            marked, of = Question(course, writer.gradebook, one, guide.grade_id).progress()
            said.print(f"{one.name}, {guide.grade_id}: {marked} of {of} marked.")
    said.print("The marks are in the gradebook. To put them on the feedback: autograder grade")


def _chosen(course: Course, lesson: str | None, question: str | None) -> Iterator[tuple[Lesson, Guide]]:
    lessons = course.lessons()
    refuse_unknown([] if lesson is None else [lesson], lessons)
    names: list[str] = []
    for one in lessons.values():
        if lesson in (None, one.name):
            found = read_guides(course.folder("source") / one.name / f"{one.topic}.ipynb")
            names += found
            yield from ((one, guide) for name, guide in found.items() if question in (None, name))
    if not names:
        raise GradingError("No answer here is marked by hand.")
    if question is not None and question not in names:
        raise GradingError(f"There is no question {question!r} to be marked by hand; there are: {', '.join(names)}.")


class _Marking:
    """Marking the answers to one question."""

    def __init__(self, writer: Writer, question: Question, guide: Guide, ask: Callable[[str], str]) -> None:
        self.writer = writer
        self.question = question
        self.guide = guide
        self.ask = ask
        self.said = console()
        self.comments = question.comments()

    def run(self, *, again: bool) -> None:
        """Go through the answers, and back to those that were shown."""
        shown: list[int] = []
        place, back = 0, False
        while place < len(self.question.answers):
            step = self._answer(self.question.answers[place], anyway=again or back)
            back = step < 0
            if back:
                earlier = [one for one in shown if one < place]
                if not earlier:
                    self.said.print("This is the first one.")
                place = max(earlier, default=place)
            else:
                shown += [place] * step
                place += 1

    def _answer(self, answer: Answer, *, anyway: bool) -> int:
        """Show one answer and take its mark; return 1, or -1 to go back, or 0 if there was nothing to show."""
        with self.question.claim(answer) as mine:
            mark = self.question.mark(answer)
            if not mine or mark is None or not (mark.waiting or (anyway and mark.points is not None)):
                return 0
            text = self.question.text(answer)
            self._show(answer, mark, text)
            given = self._given(mark)
            if given.points is None:
                return given.step
            if self.question.text(answer) != text:
                self.said.print("Another text was graded in the meantime, so these points were not written.")
            elif not write_mark(self.writer, answer, mark, given.points, given.comment):
                self.said.print("Somebody else has marked it in the meantime; theirs was kept.")
            elif given.comment and given.comment not in self.comments:
                self.comments.append(given.comment)
            return 1

    def _show(self, answer: Answer, mark: Mark, text: str | None) -> None:
        from rich.console import Group
        from rich.markdown import Markdown
        from rich.panel import Panel
        from rich.rule import Rule
        from rich.table import Table
        from rich.text import Text

        marked, of = self.question.progress()
        lesson = answer.lesson.name
        self.said.print(Rule(f"{lesson}, {self.guide.grade_id}: answer {answer.number} ({marked} of {of} marked)"))
        guide = (("Question and rubric", self.guide.question), ("Model answer", self.guide.model))
        beside = [Panel(Markdown(text, hyperlinks=False), title=title) for title, text in guide if text]
        told = "It cannot be read here; open it in formgrader." if text is None else shown_text(text)
        answered = Panel(Text(told), title=f"Answer {answer.number}")
        shown: list[RenderableType] = [*beside, answered]
        if self.said.width >= WIDE:
            columns = Table.grid(expand=True, padding=(0, 1))
            columns.add_column(ratio=1)
            # Next to the line where the points are typed.
            columns.add_column(ratio=1, vertical="bottom")
            columns.add_row(Group(*beside), answered)
            shown = [columns]
        for one in shown:
            # Within its frame a text is wrapped, not cut at the edge.
            self.said.print(one, soft_wrap=False)
        if mark.points is not None:
            what = "Marked before, for another text" if mark.waiting else "Marked"
            self.said.print(f"{what}: {number(mark.points)} points. {shown_text(mark.comment or '')}".rstrip())

    def _given(self, mark: Mark) -> Given:
        most = number(self.guide.points)
        while True:
            typed = self.ask(f"Points from 0 to {most} ({KEYS}): ").strip().casefold().replace(",", ".")
            if typed == "q":
                raise Stop
            if typed in ("s", "b"):
                return Given(step=1 if typed == "s" else -1)
            try:
                points = float(typed)
            except ValueError:
                self.said.print(f"Type a number, {KEYS}.")
                continue
            if not 0 <= points <= self.guide.points:
                self.said.print(f"It is worth 0 to {most} points.")
                continue
            return Given(points, self._comment(mark))

    def _comment(self, mark: Mark) -> str | None:
        for place, text in enumerate(self.comments[:SHOWN_COMMENTS], 1):
            self.said.print(f"  {place}  {shown_text(text)}")
        keep = "keeps the comment" if mark.comment else "for none"
        clear = ", - for none" if mark.comment else ""
        number_ = ", a number for one of these" if self.comments else ""
        while True:
            typed = readable(self.ask(f"Comment (Enter {keep}{number_}{clear}): ")).strip()
            if not typed:
                return mark.comment
            if typed == "-":
                return None
            if not typed.isdecimal():
                return typed
            if 1 <= int(typed) <= min(SHOWN_COMMENTS, len(self.comments)):
                return self.comments[int(typed) - 1]
            self.said.print("There is no comment with that number.")


def readable(typed: str) -> str:
    """What was typed, as a gradebook can hold it.

    Examples
    --------
    >>> readable("Zo" + chr(0xDCEB)), readable("a" + chr(0) + "b")
    ('Zoë', 'ab')
    """
    try:
        typed.encode()
    except UnicodeEncodeError:
        # The terminal sends another encoding than UTF-8.
        typed = typed.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return "".join(letter for letter in typed if unicodedata.category(letter) != "Cc")


def shown_text(text: str) -> str:
    """As much of a text as a terminal can bear."""
    from autograder.terminal import harmless

    cut = "" if len(text) <= MAX_CHARACTERS else "\n… (The rest is not shown; open it in formgrader.)"
    return harmless(text[:MAX_CHARACTERS]) + cut
