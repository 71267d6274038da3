"""The course in public: from which address and version Binder and Colab open its lessons.

One setting says so, ``Repository`` under ``[project.urls]`` in pyproject.toml. Without it there are no links and no
cell.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.errors import UserError

#: The id of the cell that `add_setup` adds.
SETUP = "setup-in-colab"
# Colab opens a notebook alone, in a folder of its own. The lesson's folder also holds its quiz and its data.
_SETUP = """\
# In Colab this fetches the course and opens the lesson's folder. Where the course is installed, it does nothing.
import importlib.util
import os
import subprocess
import sys

if importlib.util.find_spec("autograder") is None:
    subprocess.run(
        ["git", "clone", "--quiet", "--depth", "1", "--branch", "{tag}", "{address}", "course"], check=True
    )
    sys.path.insert(0, os.path.abspath("course"))
    os.chdir("course/lessons/{lesson}")"""


@dataclass(frozen=True)
class Hosted:
    """Where the repository lies, and the tag of the version that links and the cell pin."""

    address: str
    tag: str

    def binder(self, notebook: str) -> str:
        """The link that opens a notebook in Binder.

        Examples
        --------
        >>> Hosted("https://github.com/them/course", "v1.0").binder("lessons/01_a/a.ipynb")
        'https://mybinder.org/v2/gh/them/course/v1.0?urlpath=lab%2Ftree%2Flessons%2F01_a%2Fa.ipynb'
        """
        return f"https://mybinder.org/v2/gh/{self._name}/{self.tag}?urlpath={quote(f'lab/tree/{notebook}', safe='')}"

    def colab(self, notebook: str) -> str:
        """The link that opens a notebook in Colab.

        Examples
        --------
        >>> Hosted("https://github.com/them/course", "v1.0").colab("lessons/01_a/a.ipynb")
        'https://colab.research.google.com/github/them/course/blob/v1.0/lessons/01_a/a.ipynb'
        """
        return f"https://colab.research.google.com/github/{self._name}/blob/{self.tag}/{notebook}"

    def add_setup(self, notebook: NotebookNode, lesson: str) -> None:
        """Put the cell that Colab needs behind the first one, folded."""
        source = _SETUP.format(tag=self.tag, address=self.address, lesson=lesson)
        cell = new_code_cell(source, id=SETUP, metadata={"jupyter": {"source_hidden": True}})
        notebook.cells.insert(1, cell)

    @property
    def _name(self) -> str:
        return self.address.removeprefix("https://github.com/")


def hosted(root: Path) -> Hosted | None:
    """Where pyproject.toml says that the repository lies; None where it says nothing, or is not there.

    Raises
    ------
    UserError
        If the address is none of a repository on GitHub, from which both services open notebooks.
    """
    file = root / "pyproject.toml"
    project = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {}) if file.is_file() else {}
    address = project.get("urls", {}).get("Repository")
    if address is None:
        return None
    if not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+(?<!\.git)", address):
        raise UserError(f"{file.name}: Repository must be https://github.com/OWNER/NAME, and is {address}")
    return Hosted(address, f"v{project['version']}")
