"""How much of a notebook a page draws: whatever was handed in and printed, its page is made in a few seconds.

Highlighters, Markdown and cleaners of HTML take time with the square of what they get. What is longer than a learner
writes is shown as plain text, and cut short. The lesson's own cells are drawn in any case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from nbconvert.filters.ansi import strip_ansi
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder.grading.sentences import few

DRAWN_CHARACTERS = 10_000  # of one cell
DRAWN_IN_ALL = 60_000
LINE_CHARACTERS = 1_000
PLAIN_CHARACTERS = 20_000  # of one cell that is not drawn
TEXT_CHARACTERS = 100_000  # of one output
TEXT_IN_ALL = 1_000_000
TAGS = 5_000  # of one output
TAGS_IN_ALL = 20_000
PICTURES_IN_ALL = 4_000_000  # characters of their data
OUTPUTS = 100  # of one cell
OUTPUTS_IN_ALL = 1_000
COLOURS = 1_000  # of one text
MAX_REMARKS = 3

_CUT = "\n… (The rest is not shown here.)"
_PROSE = ("text/markdown", "text/latex")
_MARKUP = ("text/html", *_PROSE, "image/svg+xml")
_PICTURES = ("image/png", "image/jpeg", "image/gif")


def bounded(notebook: NotebookNode, lesson: Collection[str] = (), *, plain: bool = False) -> list[str]:
    """Cut a notebook down to what a page can draw. It is changed in place.

    Parameters
    ----------
    notebook : NotebookNode
    lesson : collection of str
        The sources of the lesson's own cells.
    plain : bool
        Whether nothing at all is to be drawn.

    Returns
    -------
    list of str
        What is not shown as it is, a sentence each.
    """
    page = _Page(lesson, plain=plain)
    changed = []
    for index, cell in enumerate(notebook.cells):
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        cut = [page.cut_source(cell), page.cut_outputs(cell)]
        if any(cut):
            changed.append(f"cell {grade_id}" if grade_id else f"cell number {index + 1}")
    if plain:
        return ["The page of feedback could not be drawn; it is made of plain text, cut short."]
    sentences = [f"The page of feedback shows {name} as plain text or cut short: it is too long." for name in changed]
    return few(sentences, MAX_REMARKS, "The same holds for {} more cells.".format)


class _Page:
    """What room is left on a page."""

    def __init__(self, lesson: Collection[str], *, plain: bool) -> None:
        self.lesson = frozenset(lesson)
        self.plain = plain
        self.drawn, self.text, self.tags, self.outputs = DRAWN_IN_ALL, TEXT_IN_ALL, TAGS_IN_ALL, OUTPUTS_IN_ALL
        self.pictures = 0 if plain else PICTURES_IN_ALL

    def cut_source(self, cell: NotebookNode) -> bool:
        """Whether the source of a cell is not drawn, or not all of it shown."""
        source = cell.source
        pasted = [data for bundle in cell.get("attachments", {}).values() for data in bundle.values()]
        if self.plain or not self._shows(pasted) or (source not in self.lesson and not self._draws(source)):
            cell.metadata.plain = True
            cell.source = self._shown(source, PLAIN_CHARACTERS)
            cell.pop("attachments", None)
            return True
        return False

    def _draws(self, source: str) -> bool:
        if len(source) > min(DRAWN_CHARACTERS, self.drawn) or _longest_line(source) > LINE_CHARACTERS:
            return False
        self.drawn -= len(source)
        return True

    def _shows(self, pictures: Iterable[str]) -> bool:
        characters = sum(map(len, pictures))
        if characters > self.pictures:
            return False
        self.pictures -= characters
        return True

    def _shown(self, text: str, limit: int) -> str:
        limit = min(limit, self.text)
        self.text -= min(len(text), limit)
        return text if len(text) <= limit else text[:limit] + _CUT

    def cut_outputs(self, cell: NotebookNode) -> bool:
        """Whether outputs of a cell are not shown as they are."""
        outputs = cell.get("outputs", [])
        room = min(OUTPUTS, self.outputs)
        self.outputs -= min(len(outputs), room)
        cut = [self._cut_output(output) for output in outputs[:room]]
        if len(outputs) > room:
            more = f"… {len(outputs) - room} more outputs are not shown here.\n"
            cell.outputs = [*outputs[:room], new_output("stream", name="stdout", text=more)]
        return any(cut) or len(outputs) > room

    def _cut_output(self, output: NotebookNode) -> bool:
        if output.output_type == "stream":
            before, output.text = output.text, self._text(output.text)
            return bool(before != output.text)
        if output.output_type == "error":
            before, output.traceback = output.traceback, [self._text(line) for line in output.traceback]
            return bool(before != output.traceback)
        data = output.data
        dropped = [kind for kind in _MARKUP if kind in data and not self._draws_markup(kind, str(data[kind]))]
        dropped += [kind for kind in _PICTURES if kind in data and not self._shows([str(data[kind])])]
        for kind in dropped:
            del data[kind]
        if "text/plain" in data:
            before, data["text/plain"] = data["text/plain"], self._text(str(data["text/plain"]))
            return bool(dropped or before != data["text/plain"])
        if dropped:
            data["text/plain"] = "(An output that is too large to be shown here.)"
        return bool(dropped)

    def _draws_markup(self, kind: str, text: str) -> bool:
        if kind in _PROSE and len(text) > DRAWN_CHARACTERS:
            return False
        # A heading or a formula has no tag, and becomes one.
        tags = text.count("<") + (len(text) // 4 if kind in _PROSE else 0)
        # Most of long HTML is a picture in it.
        if self.plain or tags > min(TAGS, self.tags) or not self._shows([text]):
            return False
        self.tags -= tags
        return True

    def _text(self, text: str) -> str:
        shown = self._shown(text, TEXT_CHARACTERS)
        return strip_ansi(shown) if shown.count("\x1b") > COLOURS else shown


def _longest_line(source: str) -> int:
    return max(map(len, source.splitlines()), default=0)
