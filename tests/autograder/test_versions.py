"""The version of the grader changes with what a grade depends on, and with nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import autograder
from autograder import exercises
from autograder.grading.versions import files_behind, grader_version

PROJECT = Path(str(autograder.__file__)).parents[1]
CODE = ['check("precision", precision)', "x = 1"]
COUNTS = (
    "autograder/lesson/check.py",
    "autograder/authoring/release.py",
    "autograder/checking/compare.py",
    "autograder/checking/exercise.py",
    "autograder/exercises/_cases.py",
    "autograder/exercises/precision.py",
    "autograder/grading/running/notebook.py",
    "autograder/grading/intake/read.py",
    "autograder/grading/intake/repair.py",
    "autograder/grading/running/job.py",
    "autograder/grading/judging/verdicts.py",
    "autograder/grading/sandbox/observer.py",
    "autograder/grading/sandbox/jail.py",
    "autograder/checking/judge.py",
    "autograder/checking/observe.py",
    "autograder/checking/plain.py",
    "evalkit/metrics/classification.py",
)
COUNTS_NOT = (
    "autograder/proving/audit.py",
    "autograder/cli.py",
    "autograder/exercises/__init__.py",
    "autograder/exercises/recall.py",
    "autograder/grading/running/cluster.py",
    "autograder/grading/engine.py",
    "autograder/grading/feedback.py",
    "autograder/grading/running/pool.py",
    "autograder/grading/keeping/report.py",
    "autograder/commands/progress.py",
    "evalkit/__init__.py",
    "evalkit/metrics/bleu.py",
    "evalkit/plots/curves.py",
    "evalkit/streaming/__init__.py",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, to be edited."""
    root = tmp_path_factory.mktemp("project")
    for name in ("autograder", "evalkit"):
        shutil.copytree(PROJECT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def versions_after(root: Path, edits: tuple[str, ...]) -> list[str]:
    """The version in the copy before and after each of the edits, which are undone again."""
    program = (
        "import sys; from pathlib import Path; from autograder.grading import versions\n"
        f"code = {CODE!r}\n"
        "print(versions.grader_version(code))\n"
        "for name in sys.argv[1:]:\n"
        "    path = Path(name); before = path.read_bytes(); path.write_bytes(before + b'\\n# edited\\n')\n"
        "    versions._version.cache_clear()\n"
        "    print(versions.grader_version(code))\n"
        "    path.write_bytes(before)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, *edits], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_what_counts(copy: Path) -> None:
    before, *after = versions_after(copy, COUNTS)
    assert [name for name, version in zip(COUNTS, after, strict=True) if version == before] == []


def test_what_does_not_count(copy: Path) -> None:
    before, *after = versions_after(copy, COUNTS_NOT)
    assert [name for name, version in zip(COUNTS_NOT, after, strict=True) if version != before] == []


def test_each_lesson_has_its_own_version() -> None:
    versions = {grader_version([f'check("{name}", f)']) for name in ("precision", "recall", "accuracy")}
    assert len(versions | {grader_version()}) == 4


def test_nothing_outside_the_project_is_looked_for() -> None:
    assert grader_version(['check("../../etc/passwd", f)', 'check("no_such", f)', "import os"]) == grader_version()


@pytest.mark.parametrize("name", exercises.ids())
def test_oracle_of_every_exercise_is_found(name: str) -> None:
    found = files_behind([f"autograder.exercises.{name}"])
    source = found[f"autograder.exercises.{name}"].read_text()
    assert ("from evalkit" in source) == any(module.startswith("evalkit.") for module in found)
