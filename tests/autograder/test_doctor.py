"""Each check of the doctor is tried on a set-up that is really broken, and on one that works."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
from grading_samples import make_course
from packaging.requirements import Requirement
from tiny_course import tiny_course, tiny_root  # noqa: F401 - fixtures

from autograder.commands import doctor
from autograder.commands.doctor_course import course_folder, shared_configs
from autograder.commands.findings import Finding
from autograder.console import find_course

ROOT = Path(__file__).parents[2]


def only(findings: Iterator[Finding]) -> Finding:
    (finding,) = findings
    return finding


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """Pretend that packages have these versions; None stands for a package that is not installed."""
    pretended: dict[str, str | None] = {}
    real = metadata.version

    def version(name: str) -> str:
        found = pretended[name] if name in pretended else real(name)
        if found is None:
            raise metadata.PackageNotFoundError(name)
        return found

    monkeypatch.setattr(metadata, "version", version)
    return pretended


def require(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Pretend that the course asks for these packages."""
    monkeypatch.setattr(metadata, "requires", lambda name: list(lines))


def test_python_that_is_too_old() -> None:
    assert "3.11 or newer" in only(doctor.python_version((3, 9))).sentence
    assert not list(doctor.python_version((3, 11)))


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch, versions: dict[str, str | None]) -> None:
    require(monkeypatch, 'rich>=13; extra == "course"')
    assert not list(doctor.packages())
    versions["rich"] = None
    assert "package rich is missing: run pip install" in only(doctor.packages()).sentence


def test_packages_of_other_extras_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    require(monkeypatch, 'no-such-package; extra == "dev"')
    assert not list(doctor.packages())


def test_a_package_that_is_too_old(monkeypatch: pytest.MonkeyPatch, versions: dict[str, str | None]) -> None:
    require(monkeypatch, "rich>=13")
    versions["rich"] = "1.0"
    assert "rich 1.0 is installed, but the course needs rich>=13" in only(doctor.packages()).sentence


@pytest.mark.slow
def test_a_package_that_does_not_load(monkeypatch: pytest.MonkeyPatch, versions: dict[str, str | None]) -> None:
    require(monkeypatch, "scikit-learn>=1")
    versions["scikit-learn"] = "1.7"
    monkeypatch.setitem(sys.modules, "sklearn", None)
    finding = only(doctor.packages())
    assert finding.problem
    assert "scikit-learn 1.7 is installed but does not load" in finding.sentence
    assert "--force-reinstall scikit-learn" in finding.sentence


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "other"),
    [
        ("raise ValueError('numpy.dtype size changed, may indicate binary incompatibility')", "numpy"),
        ("from pygments.util import nothing_like_it", "Pygments"),
        ("import pygments.nothing_like_it", None),
        ("raise RuntimeError('os.environ is strange')", None),
    ],
)
def test_two_packages_that_do_not_fit(
    monkeypatch: pytest.MonkeyPatch, versions: dict[str, str | None], tmp_path: Path, source: str, other: str | None
) -> None:
    # The second needs the first, and fails as it does.
    require(monkeypatch, "pandas>=2", "scikit-learn>=1")
    versions["pandas"] = "2.1.0"
    for name in [name for name in sys.modules if name.partition(".")[0] == "pandas"]:
        monkeypatch.delitem(sys.modules, name)
    (tmp_path / "pandas.py").write_text(source)
    (tmp_path / "sklearn.py").write_text("import pandas")
    monkeypatch.delitem(sys.modules, "sklearn", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    sentence = only(doctor.packages()).sentence
    if other is None:
        assert "pandas 2.1.0 is installed but does not load" in sentence
    else:
        assert f"pandas 2.1.0 and {other} {metadata.version(other)} do not fit together" in sentence


def test_a_course_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def requires(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    assert "The course itself is not installed" in only(doctor.packages()).sentence


def test_packaging_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "packaging.requirements", None)
    assert "packaging is missing" in only(doctor.packages()).sentence


def test_every_package_is_looked_for_under_the_name_by_which_it_is_imported() -> None:
    wanted = [Requirement(line) for line in metadata.requires(doctor.COURSE) or []]
    names = {one.name for one in wanted if one.marker is None or one.marker.evaluate({"extra": "course"})}
    assert len(names) > 15
    assert [name for name in names if find_spec(doctor.MODULES.get(name.lower(), name)) is None] == []


def test_a_library_that_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not list(doctor.library())
    # What an installation from before the library was complete leaves behind: a package without contents.
    monkeypatch.setitem(sys.modules, "evalkit", ModuleType("evalkit"))
    assert "evalkit, the course's own library, does not load" in only(doctor.library()).sentence


def write_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *argv: str) -> None:
    """A python3 kernel of the user's own, which hides the one that comes with this Python."""
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Python", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))


def test_a_kernel_that_works() -> None:
    assert not list(doctor.kernel())


def test_no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    def nothing(self: KernelSpecManager, name: str) -> None:
        raise NoSuchKernel(name)

    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", nothing)
    assert "no Python kernel: run python -m ipykernel install" in only(doctor.kernel()).sentence


def test_a_kernel_whose_python_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_kernel(tmp_path, monkeypatch, str(tmp_path / "bin" / "python"), "-m", "ipykernel_launcher")
    assert "which does not exist" in only(doctor.kernel()).sentence


def test_a_kernel_of_another_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "bin" / "python"
    other.parent.mkdir()
    shutil.copy("/bin/sh", other)
    write_kernel(tmp_path, monkeypatch, str(other), "-m", "ipykernel_launcher")
    assert "runs another Python" in only(doctor.kernel()).sentence


def test_nbgrader_config_of_the_course() -> None:
    assert not list(doctor.nbgrader_config(ROOT))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [(None, "is missing"), ("c = get_config(", "does not load (SyntaxError"), ("", "does not say where the lessons")],
)
def test_nbgrader_config_that_is_broken(tmp_path: Path, text: str | None, complaint: str) -> None:
    if text is not None:
        (tmp_path / "nbgrader_config.py").write_text(text)
    assert complaint in only(doctor.nbgrader_config(tmp_path)).sentence


def test_a_course_folder_that_works(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    assert find_course(course / "source") == course
    assert find_course(tmp_path) is None
    assert not list(course_folder(course))
    (course / "nbgrader_config.py").unlink()
    assert "nbgrader_config.py is missing" in " ".join(one.sentence for one in doctor.examine(None, course))


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("nbgrader_config.py", None, "nbgrader_config.py is missing"),
        (
            "nbgrader_config.py",
            "from nowhere import it\n",
            "does not load (ModuleNotFoundError: No module named 'nowhere')",
        ),
        ("nbgrader_config.py", "c = get_config()\n", "does not have the lines c.merge(nbgrader_config())"),
        ("students.csv", "name\nAda\n", "has no column id"),
        ("policy.toml", "[lessons.99_more]\ndue = 2026-10-12\n", "lessons.99_more: no such lesson"),
        ("source/03_precision_recall/precision_recall.ipynb", "{", "precision_recall.ipynb cannot be read"),
    ],
)
def test_a_course_folder_that_is_broken(tmp_path: Path, name: str, text: str | None, complaint: str) -> None:
    course = make_course(tmp_path / "course")
    (course / name).unlink(missing_ok=True)
    if text is not None:
        (course / name).write_text(text)
    assert complaint in only(course_folder(course)).sentence


def test_settings_of_the_machine_that_do_not_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    assert not list(shared_configs())
    (tmp_path / "nbgrader_config.py").write_text("c.Exchange.root = 1 / 0\n")
    assert f"{tmp_path / 'nbgrader_config.py'} does not load (ZeroDivisionError" in only(shared_configs()).sentence


def test_a_clone_in_which_nothing_is_built(tmp_path: Path) -> None:
    (tmp_path / "solutions" / "01_a").mkdir(parents=True)
    finding = only(doctor.lessons_built(tmp_path))
    assert "autograder build" in finding.sentence
    assert "autograder init my-course" in finding.sentence
    assert not finding.problem
    (tmp_path / "solutions" / "01_a" / "a.ipynb").touch()
    assert not list(doctor.lessons_built(tmp_path))


def test_a_folder_in_which_nothing_can_be_written(tmp_path: Path) -> None:
    assert not list(doctor.writable(tmp_path))
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o500)
    # The administrator may write anywhere but in the kernel's own file system.
    folder = closed if os.geteuid() != 0 else Path("/proc")
    assert f"Nothing can be written in {folder}" in only(doctor.writable(folder)).sentence


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    assert not list(doctor.free_disk(tmp_path, needed=1))
    assert "delete what you no longer need" in only(doctor.free_disk(tmp_path, needed=10**18)).sentence


@pytest.mark.parametrize(
    ("torch", "torchvision", "problems"),
    [("2.13.0+cpu", "0.28.0", 1), ("2.13.0", None, 0), ("2.12.1", "0.27.1", 0), (None, None, 0)],
)
def test_the_torch_that_cannot_be_used(
    versions: dict[str, str | None], torch: str | None, torchvision: str | None, problems: int
) -> None:
    versions.update(torch=torch, torchvision=torchvision)
    assert len(list(doctor.torch_version())) == problems


def test_versions_that_were_not_tested(tmp_path: Path, versions: dict[str, str | None]) -> None:
    assert not list(doctor.pinned_versions(tmp_path))
    versions.update(numpy="2.0", rich="14.0", pandas=None)
    lines = "# tested\nnumpy==2.1  # the newest\nrich==14.0\npandas==2.2\ntqdm>=4\n"
    (tmp_path / "constraints.txt").write_text(lines)
    finding = only(doctor.pinned_versions(tmp_path))
    assert not finding.problem
    assert "(numpy 2.0 instead of 2.1)" in finding.sentence


@pytest.mark.slow
def test_lessons_that_are_out_of_date(tiny_root: Path, tmp_path: Path) -> None:  # noqa: F811
    from autograder.authoring.build import build_lessons

    root = Path(shutil.copytree(tiny_root, tmp_path / "repository"))
    assert "run autograder build" in only(doctor.lessons_up_to_date(root)).sentence
    build_lessons(root)
    assert not list(doctor.lessons_up_to_date(root))
    (root / "lessons" / "03_precision_recall" / "precision_recall.ipynb").write_text("{}")
    assert "lessons/03_precision_recall/precision_recall.ipynb" in only(doctor.lessons_up_to_date(root)).sentence


def test_programs_that_the_course_can_do_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    findings = list(doctor.optional_programs())
    assert ["Chromium" in finding.sentence for finding in findings] == [True]
    assert not any(finding.problem for finding in findings)
    (tmp_path / "chromium").touch(mode=0o755)
    assert not list(doctor.optional_programs())


def test_walls_of_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.grading.sandbox.groups.find_place", lambda: None)
    assert "systemd-run --user --scope" in only(doctor.sandbox_walls()).sentence
    monkeypatch.setattr("autograder.grading.sandbox.groups.find_place", lambda: "somewhere")
    assert not list(doctor.sandbox_walls())
    monkeypatch.setattr("platform.machine", lambda: "mips")
    assert "Grade on a machine with x86_64 or aarch64" in only(doctor.sandbox_here(needed=True)).sentence


def test_every_check_is_asked(tmp_path: Path) -> None:
    asked = {check.__name__ for check in doctor.checks(None)}
    assert {"python_version", "packages", "library", "kernel", "torch_version", "optional_programs"} <= asked
    sentences = [finding.sentence for finding in doctor.examine(tmp_path) if finding.problem]
    assert any("nbgrader_config.py is missing" in sentence for sentence in sentences)


def test_a_check_survives_what_others_complain_about(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("jupyter_client.kernelspec", "autograder.authoring.drift"):
        monkeypatch.setitem(sys.modules, name, None)
    assert not list(doctor.kernel())
    assert not list(doctor.lessons_up_to_date(tmp_path))
