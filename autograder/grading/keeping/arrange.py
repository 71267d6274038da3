"""A graded notebook in the order in which a student wants to read it: the points, the own answers, then all of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from traitlets import Bool

from autograder import exercises
from autograder.checking.verdict import MIME_TYPE
from autograder.grading.keeping.outline import Outline, outline


@dataclass
class Answer:
    """What the page says about one graded cell.

    Attributes
    ----------
    grade_id, name : str
        nbgrader's name of the cell, and how students know it.
    score, points : float
    waiting : bool
        A person has yet to mark it.
    objectives : list of str
        The ids of the objectives that it measures; empty where none is known.
    read_again : list of (str, str)
        The sections that lead up to it: anchor on this page, and heading.
    cells : list
        The own code, and the graded cell itself at the end.
    """

    grade_id: str
    name: str
    score: float
    points: float
    waiting: bool
    objectives: list[str]
    read_again: list[tuple[str, str]]
    cells: list[NotebookNode]

    @property
    def state(self) -> str:
        """How it went, in words: colour alone tells nobody."""
        if self.waiting:
            return "not graded yet"
        if self.score >= self.points:
            return "all points"
        return "some points" if self.score > 0 else "no points"


@dataclass
class Objective:
    """What the page says about one objective: its id, its text, the answers that measure it, and their points."""

    id: str
    text: str
    answers: list[Answer] = field(default_factory=list)

    @property
    def score(self) -> float:
        """The points that were earned, of what is graded."""
        return sum(answer.score for answer in self.answers if not answer.waiting)

    @property
    def points(self) -> float:
        """The points that could be earned, of what is graded."""
        return sum(answer.points for answer in self.answers if not answer.waiting)

    @property
    def waiting(self) -> float:
        """The points that a person has yet to decide about."""
        return sum(answer.points for answer in self.answers if answer.waiting)


class Arrange(Preprocessor):
    """Put a student's answers first. What stood around them follows, with a link where each answer was."""

    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Arrange a notebook; the template reads ``resources["arranged"]``."""
        found = outline(nb.cells)
        answers: list[Answer] = []
        notebook: list[dict[str, Any]] = []
        own: list[NotebookNode] = []
        for number, cell in enumerate(nb.cells):
            meta = cell.metadata.get("nbgrader", {})
            if meta.get("grade") or meta.get("task"):
                sections = [(f"read-{s.cell}", s.title) for s in found.sections[str(meta["grade_id"])]]
                answers.append(_answer(meta, [*own, cell], sections, found))
                own = []
                notebook.append({"kind": "pointer", "answer": answers[-1]})
            elif meta.get("solution"):
                own.append(cell)
            else:
                notebook.append({"kind": "text", "cell": cell, "anchor": f"read-{number}"})
        # An answer that no test follows has no place but the end.
        notebook += [{"kind": "text", "cell": cell, "anchor": ""} for cell in own]
        resources["arranged"] = {
            "answers": answers,
            "objectives": _objectives(answers, found.objectives),
            "entries": [*(entry for answer in answers for entry in _card(answer)), {"kind": "notebook"}, *notebook],
        }
        return nb, resources


def _card(answer: Answer) -> Iterator[dict[str, Any]]:
    """The parts of an answer's place on the page."""
    yield {"kind": "open", "answer": answer}
    for cell in answer.cells[:-1]:
        yield {"kind": "code", "cell": cell}
    yield {"kind": "test", "cell": answer.cells[-1], "asks": _only_asks(answer.cells[-1])}
    yield {"kind": "close", "answer": answer}


def _answer(
    meta: Mapping[str, Any], cells: list[NotebookNode], read_again: list[tuple[str, str]], found: Outline
) -> Answer:
    grade_id = str(meta["grade_id"])
    return Answer(
        grade_id=grade_id,
        name=grade_id.removeprefix("check_"),
        score=float(meta.get("score") or 0),
        points=float(meta.get("points") or 0),
        waiting=bool(meta.get("waiting")),
        objectives=found.named.get(grade_id) or _objective_of(cells[-1]),
        read_again=read_again,
        cells=cells,
    )


def _verdict(cell: NotebookNode) -> Mapping[str, Any] | None:
    """The verdict that a test cell holds."""
    found = (output.get("data", {}).get(MIME_TYPE) for output in cell.get("outputs", []))
    return next((verdict for verdict in found if isinstance(verdict, Mapping)), None)


def _only_asks(cell: NotebookNode) -> bool:
    return _verdict(cell) is not None and len(cell.source.strip().splitlines()) == 1


def _objective_of(cell: NotebookNode) -> list[str]:
    """The objective of the exercise that a test cell checks, if there is one."""
    verdict = _verdict(cell)
    try:
        return [exercises.get(str(verdict["exercise"])).objective] if verdict else []
    except KeyError:
        return []


def _objectives(answers: list[Answer], texts: Mapping[str, str]) -> list[Objective]:
    """The objectives that answers measure, in the lesson's order, then those of which it says nothing."""
    measured = defaultdict(list)
    for answer in answers:
        for name in answer.objectives:
            measured[name].append(answer)
    names = [*(name for name in texts if name in measured), *(name for name in measured if name not in texts)]
    return [Objective(name, texts.get(name, ""), measured[name]) for name in names]
