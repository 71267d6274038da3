"""Hostile submissions, graded in one class with honest ones: nobody gains, nobody is harmed, everything is named."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from attacks import ATTACKS, FAMILIES
from attacks.attack import WRONG, Attack
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from tiny_course import write_lesson
from warm_kernels import need_bubblewrap

from autograder import exercises
from autograder.authoring.build import write_course_source
from autograder.exercises.precision import wrong_recall
from autograder.grading import GradeReport, SubmissionResult, grade_course
from autograder.grading.judging import verdicts as judging
from autograder.grading.judging.learner import VISIBLE_SEED
from autograder.grading.judging.secret import case_seed, course_secret
from autograder.grading.judging.verdicts import trusted_verdicts
from autograder.grading.sandbox import host, observing
from autograder.grading.sandbox.observing import warm_observer
from autograder.proving.answers import file_bytes, find_cell, read, source_as

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

LESSON, TOPIC = "03_precision_recall", "precision_recall"
# The seconds for which an attack wants its processes to sleep: so they can be told from all others.
SLEEP = "864209"

CONFIG = """
from autograder import nbgrader_config

c = get_config()
c.merge(nbgrader_config())
c.Execute.timeout = 5
c.GradeExecute.notebook_seconds = 20
c.GradeExecute.memory_megabytes = 400
"""

# An honest cell that shows what a submission before it could have changed.
WITNESS = """
import json, os, sys
print(sorted(os.listdir(".")), sorted(os.environ.items()), np.mean([1, 3]), json.loads("[1]"), abs(-1), sys.path)
print(sorted(os.listdir("/tmp")), os.listdir("/dev/shm"), os.getpid(), sum([1, 2]), len(os.listdir("/proc")))
"""


# A figure of the report's own, which holds shapes and words and nothing else.
FIGURE = re.compile(
    r'<svg viewBox="[\d ]+" role="img" aria-label="[^"]*">(?:<(?:rect|line|circle|text)\b[^>]*>|</text>|[^<])*</svg>'
)


class LiveParts(HTMLParser):
    """Looks for what a page would run or load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        equivalent = dict(attrs).get("http-equiv", "Content-Security-Policy")
        if tag in ("script", "iframe", "svg", "object", "embed", "form", "base") or (
            equivalent != "Content-Security-Policy"
        ):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or re.match(r"\s*(javascript|data:text)", value or ""):
                self.found.append(f"{name}={value}")

    handle_startendtag = handle_starttag


class Class(NamedTuple):
    """A graded class."""

    root: Path
    report: GradeReport
    connections: int

    def of(self, student: str) -> SubmissionResult:
        (result,) = [result for result in self.report.submissions if result.student == student]
        return result

    def graded(self, student: str) -> NotebookNode:
        return read(self.root / "autograded" / student / LESSON / f"{TOPIC}.ipynb")

    def parts_of_honest_pages(self) -> Counter[str]:
        """What the course's own template has of what a page would run."""
        page = next(self.root.glob(f"feedback/00-*/{LESSON}/{TOPIC}.html"))
        return Counter(LiveParts(page.read_text()).found)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lesson, without submissions."""
    need_bubblewrap()
    repository = tmp_path_factory.mktemp("repository")
    write_lesson(repository, LESSON)
    root = tmp_path_factory.mktemp("attacks") / "course"
    root.mkdir()
    write_course_source(repository, root)
    (root / "nbgrader_config.py").write_text(CONFIG)
    return root


def answered(course: Path, precision: str, *cells: str) -> NotebookNode:
    """A submission: wrong or right in `precision`, right in two exercises, empty in one."""
    notebook = read(course / "source" / LESSON / f"{TOPIC}.ipynb")
    for cell in notebook.cells:
        cell.source = cell.source.split("### BEGIN HIDDEN")[0].rstrip()
    for name in ("recall", "caught"):
        exercise = exercises.get(name)
        find_cell(notebook, name).source = source_as(next(iter(exercise.variants.values())), name)
    find_cell(notebook, "precision").source = precision
    find_cell(notebook, "why").source = "Because a false alarm costs time."
    place = notebook.cells.index(find_cell(notebook, "check_precision"))
    notebook.cells[place:place] = [new_code_cell(text.strip("\n"), id=f"added-{i}") for i, text in enumerate(cells)]
    return notebook


def honest_class(course: Path) -> dict[str, NotebookNode]:
    right = source_as(exercises.get("precision").variants["loop"], "precision")
    return {
        "right": answered(course, right, WITNESS),
        "confused": answered(course, source_as(wrong_recall, "precision"), WITNESS),
        "wrong": answered(course, WRONG, WITNESS),
    }


def hand_in(course: Path, student: str, notebook: NotebookNode) -> None:
    folder = course / "submitted" / student / LESSON
    folder.mkdir(parents=True)
    (folder / f"{TOPIC}.ipynb").write_bytes(file_bytes(notebook))


def hand_in_attack(course: Path, attack: Attack, port: int) -> None:
    cells = [attack.cell.replace("PORT", str(port))] if attack.cell else []
    notebook = answered(course, attack.answer.strip("\n"), *cells)
    attack.edit(notebook)
    write: Callable[[Path, str, str, bytes], Any] = attack.write or _write
    # Not by nbformat, which would put the notebook in order.
    write(course / "submitted" / attack.name, LESSON, f"{TOPIC}.ipynb", json.dumps(notebook).encode())
    for name, text in attack.files.items():
        path = course / "submitted" / attack.name / LESSON / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _write(folder: Path, lesson: str, name: str, content: bytes) -> None:
    (folder / lesson).mkdir(parents=True)
    (folder / lesson / name).write_bytes(content)


# Between the attacks, in the order in which the class is graded.
PLACES = ("00", "d", "g", "l", "o", "s", "zz")


def fill(course: Path, attacks: list[Attack], port: int) -> None:
    honest = honest_class(course)
    for place in PLACES:
        for name, notebook in honest.items():
            if place in ("00", "zz") or name == "right":
                hand_in(course, f"{place}-{name}", notebook)
    for attack in attacks:
        hand_in_attack(course, attack, port)


@pytest.fixture(scope="module")
def undisturbed(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Class:
    """The honest submissions alone."""
    root = tmp_path_factory.mktemp("undisturbed") / "course"
    shutil.copytree(course, root)
    for name, notebook in honest_class(root).items():
        hand_in(root, name, notebook)
    return Class(root, grade_course(root), 0)


@pytest.fixture(scope="module")
def attacked(course: Path, undisturbed: Class, tmp_path_factory: pytest.TempPathFactory) -> Class:
    """The honest submissions among the hostile ones."""
    root = tmp_path_factory.mktemp("attacked") / "course"
    shutil.copytree(course, root)
    # With the same secret the same notebook gets the same cases.
    shutil.copytree(undisturbed.root / ".grading", root / ".grading", ignore=lambda *_: ["journal", "records", "lock"])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        fill(root, ATTACKS, listener.getsockname()[1])
        before = snapshot(root)
        report = grade_course(root)
        assert snapshot(root) == before
        listener.settimeout(0.1)
        connections = 0
        while True:
            try:
                listener.accept()[0].close()
            except TimeoutError:
                break
            connections += 1
    return Class(root, report, connections)


def snapshot(root: Path) -> dict[str, str]:
    """What is handed in and what the lesson is; no grading changes it."""
    found = {}
    for folder in ("source", "submitted"):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


@pytest.mark.parametrize("attack", [pytest.param(attack, id=attack.name) for attack in ATTACKS])
def test_attack_gains_nothing_and_is_named(attack: Attack, attacked: Class) -> None:
    problems = weaknesses(attack, attacked)
    assert problems == []


def weaknesses(attack: Attack, graded: Class) -> list[str]:
    """What went wrong for the grader, a sentence each."""
    result = graded.of(attack.name)
    points = {cell.grade_id: cell.points for cell in result.cells}
    found = []
    if points.get("check_precision", 0.0) != 0.0 or points.get("check_precision_recall_at", 0.0) != 0.0:
        found.append(f"it gained points: {points}")
    if result.points > attack.points or (result.points < attack.points and not attack.spoils):
        found.append(f"it has {result.points} points, and {attack.points} without the attack: {points}")
    if not re.fullmatch(attack.status, result.status):
        found.append(f"it is {result.status}")
    sentences = said(result)
    if not any(re.search(attack.named, sentence) for sentence in sentences):
        found.append(f"it is not named: {sentences}")
    found += [f"not fit for a terminal: {reason!r}" for reason in result.reasons if not reason.isprintable()]
    found += [f"a long sentence: {reason[:100]} …" for reason in result.reasons if len(reason) > 500]
    if len(result.reasons) > 15:
        found.append(f"{len(result.reasons)} sentences")
    if attack.shows:
        text = printed(graded.graded(attack.name))
        if attack.shows not in text:
            found.append(f"it was not carried out: {text[:500]!r}")
        if attack.hides and attack.hides in text:
            found.append(f"it saw {attack.hides!r}")
    return found + page_problems(attack, graded)


def said(result: SubmissionResult) -> list[str]:
    """All that the report says about a submission."""
    sentences = list(result.reasons)
    for cell in result.cells:
        sentences.append(cell.error or "")
        sentences += [case["message"] for case in (cell.verdict or {}).get("cases", [])]
    return sentences


def printed(notebook: NotebookNode) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.text for output in outputs if output.output_type == "stream")


def page_problems(attack: Attack, graded: Class) -> list[str]:
    found = []
    for folder in ("autograded", "feedback"):
        for path in (graded.root / folder / attack.name).rglob(f"{TOPIC}.*"):
            if path.stat().st_size > 5_000_000:
                found.append(f"{folder} has {path.stat().st_size} bytes")
            if path.suffix == ".html":
                more = Counter(LiveParts(path.read_text()).found) - graded.parts_of_honest_pages()
                found += [f"the page holds {part}" for part in more]
                pictures = re.findall(r"base64,\s*([^\s\"'&]+)", path.read_text())
                if any(picture not in attack.cell for picture in pictures):
                    found.append("a file was drawn into the page")
    return found


def test_honest_work_is_graded_as_if_nobody_had_attacked(undisturbed: Class, attacked: Class) -> None:
    for name in ("right", "confused", "wrong"):
        alone = undisturbed.of(name)
        for place in PLACES:
            student = f"{place}-{name}"
            if (attacked.root / "submitted" / student).exists():
                assert {**attacked.of(student).to_dict(), "student": name} == alone.to_dict(), student
                assert printed(attacked.graded(student)) == printed(undisturbed.graded(name)), student
    points = {name: undisturbed.of(name).points for name in ("right", "confused", "wrong")}
    assert (points["right"], points["wrong"]) == (8, 5)
    assert 5 <= points["confused"] < 8
    assert all(re.match("Cell number . uses (os|sys) ", reason) for reason in undisturbed.of("right").reasons)


HANG = "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n"


@pytest.fixture
def little_patience(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(judging, "SLICE_SECONDS", 2.0)
    monkeypatch.setattr(judging, "NOTEBOOK_SECONDS", 3.0)
    monkeypatch.setattr(judging, "SHOWN_SECONDS", 3.0)
    monkeypatch.setattr(judging, "CLOCK_PER_PROCESSOR", 1)
    # Each hanging process keeps a processor busy until its clock has run out.
    monkeypatch.setattr(observing, "wall_seconds", lambda request: 6.0)
    yield
    host.close()


def test_answer_that_hangs_costs_the_others_nothing(course: Path, little_patience: None) -> None:
    notebook = answered(course, f"{HANG}def precision(y_true, y_pred):\n    return sum(range(10**13))")
    verdicts = trusted_verdicts(notebook, LESSON, 7, warm_observer(["numpy"]))
    assert (verdicts["precision"], verdicts["recall"], verdicts["caught"]) == (0, 3, 2)
    assert any("did not answer within" in remark for remark in verdicts.remarks)


def test_judge_does_not_ask_for_ever(course: Path, little_patience: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "ALL_SECONDS", 5.0)
    notebook = answered(course, f"{HANG}globals()\nnever = sum(range(10**13))\n{WRONG} + never")
    for name in ("recall", "caught"):
        find_cell(notebook, name).source += "\n    return never"
    verdicts = trusted_verdicts(notebook, LESSON, 7, warm_observer(["numpy"]))
    assert set(verdicts.values()) == {0.0}
    assert any("when the 5 seconds for the notebook were over" in remark for remark in verdicts.remarks)


def test_nobody_reached_the_network(attacked: Class) -> None:
    assert attacked.connections == 0


def test_nothing_is_left_running(attacked: Class) -> None:
    assert any(SLEEP in attack.cell for attack in ATTACKS)
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert SLEEP.encode() not in path.read_bytes().split(b"\0"), path
        except OSError:
            continue


def test_gradebook_and_report_agree(attacked: Class) -> None:
    from nbgrader.api import Gradebook

    report = json.loads((attacked.root / "report.json").read_text())
    assert len(report["submissions"]) == len(attacked.report.submissions)
    with Gradebook(f"sqlite:///{attacked.root / 'gradebook.db'}") as gradebook:
        scores = {submission.student.id: submission for submission in gradebook.assignment_submissions(LESSON)}
        for attack in ATTACKS:
            if attack.name in scores:
                assert scores[attack.name].score == attacked.of(attack.name).points
                grades = [grade for notebook in scores[attack.name].notebooks for grade in notebook.grades]
                assert all(grade.manual_score is None for grade in grades)
    page = (attacked.root / "report.html").read_text()
    assert all(attack.name in page for attack in ATTACKS)
    assert LiveParts(FIGURE.sub("", page)).found == []


def test_nothing_that_was_asked_reaches_a_student(attacked: Class) -> None:
    from nbgrader.api import Comment, Gradebook

    secret = course_secret(attacked.root / ".grading" / "secret")
    asked = {
        form
        for case in exercises.get("precision").draw(case_seed(secret, LESSON))
        for form in spelled("".join(map(str, case.args[0])))
    }
    # What the visible check asks may be shown.
    visible = [str(argument) for case in exercises.get("precision").draw(VISIBLE_SEED) for argument in case.args]
    public = " ".join(form for text in visible for form in spelled("".join(re.findall("[01]", text)), least=1))
    asked = {form for form in asked if form not in public}
    assert len(asked) >= 8
    told = 0
    for attack in FAMILIES["Telling what the grade asks"]:
        files = [
            path for folder in ("feedback", "autograded") for path in (attacked.root / folder / attack.name).rglob("*")
        ]
        pages = [path.read_bytes() for path in files if path.is_file()]
        assert len(pages) >= 2, attack.name
        with Gradebook(f"sqlite:///{attacked.root / 'gradebook.db'}") as gradebook:
            rows = gradebook.db.query(Comment).all()
            pages += [str(row.comment).encode() for row in rows if row.notebook.student.id == attack.name]
        found = [form for form in asked for page in pages if form.encode() in page]
        assert found == [], attack.name
        # And the attack was carried out: the instructor can read it.
        told += any(form in sentence for form in asked for sentence in said(attacked.of(attack.name)))
    assert told >= 6


def spelled(bits: str, least: int = 12) -> list[str]:
    """How pages could say an input; none for one that is too short to be known again."""
    if len(bits) < least or (least > 1 and len(set(bits)) == 1):
        return []
    # Numbers are shown with six digits.
    return [bits, ", ".join(bits), " ".join(bits), f"{int(bits, 2) + 0.5:.6g}"]


def test_documentation_lists_every_attack() -> None:
    text = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
    for family, attacks in FAMILIES.items():
        rows = [f"| `{attack.name}` | {attack.tries} | {attack.stops} |" for attack in attacks]
        table = "\n".join([f"### {family}", "", "| Attack | Tries | Is stopped by |", "|---|---|---|", *rows])
        assert f"{table}\n" in text
