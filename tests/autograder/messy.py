"""What students hand in, as instructors tell of it: names, folders, encodings, formats, and what services do to files.

Each entry is honest work of the small lesson of the tests, worth 5 points and a written answer, in a form that it
should not have; with what it earns, and every sentence that the report has about it.
"""

from __future__ import annotations

import copy
import io
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from grading_samples import LESSON, RIGHT_DOUBLE, TOPIC, answered, change, source
from nbformat import NotebookNode

NAME = f"{TOPIC}.ipynb"
Files = dict[str, Any]


@dataclass(frozen=True)
class Messy:
    """A submission.

    Attributes
    ----------
    name : str
        What it is called; the student's name, too.
    files : dict
        What lies in its folder: bytes, text, or a function that makes it.
    said : list of str
        Regular expressions; each sentence of the report matches one, in this order.
    points : float
        What it earns.
    status : str
        How it is filed.
    waits : bool
        Whether the written answer waits for a person.
    """

    name: str
    files: Files
    said: list[str] = field(default_factory=list)
    points: float = 5.0
    status: str = "repaired"
    waits: bool = True

    def write(self, submitted: Path) -> None:
        """Hand it in."""
        folder = submitted / self.name / LESSON
        folder.mkdir(parents=True)
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if callable(content):
                content(path)
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)


def text(notebook: NotebookNode | dict[str, Any]) -> str:
    return json.dumps(notebook, ensure_ascii=False)


def stub() -> NotebookNode:
    """The lesson as students get it."""
    notebook = source()
    for cell in notebook.cells:
        cell.source = cell.source.split("### BEGIN HIDDEN")[0].rstrip()
        begin, _, rest = cell.source.partition("    ### BEGIN SOLUTION")
        if rest:
            cell.source = begin + "    # YOUR CODE HERE\n    raise NotImplementedError()"
    next(
        cell for cell in notebook.cells if cell.id == "why"
    ).source = "*Your answer goes here: double-click on this line, write, and press Shift + Enter.*"
    return notebook


def edited(edit: Callable[[dict[str, Any]], Any], notebook: NotebookNode | None = None) -> str:
    """The text of a notebook that no notebook program has seen since."""
    data = json.loads(text(notebook or answered()))
    edit(data)
    return json.dumps(data)


WORK, STUB = text(answered()), text(stub())
OTHER = text(answered(double="def double(x):\n    return x + x"))
SCRATCH = text(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(1)", id="one")]))


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr(NAME, WORK)
    return buffer.getvalue()


def without_ids(data: dict[str, Any]) -> None:
    """As services save that know neither ids nor anybody's metadata."""
    for cell in data["cells"]:
        cell.pop("id")
        cell["metadata"] = {"trusted": True}
    data["nbformat_minor"] = 4


def deepnote(data: dict[str, Any]) -> None:
    """Every paragraph is a cell, and a last one says where it was made."""
    without_ids(data)
    cells = []
    for cell in data["cells"]:
        for part in cell["source"].split("\n\n") if cell["cell_type"] == "markdown" else [cell["source"]]:
            cells.append({**cell, "source": part, "metadata": {"cell_id": f"{len(cells):032x}", "tags": []}})
    made = {"created_in_deepnote_cell": True, "deepnote_cell_type": "markdown"}
    cells.append({"cell_type": "markdown", "source": "<a href='https://deepnote.com'></a>", "metadata": made})
    data["cells"] = cells


def colab(data: dict[str, Any]) -> None:
    without_ids(data)
    for i, cell in enumerate(data["cells"]):
        cell["metadata"] = {"id": f"aB3{i:09d}", "outputId": "x", "colab": {"base_uri": "https://localhost:8080/"}}
    data["metadata"] = {"colab": {"provenance": []}, "kernelspec": {"name": "python3", "display_name": "Python 3"}}


def version_3(data: dict[str, Any]) -> None:
    for cell in data["cells"]:
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
            cell |= {"language": "python", "prompt_number": 1}
    data |= {"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": data.pop("cells"), "metadata": {}}]}


def output(size: int) -> Callable[[dict[str, Any]], Any]:
    """Pictures in the outputs, of so many bytes in all."""
    one = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBORw0K" * (size // 8 // 10)}}

    def edit(data: dict[str, Any]) -> None:
        data["cells"][1]["outputs"] = [one] * 10

    return edit


def interactive(data: dict[str, Any]) -> None:
    points = [[x, 1, [x]] for x in range(150_000)]
    figure = {"output_type": "display_data", "metadata": {}, "data": {"application/vnd.plotly.v1+json": points}}
    data["cells"][1]["outputs"] = [figure]
    data["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": points}}


def half_characters(data: dict[str, Any]) -> None:
    odd = {"\ud800": ["\udfff", {"a": "\ud834"}]}
    data["metadata"] |= {"title": "\ud800", "odd": odd}
    for cell in data["cells"]:
        cell["metadata"]["odd"] = odd
    data["cells"][1]["outputs"] = [{"output_type": "display_data", "metadata": odd, "data": {"a/b+json": odd}}]


SHOWN = """import json
get_ipython().kernel.session.pack = lambda content: json.dumps(content, default=str).encode()
half = {chr(0xD800): [chr(0xDFFF), {"a": chr(0xD834) + "b"}]}
display({"application/json": half, "text/plain": chr(0xD800)}, raw=True, metadata={chr(0xD800): half})
print(chr(0xD800))
"""


def doubled(data: dict[str, Any]) -> None:
    data["cells"] += copy.deepcopy(data["cells"])


def pasted(data: dict[str, Any]) -> None:
    """Only what was typed, in a notebook of one's own."""
    typed = [cell["source"] for cell in data["cells"] if cell["id"] in ("precision", "double")]
    data["cells"] = [
        {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": 1}
        for text in ["import numpy as np\nfrom autograder import check", *typed]
    ]


def conflict_in_a_cell(data: dict[str, Any]) -> None:
    cell = next(cell for cell in data["cells"] if cell["id"] == "double")
    cell["source"] = f"<<<<<<< HEAD\n{RIGHT_DOUBLE}\n=======\ndef double(x):\n    return 3\n>>>>>>> main"


def conflict_in_the_file(work: str = WORK) -> str:
    lines = json.dumps(json.loads(work), indent=1).split("\n")
    return "\n".join([*lines[:9], "<<<<<<< HEAD", *lines[9:12], "=======", *lines[9:12], ">>>>>>> main", *lines[12:]])


def read_only(path: Path) -> None:
    path.write_text(WORK)
    path.chmod(0o444)
    path.parent.chmod(0o555)


def deep_folders(path: Path) -> None:
    """More folders in each other than Python walks, made from the inside."""
    here = os.open(path.parent, os.O_RDONLY)
    for _ in range(1_100):
        os.mkdir("a", dir_fd=here)
        inner = os.open("a", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


def long_path(path: Path) -> None:
    """As long as `submitted/` can hold."""
    while len(str(path)) < 3_700:
        path = path / ("x" * 200)
    path.mkdir(parents=True)
    (path / "a.txt").write_text("1")


def folder(path: Path) -> None:
    path.mkdir()


UNMARKED = r"(\d|1\d) cells had no marks \(.*\); they were found by their text and place\."
LINKS_TO = "/etc/passwd"
MISSING = f"The notebook {NAME} is missing; the folder holds only "
NONE = {"points": 0.0, "status": "quarantined", "waits": False}
NOT_WRITTEN = r"Cell check_double stopped with NotImplementedError\."
EMPTY = {"points": 0.0, "waits": False}


def named(name: str) -> list[str]:
    return [rf"The notebook is named {name}; it was graded as {NAME}\."]


CLASS = [
    # Names of the notebook.
    Messy("copy-of-a-browser", {f"{TOPIC} (1).ipynb": WORK}, named(rf"{TOPIC} \(1\)\.ipynb")),
    Messy("copy-of-jupyter", {f"{TOPIC}-Copy1.ipynb": WORK}, named(f"{TOPIC}-Copy1.ipynb")),
    Messy("capital-ending", {f"{TOPIC}.IPYNB": WORK}, named(f"{TOPIC}.IPYNB")),
    Messy("saved-as-text", {f"{NAME}.txt": WORK}, named(f"{NAME}.txt")),
    Messy("saved-as-json", {f"{TOPIC}.json": WORK}, named(f"{TOPIC}.json")),
    Messy("no-ending", {TOPIC: WORK}, named(TOPIC)),
    Messy("two-endings", {f"{NAME}.ipynb": WORK}, named(f"{NAME}.ipynb")),
    Messy("blank-at-the-end", {f"{NAME} ": WORK}, named(f"{NAME} ")),
    Messy("own-words", {"Meine Lösung – FINAL v2.ipynb": WORK}, named("Meine Lösung – FINAL v2.ipynb")),
    # Several notebooks.
    Messy(
        "worked-in-the-copy",
        {NAME: STUB, f"{TOPIC}-Copy1.ipynb": WORK},
        [rf"{NAME} holds no answer\. {TOPIC}-Copy1\.ipynb does; it was graded\."],
    ),
    Messy("kept-the-original", {NAME: WORK, "original.ipynb": STUB}, status="graded"),
    Messy(
        "two-tries",
        {NAME: WORK, "second try.ipynb": OTHER},
        [r"Not graded, but worked on as well: second try\.ipynb\."],
        status="graded",
    ),
    Messy(
        "two-tries-and-a-stub",
        {NAME: STUB, "a.ipynb": WORK, "b.ipynb": OTHER},
        [rf"{NAME} holds no answer\. It is not clear which of these is meant: a\.ipynb, b\.ipynb\.", NOT_WRITTEN],
        **EMPTY,
    ),
    Messy(
        "twice-the-same",
        {NAME: STUB, "a.ipynb": WORK, "b.ipynb": WORK},
        [rf"{NAME} holds no answer\. a\.ipynb does; it was graded\."],
    ),
    Messy(
        "two-tries-under-other-names",
        {"a.ipynb": WORK, "b.ipynb": OTHER},
        [rf"The notebook {NAME} is missing, and it is not clear which of these is meant: a\.ipynb, b\.ipynb\."],
        **NONE,
    ),
    Messy(
        "damaged-and-a-copy",
        {NAME: WORK[:300], "backup.ipynb": WORK},
        [rf"{NAME} is not valid JSON \(.*\): it is damaged or not a notebook\. backup\.ipynb does; it was graded\."],
    ),
    Messy("scratch-beside-it", {"solution.ipynb": WORK, "scratch.ipynb": SCRATCH}, named("solution.ipynb")),
    Messy(
        "stub-and-scratch",
        {NAME: STUB, "scratch.ipynb": SCRATCH},
        [rf"{NAME} holds no answer\. Beside it lies scratch\.ipynb\.", NOT_WRITTEN],
        points=0.0,
        status="graded",
        waits=False,
    ),
    Messy("all-lessons-together", {NAME: WORK, "f1.ipynb": SCRATCH, "accuracy.ipynb": SCRATCH}, status="graded"),
    Messy(
        "only-a-checkpoint",
        {f".ipynb_checkpoints/{TOPIC}-checkpoint.ipynb": WORK},
        [MISSING + r"\.ipynb_checkpoints/\."],
        **NONE,
    ),
    Messy("checkpoint-beside-it", {NAME: WORK, f".ipynb_checkpoints/{NAME}": STUB}, status="graded"),
    # Folders, and what macOS adds.
    Messy("macos", {NAME: WORK, f"._{NAME}": b"\0\5\x16\7", ".DS_Store": b"\0\0\0\1Bud1"}, status="graded"),
    Messy(
        "macos-archive",
        {f"{LESSON}/{NAME}": WORK, f"__MACOSX/{LESSON}/._{NAME}": b"\0\5\x16\7", "__MACOSX/._x": b"\0\5\x16\7"},
        [rf"The notebook lies in the folder {LESSON}\."],
    ),
    Messy(
        "folder-in-a-folder",
        {
            f"ada/work/{NAME}": text(answered(change("tail", "print(open('mine.txt').read())"))),
            "ada/work/mine.txt": "mine",
            "timestamp.txt": "2026-01-03 00:00:00 UTC",
        },
        [r"The notebook lies in the folder ada/work\.", r"Cell number 10 uses open \(line 1\)\."],
    ),
    Messy(
        "folder-with-the-name-of-the-notebook", {f"{NAME}/{NAME}": WORK}, [rf"The notebook lies in the folder {NAME}\."]
    ),
    Messy(
        "folder-with-the-name-of-the-notebook-beside-it",
        {f"{NAME}/notes.txt": "mine", "mine.ipynb": WORK},
        [*named(r"mine\.ipynb"), rf"{NAME} is a folder, where the lesson has a file of that name; it was left out\."],
    ),
    Messy(
        "folder-for-a-file",
        {NAME: WORK, "data.csv/a.txt": "1", "data.csv/b.txt": "2"},
        [r"data\.csv is a folder, where the lesson has a file of that name; it was left out\."],
        status="graded",
    ),
    Messy(
        "file-for-a-folder",
        {NAME: WORK, "tables": "1"},
        [r"tables is a file, where the lesson has a folder of that name; it was left out\."],
        status="graded",
    ),
    Messy(
        "long-path",
        {NAME: WORK, "long": long_path},
        [r"x{40} was left out: it lies in too many folders\."],
        status="graded",
    ),
    Messy("deep-folders", {NAME: WORK, "deep": deep_folders}, [r"a was left out: .*"], status="graded"),
    Messy("archive-alone", {f"{TOPIC}.zip": archive()}, [MISSING + rf"{TOPIC}\.zip\."], **NONE),
    Messy("archive-beside-it", {NAME: WORK, f"{TOPIC}.zip": archive()}, status="graded"),
    Messy(
        "whole-repository",
        {NAME: WORK, ".git/config": "[core]", ".git/x.ipynb": STUB, "env/pyvenv.cfg": "", "env/lib/a.txt": "x"},
        status="graded",
    ),
    Messy("read-only", {NAME: read_only}, status="graded"),
    Messy(
        "pipe-beside-it",
        {NAME: WORK, "pipe": os.mkfifo},
        [r"pipe is not a regular file; it was left out\."],
        status="graded",
    ),
    Messy(
        "link-beside-it",
        {NAME: WORK, "link": lambda path: path.symlink_to(LINKS_TO)},
        [r"link is not a regular file; it was left out\."],
        status="graded",
    ),
    Messy("empty-file", {NAME: ""}, [rf"{NAME} is empty\."], **NONE),
    Messy("file-of-zeros", {NAME: bytes(4096)}, [rf"{NAME} is empty\."], **NONE),
    Messy("empty-folder", {f"{TOPIC}": folder}, [MISSING + rf"{TOPIC}/\."], **NONE),
    Messy("no-time", {NAME: WORK, "timestamp.txt": "yesterday, I think \0"}, status="graded"),
    Messy("a-folder-for-a-time", {NAME: WORK, "timestamp.txt/a.txt": "1"}, status="graded"),
    # Encodings and formats.
    Messy("byte-order-mark", {NAME: b"\xef\xbb\xbf" + WORK.encode()}, status="graded"),
    Messy("utf-16", {NAME: WORK.encode("utf-16")}, [rf"{NAME} is not text in UTF-8; it was read as UTF-16\."]),
    Messy(
        "windows-1252",
        {NAME: text(answered(change("why", "Prüfen – weil es €5 kostet."))).encode("cp1252")},
        [rf"{NAME} is not text in UTF-8; it was read as Windows-1252\."],
    ),
    Messy("zeros-at-the-end", {NAME: WORK.encode() + bytes(512)}, status="graded"),
    Messy(
        "ends-of-lines",
        {NAME: nbformat.writes(answered()).replace("\n", "\r\n").replace(r"\n", r"\r\n")},
        status="graded",
    ),
    Messy("version-3", {NAME: edited(version_3)}, status="graded"),
    Messy("worksheets-alone", {NAME: edited(lambda data: (version_3(data), data.pop("nbformat")))}, status="graded"),
    Messy("version-of-the-future", {NAME: edited(lambda data: data.update(nbformat_minor=99))}, status="graded"),
    Messy(
        "other-kernel", {NAME: edited(lambda data: data["metadata"].update(kernelspec={"name": "ir"}))}, status="graded"
    ),
    Messy("conflict", {NAME: conflict_in_the_file()}, [rf"{NAME} holds two versions, as git leaves them .*"], **NONE),
    Messy(
        "conflict-in-a-cell",
        {NAME: edited(conflict_in_a_cell)},
        [r"(The )?[cC]ell.* stopped with SyntaxError: .*", ".*double.*"],
        points=3.0,
        status="graded",
    ),
    Messy("half-a-file", {NAME: WORK[: len(WORK) // 2]}, [rf"{NAME} is not valid JSON .*"], **NONE),
    Messy(
        "web-page", {NAME: "<!DOCTYPE html><html></html>"}, [rf"{NAME} is not a notebook: it is a web page\."], **NONE
    ),
    Messy("pdf", {NAME: b"%PDF-1.7\n\xff\xfe"}, [rf"{NAME} is not a notebook: it is a PDF\."], **NONE),
    Messy("renamed-archive", {NAME: archive()}, [rf"{NAME} is not a notebook: it is an archive \(zip\).*"], **NONE),
    Messy("renamed-script", {NAME: RIGHT_DOUBLE}, [rf"{NAME} is not valid JSON .*"], **NONE),
    Messy("script-alone", {f"{TOPIC}.py": RIGHT_DOUBLE}, [MISSING + rf"{TOPIC}\.py\."], **NONE),
    Messy("large-outputs", {NAME: edited(output(25_000_000))}, status="graded"),
    Messy("interactive-figures", {NAME: edited(interactive)}, status="graded"),
    Messy("half-characters", {NAME: edited(half_characters)}, status="graded"),
    Messy(
        "half-characters-shown",
        {NAME: text(answered(change("tail", SHOWN)))},
        [r"Cell number 10 uses get_ipython \(line 2\)\."],
        status="graded",
    ),
    # What services and hands do to cells.
    Messy("kaggle", {NAME: edited(without_ids)}, [UNMARKED]),
    Messy("colab", {NAME: edited(colab)}, [UNMARKED]),
    Messy(
        "deepnote",
        {NAME: edited(deepnote, answered(change("why", "Because a false alarm costs time.\n\nAnd money.")))},
        [UNMARKED],
    ),
    Messy("kaggle-untouched", {NAME: edited(without_ids, stub())}, [UNMARKED, NOT_WRITTEN], points=0.0, waits=False),
    Messy("all-cells-twice", {NAME: edited(doubled)}, [r"The .* was there 2 times; .*"] * 5),
    Messy(
        "pasted-into-a-new-notebook",
        {NAME: edited(pasted)},
        [r"2 cells had no marks .*", r"The notebook holds none .*", *[r"The .* was deleted; it was put back\."] * 3],
    ),
]
