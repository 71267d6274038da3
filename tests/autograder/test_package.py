"""The package as it is installed: sdist and wheel hold all that a course needs, and nothing is read from a checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
# Python 3.11 knows filters from 3.11.4 on.
SAFELY = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
BUILD = "import sys; from setuptools import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"
# What a student would like to see in the sandbox.
LOOK = """
import autograder
from pathlib import Path
print("sources:", [path.name for path in Path(autograder.__file__).parent.glob("packaged/**/*.py")])
"""


def run(*words: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_course_is_made_and_graded_without_the_checkout(tmp_path: Path) -> None:
    copy, dist, installed, away = (tmp_path / name for name in ("copy", "dist", "installed", "away"))
    no_litter = shutil.ignore_patterns("__pycache__", "*.ipynb", "quiz.json")
    for name in ("autograder", "evalkit", "solutions"):
        shutil.copytree(ROOT / name, copy / name, ignore=no_litter)
    (copy / "docs").mkdir()
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "LICENSE-prose", "docs/myths.md"):
        shutil.copy(ROOT / name, copy / name)
    # A notebook that the build made has no place in the package.
    (copy / "solutions" / "03_precision_recall" / "precision_recall.ipynb").write_text("{}")
    run(sys.executable, "-c", BUILD, "build_sdist", dist, cwd=copy)
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", **SAFELY)
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    run(sys.executable, "-c", BUILD, "build_wheel", dist, cwd=unpacked)
    (wheel,) = dist.glob("*.whl")
    run(sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", installed, wheel, cwd=dist)
    shutil.rmtree(copy)
    shutil.rmtree(unpacked)

    away.mkdir()

    def there(*words: str) -> str:
        return run(sys.executable, *words, cwd=away, PYTHONPATH=str(installed))

    package = installed / "autograder"
    assert there("-c", "import autograder; print(autograder.__file__)").strip() == str(package / "__init__.py")
    files = [path for path in (package / "packaged").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    sources = [path for path in ROOT.glob("solutions/[0-9]*/*") if path.suffix in (".py", ".yml")]
    packaged = {path.relative_to(package / "packaged").as_posix() for path in files}
    assert packaged == {path.relative_to(ROOT).as_posix() for path in sources} | {"docs/myths.md"}

    there("-m", "autograder.cli", "init", "my-course", "--lesson", "03")
    shutil.copytree(away / "my-course" / "release", away / "my-course" / "submitted" / "ada")
    notebook = away / "my-course" / "submitted" / "ada" / "03_precision_recall" / "precision_recall.ipynb"
    content = nbformat.read(notebook, as_version=4)
    content.cells.append(nbformat.v4.new_code_cell(LOOK))
    nbformat.write(content, notebook)
    said = there("-m", "autograder.cli", "grade", "my-course")
    assert "03_precision_recall" in said
    report = json.loads((away / "my-course" / "report.json").read_text())
    assert [(one["student"], one["points"], one["status"]) for one in report["submissions"]] == [("ada", 0, "graded")]
    autograded = away / "my-course" / "autograded" / "ada" / "03_precision_recall" / "precision_recall.ipynb"
    assert nbformat.read(autograded, as_version=4).cells[-1].outputs[0].text == "sources: []\n"
