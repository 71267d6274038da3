"""Build the site: ``python -m autograder.authoring.site.build``."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder import exercises
from autograder.authoring.build import release_lessons, write_lesson
from autograder.authoring.hosted import hosted
from autograder.authoring.packaged import choose
from autograder.authoring.practice import NoPython, practice_box, practice_tasks, python_for_pages, write_practice
from autograder.authoring.quiz_bank import load_quiz, load_quizzes
from autograder.authoring.site.contents import course_contents, write_contents, write_placement
from autograder.authoring.site.executed import executed_lessons
from autograder.authoring.site.figures import FOLDER, Figures
from autograder.authoring.site.glossary import glossary_page
from autograder.authoring.site.lesson_page import lesson_page
from autograder.authoring.site.links import broken_links
from autograder.authoring.site.offline import write_offline
from autograder.authoring.site.pages import guide_pages, reference_pages, text_pages
from autograder.authoring.site.scripts import move_scripts
from autograder.authoring.site.sphinx import run_sphinx, write_all
from autograder.authoring.site.translated import build_language, languages, links
from autograder.authoring.source import source_notebook
from autograder.errors import UserError

REPOSITORY = Path(__file__).parents[3]
MATHJAX = "mathjax@3.2.2"
# Of MathJax's 24 MB what a page of TeX asks for: one script, and the fonts that it names.
MATHJAX_FILES = ("tex-chtml.js", "output/chtml/fonts/woff-v2")


def build_site(root: Path, out: Path, work: Path, *, lessons: list[str] | None = None, update: bool = False) -> None:
    """Write the site into a folder.

    Parameters
    ----------
    root : Path
        The repository.
    out : Path
        The folder that a web server hands out.
    work : Path
        What is kept between builds: outputs of the lessons, MathJax, what Sphinx read.
    lessons : list of str, optional
        Only these, by number or name.
    update : bool, default False
        Bring the catalogues of translations up to date with what the pages say.

    Raises
    ------
    UserError
        If a lesson is unknown, MathJax cannot be had, Sphinx warns of anything, or a link leads nowhere.
    """
    sources = choose(root, lessons or [])
    pages, extra = work / "pages", work / "extra"
    executed = executed_lessons(sources, work / "executed")
    figures = Figures(extra / FOLDER)
    boxes = _practice(root / "lessons", extra, work / "tasks.json")
    made: dict[str, str] = {}
    notebooks = _released(sources)
    quizzes = {source.parent.name: load_quiz(source.parent / "quiz.yml") for source in sources}
    written_here = {name for of_lesson in boxes.values() for name, box in of_lesson.items() if "<textarea" in box}
    write_contents(extra / "_static", course_contents(notebooks, quizzes, written_here), quizzes)
    write_placement(extra / "_static", load_quizzes(root / "docs" / "site" / "placement.yml"))
    for name, released in notebooks.items():
        page = lesson_page(released, executed[name], name, figures, boxes.get(name, {}), hosted(root))
        if other := links(f"lessons/{name}", root / "docs" / "site" / "locale"):
            page.cells.insert(1, nbformat.v4.new_markdown_cell(other, id="languages"))
        made[f"lessons/{name}.ipynb"] = nbformat.writes(page)
    reference = reference_pages()
    made |= reference | text_pages(root)
    made |= guide_pages({source.parent.name: source_notebook(source) for source in sources}, root)
    made["glossary.md"] = glossary_page(sources, _where(reference))
    for path in sorted((root / "docs" / "site").glob("*.md")):
        made[path.name] = path.read_text(encoding="utf-8")
    write_all(pages, made)
    copy_mathjax(npm_package(MATHJAX, work / "npm"), extra / "_static" / "mathjax")
    config = root / "docs" / "site"
    run_sphinx("html", config, pages, out, work / "read", {"html_extra_path": extra.resolve()})
    for language in languages(config / "locale"):
        for problem in build_language(language, made, config, out, work / language.code, update=update):
            print(problem, file=sys.stderr)
    move_scripts(out)
    write_offline(out, config / "worker.js")
    if problems := broken_links(out):
        raise UserError("\n".join(problems))


def _practice(lessons: Path, extra: Path, kept: Path) -> dict[str, dict[str, str]]:
    """The practice boxes by lesson and exercise; what they load is written. Without Python the boxes say so."""
    try:
        python: Path | None = python_for_pages()
    except NoPython as error:
        python = None
        print(f"The pages have no Python to practise with: {error}", file=sys.stderr)
    tasks = practice_tasks(lessons, kept)
    write_practice(extra, tasks, python)
    boxes: dict[str, dict[str, str]] = {}
    for name, task in tasks.items():
        box = practice_box(name, lessons, task if python is not None else None)
        boxes.setdefault(exercises.get(name).lesson, {})[name] = box
    return boxes


def _released(sources: list[Path]) -> dict[str, NotebookNode]:
    """The lessons as students get them, by name."""
    with tempfile.TemporaryDirectory() as scratch:
        for source in sources:
            write_lesson(source, Path(scratch) / "source" / source.parent.name)
        folder = release_lessons(Path(scratch))
        return {
            source.parent.name: nbformat.read(folder / source.parent.name / f"{source.stem}.ipynb", as_version=4)
            for source in sources
        }


def _where(reference: dict[str, str]) -> dict[str, str]:
    """The page of the reference that each function of evalkit stands on."""
    mark = ".. autofunction:: "
    return {
        line.removeprefix(mark): page
        for page, text in reference.items()
        if ".. currentmodule:: evalkit\n" in text
        for line in text.splitlines()
        if line.startswith(mark)
    }


def npm_package(package: str, folder: Path) -> Path:
    """The folder of a package such as ``mathjax@3.2.2``, which npm fetches once.

    Raises
    ------
    UserError
        If there is no npm, or it cannot fetch the package.
    """
    found = folder / "node_modules" / package.rpartition("@")[0]
    if not found.is_dir():
        npm = shutil.which("npm")
        if npm is None:
            raise UserError(f"npm is missing, which fetches {package}: install Node.js (apt-get install npm).")
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", package]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise UserError(f"npm could not fetch {package}: {done.stderr.strip()}")
    return found


def copy_mathjax(package: Path, to: Path) -> None:
    """Copy what pages of TeX load of MathJax; no page asks another host for it."""
    for name in MATHJAX_FILES:
        source, target = package / "es5" / name, to / name
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def run() -> None:
    """Build what the command line asks for."""
    parser = argparse.ArgumentParser(description="Build the site of the course.")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "build" / "site", help="the folder to write")
    parser.add_argument(
        "--work", type=Path, default=REPOSITORY / "build" / "site-work", help="the folder of what later builds need"
    )
    parser.add_argument("--lesson", action="append", help="only this lesson; may be repeated")
    parser.add_argument("--translations", action="store_true", help="bring the catalogues of translations up to date")
    asked = parser.parse_args()
    try:
        build_site(REPOSITORY, asked.out, asked.work, lessons=asked.lesson, update=asked.translations)
    except UserError as error:
        sys.exit(str(error))
    print(f"Written: {asked.out}/index.html. To read it: python -m http.server --directory {asked.out}")


if __name__ == "__main__":
    run()
