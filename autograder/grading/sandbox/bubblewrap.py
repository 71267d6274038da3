"""The sandbox around a warm process, by bubblewrap (the command ``bwrap``).

What is in it: the system's programs and libraries, this Python with its packages, and the packages of the course, all
read-only. No home, no course folder, no network, no other processes.
"""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import exercises
from autograder.grading.judging.inspection import FORBIDDEN
from autograder.grading.sandbox import here
from autograder.grading.sandbox.places import SOCKETS

if TYPE_CHECKING:
    from autograder.grading.course import GradingError

# Reading a font, a time zone or the list of libraries is harmless; the rest of /etc is nobody's business.
_ETC = ("alternatives", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types")
_SYSTEM = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
_PACKAGES = {"site-packages", "dist-packages"}
_OF_A_PYTHON = ("bin", "lib", "lib64", "pyvenv.cfg")
# Who is asked to write a metric must not find it ready-made.
READY_MADE = (*(name for name in FORBIDDEN if name != "autograder"), "autograder.exercises")
# Where the exercises that are not of this package lie in the sandbox of the kernels, which may show them as its own.
_OWN = "/exercises"
# The lessons' sources, with their model answers: no notebook needs them.
SOURCES = "autograder.packaged"

_ENVIRONMENT = {
    "HOME": "/nonexistent",
    "LANG": "C.UTF-8",
    "LOGNAME": "student",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "NBGRADER_EXECUTION": "autograde",
    "USER": "student",
    # One thread a process: several kernels share the cores, and a process with threads must not fork.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONWARNINGS": "",
}


def program() -> str:
    """Where ``bwrap`` is. Raises GradingError, with what to do, if there is no sandbox here."""
    if (trouble := here.trouble()) is not None:
        raise here.error(trouble)
    found = shutil.which("bwrap")
    assert found is not None
    return found


def arguments(sockets: str, *, measured: bool) -> list[str]:
    """The arguments of ``bwrap`` that open the sandbox; the program in it follows.

    Parameters
    ----------
    sockets : str
        The folder for the kernels' sockets, the one place that both sides see.
    measured : bool
        Whether the code in it is measured against ready-made metrics, so that these must be out of reach.
    """
    words = ["--unshare-all", "--uid", "1000", "--gid", "1000", "--new-session", "--as-pid-1", "--clearenv"]
    words += ["--hostname", "grading", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    for path in ("/usr", *(f"/etc/{name}" for name in _ETC), "/sys/devices/system/cpu"):
        words += ["--ro-bind-try", path, path]
    for path in _SYSTEM:
        link = Path(path)
        if link.is_symlink():
            words += ["--symlink", os.readlink(link), path]  # noqa: PTH115 - as it stands there
        elif link.exists():
            words += ["--ro-bind", path, path]
    folders, links = _python_folders()
    for folder in folders:
        words += ["--ro-bind", folder, folder]
    for other_name in links:
        words += ["--symlink", os.path.realpath(other_name), other_name]
    own = exercises.own()
    packages = (SOURCES, *READY_MADE) if measured else (SOURCES,)
    covered = {place for name in packages for place in _copies(name, folders)}
    if measured:
        covered |= {place for each in own for place in _shown(each, folders)}
    for hidden in sorted(covered):
        # What lies in a covered folder is out of sight with it.
        if not covered.intersection(map(str, Path(hidden).parents)):
            words += ["--tmpfs", hidden, "--remount-ro", hidden]
    # Always said, so that nobody looks for exercises among the files of a submission.
    seen = {} if measured else {Path(_OWN, str(number)): each.path for number, each in enumerate(own)}
    for inside, where in seen.items():
        words += ["--ro-bind", str(where), str(inside)]
    words += ["--bind", sockets, SOCKETS, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]
    # What lies inside a folder of packages was put there by a package, such as setuptools, when it was loaded: the same
    # sandbox shall not look different because of what the grader has loaded so far.
    search = [path for path in sys.path if Path(path).is_absolute() and not _PACKAGES & set(Path(path).parts[:-1])]
    environment = {**_ENVIRONMENT, **exercises.environment(seen)}
    for name, value in {**environment, "PATH": os.defpath, "PYTHONPATH": os.pathsep.join(search)}.items():
        words += ["--setenv", name, value]
    return [*words, "--"]


def refusal(said: str) -> GradingError:
    """The error for a sandbox that could not be opened."""
    return here.error(here.not_opened(said))


def _python_folders() -> tuple[list[str], list[str]]:
    """The folders of this Python and its packages, and of the packages of the course; and other names of them.

    No folder is bound twice, as the lib64 of a virtual environment would be: what is covered under one name would show
    under the other.
    """
    found = {Path(prefix, part) for prefix in (sys.base_prefix, sys.prefix) for part in _OF_A_PYTHON}
    found |= {Path(path) for path in sys.path if Path(path).name in _PACKAGES}
    found |= {Path(folder) for name in ("autograder", "evalkit") for folder in _package_folders(name)}
    kept: list[Path] = []
    links = []
    for path in sorted(found, key=lambda path: (path.is_symlink(), len(path.parts), path)):
        if not path.exists() or any(path.is_relative_to(parent) for parent in (Path("/usr"), *kept)):
            continue
        if any(path.resolve().is_relative_to(parent.resolve()) for parent in (Path("/usr"), *kept)):
            links.append(str(path))
        else:
            kept.append(path)
    return [str(path) for path in kept], links


def _copies(name: str, folders: list[str]) -> list[str]:
    """Every folder of a package that the sandbox shows, wherever it was installed from."""
    package, *parts = name.split(".")
    found = set()
    for top in map(Path, (*folders, "/usr/lib", "/usr/local/lib")):
        places = [top] if top.name == package else []
        for packages in ("", "*-packages/", "*/*-packages/"):
            places += top.glob(f"{packages}{package}")
        found |= {str(place.joinpath(*parts)) for place in places if place.joinpath(*parts).is_dir()}
    return sorted(found)


def _shown(own: exercises.Own, folders: list[str]) -> set[str]:
    """Every place at which the sandbox would show a folder of exercises that is not of this package."""
    found = set(_copies(own.package, folders)) if own.package else set()
    for top in map(Path, ("/usr", *folders)):
        if own.path.resolve().is_relative_to(top.resolve()):
            found.add(str(top / own.path.resolve().relative_to(top.resolve())))
    return found


def _package_folders(name: str) -> list[str]:
    spec = find_spec(name)
    return list(spec.submodule_search_locations or ()) if spec else []
