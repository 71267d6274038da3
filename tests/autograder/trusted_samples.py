"""What the tests of trusted judging share: an observer in bubblewrap where there is one, and short notebooks."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from functools import cache
from pathlib import Path

import autograder
from autograder.grading.judging.verdicts import Observer
from autograder.grading.sandbox.observing import observer_files, process_observer

ROOT = Path(autograder.__file__).parents[1]
SEED = 20_250_117


@cache
def sandbox() -> tuple[str, ...]:
    """A call of bubblewrap that hides the repository and the metric libraries; empty where there is no bubblewrap."""
    if shutil.which("bwrap") is None:
        return ()
    prefix = ["bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    # The repository may lie in /tmp: then it must come after it.
    prefix += ["--tmpfs", "/tmp", "--tmpfs", str(ROOT)]
    packages = Path(sysconfig.get_path("purelib"))
    if packages.is_relative_to(ROOT):
        environment = ROOT / packages.relative_to(ROOT).parts[0]
        prefix += ["--ro-bind", str(environment), str(environment)]
    for name in ("sklearn", "torchmetrics", "torcheval"):
        if (packages / name).is_dir():
            prefix += ["--tmpfs", str(packages / name)]
    for path in observer_files():
        prefix += ["--ro-bind", str(path), str(path)]
    works = subprocess.run([*prefix, "true"], capture_output=True, timeout=60).returncode == 0
    return (*prefix, "--chdir", "/tmp") if works else ()


def observer() -> Observer:
    """An observer as safe as this machine allows."""
    return process_observer(sandbox())


def sections(text: str) -> dict[str, str]:
    """Pieces of code from one text: each stands under its name, in a line that starts with two signs."""
    parts = (part.partition("\n") for part in text.split("## ")[1:])
    return {name: body.strip() for name, _, body in parts}
