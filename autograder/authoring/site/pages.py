"""The pages that are made from other texts of the repository: README, docs, guides and evalkit's public names."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable
from pathlib import Path

from nbformat import NotebookNode

from autograder.authoring.quiz_bank import load_quiz
from autograder.exporting.guide import lesson_guide

# The pages that come from a text of the repository, by that text.
TEXTS = {
    "docs/myths.md": "myths.md",
    "docs/production.md": "production.md",
    "docs/training_loops.md": "training_loops.md",
    "docs/security.md": "security.md",
    "docs/syllabus.md": "syllabus.md",
    "docs/benchmarks/grading.md": "benchmarks/grading.md",
    "docs/benchmarks/metrics.md": "benchmarks/metrics.md",
    "docs/benchmarks/mutants.md": "benchmarks/mutants.md",
    "docs/benchmarks/similar_answers.md": "benchmarks/similar_answers.md",
    "docs/benchmarks/vision.md": "benchmarks/vision.md",
    "deploy/README.md": "deploy.md",
}
# The parts of the README that are pages of their own, by the heading they stand under.
PARTS = {"… an instructor": ("instructors.md", "Teach with it"), "… an engineer": ("engineers.md", "Use the library")}
# evalkit's packages with public names, beside evalkit itself, and the titles of their pages.
PACKAGES = {
    "streaming": "Accumulators",
    "plots": "Figures",
    "production": "Releases",
    "training": "Training",
    "report": "Reports of files",
    "vision": "Residual networks",
}
# The modules of a package that has no public names of its own.
MODULES = {
    "analysis": ("Error analysis", ("drift", "importance", "leakage", "mistakes", "saliency", "slices")),
}
_LINK = re.compile(r"(!?)\[([^\]]+)\]\(([^)\s]+)\)")


def text_pages(root: Path) -> dict[str, str]:
    """What becomes of the texts in `TEXTS`, and of the parts of the README."""
    pages = {
        page: linked((root / text).read_text(encoding="utf-8"), text, page)
        for text, page in TEXTS.items()
        if (root / text).is_file()
    }
    readme = (root / "README.md").read_text(encoding="utf-8")
    for heading, (page, title) in PARTS.items():
        part = re.search(rf"^### {re.escape(heading)}$(.*?)^##", readme, re.MULTILINE | re.DOTALL)
        if part is None:
            raise ValueError(f"README.md has no part {heading!r} any more: say in pages.py which part it is now.")
        pages[page] = f"# {title}\n\n{linked(part[1].strip(), 'README.md', page)}\n"
    return pages


def linked(markdown: str, text: str, page: str) -> str:
    """A text of the repository with links to pages; a link to a file that is no page becomes the file's name.

    Parameters
    ----------
    markdown : str
        The text.
    text, page : str
        Where it stands in the repository, and where on the site.

    Examples
    --------
    >>> linked("[why](security.md#limits), [checked](../tests/a.py)", "docs/myths.md", "myths.md")
    '[why](security.md#limits), checked (`tests/a.py`)'
    """
    up = "../" * page.count("/")

    def link(found: re.Match[str]) -> str:
        picture, words, target = found.groups()
        if re.match(r"[a-z]+:|#", target):
            return found[0]
        path, mark, anchor = target.partition("#")
        # From the folder of the text to the top of the repository.
        parts: list[str] = text.split("/")[:-1]
        for part in path.split("/"):
            if part == "..":
                parts.pop()
            elif part not in ("", "."):
                parts.append(part)
        file = "/".join(parts)
        if file in TEXTS:
            return f"{picture}[{words}]({up}{TEXTS[file]}{mark}{anchor})"
        return words if words.strip("`") in file else f"{words} (`{file}`)"

    return _LINK.sub(link, markdown)


def guide_pages(notebooks: dict[str, NotebookNode], root: Path) -> dict[str, str]:
    """A guide to each lesson, without what the class is graded by and cannot read elsewhere: the model answers."""
    pages = {}
    for lesson, notebook in notebooks.items():
        bank = root / "solutions" / lesson / "quiz.yml"
        quiz = load_quiz(bank) if bank.is_file() else None
        pages[f"guides/{lesson}.md"] = lesson_guide(lesson, notebook.cells, quiz, public=True)
    return pages


def reference_pages() -> dict[str, str]:
    """The reference: one page for each family of evalkit's metrics, and one for each package beside it."""
    import evalkit

    families: dict[str, list[str]] = {}
    for name in evalkit.__all__:
        families.setdefault(getattr(evalkit, name).__module__, []).append(name)
    pages = {}
    for module, names in families.items():
        page = module.removeprefix("evalkit.").removeprefix("metrics.").replace("_core.", "")
        pages[f"reference/{page}.rst"] = _reference(_first_line(module), "evalkit", names, module)
    for package, title in PACKAGES.items():
        whole = f"evalkit.{package}"
        names = [name for name in importlib.import_module(whole).__all__ if name not in evalkit.__all__]
        pages[f"reference/{package}_package.rst"] = _reference(title, whole, names, whole)
    for package, (title, modules) in MODULES.items():
        text = _heading(title)
        for module in modules:
            text += f".. automodule:: evalkit.{package}.{module}\n   :members:\n\n"
        pages[f"reference/{package}_package.rst"] = text
    return pages


def _reference(title: str, home: str, names: Iterable[str], module: str) -> str:
    text = _heading(title)
    text += f"``from {home} import …``\n\n.. automodule:: {module}\n   :no-members:\n   :no-index:\n\n"
    text += f".. currentmodule:: {home}\n\n"
    for name in names:
        found = getattr(importlib.import_module(home), name)
        if isinstance(found, type):
            text += f".. autoclass:: {name}\n   :members:\n\n"
        elif callable(found):
            text += f".. autofunction:: {name}\n\n"
        else:
            text += f".. autodata:: {name}\n   :no-value:\n\n"
    return text


def _heading(title: str) -> str:
    return f"{title}\n{'=' * len(title)}\n\n"


def _first_line(module: str) -> str:
    said = (importlib.import_module(module).__doc__ or module).splitlines()[0]
    return said.rstrip(".:")
