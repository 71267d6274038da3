"""A real Jupyter server, for the tests that look at it in a browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from waiting import wait_until_it_answers


@contextmanager
def jupyter_lab(work: Path, folder: Path) -> Iterator[str]:
    """A JupyterLab server on a folder, with the token "test", as long as the block lasts; its address.

    Its settings and its log are in `work`.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "JUPYTERLAB_SETTINGS_DIR": str(work / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(work / "workspaces"),
        "OMP_NUM_THREADS": "1",
    }
    command = [
        *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--ip=127.0.0.1", f"--port={port}"),
        *("--allow-root", "--IdentityProvider.token=test", f"--notebook-dir={folder}"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with (work / "lab.log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=folder)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until_it_answers(server, f"{address}/api?token=test", work / "lab.log")
            yield address
        finally:
            server.terminate()
            server.wait(20)
