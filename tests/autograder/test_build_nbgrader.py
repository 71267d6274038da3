"""Plain nbgrader, at the root of the repository: the same release, and fair scores for broken submissions."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import build_sample as sample
import nbformat
import pytest

from autograder.authoring.build import build_lessons

ROOT = Path(__file__).parents[2]
RIGHT = """\
def precision(y_true, y_pred):
    called = np.sum(y_pred == 1)
    return float(np.sum((y_true == 1) & (y_pred == 1)) / called) if called else 0.0
"""


def nbgrader(root, *arguments):
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    # Stock nbgrader starts `alembic` by its name.
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env["PATH"]])
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    sample.write_sample(root)
    build_lessons(root)
    # A short time limit, for the submission that never ends.
    config = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    (root / "nbgrader_config.py").write_text(config + "c.Execute.timeout = 6\n", encoding="utf-8")
    shutil.copytree(root / "lessons", root / "ours")
    nbgrader(root, "generate_assignment", sample.LESSON, "--force")
    return root


@pytest.mark.slow
def test_plain_nbgrader_releases_the_same_bytes(root):
    ours, theirs = root / "ours" / sample.LESSON, root / "lessons" / sample.LESSON
    assert {path.name for path in theirs.iterdir()} == {"precision_recall.ipynb", "quiz.json"}
    for path in theirs.iterdir():
        assert path.read_bytes() == (ours / path.name).read_bytes()


def submit(root, student, solution, change=lambda notebook: None):
    notebook = nbformat.read(root / "ours" / f"{sample.NAME}.ipynb", as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == "precision")
    cell.source = solution
    change(notebook)
    path = root / "submitted" / student / f"{sample.NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


def delete_test_cell(notebook):
    notebook.cells = [cell for cell in notebook.cells if cell.id != "check_precision"]


def edit_test_cell(notebook):
    cell = next(cell for cell in notebook.cells if cell.id == "check_precision")
    cell.source = "3.0"


@pytest.mark.slow
def test_plain_nbgrader_scores_broken_submissions_fairly(root):
    from nbgrader.api import Gradebook

    submit(root, "right", RIGHT)
    submit(root, "warns", RIGHT.replace("    called", "    import warnings; warnings.warn('old')\n    called", 1))
    submit(root, "stderr", RIGHT + "import sys; print('noise', file=sys.stderr)")
    submit(root, "deleted", RIGHT, delete_test_cell)
    submit(root, "forged", "def precision(y_true, y_pred): return None", edit_test_cell)
    submit(root, "syntax", "def precision(:")
    submit(root, "endless", RIGHT + "while True: pass")
    submit(root, "stub", "def precision(y_true, y_pred): raise NotImplementedError()")
    nbgrader(root, "autograde", sample.LESSON)
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "evalkit") as gradebook:
        scores = {each.student.id: each.score for each in gradebook.assignment_submissions(sample.LESSON)}
    assert scores == {
        "right": 3.0,
        "warns": 3.0,
        "stderr": 3.0,
        "deleted": 3.0,
        "forged": 0.0,
        "syntax": 0.0,
        # The function was defined before the cell ran into its time limit.
        "endless": 3.0,
        "stub": 0.0,
    }
