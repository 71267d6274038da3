"""The JupyterHub of deploy/, really started, with its proxy from npm."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from waiting import wait_until_it_answers

PROXY = "configurable-http-proxy@5.3.0"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "evalkit-course" / "proxy"


def proxy() -> Path:
    """The hub's proxy, installed by npm when it is first asked for."""
    program = CACHE / "node_modules" / ".bin" / "configurable-http-proxy"
    if program.exists():
        return program
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is missing, which brings the proxy of JupyterHub: apt-get install npm")
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(CACHE), PROXY]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert program.exists(), done.stdout + done.stderr
    return program


def free_ports() -> int:
    """The first of three free ports in a row: for the proxy, the hub, and the proxy's own interface."""
    for first in range(20_000 + os.getpid() % 5000, 60_000, 7):
        probes = [socket.socket() for _ in range(3)]
        try:
            for number, probe in enumerate(probes):
                probe.bind(("127.0.0.1", first + number))
            return first
        except OSError:
            continue
        finally:
            for probe in probes:
                probe.close()
    raise OSError("no free ports")


@contextmanager
def jupyter_hub(work: Path) -> Iterator[str]:
    """The hub, as long as the block lasts; its address. All that it writes is in `work`, with its log."""
    port = free_ports()
    program = proxy()
    environment = {
        **os.environ,
        "HUB_WORK": str(work),
        "HUB_PORT": str(port),
        "HUB_PROXY": str(program),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "jupyterhub", "--config", str(Path(__file__).with_name("local_hub_config.py"))]
    with (work / "hub.log").open("w") as log:
        hub = subprocess.Popen(
            command, cwd=work, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until_it_answers(hub, f"{address}/hub/api", work / "hub.log")
            yield address
        finally:
            hub.terminate()
            try:
                hub.wait(30)
            finally:
                # What is left of the servers and the proxy, if the hub went down too fast.
                with suppress(ProcessLookupError):
                    os.killpg(hub.pid, signal.SIGKILL)
