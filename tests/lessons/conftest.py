"""Every lesson in `solutions/`, built and executed once for all tests."""

import json
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from autograder.authoring.build import release_lessons, write_lesson
from autograder.authoring.prose import execute, with_probes
from autograder.authoring.rules.material import quickly
from autograder.authoring.source import lesson_sources, source_notebook
from autograder.grading.judging.imports import imports_of
from autograder.grading.sandbox import host
from autograder.grading.sandbox.provisioner import WarmKernelManager

ROOT = Path(__file__).parents[2]

# How long a learner waits: in processor time, which other programs on the machine do not change much, and as a multiple
# of a fixed piece of work, because the same lesson takes twice as long on a slower processor. On a common one of 2020
# and later that piece takes about half a second.
START_CLOCK = """
import os as _os

import numpy as _np

_clock = []


def _note(*_):
    _clock.append(sum(_os.times()[:4]))


def _yardstick():
    began = sum(_os.times()[:2])
    table = _np.linspace(0, 1, 4_000_000).reshape(2000, 2000)[:, ::2]
    for _ in range(6):
        table[:1000, :1000] @ table[1000:, :1000]
        _np.sort(table, axis=0)
    sum(i * i % 7 for i in range(4_000_000))
    return sum(_os.times()[:2]) - began


_yardsticks = [_yardstick()]
get_ipython().events.register("pre_run_cell", _note)
get_ipython().events.register("post_run_cell", _note)
"""
READ_CLOCK = "import json as _json; print(_json.dumps([_clock, (_yardsticks[0] + _yardstick()) / 2]))"


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
    """The source notebook after a run, with a probe for each number in the prose.

    The metadata of each code cell say how much processor time it took, as a multiple of the yardstick.
    """
    probed = with_probes(notebook)
    first, last = new_code_cell(START_CLOCK), new_code_cell(READ_CLOCK)
    timed = nbformat.from_dict({**probed, "cells": [first, *probed.cells, last]})
    done = execute(timed, course / "source" / lesson, timeout=600)
    # The end of the first cell; then the beginning and the end of each; then the beginning of the last.
    clock, yardstick = json.loads(done.cells.pop().outputs[0].text)
    clock = clock[1:-1]
    done.cells.pop(0)
    for cell in done.cells:
        if cell.cell_type == "code" and cell.source.strip():
            began, ended, *clock = clock
            cell.metadata["yardsticks"] = (ended - began) / yardstick
    assert clock == []
    return done


@pytest.fixture(scope="session")
def release(source, lesson, course):
    """The notebook that students get."""
    return nbformat.read(course / "release" / lesson / f"{source.stem}.ipynb", as_version=4)


@pytest.fixture(scope="session")
def warm() -> Iterator[None]:
    """The warm processes of this process: they have loaded by then what the lessons before imported."""
    yield
    host.close()


@pytest.fixture(scope="session")
def executed_release(release, lesson, course, warm):
    """The notebook that students get, after they ran it and wrote nothing.

    It runs as submissions run, in a fork of a process that has loaded the libraries. Whether it comes to the end does not
    depend on how long its networks are trained, or the import takes; `executed` has both as they are.
    """
    imports = imports_of(cell.source for cell in release.cells if cell.cell_type == "code")
    notebook = quickly(release)
    kernel = WarmKernelManager(provisioner_config={"imports": imports})
    place = {"metadata": {"path": str(course / "release" / lesson)}}
    client = NotebookClient(notebook, km=kernel, timeout=600, shutdown_kernel="immediate", resources=place)
    return client.execute(cleanup_kc=True)
