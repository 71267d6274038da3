"""The build: what students get, the same bytes everywhere, and nothing of anybody's overwritten."""

import json
import os
import subprocess
import sys

import build_sample as sample
import nbformat
import pytest

from autograder.authoring.build import BuildError, build_lessons, write_course_source
from autograder.authoring.drift import check_drift
from autograder.authoring.release import ANSWER_HERE
from autograder.authoring.source import SourceError

NOTEBOOK = f"lessons/{sample.NAME}.ipynb"
TWIN = f"solutions/{sample.NAME}.ipynb"
QUIZ = f"lessons/{sample.LESSON}/quiz.json"


@pytest.fixture
def root(tmp_path):
    sample.write_sample(tmp_path)
    build_lessons(tmp_path)
    return tmp_path


def edit(path, change):
    """Read a notebook or quiz as JSON, change it, write it back."""
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")


def set_source(cell_id, source):
    def change(notebook):
        next(cell for cell in notebook["cells"] if cell["id"] == cell_id)["source"] = source

    return change


def test_the_release_holds_no_answers(root):
    text = (root / NOTEBOOK).read_text(encoding="utf-8")
    for secret in ("called", "HIDDEN", "SOLUTION", "seed=7", "model answer", "<!--", "three / 4"):
        assert secret not in text
    cells = {cell.id: cell for cell in nbformat.reads(text, as_version=4).cells}
    assert cells["precision"].source.endswith("# YOUR CODE HERE\n    raise NotImplementedError()")
    assert cells["precision"].source.startswith('def precision(y_true, y_pred):\n    """Return TP / (TP + FP)')
    assert cells["check_precision"].source == 'check("precision", precision)'
    assert cells["fraud_costs"].source == ANSWER_HERE
    assert "**0.75**, or 3/4." in text


def test_the_release_is_plain(root):
    data = (root / NOTEBOOK).read_bytes()
    notebook = nbformat.reads(data.decode(), as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata == {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    assert all(not cell.get("outputs") and not cell.get("execution_count") for cell in notebook.cells)
    assert data.endswith(b"}\n")
    assert b"\r" not in data


def test_the_quiz_is_released_as_json(root):
    assert json.loads((root / QUIZ).read_text(encoding="utf-8"))["questions"][0]["id"] == "PR-q1"
    assert sorted(path.name for path in (root / "lessons" / sample.LESSON).iterdir()) == [
        "precision_recall.ipynb",
        "quiz.json",
    ]


@pytest.mark.slow
def test_another_process_in_another_folder_gives_the_same_bytes(root, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    sample.write_sample(other)
    code = (
        "import sys, pathlib; from autograder.authoring.build import build_lessons as b; b(pathlib.Path(sys.argv[1]))"
    )
    env = {**os.environ, "PYTHONHASHSEED": "123", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", code, str(other)], check=True, env=env)
    for name in (NOTEBOOK, QUIZ, TWIN):
        assert (root / name).read_bytes() == (other / name).read_bytes()


def test_a_second_build_changes_nothing(root):
    assert build_lessons(root) == []


def test_another_folder_for_the_lessons(root, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    (root / TWIN).unlink()
    build_lessons(root, out)
    assert not (root / TWIN).exists()
    assert (out / f"{sample.NAME}.ipynb").read_bytes() == (root / NOTEBOOK).read_bytes()


def test_a_changed_source_is_built(root):
    sample.write_sample(root, sample.SAMPLE.replace("Return TP", "Give TP"))
    changed = build_lessons(root)
    assert sorted(path.relative_to(root).as_posix() for path in changed) == [NOTEBOOK, TWIN]
    assert "Give TP" in (root / NOTEBOOK).read_text(encoding="utf-8")


@pytest.mark.slow
def test_data_files_travel_and_sources_do_not(root, tmp_path_factory):
    folder = root / "solutions" / sample.LESSON
    (folder / "data").mkdir()
    (folder / "data" / "mail.csv").write_text("a,b\n")
    (folder / "helper.py").write_text("secret = 1\n")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "x.csv").touch()
    course = tmp_path_factory.mktemp("course")
    assert write_course_source(root, course) == [course / "source" / f"{sample.NAME}.ipynb"]
    files = {path.name for path in (course / "source").rglob("*") if path.is_file()}
    assert files == {"precision_recall.ipynb", "quiz.json", "mail.csv"}
    build_lessons(root)
    assert (root / "lessons" / sample.LESSON / "data" / "mail.csv").is_file()
    assert not list((root / "lessons").rglob("*.py"))


def test_what_nbgrader_refuses_is_said(root):
    text = sample.SAMPLE.replace("# # 03", "# ### BEGIN SOLUTION\n# # 03")
    sample.write_sample(root, text)
    with pytest.raises(BuildError, match="no end solution statement"):
        build_lessons(root)


def test_answers_are_not_overwritten(root):
    edit(root / NOTEBOOK, set_source("precision", "def precision(y_true, y_pred):\n    return 1.0"))
    answers = (root / NOTEBOOK).read_bytes()
    with pytest.raises(BuildError, match=rf"^{NOTEBOOK} holds answers"):
        build_lessons(root)
    assert (root / NOTEBOOK).read_bytes() == answers
    assert build_lessons(root, overwrite=True) == [root / NOTEBOOK]


def test_an_edited_source_notebook_is_not_overwritten(root):
    edit(root / TWIN, set_source("check_precision", "check('precision', precision)"))
    edited = (root / TWIN).read_bytes()
    with pytest.raises(BuildError, match=rf"^{TWIN} was edited by hand .* precision_recall\.py"):
        build_lessons(root)
    assert (root / TWIN).read_bytes() == edited


def test_a_source_notebook_that_was_only_run_is_overwritten(root):
    def run(notebook):
        notebook["cells"][1]["execution_count"] = 1
        notebook["metadata"]["language_info"] = {"name": "python", "version": "3.12.1"}

    edit(root / TWIN, run)
    assert build_lessons(root) == [root / TWIN]


def test_no_drift_after_a_build(root):
    assert check_drift(root) == []


def add_output(notebook):
    notebook["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1"}]


def swap(notebook):
    notebook["cells"][0], notebook["cells"][1] = notebook["cells"][1], notebook["cells"][0]


DRIFT = {
    "stub": (NOTEBOOK, set_source("precision", "def precision(): ..."), "stub 3 (precision) differs"),
    "test cell": (NOTEBOOK, set_source("check_precision", "check()"), "test cell 4 (check_precision) differs"),
    "answer": (NOTEBOOK, set_source("fraud_costs", "I think"), "answer 5 (fraud_costs) differs"),
    "missing cell": (NOTEBOOK, lambda notebook: notebook["cells"].pop(3), "(check_precision) is missing"),
    "added cell": (
        NOTEBOOK,
        lambda notebook: notebook["cells"].append({**notebook["cells"][1], "id": "mine"}),
        "cell 7 (mine) comes from nothing",
    ),
    "order": (NOTEBOOK, swap, "the cells are in another order"),
    "outputs": (NOTEBOOK, add_output, "cell 2 ("),
    "metadata": (NOTEBOOK, lambda notebook: notebook["metadata"].update(x=1), "differs in its layout or metadata"),
    "question": (QUIZ, lambda quiz: quiz["questions"][0].update(answer=1.0), "question PR-q1 differs"),
    "no questions": (QUIZ, lambda quiz: quiz.pop("questions"), "has no questions"),
}


@pytest.mark.parametrize(("name", "change", "message"), DRIFT.values(), ids=DRIFT.keys())
def test_drift_is_named(root, name, change, message):
    edit(root / name, change)
    (problem,) = check_drift(root)
    assert problem.startswith(name)
    assert message in problem
    assert problem.endswith("run: autograder build")


def test_ends_of_lines_as_git_gives_them_on_windows_are_no_drift(root):
    """Neither in the lessons nor in their sources."""
    for path in [*root.glob("lessons/*/*"), *root.glob("solutions/*/*.py"), *root.glob("solutions/*/*.yml")]:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert b"\r\n" in (root / NOTEBOOK).read_bytes()
    assert check_drift(root) == []


def test_drift_of_files_is_named(root):
    (root / QUIZ).write_text("no", encoding="utf-8")
    (root / NOTEBOOK).unlink()
    stray = root / "lessons" / "09_gone" / "gone.ipynb"
    stray.parent.mkdir()
    stray.touch()
    (root / "lessons" / "README.md").touch()
    assert check_drift(root) == [
        f"{NOTEBOOK} is missing; run: autograder build",
        f"{QUIZ} is not JSON; run: autograder build",
        "lessons/09_gone/gone.ipynb comes from nothing in solutions/; delete it",
    ]


def test_a_changed_source_is_drift(root):
    sample.write_sample(root, sample.SAMPLE.replace("# # 03", "# # 3"))
    (problem,) = check_drift(root)
    assert "cell 1 (" in problem


def test_a_source_with_problems_is_reported_as_such(root):
    sample.write_sample(root, sample.SAMPLE.replace("seed=7", "seed=0"))
    (problem,) = check_drift(root)
    assert "the test cell must be" in problem


def test_a_bad_quiz_bank_is_a_problem_of_the_source(root):
    sample.write_sample(root, bank=sample.BANK.replace("tolerance: 0.005", "tolerance: -1"))
    with pytest.raises(SourceError, match="tolerance"):
        build_lessons(root)


def test_no_lessons_at_all(tmp_path):
    (tmp_path / "solutions").mkdir()
    assert build_lessons(tmp_path) == []
    assert check_drift(tmp_path) == []
