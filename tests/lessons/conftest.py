"""Every lesson in `solutions/`, built and executed once for all tests."""

from pathlib import Path

import nbformat
import pytest

from autograder.authoring.build import release_lessons, write_lesson
from autograder.authoring.prose import execute, with_probes
from autograder.authoring.source import lesson_sources, source_notebook

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session", params=lesson_sources(ROOT), ids=lambda source: source.parent.name)
def source(request):
    """The text of a lesson: solutions/NN_topic/topic.py."""
    return request.param


@pytest.fixture(scope="session")
def lesson(source):
    return source.parent.name


@pytest.fixture(scope="session")
def notebook(source):
    """The source notebook, with solutions and hidden tests."""
    return source_notebook(source)


@pytest.fixture(scope="session")
def text(notebook):
    """All prose of the lesson."""
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@pytest.fixture(scope="session")
def course(source, tmp_path_factory):
    """An nbgrader course that holds this lesson alone, source and release."""
    folder = tmp_path_factory.mktemp("course")
    write_lesson(source, folder / "source" / source.parent.name)
    release_lessons(folder)
    return folder


@pytest.fixture(scope="session")
def executed(notebook, lesson, course):
    """The source notebook after a run, with a probe for each number in the prose."""
    return execute(with_probes(notebook), course / "source" / lesson)


@pytest.fixture(scope="session")
def release(source, lesson, course):
    """The notebook that students get."""
    return nbformat.read(course / "release" / lesson / f"{source.stem}.ipynb", as_version=4)


@pytest.fixture(scope="session")
def executed_release(release, lesson, course):
    """The notebook that students get, after they ran it and wrote nothing."""
    return execute(nbformat.from_dict(release), course / "release" / lesson)
