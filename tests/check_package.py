"""Build the package as it is published and install it as a stranger does: `make check-package`.

The source distribution and the wheel are built, and checked in clean environments: with the newest versions of what
evalkit needs, and with the lowest that pyproject.toml allows. That takes some minutes and the network, so it is no test
of pytest's.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ROWS = "truth,called,site\n" + "cat,cat,a\ncat,dog,b\ndog,dog,a\ndog,dog,b\n" * 25

ALONE = """
import evalkit, importlib.metadata, sys
from evalkit import streaming
assert evalkit.precision_score([0, 1, 1, 0], [1, 1, 1, 0]) == 2 / 3
assert evalkit.__version__ == importlib.metadata.version("evalkit-course") == {version!r}
assert streaming.LabelCounts().update([0, 1], [0, 1]).compute().accuracy == 1
assert not {{"pandas", "pyarrow", "matplotlib", "torch"}} & set(sys.modules)
try:
    evalkit.ConfusionMatrix([[1, 0], [0, 1]], [0, 1]).plot()
except ModuleNotFoundError as error:
    assert "evalkit-course[plots]" in str(error), error
else:
    raise AssertionError("matplotlib should not be here")
"""
WITH_TABLES = """
import evalkit
cm = evalkit.ConfusionMatrix([[1, 0], [0, 1]], ["cat", "dog"])
assert cm.to_frame().loc["cat", "cat"] == 1
cm.plot()
"""


class Environment:
    """A virtual environment of its own."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=True)
        self.bin = folder / "bin"

    def run(self, *command: str) -> str:
        """Run a program of the environment, away from the sources, and return what it prints."""
        done = subprocess.run(
            [str(self.bin / command[0]), *command[1:]], cwd=self.bin.parent, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def install(self, *what: str) -> None:
        self.run("python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what)

    def packages(self) -> set[str]:
        lines = self.run("python", "-m", "pip", "freeze").splitlines()
        return {re.split("==| @ ", line)[0].lower() for line in lines}


def check_version() -> None:
    """The version is a semantic one, and the changelog says what is new in it or after it."""
    assert re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", PROJECT["version"]), PROJECT["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert f"## {PROJECT['version']}" in changelog or "## Unreleased" in changelog


def built(folder: Path) -> tuple[Path, Path]:
    """Build both and return the source distribution and the wheel, which is made from it."""
    tools = Environment(folder / "tools")
    tools.install("build")
    tools.run("python", "-m", "build", "--outdir", str(folder / "dist"), str(ROOT))
    (source,), (wheel,) = (list((folder / "dist").glob(f"*{end}")) for end in (".tar.gz", ".whl"))
    names = zipfile.ZipFile(wheel).namelist()
    assert "evalkit/py.typed" in names
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"evalkit", "autograder"}, tops
    return source, wheel


def lowest() -> str:
    """Return constraints to the lowest minor versions that the extras `report` and `tables` allow."""
    lines = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["report"]]
    lines += PROJECT["optional-dependencies"]["tables"]
    bounds = dict(re.match(r"([\w-]+)>=(\d+\.\d+)", line).groups() for line in lines)
    return "\n".join(f"{name}=={bound}.*" for name, bound in bounds.items())


def check_installed(environment: Environment, package: Path, constraints: Path) -> None:
    """Install a package without extras, then with those of the report, and use both."""
    held = ("--constraint", str(constraints))
    environment.install(str(package), *held)
    assert environment.packages() == {"evalkit-course", "numpy"}, environment.packages()
    environment.run("python", "-c", ALONE.format(version=PROJECT["version"]))
    environment.install(f"{package}[report]", *held)
    assert not [name for name in environment.packages() if "jupyter" in name or name.startswith("nb")]
    rows = environment.bin.parent / "rows.csv"
    rows.write_text(ROWS)
    said = environment.run("evalkit", "report", str(rows), "--truth", "truth", "--pred", "called", "--by", "site")
    assert "0.75" in said, said
    environment.run("evalkit", "report", "--help")
    environment.install(f"{package}[report,tables]", *held)
    environment.run("python", "-c", WITH_TABLES)
    environment.run("python", "-m", "pip", "check")


def main() -> None:
    check_version()
    with tempfile.TemporaryDirectory() as folder:
        source, wheel = built(Path(folder))
        for name, package, constraints in (("newest", wheel, ""), ("lowest", source, lowest())):
            file = Path(folder, f"{name}.txt")
            file.write_text(constraints)
            environment = Environment(Path(folder, name))
            check_installed(environment, package, file)
            print(f"{package.name} works with the {name} versions of {len(environment.packages())} packages.")


if __name__ == "__main__":
    sys.exit(main())
