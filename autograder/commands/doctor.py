"""What is wrong with this set-up, and what to do about it: one sentence for each problem.

Each check is a function that yields findings: problems, which keep the course from working, and notes, which do not.
A check must work where much else is broken, so nothing is imported before it is needed.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from autograder.commands.doctor_course import course_folder, shared_configs
from autograder.commands.findings import Check, Finding

COURSE = "evalkit-course"
REINSTALL = "pip install -e '.[course]' in the folder that holds pyproject.toml"
FREE_BYTES = 1_000_000_000
# Where the name to import is not the name to install.
MODULES = {"scikit-learn": "sklearn", "pyyaml": "yaml", "opentelemetry-sdk": "opentelemetry.sdk"}


def python_version(version: Sequence[int] = sys.version_info[:2]) -> Iterator[Finding]:
    """Python is new enough."""
    if tuple(version[:2]) < (3, 11):
        yield Finding(
            f"This is Python {version[0]}.{version[1]}, but the course needs 3.11 or newer: make a new environment "
            "with a newer Python and install the course there."
        )


def packages() -> Iterator[Finding]:
    """Every package of the course's extra is there, is of a version that works, and can be imported."""
    try:
        from packaging.requirements import Requirement
    except ImportError:
        yield Finding(f"The package packaging is missing: run {REINSTALL}.")
        return
    try:
        wanted = [Requirement(text) for text in metadata.requires(COURSE) or []]
    except metadata.PackageNotFoundError:
        yield Finding(f"The course itself is not installed in this Python ({sys.executable}): run {REINSTALL}.")
        return
    known: set[str] = set()
    for requirement in wanted:
        if requirement.marker is None or requirement.marker.evaluate({"extra": "course"}):
            yield from _package(requirement.name, str(requirement.specifier), known)


def _package(name: str, specifier: str, known: set[str]) -> Iterator[Finding]:
    """What is wrong with one package; `known` has the errors of those before, which what needs them repeats."""
    from packaging.specifiers import SpecifierSet

    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        yield Finding(f"The package {name} is missing: run {REINSTALL}.")
        return
    if not SpecifierSet(specifier).contains(version, prereleases=True):
        yield Finding(f"{name} {version} is installed, but the course needs {name}{specifier}: run {REINSTALL}.")
        return
    try:
        importlib.import_module(MODULES.get(name.lower(), name))
    except Exception as error:
        said = f"{type(error).__name__}: {error}".rstrip(".")
        if said in known:
            return
        known.add(said)
        if other := _other_package(name, error):
            yield Finding(
                f"{name} {version} and {other} {metadata.version(other)} do not fit together ({said}): run pip install "
                f"--upgrade {name} {other}; or {REINSTALL} with -c constraints.txt, which brings the tested versions."
            )
            return
        yield Finding(
            f"{name} {version} is installed but does not load ({said}): run pip install --force-reinstall {name}."
        )


def _other_package(name: str, error: Exception) -> str | None:
    """The installed package that an error of import is about, where that is another one."""
    owners = metadata.packages_distributions()
    # Such as "numpy.dtype size changed" and "cannot import name 'x' from 'click.utils'".
    named = [getattr(error, "name", None) or "", *re.findall(r"['\"](\w[\w.]*)['\"]|\b(\w+)\.\w", str(error))]
    words = [word for each in named for word in ([each] if isinstance(each, str) else each) if word]
    for word in words:
        for owner in owners.get(word.partition(".")[0], ()):
            if owner.lower() != name.lower() and not isinstance(error, ModuleNotFoundError):
                return owner
    return None


def library() -> Iterator[Finding]:
    """The reference library loads, from wherever a notebook lies."""
    try:
        from evalkit import ConfusionMatrix  # noqa: F401
    except ImportError as error:
        yield Finding(f"evalkit, the course's own library, does not load ({error}): run {REINSTALL}.")


def kernel() -> Iterator[Finding]:
    """Jupyter's python3 kernel exists and runs this very Python."""
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    except ImportError:
        return  # packages() says so
    register = "run python -m ipykernel install --sys-prefix"
    try:
        argv = KernelSpecManager().get_kernel_spec("python3").argv
    except NoSuchKernel:
        yield Finding(f"Jupyter has no Python kernel: {register}.")
        return
    program = shutil.which(argv[0])
    if program is None:
        yield Finding(f"Jupyter's Python kernel starts {argv[0]}, which does not exist: {register}.")
    elif Path(argv[0]).is_absolute() and Path(program).parent.resolve() != Path(sys.executable).parent.resolve():
        yield Finding(f"Jupyter's Python kernel runs another Python ({program}) than this one: {register}.")


def nbgrader_config(root: Path) -> Iterator[Finding]:
    """The file nbgrader_config.py is there and loads."""
    path = root / "nbgrader_config.py"
    if not path.is_file():
        yield Finding(f"{path} is missing, so nbgrader cannot find the lessons: restore it with git checkout.")
        return
    from traitlets.config.loader import PyFileConfigLoader

    try:
        config = PyFileConfigLoader(path.name, path=str(root)).load_config()
    except Exception as error:
        yield Finding(f"{path} does not load ({type(error).__name__}: {error}): correct it or restore it with git.")
        return
    if "source_directory" not in config.CourseDirectory:
        yield Finding(f"{path} does not say where the lessons are: restore it with git checkout.")


def writable(folder: Path) -> Iterator[Finding]:
    """Files can be written."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield Finding(
            f"Nothing can be written in {folder} ({error.strerror or error}): change its permissions, or copy the "
            "course to a folder of your own."
        )


def free_disk(folder: Path, needed: int = FREE_BYTES) -> Iterator[Finding]:
    """There is room for notebooks, outputs and feedback."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        yield Finding(
            f"Only {free / 1e9:.1f} GB are free in {folder}, and grading a class needs about {needed / 1e9:g} GB: "
            "delete what you no longer need."
        )


def torch_version() -> Iterator[Finding]:
    """PyTorch, where it is installed, is not the release that cannot be used with torchvision."""
    try:
        torch, _ = metadata.version("torch"), metadata.version("torchvision")
    except metadata.PackageNotFoundError:
        return
    if torch.split("+")[0] == "2.13.0":
        yield Finding(
            "torch 2.13.0 does not work together with torchvision: run pip install 'torch!=2.13.0' torchvision."
        )


def pinned_versions(root: Path) -> Iterator[Finding]:
    """Packages whose version is not the one in constraints.txt."""
    path = root / "constraints.txt"
    if not path.is_file():
        return
    differing = []
    for line in path.read_text(encoding="utf-8").splitlines():
        name, equals, tested = line.partition("#")[0].partition(";")[0].strip().partition("==")
        if equals:
            try:
                installed = metadata.version(name)
            except metadata.PackageNotFoundError:
                continue
            if installed.split("+")[0] != tested.strip():
                differing.append(f"{name} {installed} instead of {tested.strip()}")
    if differing:
        shown = ", ".join(differing[:5]) + (f" and {len(differing) - 5} more" if len(differing) > 5 else "")
        yield Finding(
            f"Some packages are not of the tested version ({shown}): if something fails, run {REINSTALL} with "
            "-c constraints.txt.",
            problem=False,
        )


def lessons_built(root: Path) -> Iterator[Finding]:
    """The notebooks that grading in the checkout reads are there."""
    if not any(root.glob("solutions/*/*.ipynb")):
        yield Finding(
            "The notebooks are not built yet, so nothing can be graded here: run autograder build. To teach the "
            "course, make a folder of your own: autograder init my-course.",
            problem=False,
        )


def lessons_up_to_date(root: Path) -> Iterator[Finding]:
    """The notebooks in lessons/ are what the sources give."""
    try:
        from autograder.authoring.drift import check_drift
    except ImportError:
        return  # packages() says so
    drift = check_drift(root)
    if drift:
        more = f", and {len(drift) - 1} more differences" if len(drift) > 1 else ""
        yield Finding(f"The lessons are not what the sources give ({drift[0]}{more}): run autograder build.")


def optional_programs() -> Iterator[Finding]:
    """Programs that the course can do without."""
    browsers = ("chromium", "chromium-browser", "google-chrome")
    if not any(map(shutil.which, browsers)) and not os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        yield Finding(
            "Chromium is not installed, so the browser tests cannot run: install it (playwright install chromium) if "
            "you change the lessons' widgets.",
            problem=False,
        )


def sandbox_here(needed: bool) -> Iterator[Finding]:
    """Submissions can run in a sandbox, in the words of `grade`. A student needs none, a course folder does."""
    from autograder.grading.sandbox import here

    if (trouble := here.trouble_found()) is not None:
        yield Finding(f"Nothing can be graded in a sandbox here. {trouble}", problem=needed)
        return
    yield from sandbox_walls()


def can_grade() -> bool:
    """Whether submissions can run in a sandbox here."""
    from autograder.grading.sandbox import here

    return here.trouble_found() is None


def sandbox_walls() -> Iterator[Finding]:
    """What the sandbox can do on this machine."""
    from autograder.grading.sandbox import groups

    if groups.find_place() is None:
        yield Finding(
            "This account may make no control groups, so the memory that the system holds for a notebook is bounded, "
            "not counted: grade with systemd-run --user --scope -p Delegate=yes autograder grade, or as root.",
            problem=False,
        )


def checks(root: Path | None, course: Path | None = None) -> list[Check]:
    """All checks, in the order in which their problems should be solved."""
    here = root or course or Path.cwd()
    found: list[Check] = [python_version, packages, library, kernel, torch_version, shared_configs]
    if root is not None:
        found += [lambda: nbgrader_config(root)]
    elif course is not None:
        found += [lambda: course_folder(course)]
    found += [lambda: writable(here), lambda: free_disk(here)]
    if root is not None:
        found += [lambda: lessons_built(root), lambda: lessons_up_to_date(root), lambda: pinned_versions(root)]
    return [*found, optional_programs, lambda: sandbox_here(needed=course is not None and root is None)]


def examine(root: Path | None, course: Path | None = None) -> list[Finding]:
    """Run all checks.

    Parameters
    ----------
    root : Path, optional
        The repository; None where there is none, as in a student's own folder.
    course : Path, optional
        A course folder, where there is no repository.
    """
    return [finding for check in checks(root, course) for finding in check()]
