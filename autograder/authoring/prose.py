"""Numbers and comparisons in the text: each that comes from the data is followed by the expression that bears it out.

In a markdown cell, ``accuracy is **0.92**<!-- = cm.accuracy -->`` claims that ``cm.accuracy``, evaluated after the
cells above, is 0.92 once rounded to two decimals. ``92 %`` claims a fraction of 0.92, ``45/48`` claims that value in
full precision. ``the loss never rises<!-- true: max(np.diff(loss)) <= 0 -->`` claims that the expression is true: so
words such as "lower", "hundreds" and "never" are bound, too. The comments are checked by executing the lesson, and
students never see them.
"""

from __future__ import annotations

import ast
import asyncio
import math
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder import exercises

_COMMENT = re.compile(r"<!--\s*(?P<kind>=|true:)\s*(?P<expression>.*?)\s*-->", re.DOTALL)
_NUMBER = re.compile(
    r"(?P<text>[-−–]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"  # 0.92, -3, 1,297
    r"(?:/\d+|[ \u00a0\u202f]?%)?)"  # 45/48, 92 %
    r"[*_`$]*$"  # the end of bold, italics, code or mathematics
)
# What begins an item: a number with a point or a bracket; a plus sign, with which no list of the course is written.
_ITEM = re.compile(r"\s*(?:(?P<number>\d{1,9})[.)]|\+)(?:\s|$)")
_CLAIM_WORDS = 8
# Code and formulas, in which a percent sign is something else.
_VERBATIM = re.compile(r"(```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]*\$)", re.DOTALL)


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


@dataclass(frozen=True)
class ProseClaim:
    """A comparison or a magnitude in the text, with the expression that must be true (Python, in the notebook's names).

    The text is the words before it, as far as a message needs them.
    """

    text: str
    expression: str


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
    for before, expression, _ in _expressions(markdown, "="):
        number = _NUMBER.search(before)
        if number is None:
            raise ValueError(f"<!-- = {expression} --> must follow a number at once")
        numbers.append(ProseNumber(number["text"], expression))
    return numbers


def find_claims(markdown: str) -> list[ProseClaim]:
    """The comparisons and magnitudes of a text that carry an expression.

    Raises
    ------
    ValueError
        If an expression follows no text, is not Python, or is a constant, which no run could make false.

    >>> find_claims("The second filter is **worse**<!-- true: second < first -->.")
    [ProseClaim(text='The second filter is worse', expression='second < first')]
    """
    claims = []
    for before, expression, tree in _expressions(markdown, "true:"):
        words = re.sub(r"[*_`|$#>]+", "", strip_comments(before)).split()[-_CLAIM_WORDS:]
        if not words:
            raise ValueError(f"<!-- true: {expression} --> must follow the words that it bears out")
        if isinstance(tree.body, ast.Constant):
            raise ValueError(f"<!-- true: {expression} --> is the same in every run: write what could be false")
        claims.append(ProseClaim(" ".join(words), expression))
    return claims


def _expressions(markdown: str, kind: str) -> Iterator[tuple[str, str, ast.Expression]]:
    """For each comment of a kind the text before it, the expression on one line, and its syntax tree."""
    for comment in _COMMENT.finditer(markdown):
        if comment["kind"] != kind:
            continue
        expression = " ".join(comment["expression"].split())
        try:
            tree = ast.parse(expression, mode="eval")
        except SyntaxError:
            raise ValueError(f"<!-- {kind} {expression} --> is not a Python expression") from None
        yield markdown[: comment.start()], expression, tree


def strip_comments(markdown: str) -> str:
    """The text without the expressions.

    >>> strip_comments("accuracy is **0.92**<!-- = cm.accuracy -->.")
    'accuracy is **0.92**.'
    """
    return _COMMENT.sub("", markdown)


def join_stray_items(markdown: str) -> str:
    """The text with lines joined that Markdown would take for the item of a list.

    A line of prose that happens to begin with "1." or "+ 2" becomes a list item, and the number vanishes. An item of a
    real list follows a blank line, or the item before it.

    >>> join_stray_items("the price of the eager filter is\\n1. Nothing else.")
    'the price of the eager filter is 1. Nothing else.'
    """
    lines: list[str] = []
    following = None  # the number that the next item of a list would have
    fenced = False
    for line in markdown.split("\n"):
        fenced ^= line.lstrip().startswith("```")
        item = None if fenced else _ITEM.match(line)
        number = int(item["number"]) if item and item["number"] else None
        if item and lines and lines[-1].strip() and (number is None or number != following):
            lines[-1] += f" {line.lstrip()}"
            continue
        if number is not None:
            following = number + 1
        lines.append(line)
    return "\n".join(lines)


def tie_percent_signs(text: str) -> str:
    """The text with no line break between a number and its percent sign: the space between them is one that holds.

    >>> tie_percent_signs("a model with 95 % accuracy, and `7 % 2`")
    'a model with 95\\xa0% accuracy, and `7 % 2`'
    """
    pieces = _VERBATIM.split(text)
    pieces[::2] = [re.sub(r"(?<=\d)[ \n]%", "\u00a0%", piece) for piece in pieces[::2]]
    return "".join(pieces)


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
            numbers, claims = find_numbers(cell.source), find_claims(cell.source)
        except ValueError as error:
            raise ValueError(f"cell {position}: {error}") from None
        # float() gives the same text for a Python number, a NumPy one and a Fraction.
        cells += [_probe(f"float({number.expression})", position, number.text, claim=False) for number in numbers]
        cells += [_probe(f"({claim.expression})", position, claim.text, claim=True) for claim in claims]
    copy = nbformat.from_dict(notebook)
    copy.cells = cells
    return copy


def _probe(source: str, position: int, text: str, *, claim: bool) -> NotebookNode:
    # A probe that fails must not end the run: all that is wrong in a lesson is reported at once.
    metadata = {"tags": ["raises-exception"], "probe": {"cell": position, "text": text, "claim": claim}}
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def mismatches(executed: NotebookNode, lesson: str) -> list[str]:
    """One sentence for each number or claim, in an executed notebook with probes, that does not hold."""
    return list(_mismatches(executed, lesson))


def _mismatches(executed: NotebookNode, lesson: str) -> Iterator[str]:
    for cell in executed.cells:
        probe = cell.metadata.get("probe")
        if probe is None:
            continue
        expression = cell.source.removeprefix("float").removeprefix("(").removesuffix(")")
        text = f"“… {probe['text']}”" if probe["claim"] else probe["text"]
        claim = f"{lesson} (cell {probe['cell']}): the text says {text}, but {expression}"
        failures = [output for output in cell.outputs if output.output_type == "error"]
        results = [output for output in cell.outputs if output.output_type == "execute_result"]
        if failures:
            yield f"{claim} fails: {failures[0].ename}: {failures[0].evalue}"
            continue
        if probe["claim"]:
            # Nothing but a truth value: most other things count as true, and such a claim could not fail.
            shown = results[0].data["text/plain"] if results else "None"
            if shown not in ("True", "np.True_"):
                yield f"{claim} is {shown}"
            continue
        value = float(results[0].data["text/plain"])
        if not ProseNumber(probe["text"], expression).agrees(value):
            yield f"{claim} is {value!r}"


class Execution:
    """A run of a notebook in a folder, in place, that another thread can end before its time.

    Parameters
    ----------
    notebook : NotebookNode
    folder : Path
    timeout : int
        Seconds for each cell.
    """

    def __init__(self, notebook: NotebookNode, folder: Path, timeout: int = 120) -> None:
        from nbclient import NotebookClient

        self._changing = Lock()
        self._ended = False
        self._task: asyncio.Task[Any] | None = None
        self._client = NotebookClient(
            notebook,
            timeout=timeout,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            # ipykernel 7 warns at each start that it talks over TCP, which on one machine nobody else hears.
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
            on_cell_start=self._cell_starts,
        )

    def run(self) -> NotebookNode:
        """Run it to its end, and return it; each cell's metadata tell when it started and ended.

        Raises
        ------
        nbclient.exceptions.CellExecutionError
            If a cell raises.
        nbclient.exceptions.CellTimeoutError
            If a cell runs longer than the timeout.
        nbclient.exceptions.DeadKernelError
            If the kernel dies.
        InterruptedError
            If it was ended.
        """
        from nbclient.exceptions import DeadKernelError

        # The kernel runs in a folder around which there may be no course; it has the exercises of this process.
        environment = {**os.environ, **exercises.environment()}
        try:
            # In a thread of its own: in this one a loop may be running, as it is in a notebook.
            with ThreadPoolExecutor(1) as pool:
                running = pool.submit(lambda: asyncio.run(self._client.async_execute(env=environment)))
                try:
                    return running.result()
                except KeyboardInterrupt:
                    self.end()
                    raise
        except (asyncio.CancelledError, DeadKernelError):
            # nbclient takes whatever cancels it for the death of its kernel.
            if self._ended:
                raise InterruptedError("The run was ended: nobody needs it any more.") from None
            raise

    def end(self) -> None:
        """End the kernel, if it still runs; then `run` raises."""
        with self._changing:
            self._ended = True
            self._client.shutdown_kernel = "immediate"
            if self._task is not None:
                with suppress(RuntimeError):  # The loop is closed: the run has come to its end.
                    self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    def _cell_starts(self, **_: object) -> None:
        # Before the first cell the kernel is starting, and whoever stops that leaves it behind.
        with self._changing:
            self._task = asyncio.current_task()
            if self._ended:
                raise asyncio.CancelledError


def execute(notebook: NotebookNode, folder: Path, timeout: int = 120) -> NotebookNode:
    """Run a notebook in a folder, in place, and return it. See `Execution.run`."""
    return Execution(notebook, folder, timeout).run()


def check_prose(notebook: NotebookNode, lesson: str, folder: Path) -> list[str]:
    """Execute a lesson and return one sentence for each number or claim in its text that does not hold.

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
