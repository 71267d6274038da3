"""What happens without an optional package: the error names it, and the extra that brings it."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from evalkit._core.extras import EXTRA_OF

ROOT = Path(__file__).parents[2]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]

# A call that cannot do without the package, in a room each.
USES = {
    "figure": ("matplotlib", "evalkit.ConfusionMatrix([[1, 0], [0, 1]], [0, 1]).plot()"),
    "curve": ("matplotlib", "import evalkit.plots as p; p.plot_roc_curve([0, 1], [0, 1])"),
    "gallery": ("matplotlib", "import evalkit.plots as p; p.show(object(), 'a figure')"),
    "table": ("pandas", "evalkit.ConfusionMatrix([[1, 0], [0, 1]], [0, 1]).to_frame()"),
    "files": ("pyarrow", "from evalkit.distributed import evaluate; evaluate('x.parquet', truth='y', pred='p')"),
    "canonical": (
        "pyarrow",
        "from evalkit.tables.files import parquet_batches; list(parquet_batches('x.parquet', ['a']))",
    ),
    "training": ("torch", "from evalkit.training import fit; fit(None, (), (), epochs=1)"),
    "vision": ("torch", "import evalkit.vision; evalkit.vision.ResNet"),
    "saliency": ("torch", "import evalkit.analysis.saliency"),
    "command": ("typer", "import evalkit.cli"),
}
# The command line catches what is missing itself; the others get an object of the package, or try whether it is there.
ASKED_BEFORE = (
    "evalkit/report/",
    "evalkit/cli.py",
    "evalkit/_core/bars.py",
    "evalkit/production/checkpoints.py",
    "evalkit/production/openai_judge.py",
    "evalkit/production/tracing.py",
    "evalkit/tables/codes.py",
)
WITHOUT = """
import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name.split(".")[0] == {package!r} else real(name, package)
sys.meta_path.insert(0, Without())
import evalkit
try:
    {call}
except (ImportError, SystemExit) as error:
    print(error)
"""


@pytest.mark.parametrize("use", USES)
def test_a_missing_package_is_named_with_its_extra(use):
    package, call = USES[use]
    code = WITHOUT.format(package=package, call=call)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert f"pip install 'evalkit-course[{EXTRA_OF[package]}]'" in done.stdout, done.stdout + done.stderr
    if use != "command":
        assert f"needs the package {package}" in done.stdout


def test_each_extra_brings_its_packages_and_the_report_no_notebooks():
    for package, extra in EXTRA_OF.items():
        if package == "opentelemetry":
            package = "opentelemetry-sdk"
        assert any(line.replace("[", ">").split(">")[0] == package for line in EXTRAS[extra]), (package, extra)
    assert not [line for line in EXTRAS["report"] if "jupyter" in line or "nb" in line]


@pytest.mark.slow
def test_every_file_that_imports_an_optional_package_asks_for_it():
    """`needs("pyarrow")` at the door of a room; what is further inside need not ask again."""
    silent = []
    for path in sorted((ROOT / "evalkit").rglob("*.py")):
        source = path.read_text()
        for function in ast.walk(ast.parse(source)):
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                for name in {name.split(".")[0] for name in names} & set(EXTRA_OF):
                    if f'needs("{name}")' not in source:
                        silent.append(f"{path.relative_to(ROOT)}:{node.lineno} {name}")
    assert not [line for line in silent if not line.startswith(ASKED_BEFORE)]
