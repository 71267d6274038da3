"""How jupyter_client, and with it nbclient and nbgrader, start warm kernels: a kernel provisioner.

A kernelspec asks for it by its name: ``{"metadata": {"kernel_provisioner": {"provisioner_name": "autograder-warm"}}}``.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import Dict, List, Unicode

from autograder.grading.sandbox import host
from autograder.grading.sandbox.limits import MEGABYTE, Limits

NAME = "autograder-warm"

_PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
_KILL_SECONDS = 5.0


class WarmProvisioner(KernelProvisionerBase):
    """Forks a kernel from a warm process, in a sandbox of its own.

    The working folder of the kernel is private and empty but for copies of the files that lie in the folder which
    jupyter_client names; notebooks are left out, because they may hold hidden tests.
    """

    imports = List(Unicode(), help="Modules that the warm process shall have loaded").tag(config=True)
    limits = Dict(help="Limits, by the names of autograder.grading.sandbox.limits.Limits").tag(config=True)
    child: host.Child | None = None
    _why = ""

    @property
    def has_process(self) -> bool:
        """Whether there is a kernel."""
        return self.child is not None

    @property
    def why(self) -> str:
        """Why the sandbox ended the kernel, or one of the processes that it had started; empty if it did not."""
        return self._why if self.child is None else self.child.why

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose the addresses of the kernel's sockets."""
        manager = self.parent
        self._client = host.client("kernel")
        manager.transport = "ipc"
        # A path, and a whole one: a relative one would be looked for in the wrong folder, for a minute.
        manager.ip = self._client.new_address()
        for number, port in enumerate(_PORTS, start=1):
            setattr(manager, port, number)
        self.connection_info = manager.get_connection_info()
        return {**kwargs, "cmd": []}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork the kernel."""
        limits = Limits(**self.limits)
        self.child = self._client.start(
            "kernel",
            address=self.connection_info["ip"],
            connection={**self.connection_info, "key": self.parent.session.key.decode()},
            files=data_files(Path(kwargs.get("cwd") or "."), limits) if kwargs.get("cwd") else {},
            imports=self.imports,
            limits=limits,
        )
        return self.connection_info

    async def poll(self) -> int | None:
        """The exit code, or None."""
        return 0 if self.child is None else self.child.poll()

    async def wait(self) -> int | None:
        """Wait for the end of a kernel that was told to end."""
        status = 0 if self.child is None else self.child.wait(_KILL_SECONDS)
        if status is not None:
            self._forget()
        return status

    def _forget(self) -> None:
        """There is no kernel any more; what the sandbox said of it stays."""
        if self.child is not None:
            self._why, self.child = self.child.why, None

    async def send_signal(self, signum: int) -> None:
        """Send a signal; SIGINT is how a cell is interrupted."""
        if self.child is not None:
            self.child.send_signal(signum)

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and everything that it has started."""
        if self.child is not None:
            self.child.kill()
            self.child.wait(_KILL_SECONDS)

    async def terminate(self, restart: bool = False) -> None:
        """End it. It has nothing to tidy up."""
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the sockets."""
        for path in Path(self._client.folder).glob(f"{Path(self.connection_info['ip']).name}-*"):
            path.unlink(missing_ok=True)


def data_files(folder: Path, limits: Limits) -> dict[str, bytes]:
    """The files of a folder that a kernel may see. Links are not followed.

    Raises
    ------
    WarmError
        If they do not fit into the kernel's folder.
    """
    found = {}
    room = limits.disk_megabytes * MEGABYTE // 2
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() != ".ipynb" and path.is_file() and not path.is_symlink():
            room -= path.stat().st_size
            if room < 0:
                raise host.WarmError(f"The files beside the notebook are more than {limits.disk_megabytes // 2} MB.")
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


class WarmKernelClient(AsyncKernelClient):
    """A client that does not wait where there is nothing to wait for."""

    def start_channels(self, shell: bool = True, iopub: bool = True, stdin: bool = True, hb: bool = True,
                       control: bool = True) -> None:  # fmt: skip
        """Open the channels, without the thread for the heartbeat: the provisioner knows whether the kernel lives."""
        super().start_channels(shell=shell, iopub=iopub, stdin=stdin, hb=False, control=control)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for the kernel's first answer on both channels.

        The original then listens for 200 ms whether more arrives. Here nobody else talks to the kernel, and what
        belongs to no cell is dropped by who reads.
        """
        end = time.monotonic() + (60.0 if timeout is None else timeout)
        while time.monotonic() < end:
            self.kernel_info()
            try:
                message = await self.shell_channel.get_msg(timeout=1)
                if message["msg_type"] == "kernel_info_reply":
                    await self.iopub_channel.get_msg(timeout=0.2)
                    self._handle_kernel_info_reply(message)
                    return
            except Empty:
                pass
            if not await self.is_alive():
                raise RuntimeError("The kernel died before it answered.")
        raise RuntimeError("The kernel did not answer in time.")


class WarmKernelManager(AsyncKernelManager):
    """A kernel manager for warm kernels, whatever kernelspecs the machine has."""

    def __init__(self, *, provisioner_config: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.client_factory = WarmKernelClient
        # A checkout that is not installed has no entry point, and another one may be installed in its place.
        point = EntryPoint(NAME, f"{__name__}:{WarmProvisioner.__name__}", KernelProvisionerFactory.GROUP_NAME)
        KernelProvisionerFactory.instance().provisioners[NAME] = point
        wanted = {"provisioner_name": NAME, "config": dict(provisioner_config or {})}
        self._kernel_spec = KernelSpec(
            display_name="Warm Python", language="python", metadata={"kernel_provisioner": wanted}
        )
