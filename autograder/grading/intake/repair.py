"""Put the cells of a submission in order: every graded cell once, at its place, with the lesson's own test code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.grading.course import Lesson
from autograder.grading.intake.lost_marks import bare, find_lost
from autograder.grading.intake.written_below import take_in_answers
from autograder.grading.jobs import plain_notebook
from autograder.grading.sentences import shown

_TYPES = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell, "raw": nbformat.v4.new_raw_cell}

# What decides in nbgrader's marks how a cell is treated.
_RULES = ("grade", "solution", "locked", "task")

_NOTICE = "_This answer cell was missing from the submission and was put back empty._\n\n"


def repair(raw_cells: list[dict[str, Any]], lesson: Lesson) -> tuple[dict[str, Any], list[str]]:
    """A notebook in good order from the cells that a student handed in.

    Restored are: test cells and other locked cells that were edited, deleted, duplicated or turned into another type,
    deleted answer cells that a person grades, and everything that nbgrader notes about a cell. The student's answers
    and other cells stay as they are, where they are. Outputs are dropped.

    Returns
    -------
    notebook : dict
        In the current format, without outputs.
    repairs : list of str
        What was done, a sentence each.
    """
    work = _Repair(lesson)
    cells = work.known(list(_plain_cells(raw_cells)))
    cells = work.without_duplicates(cells)
    work.find_lost(cells)
    if not any(work.needs_return(name) and name in work.position for name in map(_name, cells)):
        work.say("The notebook holds none of the lesson's graded cells: it may belong to another lesson.")
    cells = work.with_missing(cells)
    for cell in cells:
        work.restore(cell)
    cells = take_in_answers(cells, work.is_own, work.written_stub, work.say)
    notebook = nbformat.v4.new_notebook(metadata=lesson.notebook.metadata, cells=_unique_ids(cells))
    notebook.nbformat_minor = 5
    return plain_notebook(notebook), work.done


def _plain_cells(raw_cells: list[dict[str, Any]]) -> Iterator[NotebookNode]:
    """Valid cells without outputs, from whatever was in the file."""
    for raw in raw_cells:
        source = raw.get("source", "")
        if isinstance(source, list):
            source = "".join(str(line) for line in source)
        # Half a character, which JSON can hold, fits into no file.
        source = str(source).encode("utf-8", "replace").decode()
        metadata = raw.get("metadata")
        noted = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        kept = {"nbgrader": noted} if isinstance(noted, dict) else {}
        make = _TYPES.get(str(raw.get("cell_type")), nbformat.v4.new_raw_cell)
        cell = make(source, metadata=nbformat.from_dict(kept))
        cell_id = raw.get("id")
        cell.id = cell_id if isinstance(cell_id, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", cell_id) else ""
        if cell.cell_type == "markdown" and _is_attachments(raw.get("attachments")):
            cell.attachments = nbformat.from_dict(raw["attachments"])
        yield cell


def _is_attachments(data: Any) -> bool:
    """Whether it holds pictures that a learner pasted into a written answer: for each name, data by MIME type."""
    return isinstance(data, dict) and all(
        isinstance(bundle, dict)
        and all(isinstance(picture, str) and _fits(name + kind + picture) for kind, picture in bundle.items())
        for name, bundle in data.items()
    )


def _fits(text: str) -> bool:
    """Whether a file can hold it."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _name(cell: NotebookNode) -> str:
    """By which a cell is recognised: nbgrader's name for it, else its id."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id") or cell.id)


class _Repair:
    """The lesson, and a note of what was done."""

    def __init__(self, lesson: Lesson) -> None:
        self.master = lesson.notebook.cells
        self.released = lesson.released
        self.position = {_name(cell): i for i, cell in enumerate(self.master)}
        self.texts = {text.strip() for text in self.released}
        self.done: list[str] = []

    def say(self, sentence: str) -> None:
        self.done.append(sentence)

    def meta(self, name: str) -> dict[str, Any]:
        """What nbgrader notes about the cell of the lesson; empty for an ordinary cell."""
        return dict(self.master[self.position[name]].metadata.get("nbgrader", {}))

    def locked(self, name: str) -> bool:
        meta = self.meta(name)
        return bool(meta.get("task") or ((meta.get("grade") or meta.get("locked")) and not meta.get("solution")))

    def needs_return(self, name: str) -> bool:
        """Whether a missing cell comes back. An answer that only a test looks at does not: its stub would hide the
        function that the learner defined elsewhere."""
        return name in self.position and (self.locked(name) or bool(self.meta(name).get("grade")))

    def is_own(self, cell: NotebookNode) -> bool:
        """Whether a cell is the learner's: no cell of the lesson has its name, and none has its text."""
        return _name(cell) not in self.position and cell.source.strip() not in self.texts

    def written_stub(self, cell: NotebookNode) -> str | None:
        """What a cell for a written answer held when it was handed out; None for any other cell."""
        name = _name(cell)
        meta = self.meta(name) if name in self.position else {}
        written = cell.cell_type == "markdown" and meta.get("grade") and meta.get("solution")
        return self.released[self.position[name]] if written else None

    def kind(self, name: str) -> str:
        meta = self.meta(name)
        if meta.get("solution") or meta.get("task"):
            return "answer cell"
        return "test cell" if meta.get("grade") else "locked cell"

    def known(self, cells: list[NotebookNode]) -> list[NotebookNode]:
        """nbgrader's notes are the lesson's; a cell that claims to be what the lesson does not have is ordinary."""
        unknown = []
        for cell in cells:
            marks = cell.metadata.pop("nbgrader", {})
            claims = [str(marks.get("grade_id")), cell.id]
            name = next((claim for claim in claims if claim in self.position), None)
            if name is None:
                if marks.get("grade") or marks.get("points"):
                    unknown.append(shown(claims[0][:40]))
                continue
            if marks and any(marks.get(key) != value for key, value in self.meta(name).items() if key in _RULES):
                self.say(f"The marks of the {self.kind(name)} {name} were changed; the lesson's were put back.")
            points = self.meta(name).get("points")
            if "points" in marks and marks["points"] != points and points is not None:
                # Who changed them, and where, cannot be seen from here.
                worth = shown(str(marks["points"])[:20])
                self.say(f"{name} has {worth} points in the submission and {points:g} in the lesson, which count.")
            # A tag can keep a cell from being run: the lesson's count, a student's do not.
            original = self.master[self.position[name]].metadata
            cell.metadata.update(
                {key: nbformat.from_dict(original[key]) for key in ("nbgrader", "tags") if key in original}
            )
        if unknown:
            which = f"A cell claims to be the graded cell {unknown[0]}"
            which += f", and {len(unknown) - 1} more claim the like" if unknown[1:] else ""
            self.say(f"{which}; the lesson has no such cell, so it does not count.")
        return cells

    def without_duplicates(self, cells: list[NotebookNode]) -> list[NotebookNode]:
        places: dict[str, list[int]] = {}
        for i, cell in enumerate(cells):
            if "nbgrader" in cell.metadata:
                places.setdefault(_name(cell), []).append(i)
        dropped = set()
        for name, copies in places.items():
            if len(copies) == 1:
                continue
            if self.locked(name):
                dropped.update(copies[:-1])
                self.say(f"The {self.kind(name)} {name} was there {len(copies)} times; one was kept.")
                continue
            stub = self.released[self.position[name]].strip()
            worked = [i for i in copies if cells[i].source.strip() not in ("", stub)]
            keep = (worked or copies)[-1]
            dropped.update(i for i in copies if i not in worked and i != keep)
            for i in worked:
                # An earlier attempt stays where it is, as an ordinary cell.
                if i != keep:
                    del cells[i].metadata["nbgrader"]
                    cells[i].id = ""
            self.say(f"The answer cell {name} was there {len(copies)} times; the last one with an answer was kept.")
        return [cell for i, cell in enumerate(cells) if i not in dropped]

    def find_lost(self, cells: list[NotebookNode]) -> None:
        """Mark the cells that have lost their marks: some services strip them, and ids with them."""
        here = {_name(cell): place for place, cell in enumerate(cells)}
        lost = [i for i, cell in enumerate(self.master) if "nbgrader" in cell.metadata and _name(cell) not in here]
        if not lost:
            return
        known = {i: here[_name(cell)] for i, cell in enumerate(self.master) if _name(cell) in here}
        found = find_lost(cells, self.master, self.released, known)
        for i, place in found.items():
            original = self.master[i].metadata
            cells[place].metadata.update(
                {key: nbformat.from_dict(original[key]) for key in ("nbgrader", "tags") if key in original}
            )
        names = [_name(self.master[i]) for i in sorted(found)]
        if len(names) == 1:
            self.say(f"The {self.kind(names[0])} {names[0]} had no mark; it was found by its text or its place.")
        elif names:
            which = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
            self.say(f"{len(names)} cells had no marks ({which}); they were found by their text and place.")

    def with_missing(self, cells: list[NotebookNode]) -> list[NotebookNode]:
        cells = list(cells)
        for i, original in enumerate(self.master):
            name = _name(original)
            present = {_name(cell): place for place, cell in enumerate(cells)}
            if name in present:
                continue
            if not self.needs_return(name):
                if self.meta(name).get("solution"):
                    self.say(f"The answer cell {name} was deleted; what the other cells define was graded.")
                continue
            cell = nbformat.from_dict(original)
            if self.meta(name).get("solution"):
                # With the notice the cell differs from the empty one, so nbgrader asks a person to look.
                cell.source = (_NOTICE if cell.cell_type == "markdown" else f"# {_NOTICE}") + cell.source
            cells.insert(self._place(i, present, len(cells)), cell)
            self.say(f"The {self.kind(name)} {name} was deleted; it was put back.")
        return cells

    def _place(self, i: int, present: dict[str, int], end: int) -> int:
        """Before the next cell of the lesson that is left, so that whatever was written in between runs first."""
        before = [present[_name(cell)] for cell in self.master[:i] if _name(cell) in present]
        after = [present[_name(cell)] for cell in self.master[i + 1 :] if _name(cell) in present]
        if after and (not before or after[0] > before[-1]):
            return after[0]
        return before[-1] + 1 if before else end

    def restore(self, cell: NotebookNode) -> None:
        """Give a cell of the lesson its type back, and a locked one its source, hidden tests included."""
        name = _name(cell)
        if "nbgrader" not in cell.metadata:
            return
        original = self.master[self.position[name]]
        kind = self.kind(name)
        if cell.cell_type != original.cell_type:
            self.say(f"The {kind} {name} was turned into a {cell.cell_type} cell; it was turned back.")
            _retype(cell, original.cell_type)
        if not self.locked(name):
            return
        # A put-back cell already has the master's source; a student's has what was released.
        allowed = (bare(original.source), bare(self.released[self.position[name]]))
        if bare(cell.source) not in allowed:
            self.say(f"The {kind} {name} was edited; the original was put back.")
        cell.source = original.source


def _retype(cell: NotebookNode, cell_type: str) -> None:
    fresh = _TYPES[cell_type](cell.source, metadata=cell.metadata, id=cell.id or "x")
    fresh.id = cell.id
    cell.clear()
    cell.update(fresh)


def _unique_ids(cells: list[NotebookNode]) -> list[NotebookNode]:
    seen: set[str] = set()
    for i, cell in enumerate(cells):
        if not cell.id or cell.id in seen:
            cell.id = f"submitted-{i}"
        seen.add(cell.id)
    return cells
