"""The version of the grader changes with what a grade depends on, and with nothing else."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from grading_samples import LESSON, RIGHT_PRECISION, TOPIC, answered
from warm_kernels import Kernel, need_bubblewrap, warm

import autograder
from autograder import exercises
from autograder.grading import versions
from autograder.grading.jobs import Job, plain_notebook
from autograder.grading.sandbox import host
from autograder.grading.sandbox.observing import warm_observer
from autograder.grading.versions import LIBRARIES, files_behind, grader_version

pytestmark = pytest.mark.slow

__all__ = ["warm"]

PROJECT = Path(str(autograder.__file__)).parents[1]
# What reads, makes and compares is found by imports; these are what imports alone would not find.
COUNTS = (
    "autograder/__init__.py",
    "autograder/authoring/release.py",
    "autograder/exercises/_cases.py",
    "autograder/grading/course.py",
    "autograder/grading/intake/repair.py",
    "autograder/grading/judging/secret.py",
    "autograder/lesson/quiz.py",
    "evalkit/metrics/classification.py",
)
COUNTS_NOT = (
    "autograder/cli/grading.py",
    "autograder/commands/progress.py",
    "autograder/exercises/__init__.py",
    "autograder/exercises/recall.py",
    "autograder/grading/engine.py",
    "autograder/grading/keeping/feedback.py",
    "autograder/grading/keeping/report.py",
    "autograder/grading/running/cluster.py",
    "autograder/grading/running/pool.py",
    "autograder/proving/audit.py",
    "evalkit/__init__.py",
    "evalkit/metrics/bleu.py",
    "evalkit/plots/curves.py",
    "evalkit/streaming/__init__.py",
)
LOADED = "sorted(name for name in sys.modules if name.startswith('autograder.'))"
PROBE = f"""
import sys
from autograder.checking.observe import observe as observe_plain
LOADED = {LOADED}
def observe(function, inputs, *, seconds):
    return observe_plain(lambda: LOADED, [[]], seconds=seconds)
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, to be edited."""
    root = tmp_path_factory.mktemp("project")
    for name in ("autograder", "evalkit"):
        shutil.copytree(PROJECT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def unnoticed(root: Path, edits: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The edits of a file of the copy that leave the version for an exercise as it was. Each is undone again."""
    edits = list(edits)
    program = (
        "import json, sys; from pathlib import Path; from autograder.grading import versions\n"
        "def version(name):\n"
        "    versions._version.cache_clear()\n"
        "    return versions.grader_version([f'check(\"{name}\", f)', 'x = 1'])\n"
        "for file, exercise in json.load(sys.stdin):\n"
        "    path = Path(file); before = path.read_bytes(), version(exercise)\n"
        "    path.write_bytes(before[0] + b'\\n# edited\\n')\n"
        "    print(int(version(exercise) == before[1]))\n"
        "    path.write_bytes(before[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(edits), cwd=root, capture_output=True, text=True, check=True
    )
    return [edit for edit, same in zip(edits, done.stdout.split(), strict=True) if same == "1"]


def file_of(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def test_what_counts(copy: Path) -> None:
    assert unnoticed(copy, [(name, "precision") for name in COUNTS]) == []


def test_what_does_not_count(copy: Path) -> None:
    edits = [(name, "precision") for name in COUNTS_NOT]
    assert unnoticed(copy, edits) == edits


def test_every_exercise_and_its_probe_count(copy: Path) -> None:
    all_of_them = [exercises.get(name) for name in exercises.ids()]
    probes = [(file_of(exercise.probe), exercise.id) for exercise in all_of_them if exercise.probe]
    assert len(probes) >= 9
    assert unnoticed(copy, [*((f"autograder/exercises/{e.id}.py", e.id) for e in all_of_them), *probes]) == []


def test_every_program_that_is_started_counts(copy: Path) -> None:
    programs = [
        path.relative_to(copy).as_posix()
        for path in sorted((copy / "autograder" / "grading").rglob("*.py"))
        if '\nif __name__ == "__main__":' in path.read_text(encoding="utf-8")
    ]
    assert [Path(name).stem for name in programs] == ["worker", "observer", "server"]
    assert unnoticed(copy, [(name, "precision") for name in programs]) == []


@pytest.mark.usefixtures("warm")
def test_all_that_is_loaded_where_a_submission_is_graded_counts(copy: Path) -> None:
    need_bubblewrap()
    # The warm processes of this process may have loaded another lesson.
    host.close()
    loaded = {*loaded_by_kernel(), *loaded_by_observer(), *loaded_by_worker()}
    assert {
        "autograder.lesson.check",
        "autograder.grading.sandbox.jail",
        "autograder.grading.sandbox.observer",
    } < loaded
    files = {file_of(name) for name in loaded}
    others = {f"autograder/exercises/{name}.py" for name in exercises.ids() if name != "precision"}
    edits = [(name, "precision") for name in sorted(files - others) if (copy / name).is_file()]
    assert len(edits) > 30
    assert unnoticed(copy, edits) == []


def loaded_by_kernel() -> list[str]:
    with Kernel() as kernel:
        said = kernel.run(
            "import json, sys; from autograder import check, show_quiz\n"
            f"check('precision', len); show_quiz\nprint(json.dumps({LOADED}))"
        )
    names: list[str] = json.loads(said)
    return names


def loaded_by_observer() -> list[str]:
    task = {"exercise": "precision", "after": 1, "function": "precision", "inputs": [[]], "seconds": 1, "probe": PROBE}
    request = {"nonce": "n", "lesson": LESSON, "seconds": 1, "blocked": [], "cells": [RIGHT_PRECISION], "tasks": [task]}
    return re.findall(r"autograder[.\w]+", json.dumps(warm_observer()(request)))


def loaded_by_worker() -> list[str]:
    """What a process has loaded that has done what a worker does."""
    job = Job("ada", LESSON, TOPIC, plain_notebook(answered()), {}, {}, ["numpy", "autograder"])
    program = (
        "import json, sys; from importlib import import_module; from autograder.grading.running import worker\n"
        # Pages earn no points.
        "for name in worker.PRELOADED:\n    name.endswith('.page') or import_module(name)\n"
        "from autograder.grading.jobs import Job; from autograder.grading.running.job import run_job\n"
        "from autograder.grading.sandbox import host, warm\n"
        "outcome = run_job(Job.from_dict(json.load(sys.stdin))); host.close()\n"
        f"assert outcome.notebook is not None\nprint(json.dumps({LOADED}))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        input=json.dumps(job.to_dict()), capture_output=True, text=True, check=True,
    )  # fmt: skip
    names: list[str] = json.loads(done.stdout.splitlines()[-1])
    return names


@pytest.mark.parametrize("library", LIBRARIES)
def test_versions_of_libraries_count(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, known = grader_version(), versions.version
    with monkeypatch.context() as patch:
        patch.setattr(versions, "version", lambda name: "0.0.1" if name == library else known(name))
        versions._libraries.cache_clear()
        assert grader_version() != before
    versions._libraries.cache_clear()
    assert grader_version() == before


def test_imports_of_the_lesson_count() -> None:
    cells = ["from evalkit.metrics import bleu_score", "import pandas as pd", "from autograder.datasets import mailbox"]
    assert len({grader_version(cells[:count]) for count in range(4)}) == 3
    assert grader_version(cells[1:2]) == grader_version()


def test_each_lesson_has_its_own_version() -> None:
    found = {grader_version([f'check("{name}", f)']) for name in ("precision", "recall", "accuracy")}
    assert len(found | {grader_version()}) == 4


def test_nothing_outside_the_project_is_looked_for() -> None:
    assert grader_version(['check("../../etc/passwd", f)', 'check("no_such", f)', "import os"]) == grader_version()


@pytest.mark.parametrize("name", exercises.ids())
def test_oracle_of_every_exercise_is_found(name: str) -> None:
    found = files_behind([f"autograder.exercises.{name}"])
    source = found[f"autograder.exercises.{name}"].read_text()
    assert ("from evalkit" in source) == any(module.startswith("evalkit.") for module in found)
