"""Can submissions run here, and in what? One answer, which `doctor`, `grade` and `demo` give alike."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import socket
import subprocess
from typing import TYPE_CHECKING

from autograder.grading.sandbox import seccomp

if TYPE_CHECKING:
    from autograder.grading.course import GradingError

INSTALL = "Debian and Ubuntu: sudo apt-get install bubblewrap; Fedora: sudo dnf install bubblewrap"
WITHOUT = (
    "Or grade in a container, with Docker or Podman: autograder grade --in-container. Or say --sandbox none to run "
    "every submission with all your rights."
)
_NAMES = {"Darwin": "macOS"}
# A sandbox is open at once, or it never is.
_SECONDS = 20.0


def can_run() -> bool:
    """Whether this system can run submissions at all, be it without a sandbox: it ends what they leave behind."""
    return all(hasattr(os, name) for name in ("killpg", "O_NOFOLLOW")) and hasattr(signal, "SIGKILL")


def cannot_run() -> str:
    """What to do where nothing can be run, as a sentence."""
    return (
        f"Submissions cannot run on {_system()} itself. Grade in a container, with Docker or Podman: autograder grade "
        "--in-container; or on Linux, which on Windows may be WSL."
    )


def trouble() -> str | None:
    """Why there is no sandbox here, and what to do, as sentences; None if there seems to be one."""
    if platform.system() != "Linux":
        return f"Submissions run in a sandbox, which needs Linux, and this is {_system()}. {WITHOUT}"
    if shutil.which("bwrap") is None:
        return (
            "Submissions run in a sandbox, and its program bubblewrap (bwrap) is not installed. Install it "
            f"({INSTALL}). {WITHOUT}"
        )
    if not seccomp.known():
        return (
            "Submissions run in a sandbox, and for this processor there is no list of system calls that it allows "
            f"({platform.machine()}). Grade on a machine with x86_64 or aarch64. {WITHOUT}"
        )
    return None


def trouble_found() -> str | None:
    """The same, after a sandbox was really opened. Takes a moment."""
    if not can_run():
        return cannot_run()
    found = trouble()
    if found is not None:
        return found
    command = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "true"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return not_opened(str(error))
    return not_opened(done.stderr.decode(errors="replace")) if done.returncode else None


def not_opened(said: str) -> str:
    """The sentences for a sandbox that could not be opened.

    Parameters
    ----------
    said : str
        What bubblewrap said.
    """
    last = said.strip().split("\n")[-1][:300] or "it ended without a word"
    return (
        f"Submissions run in a sandbox, and bubblewrap cannot open one here ({last}). Allow user namespaces (for a "
        f"container: seccomp and AppArmor unconfined), or grade on another machine. {WITHOUT}"
    )


def error(sentences: str) -> GradingError:
    """What is raised with such sentences."""
    from autograder.grading.course import GradingError

    return GradingError(sentences)


def require(sandbox: str) -> None:
    """See that submissions can run here, before anything is prepared that takes long.

    Parameters
    ----------
    sandbox : {"bwrap", "none"}
        In what.

    Raises
    ------
    GradingError
        If they cannot; the message says what to do.
    """
    if not can_run():
        raise error(cannot_run())
    if sandbox == "bwrap" and (found := trouble()) is not None:
        raise error(found)


def has_forks() -> bool:
    """Whether workers can be forked, spoken to and watched as Linux allows. Elsewhere each is a new process."""
    return hasattr(os, "pidfd_open") and hasattr(signal, "pidfd_send_signal") and hasattr(socket, "SOCK_SEQPACKET")


def _system() -> str:
    return _NAMES.get(platform.system(), platform.system())
