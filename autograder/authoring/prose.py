"""Numbers in the text: each that comes from the data is followed by the expression that gives it.

In a markdown cell, ``accuracy is **0.92**<!-- = cm.accuracy -->`` claims that ``cm.accuracy``, evaluated after the
cells above, is 0.92 once rounded to two decimals. ``92 %`` claims a fraction of 0.92, ``45/48`` claims that value in
full precision. The comments are checked by executing the lesson, and students never see them.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

_COMMENT = re.compile(r"<!--\s*=\s*(?P<expression>.*?)\s*-->", re.DOTALL)
_NUMBER = re.compile(
    r"(?P<text>[-−–]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"  # 0.92, -3, 1,297
    r"(?:/\d+|[ \u00a0\u202f]?%)?)"  # 45/48, 92 %
    r"[*_`$]*$"  # the end of bold, italics, code or mathematics
)


@dataclass(frozen=True)
class ProseNumber:
    """A number in the text, with the expression that must give it (Python, in the notebook's names)."""

    text: str
    expression: str

    def agrees(self, value: float) -> bool:
        """Whether the text is the value, to the precision that it shows.

        >>> ProseNumber("0.92", "").agrees(0.9249), ProseNumber("92 %", "").agrees(0.93)
        (True, False)
        >>> ProseNumber("45/48", "").agrees(0.9375), ProseNumber("45/48", "").agrees(0.94)
        (True, False)
        """
        text = self.text.replace(",", "").replace("−", "-").replace("–", "-")
        if "/" in text:
            above, below = text.split("/")
            return int(below) != 0 and math.isclose(int(above) / int(below), value, rel_tol=1e-9)
        number = text.rstrip("% \u00a0\u202f")
        decimals = len(number.partition(".")[2])
        shown = value * 100 if "%" in text else value
        # Half a unit in the last place, and a little for what binary fractions cannot hold.
        return abs(float(number) - shown) <= 0.5 * 10.0**-decimals + 1e-9


def find_numbers(markdown: str) -> list[ProseNumber]:
    """The numbers of a text that carry an expression.

    Raises
    ------
    ValueError
        If an expression does not follow a number, or is not Python.

    >>> find_numbers("precision is **45/48**<!-- = cat.precision -->, or 94 %<!-- = cat.precision -->")
    [ProseNumber(text='45/48', expression='cat.precision'), ProseNumber(text='94 %', expression='cat.precision')]
    """
    numbers = []
    for comment in _COMMENT.finditer(markdown):
        expression = comment["expression"]
        number = _NUMBER.search(markdown[: comment.start()])
        if number is None:
            raise ValueError(f"<!-- = {expression} --> must follow a number at once")
        try:
            ast.parse(expression, mode="eval")
        except SyntaxError:
            raise ValueError(f"<!-- = {expression} --> is not a Python expression") from None
        numbers.append(ProseNumber(number["text"], expression))
    return numbers


def strip_comments(markdown: str) -> str:
    """The text without the expressions.

    >>> strip_comments("accuracy is **0.92**<!-- = cm.accuracy -->.")
    'accuracy is **0.92**.'
    """
    return _COMMENT.sub("", markdown)


def with_probes(notebook: NotebookNode) -> NotebookNode:
    """A copy of a notebook in which a probe, a code cell with one expression, follows the text that needs it.

    Raises
    ------
    ValueError
        If an expression in the text is malformed; the message names the cell.
    """
    cells: list[NotebookNode] = []
    for position, cell in enumerate(notebook.cells, start=1):
        cells.append(nbformat.from_dict(cell))
        if cell.cell_type != "markdown":
            continue
        try:
            numbers = find_numbers(cell.source)
        except ValueError as error:
            raise ValueError(f"cell {position}: {error}") from None
        for number in numbers:
            # float() gives the same text for a Python number, a NumPy one and a Fraction.
            # A probe that fails must not end the run: all of a lesson's numbers are reported at once.
            probe = nbformat.v4.new_code_cell(
                f"float({number.expression})",
                metadata={"tags": ["raises-exception"], "probe": {"cell": position, "text": number.text}},
            )
            cells.append(probe)
    copy = nbformat.from_dict(notebook)
    copy.cells = cells
    return copy


def mismatches(executed: NotebookNode, lesson: str) -> list[str]:
    """One sentence for each number of an executed notebook with probes that disagrees with its expression."""
    return list(_mismatches(executed, lesson))


def _mismatches(executed: NotebookNode, lesson: str) -> Iterator[str]:
    for cell in executed.cells:
        probe = cell.metadata.get("probe")
        if probe is None:
            continue
        expression = cell.source.removeprefix("float(").removesuffix(")")
        claim = f"{lesson} (cell {probe['cell']}): the text says {probe['text']}, but {expression}"
        failures = [output for output in cell.outputs if output.output_type == "error"]
        results = [output for output in cell.outputs if output.output_type == "execute_result"]
        if failures:
            yield f"{claim} fails: {failures[0].ename}: {failures[0].evalue}"
            continue
        value = float(results[0].data["text/plain"])
        if not ProseNumber(probe["text"], expression).agrees(value):
            yield f"{claim} is {value!r}"


def execute(notebook: NotebookNode, folder: Path, timeout: int = 120) -> NotebookNode:
    """Run a notebook in a folder, in place, and return it; each cell's metadata tell when it started and ended.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell raises.
    nbclient.exceptions.CellTimeoutError
        If a cell runs longer than `timeout` seconds.
    """
    from nbclient import NotebookClient

    client = NotebookClient(
        notebook, timeout=timeout, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    return client.execute()


def check_prose(notebook: NotebookNode, lesson: str, folder: Path) -> list[str]:
    """Execute a lesson and return one sentence for each number in its text that disagrees with its expression.

    Parameters
    ----------
    notebook : NotebookNode
        The source notebook; it is left as it is.
    lesson : str
        How messages name it.
    folder : Path
        Where to execute it: the folder that holds the lesson's data.
    """
    return mismatches(execute(with_probes(notebook), folder), lesson)
