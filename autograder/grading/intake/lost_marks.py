"""Find the lesson's cells in a notebook that has lost their marks and ids, by their text and by their place.

Kaggle, Deepnote, Colab and others strip what nbgrader notes about a cell when they save a notebook. A test cell still
has its text. An answer has the function that it defines, or stands between two cells that have theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from nbformat import NotebookNode

# A shorter text can be in any other.
MIN_PART = 30
# Each cell of the lesson is looked for among all; a lesson with its answers has fewer than a hundred.
MAX_CELLS = 2_000

_DEFINES = re.compile(r"^(?:async +)?(?:def|class) +(\w+)", re.MULTILINE)


def bare(source: str) -> list[str]:
    """The lines of a text without the blanks that nobody sees."""
    return [line.rstrip() for line in source.strip().splitlines()]


def find_lost(
    cells: Sequence[NotebookNode], master: Sequence[NotebookNode], released: Sequence[str], known: Mapping[int, int]
) -> dict[int, int]:
    """For marked cells of the lesson that are not known, which of the submitted cells they are.

    Parameters
    ----------
    cells : sequence of NotebookNode
        What was handed in; a cell that is known has a mark.
    master : sequence of NotebookNode
        The lesson's cells.
    released : sequence of str
        The source of each as students get it.
    known : mapping of int to int
        For cells of the lesson, their places among the submitted ones.

    Returns
    -------
    dict of int to int
        For cells of the lesson, the places where they were found.
    """
    if len(cells) > MAX_CELLS:
        return {}
    search = _Search(cells, master, released, known)
    lost = [i for i, cell in enumerate(master) if "nbgrader" in cell.metadata and i not in known]
    found: dict[int, int] = {}
    # Text is surer than place, so all that have theirs are taken out of the way first.
    for look in (search.by_text, search.by_definition, search.by_place):
        for i in lost:
            place = None if i in found else look(i)
            if place is not None:
                found[i] = search.places[i] = place
    return found


class _Search:
    def __init__(
        self,
        cells: Sequence[NotebookNode],
        master: Sequence[NotebookNode],
        released: Sequence[str],
        known: Mapping[int, int],
    ) -> None:
        self.cells = cells
        self.lines = [tuple(bare(cell.source)) for cell in cells]
        self.words = [_words(cell.source) for cell in cells]
        self.defined = [[] if _is_prose(cell) else _DEFINES.findall(cell.source) for cell in cells]
        self.master = master
        self.texts = [
            {tuple(bare(text)), tuple(bare(cell.source))} for cell, text in zip(master, released, strict=True)
        ]
        self.prose = "\n".join(_words(text) for cell, text in zip(master, released, strict=True) if _is_prose(cell))
        self.stubs = released
        #: Of each cell of the lesson, as far as it is there, the place.
        self.places = dict(known)
        # Headings and code that nobody marks or changes say where the rest stands.
        for look in (self.by_text, self._by_part):
            for i in range(len(master)):
                if i not in self.places and "nbgrader" not in master[i].metadata:
                    place = look(i)
                    if place is not None:
                        self.places[i] = place

    def by_text(self, i: int) -> int | None:
        """A cell with the same text."""
        same = [j for j in self._free(range(len(self.cells))) if self.lines[j] in self.texts[i]]
        return self._nearest(i, same)

    def by_definition(self, i: int) -> int | None:
        """An answer that defines the same function. Of several the last, as when the notebook runs."""
        wanted = _DEFINES.search(self.stubs[i])
        if wanted is None or not self._is_answer(i):
            return None
        same = [j for j in self._free(range(len(self.cells))) if wanted[1] in self.defined[j]]
        return same[-1] if same else None

    def by_place(self, i: int) -> int | None:
        """An answer that a person reads: the first cell of its type between its neighbours that is not the lesson's."""
        if not (self._is_answer(i) and self.master[i].metadata.nbgrader.get("grade")):
            return None
        if i - 1 not in self.places and i + 1 not in self.places:
            return None
        prose = _is_prose(self.master[i])
        for j in self._free(self._between(i)):
            words = self.words[j]
            if _is_prose(self.cells[j]) == prose and words and not (prose and words in self.prose):
                return j
        return None

    def _by_part(self, i: int) -> int | None:
        """The last of the cells that some services make of one with several paragraphs."""
        text = _words(self.stubs[i]) if _is_prose(self.master[i]) else ""
        parts = [j for j in self._free(range(len(self.cells))) if _is_prose(self.cells[j])]
        parts = [j for j in parts if len(self.words[j]) >= MIN_PART and self.words[j] in text]
        return parts[-1] if parts else None

    def _is_answer(self, i: int) -> bool:
        return bool(self.master[i].metadata.nbgrader.get("solution"))

    def _free(self, places: Iterable[int]) -> list[int]:
        taken = set(self.places.values())
        return [j for j in places if j not in taken and "nbgrader" not in self.cells[j].metadata]

    def _between(self, i: int) -> range:
        """The places after the last cell of the lesson before it that is there, and before the first one after it."""
        before = [self.places[k] for k in range(i) if k in self.places]
        after = [self.places[k] for k in range(i + 1, len(self.master)) if k in self.places]
        return range(before[-1] + 1 if before else 0, after[0] if after else len(self.cells))

    def _nearest(self, i: int, same: list[int]) -> int | None:
        """Of several places the one in order, else the first."""
        between = self._between(i)
        return next((j for j in same if j in between), same[0] if same else None)


def _is_prose(cell: NotebookNode) -> bool:
    return bool(cell.cell_type != "code")


def _words(text: str) -> str:
    """A text as it reads, without marks of headings and emphasis, which services write in other ways."""
    return " ".join(re.sub(r"<[^<>]*>|[#*_`>]", " ", text).split())
