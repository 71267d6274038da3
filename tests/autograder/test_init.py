"""`autograder init`: a course folder, and its new versions after an upgrade of the package."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from pathlib import Path

import nbformat
import pytest
from tiny_course import tiny_root  # noqa: F401 - a fixture
from typer.testing import CliRunner

from autograder import cli
from autograder.authoring.handed_over import content_hash
from autograder.authoring.packaged import sources_root
from autograder.collecting.roster import read_roster
from autograder.commands.init import init_course
from autograder.errors import UserError
from autograder.grading.course import Course

ROOT = Path(__file__).parents[2]
LESSON, TOPIC = "03_precision_recall", "precision_recall"
NOTEBOOK = f"{LESSON}/{TOPIC}.ipynb"


@pytest.fixture
def root(tiny_root: Path, tmp_path: Path) -> Path:  # noqa: F811
    """Sources that a test may change, as an upgrade does."""
    return Path(shutil.copytree(tiny_root, tmp_path / "package"))


@pytest.fixture
def course(root: Path, tmp_path: Path) -> Path:
    init_course(tmp_path / "course", ["03"], root)
    return tmp_path / "course"


def upgrade(root: Path, lesson: str = LESSON) -> None:
    source = root / "solutions" / lesson / f"{lesson[3:]}.py"
    source.write_text(source.read_text().replace(f"# # {lesson}", f"# # {lesson}, corrected"))


def edit(notebook: Path, text: str) -> None:
    content = nbformat.read(notebook, as_version=4)
    content.cells[0].source = text
    nbformat.write(content, notebook)


def title(notebook: Path) -> str:
    return str(nbformat.read(notebook, as_version=4).cells[0].source)


def test_a_course_has_what_grading_and_nbgrader_need(course: Path) -> None:
    names = {path.relative_to(course).as_posix() for path in course.rglob("*") if path.is_file()}
    assert {f"source/{NOTEBOOK}", f"release/{NOTEBOOK}", "nbgrader_config.py", "README.md", ".gitignore"} <= names
    assert "HIDDEN" in (course / "source" / NOTEBOOK).read_text()
    assert "HIDDEN" not in (course / "release" / NOTEBOOK).read_text()
    assert list(Course(course).lessons()) == [LESSON]
    assert read_roster(course / "students.csv") == []
    assert stat.S_IMODE((course / ".grading" / "secret").stat().st_mode) == 0o600
    # What a lesson is worth stands in its README, as grading counts it.
    points = Course(course).lessons()[LESSON].graded().values()
    code = sum(value for value, by_hand in points if not by_hand)
    assert f"| {LESSON} | {code:g} | 2 |" in (course / "README.md").read_text()


def test_nothing_personal_and_no_secret_goes_into_git(course: Path) -> None:
    # What a course that runs in the checkout leaves there.
    running = (ROOT / ".gitignore").read_text().split("# a running course\n")[1].split("#")[0].split()
    assert len(running) > 10
    for name in (*running, "/grades-canvas.csv"):
        path = course / name.strip("/") / "file" if name.endswith("/") else course / name.strip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    subprocess.run(["git", "init", "--quiet", course], check=True)
    found = subprocess.run(
        ["git", "-C", course, "ls-files", "--others", "--exclude-standard"], capture_output=True, text=True, check=True
    )
    assert {name.split("/")[0] for name in found.stdout.split()} == {
        *(".autograder.json", ".gitignore", "README.md", "nbgrader_config.py", "release", "source"),
    }


@pytest.mark.slow
def test_an_upgrade_renews_what_nobody_changed_and_keeps_the_rest(course: Path, root: Path) -> None:
    init_course(course, ["01"], root)
    assert init_course(course, [], root).files.written == []
    other = "01_confusion_matrix/confusion_matrix.ipynb"
    edit(course / "source" / other, "# My own title")
    (course / "students.csv").write_text("id\nada\n")
    secret = (course / ".grading" / "secret").read_bytes()
    upgrade(root)
    upgrade(root, "01_confusion_matrix")

    new = init_course(course, [], root)
    assert sorted(new.files.renewed) == [f"release/{other}", f"release/{NOTEBOOK}", f"source/{NOTEBOOK}"]
    assert new.files.kept == new.files.newer == [f"source/{other}"]
    assert title(course / "source" / NOTEBOOK) == title(course / "release" / NOTEBOOK) == f"# {LESSON}, corrected"
    # What students get is made from the source that the course has.
    assert title(course / "source" / other) == title(course / "release" / other) == "# My own title"
    assert (course / "students.csv").read_text() == "id\nada\n"
    assert (course / ".grading" / "secret").read_bytes() == secret

    # Who wants ours deletes theirs.
    (course / "source" / other).unlink()
    assert init_course(course, [], root).files.kept == []
    assert title(course / "release" / other) == "# 01_confusion_matrix, corrected"


def test_running_a_notebook_is_not_changing_it(course: Path, root: Path) -> None:
    notebook = nbformat.read(course / "source" / NOTEBOOK, as_version=4)
    notebook.cells[1].execution_count = 7
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, course / "source" / NOTEBOOK)
    upgrade(root)
    new = init_course(course, [], root)
    assert new.files.kept == []
    assert f"source/{NOTEBOOK}" in new.files.renewed


@pytest.mark.slow
def test_a_lesson_that_was_deleted_stays_away(course: Path, root: Path) -> None:
    init_course(course, ["01", "f1_and_averages"], root)
    shutil.rmtree(course / "source" / LESSON)
    new = init_course(course, [], root)
    assert new.dropped == [LESSON]
    assert new.lessons == ["01_confusion_matrix", "04_f1_and_averages"]
    assert LESSON in new.more
    assert not (course / "source" / LESSON).exists()
    again = init_course(course, [LESSON], root)
    assert again.lessons == ["01_confusion_matrix", LESSON, "04_f1_and_averages"]
    assert (again.dropped, again.files.kept) == ([], [])


@pytest.mark.slow
def test_an_interrupted_upgrade_is_finished_by_the_next(course: Path, root: Path) -> None:
    before = (course / ".autograder.json").read_bytes()
    upgrade(root)
    init_course(course, [], root)
    # As if it had been stopped before the record was written.
    (course / ".autograder.json").write_bytes(before)
    new = init_course(course, [], root)
    assert (new.files.renewed, new.files.kept) == ([], [])
    assert (course / ".autograder.json").read_bytes() != before


def test_files_that_were_there_before_are_kept(root: Path, tmp_path: Path) -> None:
    course = tmp_path / "nbgrader"
    (course / "source").mkdir(parents=True)
    (course / "nbgrader_config.py").write_text("c = get_config()\n")
    new = init_course(course, ["03"], root)
    assert new.files.kept == ["nbgrader_config.py"]
    assert (course / "nbgrader_config.py").read_text() == "c = get_config()\n"


def test_folders_that_are_no_course_are_refused(root: Path, tmp_path: Path) -> None:
    photos, file = tmp_path / "photos", tmp_path / "file"
    photos.mkdir()
    (photos / "cat.png").touch()
    file.touch()
    for folder, why in ((photos, "holds something else"), (file, "is a file"), (root, "sources of the lessons")):
        with pytest.raises(UserError, match=why):
            init_course(folder, [], root)
    assert list(photos.iterdir()) == [photos / "cat.png"]
    with pytest.raises(UserError, match=r"no lesson '99'; there are: 01_"):
        init_course(tmp_path / "new", ["99"], root)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"files": []}', '{"files": {"README.md": 1}}'])
def test_a_record_that_cannot_be_read_is_named(course: Path, root: Path, text: str) -> None:
    (course / ".autograder.json").write_text(text)
    with pytest.raises(UserError, match=r"\.autograder\.json cannot be read"):
        init_course(course, [], root)


def test_a_lost_record_brings_no_other_lessons_and_writes_over_nothing(course: Path, root: Path) -> None:
    (course / ".autograder.json").unlink()
    (course / "students.csv").unlink()
    (course / "students.csv").symlink_to("/no/such/drive/students.csv")
    new = init_course(course, [], root)
    assert (new.lessons, new.files.written, new.files.kept) == ([LESSON], [], [])
    assert (course / "students.csv").is_symlink()


def test_an_installation_without_lessons_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not part of this installation"):
        sources_root(tmp_path / "site-packages" / "autograder")


@pytest.mark.slow
def test_the_command_says_what_it_did_and_what_comes_next(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.commands.init.sources_root", lambda: root)
    monkeypatch.chdir(tmp_path)

    def said(*words: str) -> str:
        result = CliRunner().invoke(cli.app, list(words))
        assert result.exit_code == 0, result.output
        return " ".join(result.output.split())

    first = said("init", "my-course", "--lesson", "3")
    assert f"my-course has what a course needs, with these lessons: {LESSON}." in first
    assert "Next: write the class into students.csv" in first
    assert "Nothing has been handed in yet" in said("grade", "my-course")
    assert "There was nothing to renew" in said("init", "my-course")
    (tmp_path / "my-course" / "README.md").write_text("Mine.")
    upgrade(root)
    again = said("init", "my-course")
    assert f"Renewed: source/{NOTEBOOK}" in again
    assert "Kept, since you changed it: README.md." in again
    assert json.loads((tmp_path / "my-course" / ".autograder.json").read_text())["files"].keys() >= {"README.md"}


def test_ends_of_lines_that_git_changed_are_no_change_of_anybodys() -> None:
    assert content_hash("README.md", b"a\r\nb\r\n") == content_hash("README.md", b"a\nb\n")
    assert content_hash("README.md", b"a\nb\n") != content_hash("README.md", b"a\n\nb\n")
    assert content_hash("picture.png", b"\0\r\n") != content_hash("picture.png", b"\0\n")
