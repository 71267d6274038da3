"""What a lesson says about itself: its objectives, and the sections that lead up to each graded cell.

Nothing ties a section to an exercise but where it stands, so that is what is read: the section above an exercise is the
one that teaches it. Where one text cell holds several sections, they belong together, and all of them count. Exercises
name their objective themselves; a written answer's stand in the text that asks for it, as in "graded by hand (PR.6)".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# What a learner wrote may be longer than any lesson; it is not looked through.
_MAX_CHARACTERS = 20_000
_HEADING = re.compile(r"(#{2,3})[ \t]+(\S.*)")
_TEACHES_NOTHING = re.compile(r"(Exercise|Written answer|Going further)\b|(Objectives|Quiz|Summary|Further reading)$")
_OBJECTIVE = re.compile(r"- \*\*([A-Z]{2}\.\d+)\*\* (.+)")
_NAMED = re.compile(r"\b[A-Z]{2}\.\d+\b")
_MARKS = re.compile(r"[*`]|<!--.*?-->")


@dataclass(frozen=True)
class Section:
    """A section of a lesson: the number of the cell in which it begins, and its heading as plain text."""

    cell: int
    title: str


@dataclass(frozen=True)
class Outline:
    """What a lesson says about itself.

    Attributes
    ----------
    objectives : dict of str to str
        The objectives, by their id such as ``PR.1``.
    sections : dict of str to list of Section
        For each graded cell, by its grade id, the sections that lead up to it.
    named : dict of str to list of str
        For each written answer, the objectives that the text above it names.
    """

    objectives: dict[str, str] = field(default_factory=dict)
    sections: dict[str, list[Section]] = field(default_factory=dict)
    named: dict[str, list[str]] = field(default_factory=dict)


def outline(cells: Iterable[Mapping[str, Any]]) -> Outline:
    """Read the outline of a notebook's cells.

    Examples
    --------
    >>> text = {"cell_type": "markdown", "source": "## Is a yes right?", "metadata": {}}
    >>> test = {"cell_type": "code", "source": "", "metadata": {"nbgrader": {"grade": True, "grade_id": "check_p"}}}
    >>> outline([text, test]).sections
    {'check_p': [Section(cell=0, title='Is a yes right?')]}
    """
    found = Outline()
    above: list[Section] = []
    asked: list[str] = []
    for number, cell in enumerate(cells):
        meta = cell["metadata"].get("nbgrader", {})
        if meta.get("grade") or meta.get("task"):
            found.sections[str(meta["grade_id"])] = above
            if meta.get("solution") or meta.get("task"):
                found.named[str(meta["grade_id"])] = [name for name in asked if name in found.objectives]
        elif cell["cell_type"] == "markdown" and len(cell["source"]) <= _MAX_CHARACTERS:
            lines = list(_outside_code(cell["source"]))
            above = [Section(number, title) for title in _titles(lines)] or above
            found.objectives.update(_objectives(lines))
            asked = list(dict.fromkeys(_NAMED.findall("\n".join(lines))))
    return found


def _outside_code(source: str) -> Iterator[str]:
    code = False
    for line in source.splitlines():
        if line.lstrip().startswith("```"):
            code = not code
        elif not code:
            yield line


def _titles(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        match = _HEADING.match(line)
        title = _plain(match[2]) if match else ""
        if title and not _TEACHES_NOTHING.match(title):
            yield title


def _objectives(lines: list[str]) -> dict[str, str]:
    """The items of the list of objectives; an item may go on in the next lines."""
    found: dict[str, str] = {}
    name = ""
    for line in lines:
        match = _OBJECTIVE.match(line)
        if match:
            name, text = match.groups()
            found[name] = text
        elif name and line.startswith("  "):
            found[name] += f" {line.strip()}"
        else:
            name = ""
    return {name: _plain(text).rstrip(";.,") for name, text in found.items()}


def _plain(text: str) -> str:
    return _MARKS.sub("", text).strip()
