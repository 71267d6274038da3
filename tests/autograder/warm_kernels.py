"""Run cells in a kernel of the sandbox, as the grader does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from autograder.grading.sandbox import host
from autograder.grading.sandbox.limits import Limits
from autograder.grading.sandbox.provisioner import WarmKernelManager


def need_bubblewrap() -> None:
    """A machine without it must not pass."""
    assert shutil.which("bwrap"), "these tests need bubblewrap: sudo apt-get install bubblewrap"


@pytest.fixture(scope="module")
def warm() -> Iterator[None]:
    """The warm processes of this process."""
    need_bubblewrap()
    yield
    host.close()


@pytest.fixture(scope="session")
def warm_to_the_end() -> Iterator[None]:
    """The same for all files that judge from outside: to load torch takes longer than to judge."""
    need_bubblewrap()
    yield
    host.close()


class Kernel:
    """A kernel, to be used in a with statement."""

    def __init__(self, folder: Path | None = None, limits: Limits | None = None, timeout: int = 30) -> None:
        self.manager = WarmKernelManager(provisioner_config={"limits": asdict(limits)} if limits else {})
        self.notebook = new_notebook()
        self.client = NotebookClient(
            self.notebook, km=self.manager, timeout=timeout, interrupt_on_timeout=True, allow_errors=True,
            error_on_timeout={"ename": "CellTimeoutError", "evalue": "", "traceback": []}, shutdown_kernel="immediate",
        )  # fmt: skip
        self.cwd = {"cwd": str(folder)} if folder else {}
        self.setup = self.client.setup_kernel(cleanup_kc=True, **self.cwd)

    def __enter__(self) -> Kernel:
        self.setup.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.setup.__exit__(*error)

    @property
    def child(self) -> host.Child:
        child = self.manager.provisioner.child
        assert isinstance(child, host.Child)
        return child

    def run(self, source: str) -> str:
        """Run a cell: what it printed, or the name and the text of its error."""
        cell = new_code_cell(source)
        self.notebook.cells.append(cell)
        self.client.execute_cell(cell, len(self.notebook.cells) - 1)
        for output in cell.outputs:
            if output.output_type == "error":
                return f"{output.ename}: {output.evalue}"
        return "".join(output.get("text", "") for output in cell.outputs).strip()
