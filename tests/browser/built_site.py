"""The site of the tests: one lesson, built once for all processes that ask for it."""

from __future__ import annotations

import fcntl
import functools
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / "build" / "site-test"
LESSON = "01_confusion_matrix"


@functools.cache
def built_site() -> Path:
    """The folder of the site, from outputs that are kept in ``build/`` as long as they hold."""
    out, stamp = WORK / "site", WORK / "built-for"
    WORK.mkdir(parents=True, exist_ok=True)
    # The same in all processes of one run of the tests.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    with (WORK / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.is_file() or stamp.read_text() != run:
            # As `make site` does: Sphinx keeps too much in its process to stand beside other tests.
            command = [sys.executable, "-m", "autograder.authoring.site.build", "--out", str(out), "--work", str(WORK)]
            done = subprocess.run([*command, "--lesson", LESSON], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            stamp.write_text(run)
    return out
