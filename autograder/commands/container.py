"""Grade in a container: the same grader, with its sandbox, in a Linux of its own, by Docker or Podman.

The image holds this very package and the versions of this environment, so the grades are the same. The container sees
the course folder and nothing else of the machine. It has no network, unless the gradebook is on a server.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from autograder.errors import UserError

COURSE = "evalkit-course"
PACKAGES = ("autograder", "evalkit")
# What a grader may need: torch where lessons train networks, a driver where the gradebook is on a server.
EXTRAS = ("course", "torch", "postgres")
DOCKERFILE = Path(__file__).parents[1] / "templates" / "container" / "Dockerfile"

# bubblewrap opens its sandbox by user namespaces and mounts, which the profiles of containers forbid. The container
# keeps what else shuts it in: no root, no privileges.
_OPEN = {
    "docker": ("seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"),
    "podman": ("seccomp=unconfined", "apparmor=unconfined", "unmask=ALL", "label=disable"),
}
_MISSING = (
    "To grade in a container takes Docker or Podman, and neither is installed here: install one of them, or grade on a "
    "Linux machine with bubblewrap."
)
_ASKED_SECONDS = 60.0


def grade_in_container(course_dir: Path, options: Sequence[str], *, network: bool, terminal: bool) -> int:
    """Run ``autograder grade`` on a course folder in a container, and return its exit code.

    Parameters
    ----------
    course_dir : Path
        The course folder.
    options : sequence of str
        What else to say to ``autograder grade``.
    network : bool
        Whether it may reach the network.
    terminal : bool
        Whether somebody looks on, for whom there is a bar.

    Raises
    ------
    UserError
        If there is no program for containers here, or it does not work.
    """
    course = course_dir.resolve()
    if not course.is_dir():
        raise UserError(f"There is no folder {course_dir}. Name the course folder, which holds source/.")
    program = runtime()
    image = _image(program)
    # Under the same name, so that what is said of files is true outside, too. Windows has names that Linux has not.
    inside = course if os.name == "posix" else PurePosixPath("/course")
    command = [program, "run", "--rm", "--interactive", *(["--tty"] if terminal else [])]
    for option in _OPEN[_kind(program)]:
        command += ["--security-opt", option]
    # Windows has no such numbers; the files of the folder are anybody's there.
    user, group = (os.getuid(), os.getgid()) if hasattr(os, "getuid") else (1000, 1000)
    # Inside, Podman gives other numbers to users than outside, unless root started it, who may not ask for the same.
    if _kind(program) == "podman" and user != 0:
        command += ["--userns", "keep-id"]
    command += ["--user", f"{user}:{group}"]
    if not network:
        command += ["--network", "none"]
    command += ["--mount", _one_line("type=bind", f"source={course}", f"target={inside}"), "--workdir", str(inside)]
    return subprocess.run([*command, image, "grade", str(inside), *options], check=False).returncode


def runtime() -> str:
    """The program for containers: Docker, or Podman, whichever is there and works.

    Raises
    ------
    UserError
        If there is none.
    """
    said = ""
    for name in ("docker", "podman"):
        program = shutil.which(name)
        if program is None:
            continue
        try:
            done = subprocess.run([program, "info"], capture_output=True, timeout=_ASKED_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            said = said or f"{name} does not answer ({error})"
            continue
        if done.returncode == 0:
            return program
        last = done.stderr.decode(errors="replace").strip().split("\n")[-1][:300]
        said = said or f"{name} does not work here ({last or f'exit code {done.returncode}'})"
    raise UserError(f"{said}: start it, then try again." if said else _MISSING)


def _image(program: str) -> str:
    """The name of the image, which is built if it is not there."""
    with tempfile.TemporaryDirectory(prefix="grader-image-") as folder:
        write_context(Path(folder))
        image = f"evalkit-grader:{_hash(Path(folder))}"
        known = subprocess.run([program, "image", "inspect", image], capture_output=True, check=False)
        if known.returncode == 0:
            return image
        print("Building the image of the grader (once for each version; some minutes) …", file=sys.stderr, flush=True)
        python = f"PYTHON={sys.version_info.major}.{sys.version_info.minor}"
        command = [program, "build", "--tag", image, "--build-arg", python, folder]
        # To standard error: what it prints is no part of what the command says to machines.
        if subprocess.run(command, stdout=2, check=False).returncode:
            raise UserError("The image of the grader could not be built; what it says above tells why.")
    return image


def write_context(folder: Path) -> None:
    """Write what the image is made of: the Dockerfile, the versions of this environment, and the packages."""
    shutil.copyfile(DOCKERFILE, folder / "Dockerfile")
    (folder / "requirements.txt").write_text("".join(f"{line}\n" for line in requirements()), encoding="utf-8")
    for name in PACKAGES:
        spec = find_spec(name)
        assert spec is not None
        assert spec.submodule_search_locations is not None
        (source,) = spec.submodule_search_locations
        # Lessons come from the course folder.
        leave_out = shutil.ignore_patterns("__pycache__", "packaged")
        shutil.copytree(source, folder / "packages" / name, ignore=leave_out)
    about = folder / "packages" / f"evalkit_course-{metadata.version(COURSE)}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(metadata.distribution(COURSE).read_text("METADATA") or "", encoding="utf-8")


def requirements() -> list[str]:
    """What the grader needs, each in the version that is installed here."""
    from packaging.requirements import Requirement

    found = {}
    for requirement in map(Requirement, metadata.requires(COURSE) or []):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in EXTRAS):
            try:
                version = metadata.version(requirement.name)
            except metadata.PackageNotFoundError:
                continue
            extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
            # Such as 2.9.0+cpu, which names where it was built.
            found[requirement.name] = f"{requirement.name}{extras}=={version.partition('+')[0]}"
    return sorted(found.values())


def _hash(folder: Path) -> str:
    """Changes whenever the image has to be built anew."""
    digest = hashlib.sha256(f"{sys.version_info.major}.{sys.version_info.minor}\n".encode())
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()} {len(data)}\n".encode() + data)
    return digest.hexdigest()[:12]


def _kind(program: str) -> str:
    return "podman" if Path(program).stem.lower() == "podman" else "docker"


def _one_line(*fields: str) -> str:
    """Fields as a line of CSV, which is what ``--mount`` reads: a path may hold a comma."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return line.getvalue()
