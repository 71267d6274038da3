"""The program of a warm process. It is process 1 of the sandbox: when it ends, everything in the sandbox ends.

It runs nobody's code itself. It waits for orders of the grader on sockets that it inherited, and forks.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import traceback
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

from autograder.grading.sandbox import figure, groups, jail, kernel, watch
from autograder.grading.sandbox.limits import Limits

_WATCH_SECONDS = 0.2
# What a library loads only when it is first put to use.
_LATE_IMPORTS = {
    "matplotlib.pyplot": (
        "matplotlib.backends.backend_agg",
        "PIL.BmpImagePlugin",
        "PIL.GifImagePlugin",
        "PIL.JpegImagePlugin",
        "PIL.PngImagePlugin",
        "PIL.PpmImagePlugin",
    ),
    "pandas": ("pandas.io.formats.html", "pandas.io.formats.string"),
    # An optimizer loads a thousand modules with its first step, which takes a second.
    "torch.nn": ("torch._dynamo",),
    "evalkit.vision": ("torch._dynamo",),
}
_MESSAGE_BYTES = 64_000


@dataclass
class _Child:
    owner: socket.socket
    limits: Limits
    events: int | None  # the descriptor of its group's count of kills; None without a group
    why: str = ""


@dataclass
class _Birth:
    """A fork on its way into its jail."""

    owner: socket.socket
    limits: Limits
    events: int | None  # the descriptor of its group's count of kills; None without a group
    first: int
    said: bytes = field(default=b"")


class Server:
    """Forks kernels and observers for the grader, and ends them."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.selector = selectors.DefaultSelector()
        self.selector.register(control, selectors.EVENT_READ, self.on_control)
        self.births: dict[int, _Birth] = {}
        self.children: dict[int, _Child] = {}
        self.inherited_megabytes = 0.0
        self.crowded: Counter[int] = Counter()

    def serve(self) -> None:
        """Work until the grader is gone."""
        while True:
            for key, _ in self.selector.select(_WATCH_SECONDS if self.children else None):
                key.data(key.fileobj)
            if self.children:
                living = [(pid, child.limits, child.events is not None) for pid, child in self.children.items()]
                over = watch.excesses(living, self.inherited_megabytes, self.crowded)
                for pid, child in self.children.items():
                    if child.events is not None and groups.kills(child.events):
                        over.setdefault(pid, child.limits.too_much_memory)
                for pid, why in over.items():
                    self.children[pid].why = why
                    os.kill(pid, signal.SIGKILL)

    def on_control(self, control: socket.socket) -> None:
        """The grader hands over the socket of one more client, or is gone."""
        message, (*numbers,), *_ = socket.recv_fds(control, 16, 1)
        if not message:
            sys.exit(0)
        client = socket.socket(fileno=numbers[0])
        self.selector.register(client, selectors.EVENT_READ, self.on_order)

    def on_order(self, client: socket.socket) -> None:
        """Do what a client asks for. When it is gone, end what it had."""
        try:
            message, numbers, *_ = socket.recv_fds(client, _MESSAGE_BYTES, 8)
        except OSError:
            message, numbers = b"", []
        if not message:
            self.selector.unregister(client)
            client.close()
            for pid, child in self.children.items():
                if child.owner is client:
                    os.kill(pid, signal.SIGKILL)
            return
        order = json.loads(message)
        if order["do"] == "signal":
            wanted = self.children.get(order["pid"])
            if wanted is not None and wanted.owner is client:
                os.kill(order["pid"], order["signal"])
            return
        try:
            self.load(order["imports"])
            if order["do"] != "load":
                self.fork(client, order, numbers)
        finally:
            for number in numbers:
                os.close(number)

    def load(self, names: list[str]) -> None:
        """Import what is not there yet, so that the forks have it."""
        new = [name for name in names if name not in sys.modules]
        for name in new:
            for module in (name, *_LATE_IMPORTS.get(name, ())):
                # A lesson that cannot import something must see the error itself.
                with suppress(Exception):
                    importlib.import_module(module)
            if name == "matplotlib.pyplot":
                with suppress(Exception):
                    figure.draw_once()
        if new or not self.inherited_megabytes:
            # The collector shall not write into pages that the forks share.
            gc.collect()
            gc.freeze()
            self.inherited_megabytes = watch.own_megabytes()

    def fork(self, client: socket.socket, order: dict[str, Any], numbers: list[int]) -> None:
        """Start a child. Its number, or what went wrong, comes through a pipe once it sits in its jail."""
        limits = Limits(**order["limits"])
        read, write = os.pipe()
        first = os.fork()
        if first == 0:
            _become_child(order, limits, numbers, write)
        os.close(write)
        events = os.dup(numbers[order["groups"]]) if order["groups"] else None
        self.births[read] = _Birth(client, limits, events, first)
        self.selector.register(read, selectors.EVENT_READ, self.on_birth)

    def on_birth(self, pipe: int) -> None:
        """Tell the client that its child is ready."""
        birth = self.births[pipe]
        part = os.read(pipe, 4096)
        birth.said += part
        if part:
            return
        self.selector.unregister(pipe)
        os.close(pipe)
        del self.births[pipe]
        # It has forked once more, and is done. Each process is let go of by its own number and at its own time: until
        # then the number is nobody else's, and a signal to it hits nobody else.
        _exit_code(birth.first)
        lines = birth.said.decode(errors="replace").split("\n")
        numbers = [line for line in lines if line.isdigit()]
        errors = [line for line in lines if line and not line.isdigit()]
        if errors or not numbers:
            if numbers:
                _exit_code(int(numbers[0]))
            _close(birth.events)
            self.tell(birth.owner, {"error": " ".join(errors) or "a fork died"})
            return
        pid = int(numbers[0])
        self.children[pid] = _Child(birth.owner, birth.limits, birth.events)
        try:
            self.selector.register(os.pidfd_open(pid), selectors.EVENT_READ, lambda number: self.on_end(number, pid))
        except ProcessLookupError:
            del self.children[pid]
            _close(birth.events)
            self.tell(birth.owner, {"error": "a fork died"})
            return
        self.tell(birth.owner, {"started": pid})
        if birth.owner.fileno() < 0:
            os.kill(pid, signal.SIGKILL)

    def on_end(self, pidfd: int, pid: int) -> None:
        """A child has ended, and all processes that it started with it."""
        self.selector.unregister(pidfd)
        os.close(pidfd)
        child = self.children.pop(pid)
        del self.crowded[pid]
        _close(child.events)
        self.tell(child.owner, {"ended": pid, "status": _exit_code(pid), "why": child.why})

    def tell(self, client: socket.socket, message: dict[str, Any]) -> None:
        """Answer a client, if it is still there."""
        with suppress(OSError):
            client.send(json.dumps(message).encode())


def _close(events: int | None) -> None:
    if events is not None:
        os.close(events)


def _exit_code(pid: int) -> int:
    """Let go of a process that has ended, or is about to; its exit code."""
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except ChildProcessError:
        return 0


def _become_child(order: dict[str, Any], limits: Limits, numbers: list[int], report: int) -> NoReturn:
    """The rest of a fork's life. Nothing returns from here into the server's loop."""
    try:
        jail.forget_parent({*numbers, report})
        task_file, *numbers = numbers
        walls, numbers = numbers[: order["groups"]], numbers[order["groups"] :]
        groups.join(walls)
        jail.leave_namespaces()
        # The sockets belong to the new namespace of networks, the folder is covered later.
        sockets = kernel.open_sockets(order["name"]) if order["do"] == "kernel" else {}
        pid = os.fork()
        if pid:
            os.write(report, f"{pid}\n".encode())
            os._exit(0)
        with os.fdopen(task_file) as file:
            task = json.load(file)
        jail.shut(limits, counted=bool(walls))
        kernel.move_in(task["files"])
        os.close(report)
        if order["do"] == "kernel":
            kernel.run_kernel(task["connection"], sockets)
        else:
            kernel.run_observer(*numbers)
    except SystemExit:
        pass
    except BaseException as error:
        with suppress(OSError):
            os.write(report, f"\n{type(error).__name__}: {error}".encode())
        traceback.print_exc()
    finally:
        os._exit(0)


def main() -> None:
    """Serve the socket whose number is the first argument; the others are the modules to load."""
    _, number, *imports = sys.argv
    control = socket.socket(fileno=int(number))
    jail.be_invisible()
    # A notebook is short, and drawing makes many small objects: to look for garbage among them takes a tenth of it.
    gc.set_threshold(50_000)
    server = Server(control)
    server.load(imports)
    control.send(b"ready")
    server.serve()


if __name__ == "__main__":
    main()
