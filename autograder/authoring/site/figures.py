"""Pictures become files beside the pages: a page is small, and a browser loads a picture when it comes into view."""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from pathlib import Path

import nbformat
from nbformat import NotebookNode

FOLDER = "_figures"
_PNG = re.compile(r'<img src="data:image/png;base64,([^"]+)"')
_EMPTY_HEAD = re.compile(r"<th([^>]*)></th>")


class Figures:
    """Takes pictures out of outputs, and writes them into a folder.

    Parameters
    ----------
    folder : Path
        What becomes ``_figures`` of the site.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def without_pictures(self, output: NotebookNode, lesson: str) -> NotebookNode:
        """The output with links instead of pictures, and in its richest form alone."""
        shown = nbformat.from_dict(output)
        data = shown.get("data", {})
        if "text/html" in data:
            page = _PNG.sub(lambda found: self._link(found[1], lesson), data["text/html"])
            # pandas writes an empty heading above the index: a heading that says nothing is none.
            page = _EMPTY_HEAD.sub(_empty_cell, page)
            shown.data, shown.metadata = NotebookNode({"text/html": page}), NotebookNode()
        elif any(kind.startswith("image/") for kind in data):
            raise ValueError(f"{lesson}: a picture has no HTML, and so no alternative text.")
        return shown

    def _link(self, encoded: str, lesson: str) -> str:
        picture = base64.b64decode(encoded)
        name = f"{lesson}-{hashlib.sha256(picture).hexdigest()[:12]}.png"
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        if not path.is_file():
            path.write_bytes(picture)
        return f'<img loading="lazy"{_size(picture)} src="../{FOLDER}/{name}"'


def _empty_cell(head: re.Match[str]) -> str:
    """The same cell as one of data, which has no scope."""
    attributes = re.sub(r" scope=.\w+.", "", head[1])
    return f"<td{attributes}></td>"


def _size(png: bytes) -> str:
    """The size in pixels, so that the text below does not jump when the picture comes."""
    width, height = struct.unpack(">II", png[16:24])
    return f' width="{width}" height="{height}"'
