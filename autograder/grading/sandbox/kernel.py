"""What a fork of the warm process becomes: a Jupyter kernel, or the observer."""

from __future__ import annotations

import base64
import os
import random
import socket
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.grading.sandbox.places import HOME, SCRATCH, SOCKETS, WORK

_PORTS = ("shell", "iopub", "stdin", "control")


def open_sockets(name: str) -> dict[int, socket.socket]:
    """The kernel's sockets, in the folder that only the grader sees; the kernel gets them opened."""
    sockets = {}
    for port in range(1, len(_PORTS) + 1):
        sockets[port] = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sockets[port].bind(f"{SOCKETS}/{name}-{port}")
        sockets[port].listen(16)
    return sockets


def move_in(files: Mapping[str, str]) -> None:
    """Lay the lesson's data out in the working folder, and forget what the warm process knew of its surroundings."""
    for name, text in files.items():
        path = Path(WORK, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(text))
    os.chdir(WORK)
    os.environ.update(
        HOME=HOME, TMPDIR=SCRATCH, IPYTHONDIR=f"{HOME}/.ipython", MPLCONFIGDIR=f"{HOME}/.matplotlib", PWD=WORK
    )
    # All forks have the state of the generators of the warm process; a new process would have drawn its own.
    random.seed()
    # This one sees by the process's number whether it is in a fork; but that is 1 here and there.
    tempfile._name_sequence = None  # type: ignore[attr-defined]
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def run_kernel(connection: Mapping[str, Any], sockets: Mapping[int, socket.socket]) -> None:
    """Be a kernel on sockets that are open already, until somebody ends this process."""
    import zmq
    from ipykernel.kernelapp import IPKernelApp

    class WarmKernelApp(IPKernelApp):
        """The kernel application, without the parts that look for files and parents outside."""

        def init_connection_file(self) -> None:
            self.load_connection_info(dict(connection))

        def write_connection_file(self, **_: Any) -> None:
            """The grader has it already."""

        def init_heartbeat(self) -> None:
            """The warm process says when a kernel has ended."""

        def init_poller(self) -> None:
            """Its parent is out of sight."""

        def load_config_file(self, *_: Any, **__: Any) -> None:
            """No settings but ours."""

        def _try_bind_socket(self, s: Any, port: int) -> int:
            s.setsockopt(zmq.USE_FD, sockets[port].detach())
            s.bind(f"ipc://{SOCKETS}/{port}")
            return port

    app = WarmKernelApp.instance()
    app.initialize(["--HistoryManager.hist_file=:memory:", "--log-level=CRITICAL"])
    # The thread of the outputs opens its line to itself with its first text. A cell that has used up all files would
    # be silent then, its error included; so it is opened now.
    app.iopub_thread.schedule(lambda: app.iopub_thread.schedule(lambda: None))
    app.start()


def run_observer(question: int, answer: int) -> None:
    """Be the observer, reading from one file and writing to the other."""
    from autograder.grading.sandbox.observer import main

    with os.fdopen(question, "rb") as stdin, os.fdopen(answer, "wb") as stdout:
        main(stdin, stdout)
