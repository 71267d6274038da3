"""The three descriptions of the environment say the same, and the tested versions satisfy them."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DEPENDENCIES = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
# What conda-forge calls by another name.
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base", "jupyter-client": "jupyter_client"}


def requirements(*extras: str) -> dict[str, Requirement]:
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    return {canonicalize_name(Requirement(line).name): Requirement(line) for line in lines}


def test_environment_yml_lists_the_packages_of_pyproject():
    wanted = {
        CONDA_NAMES.get(name, name): str(requirement.specifier)
        for name, requirement in requirements("course", "torch").items()
    }
    listed = {}
    for line in DEPENDENCIES:
        if isinstance(line, str) and line != "pip" and not line.startswith("python="):
            requirement = Requirement(line)
            listed[requirement.name] = str(requirement.specifier)
    assert listed == wanted


def test_environment_yml_is_one_that_conda_and_binder_read_as_meant():
    # Binder begins with the packages that it knows of this Python. Its rule: "python", "=", digits and dots.
    (python,) = (line for line in DEPENDENCIES if isinstance(line, str) and line.startswith("python"))
    version = re.match(r"^python\s*=+\s*([\d.]+)$", python)[1]
    assert SpecifierSet(PROJECT["requires-python"]).contains(version)
    # These lines become a file of requirements for pip, which allows no options there but a few; and what is named by
    # a path makes Binder copy the repository before it installs.
    (pip,) = (line["pip"] for line in DEPENDENCIES if isinstance(line, dict))
    assert pip == ["--editable ."]


def test_constraints_pin_every_requirement_to_a_version_that_it_allows():
    pins = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            # Behind ";" may stand for which Pythons.
            found = re.fullmatch(r"([A-Za-z0-9._-]+)==([\w.!+-]+)(;.*)?", line)
            assert found, f"not an exact version: {line}"
            pins[canonicalize_name(found[1])] = found[2]
    for name, requirement in requirements(*PROJECT["optional-dependencies"]).items():
        assert name in pins, f"constraints.txt does not pin {name}"
        assert requirement.specifier.contains(pins[name]), f"{name}=={pins[name]} is outside {requirement.specifier}"


def test_importing_evalkit_needs_numpy_only():
    assert [Requirement(line).name for line in PROJECT["dependencies"]] == ["numpy"]


FAKE_PYTHON = """#!/bin/sh
case "$*" in
  -c*) echo {version} ;;
  "-m venv --clear .venv") echo made by {version}; mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
esac
"""


@pytest.mark.parametrize(("there", "said"), [("3.12", ""), ("3.11", "3.11, but"), (None, "")])
def test_make_looks_at_the_python_of_its_environment(tmp_path: Path, there: str | None, said: str) -> None:
    def write(path: Path, version: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FAKE_PYTHON.format(version=version))
        path.chmod(0o755)

    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    write(tmp_path / "python-now", "3.12")
    if there is not None:
        write(tmp_path / ".venv" / "bin" / "python", there)
        (tmp_path / ".venv" / ".course").touch()
    make = ["make", "--no-print-directory", "-C", str(tmp_path), f"PYTHON={tmp_path / 'python-now'}", ".venv/.course"]
    done = subprocess.run(make, capture_output=True, text=True, check=True)
    assert ("made by 3.12" in done.stdout) == (there != "3.12")
    assert ("it is made anew" in done.stdout) == bool(said)
    assert said in done.stdout
    again = subprocess.run(make, capture_output=True, text=True, check=True)
    assert "is up to date" in again.stdout


def test_the_map_has_a_line_for_every_folder() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    packages = [path for name in ("autograder", "evalkit") for path in ROOT.glob(f"{name}/**/*.py")]
    folders = {path.parent.relative_to(ROOT) for path in packages} - {Path("autograder"), Path("evalkit")}
    assert len(folders) > 20
    for folder in folders:
        assert f"`{folder}/`" in text or f"`{folder.name}/`" in text, f"CONTRIBUTING.md has no line for {folder}/"


def test_the_files_that_begin_first_are_there() -> None:
    text = (ROOT / "conftest.py").read_text(encoding="utf-8")
    longest = re.findall(r'^    "(test_\w+)",$', text, re.MULTILINE)
    assert len(longest) > 5
    assert set(longest) <= {path.stem for path in (ROOT / "tests").rglob("test_*.py")}


def test_git_changes_no_end_of_a_line_where_windows_would_have_it(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), "-c", "core.autocrlf=true", *words], check=True)

    git("init", "--quiet")
    for name in (".gitattributes", "lessons/01_confusion_matrix/confusion_matrix.ipynb", "docs/images/lesson.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    git("add", ".")
    for path in tmp_path.glob("[!.]*"):
        shutil.rmtree(path)
    git("checkout", "--quiet", "--", ".")
    for name in ("lessons/01_confusion_matrix/confusion_matrix.ipynb", "docs/images/lesson.png"):
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes(), name
