"""Wait for a server that was just started."""

from __future__ import annotations

import subprocess
import time
import urllib.request
from pathlib import Path

import pytest


def wait_until_it_answers(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Wait until a GET of the address succeeds; what the server wrote into its log is shown if it does not."""
    for _ in range(240):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"{address} did not answer:\n{log.read_text()}")
