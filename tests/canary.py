"""Are the bounds in pyproject.toml true? Install the lowest and the newest versions that they allow, and use them.

`make canary` does so on every Python from 3.11 to 3.13 that is found on PATH: it runs the demo, the drift check, the
lessons with their figures and the fast tests. `make test` does the short part of it, with the lowest versions: the
commands, the drift check and the lessons. All of it goes without torch, which takes six gigabytes in each environment;
`--torch` installs it, too, and then the lessons that train networks are run as well.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "canary"
PYTHONS = ("3.11", "3.12", "3.13")
# The lowest versions of what is named in pyproject.toml, with the newest of what those bring: what an installation
# gets that has had the former for years.
RESOLUTIONS = {"lowest": "lowest-direct", "newest": "highest"}
ROWS = "truth,called\n" + "cat,cat\ncat,dog\ndog,dog\ndog,dog\n" * 25
# With their solutions: a cell that raises ends it, as does an answer that is not worth its points.
RUN_LESSONS = """
import pathlib, sys
from autograder.authoring.rules import Material
from autograder.authoring.rules.material import results
for source in map(pathlib.Path, sys.argv[1:]):
    lesson = Material(source)
    wanted = {f"check_{exercise.id}": exercise.points for exercise in lesson.exercises}
    assert results(lesson.executed) == wanted, (source, results(lesson.executed))
"""
# An old package is warned of by what it stands on; that it works is what counts.
PYTEST = ("-m", "pytest", "-q", "-W", "default", "--disable-warnings", "-p", "no:cacheprovider")
NEEDS_TORCH = re.compile(r"^\s*(?:import|from) (?:torch|evalkit\.(?:vision|training))", re.MULTILINE)


class Broken(Exception):
    """A command failed; the message says which, and what it printed."""


def pythons() -> dict[str, str]:
    """The Pythons of this machine that the course supports: the version, and the program."""
    found = {}
    for version in PYTHONS:
        program = shutil.which(f"python{version}")
        # A name may stand on PATH for a Python that is not there, as pyenv's do.
        if program and not subprocess.run([program, "-c", ""], capture_output=True, check=False).returncode:
            found[version] = program
    return found


def installer() -> str:
    """uv, which can look for the lowest versions. It is installed once, beside the environments."""
    tools = FOLDER / "tools"
    if not (tools / "bin" / "uv").exists():
        venv.create(tools, with_pip=True)
        pip = [str(tools / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"]
        subprocess.run(pip, check=True)
    return str(tools / "bin" / "uv")


class Environment:
    """The course in an environment of its own, with the lowest or the newest versions."""

    def __init__(self, python: str, which: str, extras: list[str], *, again: bool) -> None:
        self.name = f"{Path(python).name}, {which}"
        self.folder = FOLDER / f"{Path(python).name}-{which}"
        uv = installer()
        # In the short part, what is there and was made from the same bounds is used again, also without a network.
        bounds = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
        made = self.folder / "made-from.txt"
        if again and made.exists() and made.read_text() == bounds:
            return
        self._do([uv, "venv", "--quiet", "--clear", "--python", python, str(self.folder)])
        own, versions = str(self.folder / "bin" / "python"), str(self.folder / "versions.txt")
        # What would have to be compiled for this Python is no version that anybody has.
        compiled = ["--no-build", "--resolution", RESOLUTIONS[which], "--output-file", versions]
        compiled += [word for extra in extras for word in ("--extra", extra)]
        self._do([uv, "pip", "compile", "--quiet", "--python", own, *compiled, "pyproject.toml"])
        self._do([uv, "pip", "install", "--quiet", "--python", own, "--no-deps", "--requirements", versions])
        # What setuptools writes beside the packages, the tests of another environment may be reading.
        settings = self.folder / "setup.cfg"
        settings.write_text(f"[egg_info]\negg_base={self.folder}\n")
        install = [uv, "pip", "install", "--quiet", "--python", own, "--no-deps", "--editable", "."]
        self._do(install, DIST_EXTRA_CONFIG=str(settings))
        made.write_text(bounds)

    def run(self, program: str, *words: str) -> str:
        """Run a program of the environment in the repository, and return what it prints."""
        return self._do([str(self.folder / "bin" / program), *words])

    def _do(self, command: list[str], **variables: str) -> str:
        environment = {**os.environ, **variables, "OMP_NUM_THREADS": "1", "UV_CACHE_DIR": str(FOLDER / "cache")}
        environment["PATH"] = f"{self.folder / 'bin'}{os.pathsep}{environment['PATH']}"
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            said = (done.stdout + done.stderr)[-6000:]
            raise Broken(f"{' '.join(command)} ended with {done.returncode}:\n{said}")
        return done.stdout


def lessons(torch: bool) -> list[str]:
    """The sources of the lessons that need no torch; or of all."""
    sources = sorted(ROOT.glob("solutions/*/*.py"))
    return [str(path) for path in sources if torch or not NEEDS_TORCH.search(path.read_text(encoding="utf-8"))]


def short(environment: Environment, torch: bool) -> None:
    """The commands, the drift check, and every lesson with its figures."""
    rows = environment.folder / "rows.csv"
    rows.write_text(ROWS)
    said = environment.run("evalkit", "report", str(rows), "--truth", "truth", "--pred", "called")
    if "0.75" not in said:
        raise Broken(f"evalkit report does not say that the accuracy is 0.75:\n{said}")
    environment.run("autograder", "--help")
    environment.run("autograder", "build", "--check")
    environment.run("python", "-W", "ignore", "-c", RUN_LESSONS, *lessons(torch))


def long(environment: Environment) -> None:
    """The demo, and the fast tests."""
    environment.run("autograder", "demo", "--out", str(environment.folder / "demo"))
    fast = ("-n", "2", "--dist", "worksteal", "-m", "not slow and not browser", "--hypothesis-profile", "quick")
    environment.run("python", *PYTEST, *fast)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="?", choices=RESOLUTIONS, help="default: both")
    parser.add_argument("--short", action="store_true", help="only the short part, on this Python")
    parser.add_argument("--torch", action="store_true", help="with torch, in each environment")
    options = parser.parse_args()
    found = {f"{sys.version_info.major}.{sys.version_info.minor}": sys.executable} if options.short else pythons()
    if not found:
        print(f"No Python of {', '.join(PYTHONS)} is on PATH.")
        return 1
    extras = ["course", "scale", "site", "dev", *(["torch", "peers"] if options.torch else [])]
    broken = 0
    for python in found.values():
        for which in [options.which] if options.which else RESOLUTIONS:
            began = time.monotonic()
            try:
                environment = Environment(python, which, extras, again=options.short)
                short(environment, options.torch)
                if not options.short:
                    long(environment)
            except Broken as error:
                broken += 1
                print(f"{Path(python).name}, {which} versions: {error}", flush=True)
            else:
                print(f"{environment.name} versions: fine ({time.monotonic() - began:.0f} s)", flush=True)
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(main())
