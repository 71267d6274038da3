"""Binder and Colab: links that pin a version, and the cell that fetches the course where it is not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.build import release_lessons, write_course_source
from autograder.authoring.hosted import SETUP, Hosted, hosted
from autograder.authoring.site.figures import Figures
from autograder.authoring.site.lesson_page import lesson_page
from autograder.authoring.source import source_notebook
from autograder.errors import UserError

ROOT = Path(__file__).parents[2]
LESSON = "06_regression_errors"
ADDRESS = "https://github.com/them/course"


def project(root: Path, address: str | None) -> Path:
    urls = f'[project.urls]\nRepository = "{address}"\n' if address else ""
    root.mkdir(parents=True, exist_ok=True)
    (root / "pyproject.toml").write_text(f'[project]\nname = "course"\nversion = "1.2.3"\n{urls}')
    return root


@pytest.mark.parametrize("address", ["https://example.org/them/course", f"{ADDRESS}.git", f"{ADDRESS}/tree/main"])
def test_an_address_that_the_services_cannot_open_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(UserError, match="OWNER/NAME"):
        hosted(project(tmp_path, address))


def test_without_an_address_nothing_is_said(tmp_path: Path) -> None:
    assert hosted(tmp_path) is None
    assert hosted(project(tmp_path, None)) is None
    assert hosted(project(tmp_path, ADDRESS)) == Hosted(ADDRESS, "v1.2.3")


def released(root: Path, address: str | None) -> nbformat.NotebookNode:
    """Lesson 06, built in a repository of its own that has this address."""
    project(root, address)
    shutil.copytree(ROOT / "solutions" / LESSON, root / "solutions" / LESSON)
    (root / "docs").mkdir()
    shutil.copy2(ROOT / "docs" / "myths.md", root / "docs")
    write_course_source(root, root / "course")
    return nbformat.read(release_lessons(root / "course") / LESSON / f"{LESSON[3:]}.ipynb", as_version=4)


@pytest.mark.slow
def test_lessons_get_the_cell_and_pages_the_links(tmp_path: Path) -> None:
    plain, public = released(tmp_path / "plain", None), released(tmp_path / "public", ADDRESS)
    setup = public.cells.pop(1)
    assert public == plain
    assert (setup.id, setup.metadata.jupyter.source_hidden) == (SETUP, True)
    executed = source_notebook(ROOT / "solutions" / LESSON / f"{LESSON[3:]}.py")
    for cell in executed.cells:
        cell.setdefault("outputs", [])
    public.cells.insert(1, setup)
    page = nbformat.writes(
        lesson_page(public, executed, LESSON, Figures(tmp_path / "figures"), {}, hosted(tmp_path / "public"))
    )
    assert f"mybinder.org/v2/gh/them/course/v1.2.3?urlpath=lab%2Ftree%2Flessons%2F{LESSON}%2F" in page
    assert f"github/them/course/blob/v1.2.3/lessons/{LESSON}/{LESSON[3:]}.ipynb" in page
    assert "git clone" not in page
    assert "version v1.2.3" in page
    assert "inder" not in nbformat.writes(
        lesson_page(plain, executed, LESSON, Figures(tmp_path / "figures"), {}, hosted(tmp_path / "plain"))
    )


def test_the_cell_fetches_the_course_where_it_is_not(tmp_path: Path) -> None:
    course, alone = tmp_path / "course", tmp_path / "alone"
    for name, text in {"autograder/__init__.py": "WHERE = __file__", f"lessons/{LESSON}/quiz.json": "{}"}.items():
        (course / name).parent.mkdir(parents=True)
        (course / name).write_text(text)
    alone.mkdir()
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-C", str(course)]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "Begin"], ["tag", "v1.2.3"]):
        subprocess.run([*git, *command], check=True)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Title")])
    Hosted(f"file://{course}", "v1.2.3").add_setup(notebook, LESSON)
    cell = notebook.cells[1].source
    # -S and -I: a Python that finds nothing of what is installed here. Twice, as cells are run.
    code = f"{cell}\n{cell}\nimport autograder\nprint(autograder.WHERE, os.listdir())"
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=alone, capture_output=True, text=True, check=True
    ).stdout
    assert said.split() == [str(alone / "course/autograder/__init__.py"), "['quiz.json']"]
    # Where the course is, nothing is fetched and the folder stays.
    here = subprocess.run([sys.executable, "-c", f"{cell}\nprint(os.listdir('.'))"], cwd=tmp_path, env={}, check=True)
    assert here.returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alone", "course"]
