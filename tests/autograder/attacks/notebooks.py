"""What is in the files: edited cells and marks, names, links, and notebooks that are too much to read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from attacks.attack import WRONG, Attack
from autograder.proving.answers import find_cell

RESTORED = "Intake puts every locked cell, every mark and every type back from the lesson, and says so."
READING = "Intake reads with limits of size, depth and number; what cannot be graded is set aside, with the reason."
NAMES = "Folders of names that are no plain names are left out and named; links are not followed."

RIGHT = "def precision(y_true, y_pred):\n    return float(y_true @ y_pred) / max(int(y_pred.sum()), 1)"


def test_cell(change: Callable[[NotebookNode], Any]) -> Callable[[NotebookNode], Any]:
    return lambda notebook: change(find_cell(notebook, "check_precision"))


def copied_test(notebook: NotebookNode) -> None:
    cell = nbformat.from_dict(find_cell(notebook, "check_precision"))
    cell.update(source="3.0", id="another")
    notebook.cells.insert(0, cell)


def removed_tests(notebook: NotebookNode) -> None:
    notebook.cells = [cell for cell in notebook.cells if not cell.source.startswith("check(")]


def late_answer(notebook: NotebookNode) -> None:
    notebook.cells.append(new_code_cell(RIGHT, id="late"))


def other_lesson(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)
        cell.id = f"mine-{notebook.cells.index(cell)}"


def lookalikes(notebook: NotebookNode) -> None:
    """Ids and names that look like those of the lesson, but are written in other letters."""
    cell = nbformat.from_dict(find_cell(notebook, "check_precision"))
    cell.metadata.nbgrader.update(grade_id="check_p\u0433ecision", points=1000)
    cell.update(source="1000.0", id="check_precisi\u043en")
    wide = nbformat.from_dict(cell)
    wide.metadata.nbgrader.grade_id = "".join(chr(ord(c) + 0xFEE0) for c in "check") + "_precision\u200b\u202e"
    notebook.cells += [cell, wide]


def paths_in_ids(notebook: NotebookNode) -> None:
    for i, name in enumerate(
        ("../../gradebook.db", "/etc/passwd", "a/../../b", "..\\..\\x", "", "\x00", "x" * 100_000)
    ):
        cell = new_code_cell("3.0", id=f"path-{i}")
        cell.metadata.nbgrader = {"grade": True, "grade_id": name, "points": 100, "solution": False, "locked": True,
                                  "schema_version": 3, "task": False}  # fmt: skip
        cell.id = name
        notebook.cells.append(cell)


def scripts(notebook: NotebookNode) -> None:
    attack = (
        "<script>alert('x1')</script><img src=x onerror=alert('x2')> [x](javascript:alert('x3')) <svg onload=alert(4)>"
    )
    notebook.cells.insert(0, new_markdown_cell(attack, id="script"))
    find_cell(notebook, "why").source = f"{attack}\n\n![a](../../../.grading/secret) ![b](/etc/passwd)"
    notebook.metadata.title = notebook.metadata.authors = attack


def broken_pictures(notebook: NotebookNode) -> None:
    notebook.cells.insert(0, new_markdown_cell("![a](attachment:none.png) ![b](attachment:empty)", id="pictures"))
    notebook.cells[0].attachments = {"empty": {}, "<script>": {"image/svg+xml": "<script>alert('x1')</script>"}}


def skipped_cells(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        cell.metadata.tags = ["skip-execution", "raises-exception", "remove-cell"]


def raw(text: str | bytes) -> Callable[[Path, str, str, bytes], None]:
    def write(folder: Path, lesson: str, name: str, _: bytes) -> None:
        (folder / lesson).mkdir(parents=True)
        (folder / lesson / name).write_bytes(text.encode() if isinstance(text, str) else text)

    return write


def changed(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path, str, str, bytes], None]:
    """Write JSON that no notebook program would write."""

    def write(folder: Path, lesson: str, name: str, content: bytes) -> None:
        data = json.loads(content)
        change(data)
        raw(json.dumps(data))(folder, lesson, name, content)

    return write


def nested(depth: int) -> list[Any]:
    deep: list[Any] = []
    for _ in range(depth):
        deep = [deep]
    return deep


def deep_in_cells(data: dict[str, Any]) -> None:
    """Just flat enough to be read."""
    for depth in (30, 60, 90):
        deep = nested(depth)
        data["cells"] += [
            {"cell_type": "code", "source": deep, "metadata": {}, "id": f"a{depth}"},
            {"cell_type": "code", "source": "", "metadata": {"nbgrader": {"grade_id": "precision", "x": deep}}},
            {"cell_type": "markdown", "source": "", "metadata": deep, "attachments": {"a": {"b": deep}}},
            {"cell_type": deep, "source": {"a": deep}, "metadata": {"nbgrader": deep, "tags": deep}, "id": deep},
        ]


def wrong_kinds(data: dict[str, Any]) -> None:
    odd: list[Any] = [None, True, 7, 1e308, -0.0, "x", [], {}, [None], {"a": None}, "\ud800", "\x00", 10**4000]
    for value in odd:
        for field in ("cell_type", "source", "metadata", "id", "outputs", "attachments", "execution_count"):
            data["cells"].append({"cell_type": "code", "source": "1", "metadata": {}, field: value})
        data["cells"].append({"cell_type": "markdown", "source": "1", "metadata": {"nbgrader": value}})
        data["cells"].append({"cell_type": "code", "source": "1", "metadata": {"nbgrader": {"grade_id": value}}})
    data["metadata"] = {"kernelspec": {"name": "bash", "language": "bash"}, "language_info": nested(50)}


def link_to_neighbour(folder: Path, lesson: str, name: str, _: bytes) -> None:
    (folder / lesson).mkdir(parents=True)
    (folder / lesson / name).symlink_to(folder.parent / "00-right" / lesson / name)


def linked_lesson(folder: Path, lesson: str, name: str, _: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / lesson).symlink_to(folder.parent / "00-right" / lesson)


def broken_link(folder: Path, lesson: str, name: str, _: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / lesson).symlink_to("/nowhere")


def linked_data(folder: Path, lesson: str, name: str, content: bytes) -> None:
    raw(content)(folder, lesson, name, content)
    (folder / lesson / "passwd.csv").symlink_to("/etc/passwd")
    (folder / lesson / "neighbour").symlink_to(folder.parent / "00-right" / lesson)
    os.mkfifo(folder / lesson / "pipe.csv")


def pipe(folder: Path, lesson: str, name: str, _: bytes) -> None:
    (folder / lesson).mkdir(parents=True)
    os.mkfifo(folder / lesson / name)


def another_folder(odd: str) -> Callable[[Path, str, str, bytes], None]:
    def write(folder: Path, lesson: str, name: str, content: bytes) -> None:
        raw(content)(folder, odd, name, content)

    return write


MANY_CELLS = '{"cells": [' + "{}," * 3_000_000 + '{}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'

# What cannot be graded is set aside for a person: nothing of it is run.
set_aside = partial(Attack, points=0, status="quarantined")

ATTACKS = [
    Attack(
        name="hidden-tests-in-source",
        tries="Prints every cell that runs, to learn the hidden tests and their seeds from the feedback.",
        stops="Test cells are not run in the notebook. The cases are drawn from a secret of the course.",
        named="uses get_ipython",
        cell="""
def tell(info): print("about to run:", info.raw_cell)
get_ipython().events.register("pre_run_cell", tell)
""",
        edit=lambda notebook: notebook.cells.append(new_code_cell("'the last cell'", id="last")),
        shows="about to run: 'the last cell'",
        hides="seed=4711",
    ),
    Attack(
        name="edited-test",
        tries="Overwrites the test cell by `3.0`.",
        stops=RESTORED,
        named="The test cell check_precision was edited; the original was put back",
        edit=test_cell(lambda cell: cell.update(source="3.0")),
    ),
    Attack(
        name="points-in-the-mark",
        tries="Writes 100 points into nbgrader's mark of the test cell.",
        stops=RESTORED,
        named="check_precision has 100 points in the submission and 3 in the lesson, which count",
        edit=test_cell(lambda cell: cell.metadata.nbgrader.update(points=100, max_points=100, score=100)),
    ),
    Attack(
        name="test-as-text",
        tries="Turns the test cell into a text cell.",
        stops=RESTORED,
        named="check_precision was turned into a markdown cell; it was turned back",
        edit=test_cell(lambda cell: cell.update(cell_type="markdown")),
    ),
    Attack(
        name="flipped-flags",
        tries="Marks the test cell as an answer that a person grades, and the answer as no answer.",
        stops=RESTORED,
        named="The marks of the test cell check_precision were changed; the lesson's were put back",
        edit=test_cell(lambda cell: cell.metadata.nbgrader.update(grade=False, solution=True, locked=False)),
    ),
    Attack(
        name="duplicate-test",
        tries="Puts a second test cell with the same mark first, with the source `3.0`.",
        stops=RESTORED,
        named="The test cell check_precision was there 2 times; one was kept",
        edit=copied_test,
    ),
    Attack(
        name="removed-tests",
        tries="Deletes all test cells, so that the exercises wait for a person for ever.",
        stops=RESTORED,
        named="The test cell check_precision was deleted; it was put back",
        edit=removed_tests,
    ),
    Attack(
        name="no-marks-left",
        tries="Removes every mark and id, so that nothing can be recognised.",
        stops="What has lost its mark is found by its text and its place; what is not there is put back.",
        named="cells had no marks .*; they were found by their text and place",
        edit=other_lesson,
    ),
    Attack(
        name="late-answer",
        tries="Writes a right answer after the test, so that a judge who runs everything first would find it.",
        stops="A function is judged as it stands where its test stands.",
        named="precision",
        edit=late_answer,
    ),
    Attack(
        name="skipped-cells",
        tries="Tags all cells with `skip-execution` and `raises-exception`.",
        stops="The lesson's tags count, a student's do not.",
        named="precision",
        edit=skipped_cells,
    ),
    Attack(
        name="lookalike-name",
        tries="Defines `precision` in Cyrillic letters for the reader, and answers wrongly in Latin ones.",
        stops="Names are compared as Python compares them.",
        named="precision is not defined|precision",
        answer=RIGHT.replace("precision", "\u0440recision") + "\n" + WRONG,
    ),
    Attack(
        name="lookalike-ids",
        tries="Adds test cells whose ids look like the lesson's, in other letters, worth 1000 points.",
        stops="A cell that claims to be what the lesson does not have is an ordinary cell.",
        named="A cell claims to be the graded cell check_p.*does not count",
        edit=lookalikes,
    ),
    Attack(
        name="paths-in-ids",
        tries="Gives cells ids such as `../../gradebook.db`, empty ones, and one of a hundred thousand letters.",
        stops="Ids become no paths; unknown ones are dropped.",
        named=r"A cell claims to be the graded cell \.\./\.\./gradebook.*does not count",
        edit=paths_in_ids,
    ),
    Attack(
        name="scripts-in-text",
        tries="Writes scripts into text cells and the written answer, for the instructor's browser.",
        stops="Feedback keeps a list of harmless tags; everything else is dropped or escaped.",
        named="precision",
        edit=scripts,
    ),
    Attack(
        name="broken-pictures",
        tries="Shows attached pictures that are not attached, for a page of feedback that cannot be drawn.",
        stops="A page that cannot be drawn is made of text.",
        named="precision",
        edit=broken_pictures,
    ),
    Attack(
        name="shadowing-files",
        tries="Hands in `numpy.py`, `autograder.py`, `sitecustomize.py` and `json/__init__.py` beside the notebook.",
        stops="What grades is loaded before a submission's modules; whose own metric is right has it right.",
        named="precision",
        files={
            "numpy.py": "raise SystemExit('shadowed')",
            "autograder.py": "def check(*args, **kwargs):\n    return 3.0\nshow_quiz = check",
            "sitecustomize.py": "raise SystemExit('shadowed')",
            "json/__init__.py": "raise SystemExit('shadowed')",
            "sklearn/metrics/__init__.py": "def precision_score(*args, **kwargs): return 1.0",
        },
        cell="import autograder, json\nprint('from', '/tmp/work' in np.__file__, '/tmp/work' in autograder.__file__)",
        shows="from False False",
    ),
    Attack(
        name="files-of-the-grader",
        tries="Hands in a `gradebook.db`, a `nbgrader_config.py` and a `timestamp.txt` that is none.",
        stops="Settings and gradebook are read from the course folder only; an unreadable time stamp is left out.",
        named="precision",
        files={
            "gradebook.db": "not a database",
            "nbgrader_config.py": "raise SystemExit('taken for the course')",
            "timestamp.txt": "never\x00",
        },
    ),
    set_aside(
        name="many-cells",
        tries="Hands in nine megabytes that hold three million empty cells: gigabytes once they are read.",
        stops=READING,
        named="its JSON holds more than 300000 values",
        write=raw(MANY_CELLS),
    ),
    set_aside(
        name="large-notebook",
        tries="Hands in a notebook of two hundred megabytes of blanks, which packs into nothing.",
        stops=READING,
        named="too large: 200 MB, where 100 MB are allowed",
        write=lambda folder, lesson, name, content: (
            raw(content)(folder, lesson, name, content),
            os.truncate(folder / lesson / name, 200_000_000),
        ),
    ),
    set_aside(
        name="deep-json",
        tries="Nests lists a hundred thousand times.",
        stops=READING,
        named="nested too deeply",
        write=raw('{"cells": ' + "[" * 100_000 + "]" * 100_000 + "}"),
    ),
    Attack(
        name="deep-json-in-cells",
        tries="Nests values in sources, marks and attachments just as deep as can still be read.",
        stops=READING,
        named="precision",
        write=changed(deep_in_cells),
    ),
    Attack(
        name="wrong-kinds",
        tries="Has numbers, nothing, lists and half characters where texts belong, and another kernel.",
        stops="Of a cell only type, source, mark and pictures are taken, each checked; the kernel is the lesson's.",
        named="precision",
        write=changed(wrong_kinds),
    ),
    set_aside(
        name="huge-number",
        tries="Has a number of a million digits in the JSON, which takes minutes to read.",
        stops=READING,
        named="too large a number",
        write=raw('{"cells": [' + "9" * 1_000_000 + "]}"),
    ),
    set_aside(
        name="not-a-notebook",
        tries="Hands in a pickle under the name of the notebook.",
        stops=READING,
        named="is not a notebook",
        write=raw(b"\x80\x04\x95cos\nsystem\n(S'touch /tmp/pickled'\ntR."),
    ),
    set_aside(
        name="notebook-is-a-link",
        tries="Hands in a link to the notebook of another student.",
        stops=NAMES,
        named="is a link to another file, which is not followed",
        write=link_to_neighbour,
    ),
    set_aside(
        name="folder-is-a-link",
        tries="Hands in a link to the folder of another student.",
        stops=NAMES,
        named="it is a link to another folder, which is not followed",
        write=linked_lesson,
    ),
    set_aside(
        name="folder-is-a-broken-link",
        tries="Hands in a link to a folder that is not there (yet).",
        stops=NAMES,
        named="it is a link to another folder, which is not followed",
        write=broken_link,
    ),
    Attack(
        name="data-is-a-link",
        tries="Hands in links to `/etc/passwd` and to another student's folder, and a pipe, beside the notebook.",
        stops=NAMES,
        named="passwd.csv is not a regular file; it was left out",
        write=linked_data,
        cell="from pathlib import Path\nprint('beside:', sorted(map(str, Path('.').rglob('*'))))",
        shows="beside: []",
    ),
    set_aside(
        name="notebook-is-a-pipe",
        tries="Hands in a named pipe, at which a reader would wait for ever.",
        stops=NAMES,
        named="is missing",
        write=pipe,
    ),
    Attack(
        name="bytes-as-name",
        tries="Names the notebook with bytes that are no text, escape codes for the terminal, and a script.",
        stops=NAMES,
        named=r"The notebook is named .*; it was graded as",
        write=lambda folder, lesson, name, content: raw(content)(
            folder, lesson, "\udcff\x1b[2J<script>alert(1)<\u2044script>.ipynb", content
        ),
    ),
    set_aside(
        name="path-in-the-name",
        tries="Names the lesson's folder `x\\..\\..\\source`, for a grader that takes names for paths.",
        stops=NAMES,
        named="left out",
        write=another_folder("x\\..\\..\\source"),
    ),
    set_aside(
        name="invisible-name",
        tries="Names the lesson's folder with characters that turn the direction of writing and end the line.",
        stops=NAMES,
        named="characters that cannot be seen",
        write=another_folder("03_precision_recall\u202e\n"),
    ),
    set_aside(
        name="pattern-as-name",
        tries="Names the lesson's folder `*`, which matches those of all students.",
        stops=NAMES,
        named="takes for a pattern",
        write=another_folder("*"),
    ),
]
