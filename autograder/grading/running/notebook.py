"""Execute, as nbgrader does it, but so that no cell can take the points of another cell with it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import threading
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute
from traitlets import Bool, Dict, Enum, Float, Integer, List, Unicode

from autograder.grading.judging.figures import NOT_DRAWN
from autograder.grading.running.messages import read_message
from autograder.grading.sandbox.limits import Limits
from autograder.grading.sandbox.provisioner import WarmKernelManager, WarmProvisioner
from autograder.grading.sentences import shown

# After the interrupt a cell has this long to come to its end; then the kernel is killed.
GRACE_SECONDS = 5.0
# All cells together can leave as much output as this number of cells.
CELLS_OF_OUTPUT = 10

# As so much does the smallest output count: to take one in costs more than its characters.
MESSAGE_CHARACTERS = 1_000

# Of a flood nothing of these comes after the cut; an error always does, for it says what happened.
CUT = ("stream", "display_data", "update_display_data", "execute_result")

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# What IPython calls the file of a cell says nothing to a reader.
_FILE = re.compile(r"\((?:<[^>]*>|\S+\.py), line")


class GradeExecute(Execute):
    """Run all cells; write down what stops a cell or the whole notebook, and go on with what can still run.

    * A cell that runs past the limit is interrupted; the next cells run.
    * A kernel that ignores the interrupt is killed. A kernel that is dead, killed or by itself, leaves the cells
      after it not run. The cells before it keep what they have.
    * The notebook as a whole has a limit on the clock, which no code in it can move.
    * The kernel is a fork of a warm process in a sandbox, unless `sandbox` says otherwise.
    """

    sandbox = Enum(
        ("bubblewrap", "none"), "bubblewrap", help="'none' runs every submission with all rights of the grader"
    ).tag(config=True)
    memory_megabytes = Integer(2048, help="Memory that a notebook can use in the sandbox").tag(config=True)

    notebook_seconds = Float(300.0, help="Limit for the whole notebook").tag(config=True)
    max_output = Integer(1_000_000, help="Characters of output that a cell can leave").tag(config=True)
    # The kernel holds nothing that is worth a goodbye.
    shutdown_kernel = Unicode("immediate").tag(config=True)
    # The same work gives the same notebook.
    record_timing = Bool(False).tag(config=True)
    imports = List(Unicode(), help="What the lesson imports; loaded before its kernels are forked")
    figures = Dict(help="What to run in the place of cells that only draw a figure, by the id of the cell")
    judged = List(Unicode(), help="The grade ids of the cells that have their result already; they are not run")

    def limits(self) -> Limits:
        """What the submission may use up."""
        return Limits(memory_megabytes=self.memory_megabytes, cpu_seconds=int(self.notebook_seconds) + 30)

    def create_kernel_manager(self) -> Any:
        """The manager of a kernel in the sandbox."""
        if self.sandbox == "none":
            return super().create_kernel_manager()
        config = {"imports": self.imports, "limits": asdict(self.limits())}
        self.km = WarmKernelManager(provisioner_config=config, config=self.config)
        return self.km

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Execute the notebook, within its limits."""
        self.remarks: list[str] = []
        self._stopped = False
        self._why_killed = ""
        self._room = CELLS_OF_OUTPUT * self.max_output
        clock = threading.Timer(self.notebook_seconds, self._out_of_time)
        clock.daemon = True
        clock.start()
        try:
            done: tuple[NotebookNode, dict[str, Any]] = super().preprocess(nb, resources, km)
            why = getattr(getattr(self.km, "provisioner", None), "why", "")
            if why and not any(why in remark for remark in self.remarks):
                self.remarks.append(f"The notebook {why}; what went beyond was killed or refused.")
            return done
        finally:
            clock.cancel()

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Execute one cell, unless the kernel is gone."""
        self._written, self._limit = 0, min(self.max_output, self._room)
        name = cell_name(cell, index)
        if cell.metadata.get("nbgrader", {}).get("grade_id") in self.judged:
            return cell, resources
        if self._stopped:
            if cell.cell_type == "code" and cell.source.strip():
                cell.outputs = [_error("NotRun", "This cell was not run, because the kernel had stopped before it.")]
            return cell, resources
        source = cell.source
        cell.source = self.figures.get(cell.get("id"), source)
        try:
            super().preprocess_cell(cell, resources, index)
        except Exception as error:
            # The fault of the machine, not of the submission; but the timeout of nbclient is an OSError, too.
            if isinstance(error, MemoryError | OSError) and not isinstance(error, CellTimeoutError):
                raise
            self._stopped = True
            why = self._why_killed or self._why_ended() or _cause_of_death(error)
            cell.outputs = [*cell.get("outputs", []), _error("KernelStopped", why)]
            self.remarks.append(f"{name} {why} The cells after it were not run; the cells before it keep their points.")
        else:
            remark = self._remark(cell)
            if remark:
                self.remarks.append(f"{name} {remark}")
        finally:
            cell.source = source
        if cell.get("id") in self.figures:
            cell.outputs = [*cell.get("outputs", []), new_output("display_data", {"text/plain": NOT_DRAWN})]
        if self._written > self._limit:
            self.remarks.append(f"{name} left more output than is kept; the rest was cut off.")
        self._room -= min(self._written, self._limit)
        return cell, resources

    def _remark(self, cell: NotebookNode) -> str:
        for output in cell.get("outputs", []):
            if output.output_type == "error" and output.ename == "CellTimeoutError":
                return f"ran longer than {self.timeout} seconds and was stopped."
        error = next((output for output in cell.get("outputs", []) if output.output_type == "error"), None)
        if error is None:
            return ""
        message = shown(_FILE.sub("(line", _ANSI.sub("", str(error.evalue))).strip().split("\n")[0][:200])
        return f"stopped with {error.ename}: {message.rstrip('.')}." if message else f"stopped with {error.ename}."

    async def _async_handle_timeout(self, timeout: int, cell: NotebookNode | None = None) -> Any:
        """Interrupt, as always; and kill, if that does not help."""
        asyncio.get_running_loop().call_later(GRACE_SECONDS, self._kill_if_still_at, self.code_cells_executed)
        return await super()._async_handle_timeout(timeout, cell)

    def _kill_if_still_at(self, executed: int) -> None:
        still_polling = self.task_poll_for_reply is not None and not self.task_poll_for_reply.done()
        if self.code_cells_executed == executed and still_polling:
            self._kill(f"ran longer than {self.timeout} seconds, could not be interrupted, and was killed.")
            # nbclient looks no longer whether the kernel lives, once it has interrupted it.
            self.task_poll_for_reply.cancel()

    def _out_of_time(self) -> None:
        self._kill(f"was running when the notebook's {self.notebook_seconds:g} seconds were over, and was killed.")

    def _kill(self, why: str) -> None:
        """End the kernel and what it started. nbclient notices within a second."""
        provisioner = getattr(self.km, "provisioner", None)
        if isinstance(provisioner, WarmProvisioner):
            self._why_killed = self._why_killed or why
            if provisioner.child is not None:
                provisioner.child.kill()
            return
        pid = getattr(provisioner, "pid", None)
        if pid is None:
            return
        self._why_killed = self._why_killed or why
        with suppress(ProcessLookupError, PermissionError):
            # jupyter_client starts each kernel as the leader of a session of its own.
            os.killpg(pid, signal.SIGKILL)

    def _why_ended(self) -> str:
        """What the sandbox ended the kernel for."""
        why = getattr(getattr(self.km, "provisioner", None), "why", "")
        return f"{why} and was killed." if why else ""

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        """Take an output in, unless the cell floods."""
        kind, before = msg["msg_type"], self._written
        if kind.startswith("comm"):
            # Widgets need somebody who uses them.
            return None
        self._written += max(read_message(kind, msg["content"], self._limit), MESSAGE_CHARACTERS * (kind in CUT))
        if self._written > self._limit and kind in CUT:
            if before > self._limit:
                return None
            # A fast kernel sends much in one message: its beginning still fits.
            text = msg["content"].get("text") if kind == "stream" else ""
            begun = text[: self._limit - before] if isinstance(text, str) else ""
            msg["msg_type"] = msg["header"]["msg_type"] = "stream"
            msg["content"] = {"name": "stdout", "text": f"{begun}\n… The rest of the output was cut off.\n"}
        return super().process_message(msg, cell, cell_index)


def cell_name(cell: NotebookNode, index: int) -> str:
    """How a sentence names a cell."""
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
    return f"Cell {grade_id}" if grade_id else f"Cell number {index + 1}"


def _cause_of_death(error: Exception) -> str:
    if isinstance(error, DeadKernelError):
        return "ended the Python process that runs the notebook."
    if isinstance(error, CellTimeoutError):
        return "left the Python process that runs the notebook without an answer."
    # A signature that is wrong, a field that is missing: the submission has changed how its kernel speaks.
    return f"sent the grader what is no message of a kernel ({type(error).__name__}), and was stopped."


def _error(ename: str, evalue: str) -> NotebookNode:
    return new_output("error", ename=ename, evalue=evalue, traceback=[f"{ename}: {evalue}"])
