"""What is heavy to read and to draw: small files that cost whoever opens them minutes or gigabytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from attacks.attack import Attack

DRAWING = "What is too long to be drawn is shown as plain text, cut short, and the report says so."
STATIC = "What is too long to be read is run and not read, and the report says so."
SIZES = "A worker reads it, with limits of time, memory, size and number; the grader itself never opens it."
PAGE = "The page of feedback shows cell .* as plain text or cut short"
UNREAD = "is too long to be read; what stands in it was only run"

Edit = Callable[[NotebookNode], None]


def code(text: str) -> Edit:
    return lambda notebook: notebook.cells.append(new_code_cell(text, id="heavy"))


def prose(text: str) -> Edit:
    return lambda notebook: notebook.cells.append(new_markdown_cell(text, id="heavy"))


def shown(text: str) -> str:
    """A cell that shows something; what it shows is made where it runs."""
    return f"from IPython.display import HTML, Latex, Markdown\n{text}"


def pictures(notebook: NotebookNode) -> None:
    cell = new_markdown_cell("".join(f"![p](attachment:{i})" for i in range(4)), id="heavy")
    cell.attachments = {str(i): {"image/png": "A" * 1_100_000} for i in range(4)}
    notebook.cells.append(cell)


def six_thousand_files(folder: Path, lesson: str, name: str, content: bytes) -> None:
    (folder / lesson).mkdir(parents=True)
    (folder / lesson / name).write_bytes(content)
    for i in range(6_000):
        (folder / lesson / f"{i}.txt").touch()


def many_cells(folder: Path, lesson: str, name: str, content: bytes) -> None:
    data = json.loads(content)
    data["cells"] += [{"source": "1"}] * 60_000
    (folder / lesson).mkdir(parents=True)
    (folder / lesson / name).write_text(json.dumps(data))


def digits_and_lines(notebook: NotebookNode) -> None:
    """Numbers just short enough to be read, and a source that comes letter by letter."""
    notebook.cells.append(new_code_cell("x = 1", id="heavy", metadata={"numbers": [10**4_000] * 4_000}))
    notebook.cells.append(new_raw_cell("", id="letters"))
    notebook.cells[-1].source = ["x"] * 250_000


NAMES = "\n".join(f"a{i} = a{i + 1}" for i in range(700))

ATTACKS = [
    Attack("dots", "Has a code cell of `.a` thirty thousand times, for the highlighter.", DRAWING, PAGE,
           edit=code(".a" * 30_000)),
    Attack("open-brackets", "Has a text of 150,000 opening brackets, for the reader of Markdown.", DRAWING, PAGE,
           edit=prose("[" * 150_000)),
    Attack("headings", "Has a text of thirty thousand empty headings.", DRAWING, PAGE, edit=prose("# \n" * 30_000)),
    Attack("environments", "Has a text that begins ten thousand environments of LaTeX.", DRAWING, PAGE,
           edit=prose(r"\begin{a}" * 10_000)),
    Attack("many-texts", "Has four hundred texts, each just short enough to be drawn.", DRAWING, PAGE,
           edit=lambda notebook: notebook.cells.extend(
               new_markdown_cell(f"{i} " + "[[]" * 3_000, id=f"heavy-{i}") for i in range(400))),
    Attack("formulas", "Has a text of formulas, each as long and as deep as is drawn.", DRAWING, PAGE,
           edit=prose("\n\n".join("$" + r"\frac{a}" * 60 + "$" for _ in range(500)))),
    Attack("nested-elements", "Shows HTML of 60,000 elements inside each other.", DRAWING, PAGE,
           cell=shown("display(HTML('<div>' * 60_000), HTML('<ul><li>' * 20_000))")),
    Attack("drawn-outputs", "Shows SVG, LaTeX and Markdown that take long to clean and to draw.", DRAWING, PAGE,
           cell=shown("display({'image/svg+xml': '<svg>' + '<g>' * 50_000 + '</g>' * 50_000 + '</svg>'}, raw=True)\n"
                      "display(Latex('$' * 200_000), Markdown('![' * 100_000))")),
    Attack("colours", "Prints a colour for each of 80,000 letters.", DRAWING, PAGE,
           cell="print('\\x1b[31ma' * 80_000)"),
    Attack("thousands-of-outputs", "Shows five thousand outputs.", DRAWING, PAGE,
           cell="for _ in range(5_000): display(_)"),
    Attack("pasted-pictures", "Pastes pictures of four megabytes into a text.", DRAWING, PAGE, edit=pictures),
    Attack("statements", "Has 100,000 statements in a cell, for whoever follows names.", STATIC, UNREAD,
           edit=code("a;" * 100_000), spoils=True),
    Attack("sums", "Has a list of 1.5 megabytes, whose tree takes a gigabyte.", STATIC, UNREAD,
           edit=code("x = [" + "a+b," * 375_000 + "]"), spoils=True),
    Attack("chains", "Has cells in which each name needs the next one.", STATIC, UNREAD,
           edit=lambda notebook: notebook.cells.extend(
               new_code_cell(NAMES, id=f"heavy-{i}") for i in range(20))),
    Attack("magics", "Has three thousand magics in a cell, each of which makes IPython read all of it again.", STATIC,
           "Cell number .* stopped|precision", edit=code("%x\n" * 3_000)),
    Attack("deep-expressions", "Has expressions as deep as they can be read, and deeper.", STATIC, "stopped with",
           edit=lambda notebook: notebook.cells.extend(
               new_code_cell(text, id=f"heavy-{i}") for i, text in enumerate(
                   ["(" * 9_000, "-" * 9_000 + "1", "not " * 2_400 + "1", "a" + ".a" * 4_900, "lambda:" * 1_400 + "1",
                    "f'{" * 150 + "}'" * 150, "a = " * 2_400 + "1", "if a: b\nel" * 900 + "se: c"]))),
    Attack("time-of-two-megabytes", "Hands in a time stamp of two megabytes.", SIZES, "precision",
           files={"timestamp.txt": "1.2." * 500_000}),
    Attack("six-thousand-files", "Hands in six thousand empty files.", SIZES,
           "more than 1000 files beside the notebook", write=six_thousand_files),
    Attack("sixty-thousand-cells", "Hands in sixty thousand cells.", SIZES, "cells, where 1000 are allowed",
           write=many_cells, points=0, status="quarantined"),
    Attack("digits-and-lines", "Has thousands of numbers of four thousand digits, and a source of 250,000 lines.",
           SIZES, PAGE, edit=digits_and_lines),
]  # fmt: skip
