"""The grader's side of a warm process: start it in its sandbox, order kernels and observers, end them."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from autograder.grading.private_folder import PrivateFolder
from autograder.grading.sandbox import bubblewrap, groups
from autograder.grading.sandbox.limits import Limits

Kind = Literal["kernel", "observe"]

# Loaded before the first fork: what every kernel and every observer needs, also what they would load later by
# themselves. What else a lesson imports comes with the order.
PRELOADED: dict[Kind, tuple[str, ...]] = {
    "kernel": (
        "numpy",
        "ipykernel.kernelapp",
        "ipykernel.ipkernel",
        "ipykernel.zmqshell",
        "ipykernel.debugger",
        "IPython.core.completerlib",
        "IPython.core.pylabtools",
        "IPython.extensions.storemagic",
        "autograder.lesson.check",
        "autograder.lesson.quiz",
        "zmq.utils.garbage",
        # For the report of an error. Where no file can be opened any more, nothing can be imported.
        "pygments.formatters",
        "pygments.formatters.terminal256",
        "pygments.styles",
        "stack_data",
    ),
    "observe": ("numpy", "autograder.grading.sandbox.observer"),
}
# torch and scikit-learn may have to be read from a cold disk.
_START_SECONDS = 120.0


class WarmError(RuntimeError):
    """The warm process cannot do what it is asked for."""


class WarmProcess:
    """A warm process in its sandbox. It ends when this process does.

    Parameters
    ----------
    kind : {"kernel", "observe"}
        What it is for.
    imports : iterable of str
        What else it shall load before it is ready.

    Raises
    ------
    GradingError
        If bubblewrap is missing or cannot make a sandbox here; the message says what to do.
    """

    def __init__(self, kind: Kind, imports: Iterable[str] = ()) -> None:
        self.kind = kind
        program = bubblewrap.program()
        self._place = PrivateFolder()
        self.folder = self._place.path
        self._control, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sandbox = [program, *bubblewrap.arguments(self.folder, measured=kind == "observe")]
        server = [sys.executable, "-P", "-m", "autograder.grading.sandbox.server", str(inside.fileno())]
        server += dict.fromkeys((*PRELOADED[kind], *imports))
        with inside:
            self.process = subprocess.Popen(
                [*sandbox, *server],
                pass_fds=[inside.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={},
                start_new_session=True,
            )
        self._control.settimeout(_START_SECONDS)
        self._ready = False

    @property
    def alive(self) -> bool:
        """Whether it can take orders."""
        return self.process.poll() is None

    def answers(self) -> bool:
        """Whether its end of the line is still open. It never says anything of itself."""
        self._control.setblocking(False)
        try:
            return bool(self._control.recv(16))
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            self._control.settimeout(_START_SECONDS)

    def connect(self) -> socket.socket:
        """A socket for one client: orders go in, answers come out. Closing it ends all that the client has started."""
        if not self._ready:
            self._wait_until_ready()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                socket.send_fds(self._control, [b"client"], [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise WarmError("The warm process has ended.") from error
        return ours

    def _wait_until_ready(self) -> None:
        try:
            answer = self._control.recv(16)
        except OSError:
            answer = b""
        if not answer:
            self.process.kill()
            assert self.process.stderr is not None
            said = self.process.stderr.read().decode(errors="replace").strip()
            self.close()
            raise bubblewrap.refusal(said)
        self._ready = True

    def close(self) -> None:
        """End it, and every kernel in it."""
        # It is process 1 in there and ends itself when this socket closes.
        self._control.close()
        if not self._ready:
            # It is still loading and would not notice for seconds.
            self.process.kill()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()
        self._place.remove()


class Child:
    """A kernel or an observer."""

    def __init__(self, client: Client, pid: int, group: groups.Group | None, limits: Limits) -> None:
        self._client = client
        self._pid = pid
        self._group = group
        self._limits = limits
        self.status: int | None = None
        self.why = ""

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        if self.status is None:
            self._client.read(0)
        return self.status

    def wait(self, seconds: float) -> int | None:
        """Its exit code, as soon as it has ended; None if that takes longer."""
        end = time.monotonic() + seconds
        while self.status is None and (left := end - time.monotonic()) > 0:
            self._client.read(left)
        return self.status

    def send_signal(self, number: int) -> None:
        """Send it a signal; to process 1 alone, except that SIGKILL ends all its processes."""
        if self.status is None:
            self._client.send({"do": "signal", "pid": self._pid, "signal": int(number)})

    def kill(self) -> None:
        """End it and everything that it started. Can be called from any thread."""
        self.send_signal(signal.SIGKILL)

    def ended(self, status: int, why: str) -> None:
        """It has ended; see whether its group struck, and remove the group."""
        group, self._group = self._group, None
        if group is not None:
            why = why or group.why(self._limits)
            group.remove()
        self.why, self.status = why, status


class Client:
    """Orders to a warm process."""

    def __init__(self, connection: socket.socket, folder: str) -> None:
        self.connection = connection
        self.folder = folder
        self.lost = False
        self._number = 0
        self._children: dict[int, Child] = {}
        self._reading = threading.Lock()

    def new_address(self) -> str:
        """A new name for sockets, as a path on this side."""
        self._number += 1
        return f"{self.folder}/{os.getpid()}-{self._number}"

    def start(
        self,
        do: Kind,
        *,
        address: str = "",
        connection: Mapping[str, Any] | None = None,
        files: Mapping[str, bytes] | None = None,
        imports: Iterable[str] = (),
        limits: Limits | None = None,
        channels: Sequence[int] = (),
    ) -> Child:
        """Fork a child. It is in its jail, and its sockets are open, when this returns."""
        limits = limits or Limits()
        imports = list(imports)
        packed = {name: base64.b64encode(data).decode() for name, data in (files or {}).items()}
        group = groups.new_group(limits)
        walls = [] if group is None else group.numbers
        limits = limits.uncounted() if group is None else limits
        order = {
            "do": do,
            "name": Path(address).name,
            "imports": imports,
            "limits": asdict(limits),
            "groups": len(walls),
        }
        with ExitStack() as stack:
            abandon = stack.enter_context(ExitStack())
            if group is not None:
                abandon.callback(group.remove)
            # Not with the order: the warm process itself should see nothing of a submission.
            task = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))
            json.dump({"connection": connection, "files": packed}, task)
            task.flush()
            task.seek(0)
            self.send(order, [task.fileno(), *walls, *channels])
            answer = self._next(_START_SECONDS)
            while answer is not None and "ended" in answer:
                answer = self._next(_START_SECONDS)
            if answer is None:
                raise WarmError("The warm process did not answer.")
            if "error" in answer and group is not None:
                # A group can be made here, but not entered from within: better a weaker wall than no grades.
                groups.give_up()
                return self.start(
                    do,
                    address=address,
                    connection=connection,
                    files=files,
                    imports=imports,
                    limits=limits,
                    channels=channels,
                )
            if "error" in answer:
                raise WarmError(f"The warm process could not start a sandboxed process: {answer['error']}.")
            abandon.pop_all()
        if group is not None:
            group.opened()
        child = Child(self, answer["started"], group, limits)
        self._children[answer["started"]] = child
        return child

    def send(self, order: Mapping[str, Any], numbers: Iterable[int] = ()) -> None:
        """Send an order; a warm process that is gone is noticed by who waits for an answer."""
        try:
            socket.send_fds(self.connection, [json.dumps(order).encode()], list(numbers))
        except OSError:
            self._lose()

    def read(self, seconds: float) -> None:
        """Take in at most one message about a child that has ended."""
        self._next(seconds)

    def _next(self, seconds: float) -> dict[str, Any] | None:
        with self._reading:
            if self.lost:
                return None
            self.connection.settimeout(seconds)
            try:
                message = self.connection.recv(4096)
            except (BlockingIOError, TimeoutError):
                return None
            except OSError:
                message = b""
        if not message:
            self._lose()
            return None
        answer: dict[str, Any] = json.loads(message)
        if "ended" in answer and (child := self._children.pop(answer["ended"], None)):
            child.ended(answer["status"], answer["why"])
        return answer

    def _lose(self) -> None:
        self.lost = True
        for child in self._children.values():
            child.ended(-signal.SIGKILL, "lost the warm process that it was forked from")
        self._children.clear()

    def close(self) -> None:
        """End all that this client has started."""
        with suppress(OSError):
            self.connection.close()


_clients: dict[Kind, Client] = {}
_own: dict[Kind, WarmProcess] = {}


def adopt(kind: Kind, number: int, folder: str) -> None:
    """Use a connection that this process inherited."""
    _clients[kind] = Client(socket.socket(fileno=number), folder)


def client(kind: Kind) -> Client:
    """This process's connection to a warm process; it starts one if it has none."""
    found = _clients.get(kind)
    if found is None or found.lost:
        if found is not None:
            found.close()
        if (old := _own.pop(kind, None)) is not None:
            old.close()
        _own[kind] = warm = WarmProcess(kind)
        found = _clients[kind] = Client(warm.connect(), warm.folder)
    return found


def prefetch(connection: socket.socket, imports: Iterable[str]) -> None:
    """Let a warm process load modules before the first order that needs them."""
    with suppress(OSError):
        connection.send(json.dumps({"do": "load", "imports": list(imports)}).encode())


def lost() -> bool:
    """Whether a warm process that this process was connected to has died."""
    return any(found.lost for found in _clients.values())


def close() -> None:
    """End the warm processes that this process started for itself."""
    for kind in list(_clients):
        _clients.pop(kind).close()
    for kind in list(_own):
        _own.pop(kind).close()
