"""What grading overrides or uses of other packages' private names is still there, called as we rely on it.

A new version may rename them without a word, and then nothing fails: a kernel is not killed, a page has no widgets. So
pyproject.toml has upper bounds for these packages. Before you raise one, make this file pass, and the tests of grading.
"""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbconvert.exporters import HTMLExporter
from nbgrader.preprocessors import Execute
from packaging.requirements import Requirement

from autograder.grading.keeping import feedback
from autograder.grading.running.notebook import GradeExecute
from autograder.grading.sandbox import kernel
from autograder.grading.sandbox.provisioner import WarmKernelClient, WarmKernelManager

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
# A class of ours, or the module with a class inside a function; what it derives from; and the private names of that
# base which it uses, or hides with its own.
USES: list[tuple[Any, type, set[str]]] = [
    (GradeExecute, Execute, {"_async_handle_timeout"}),
    (WarmKernelClient, AsyncKernelClient, {"_handle_kernel_info_reply"}),
    (WarmKernelManager, AsyncKernelManager, {"_kernel_spec"}),
    (kernel, IPKernelApp, {"_try_bind_socket"}),
    (feedback.FeedbackExporter, HTMLExporter, {"_nb_metadata"}),
]


def names_in(thing: Any) -> set[str]:
    """The private names that a source defines as methods, or uses of `self` and `super()`."""
    source = inspect.getsource(thing)
    return set(re.findall(r"(?:\bdef |\bself\.|super\(\)\.)(_[a-z]\w*)", source))


def attributes(base: type) -> set[str]:
    """The attributes of a class and those that its methods, inherited ones included, give an instance."""
    sources = [inspect.getsource(one) for one in base.__mro__ if one.__module__.split(".")[0] in PACKAGES]
    return set(dir(base)) | {name for source in sources for name in re.findall(r"\bself\.(_[a-z]\w*)\b.*=[^=]", source)}


PACKAGES = {"nbclient", "nbgrader", "nbconvert", "jupyter_client", "ipykernel"}


@pytest.mark.parametrize(("ours", "base", "known"), USES, ids=[base.__name__ for _, base, _ in USES])
def test_no_other_private_name_is_used_or_hidden_by_chance(ours: Any, base: type, known: set[str]) -> None:
    assert names_in(ours) & attributes(base) == known


SIGNATURES: list[tuple[Callable[..., Any], list[str]]] = [
    (NotebookClient._async_handle_timeout, ["self", "timeout", "cell"]),
    (AsyncKernelClient._handle_kernel_info_reply, ["self", "msg"]),
    (IPKernelApp._try_bind_socket, ["self", "s", "port"]),
    # These are public, but nowhere described as something to override.
    (NotebookClient.create_kernel_manager, ["self"]),
    (NotebookClient.process_message, ["self", "msg", "cell", "cell_index"]),
    (Execute.preprocess, ["self", "nb", "resources", "km"]),
    (Execute.preprocess_cell, ["self", "cell", "resources", "index"]),
    (IPKernelApp.init_connection_file, ["self"]),
    (IPKernelApp.write_connection_file, ["self"]),
    (IPKernelApp.init_heartbeat, ["self"]),
    (IPKernelApp.init_poller, ["self"]),
]


@pytest.mark.parametrize(("method", "names"), SIGNATURES, ids=[method.__qualname__ for method, _ in SIGNATURES])
def test_what_is_overridden_takes_what_it_took(method: Callable[..., Any], names: list[str]) -> None:
    # Ours take all further names where a version gives some: ipykernel 7 does, and 6.29 does not.
    parameters = inspect.signature(method).parameters.values()
    assert [one.name for one in parameters if one.kind is not inspect.Parameter.VAR_KEYWORD] == names


def test_nbclient_waits_for_what_handles_a_time_out_and_keeps_what_is_looked_at_then() -> None:
    assert inspect.iscoroutinefunction(NotebookClient._async_handle_timeout)
    assert "await self._async_handle_timeout(timeout, cell)" in inspect.getsource(NotebookClient)
    client = NotebookClient(nbformat.v4.new_notebook())
    assert client.task_poll_for_reply is None
    assert client.code_cells_executed == 0
    assert client.km is None


def test_a_kernel_manager_looks_for_no_specification_where_it_has_one() -> None:
    manager = WarmKernelManager()
    assert manager.kernel_spec is manager._kernel_spec
    assert manager.kernel_spec.display_name == "Warm Python"


def test_a_kernel_binds_its_sockets_through_the_method_that_is_overridden() -> None:
    source = inspect.getsource(IPKernelApp._bind_socket)
    assert "self._try_bind_socket(" in source


def test_an_exporter_knows_the_metadata_of_the_notebooks_that_it_has_seen() -> None:
    exporter = HTMLExporter()
    assert exporter._nb_metadata == {}
    notebook = nbformat.v4.new_notebook(metadata={"title": "a"})
    exporter.from_notebook_node(notebook)
    assert [metadata["title"] for metadata in exporter._nb_metadata.values()] == ["a"]


def test_packages_whose_private_names_are_used_have_an_upper_bound() -> None:
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    wanted = {one.name: one.specifier for one in map(Requirement, project["optional-dependencies"]["course"])}
    for package in PACKAGES:
        assert any(bound.operator == "<" for bound in wanted[package]), package
