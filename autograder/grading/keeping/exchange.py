"""What `nbgrader release_feedback` looks for beside a page, to hand it to the right student."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path

from autograder.grading.intake.folders import TIME_STAMP, TIME_STAMP_FORMAT
from autograder.grading.intake.parse import bytes_of
from autograder.grading.keeping.files import write_whole

# What only the student of a submission can name. nbgrader's exchange writes it, as it writes the time stamp.
_SECRET = "submission_secret.txt"
_MAX_BYTES = 1000


def write_exchange_files(submitted: Path, feedback: Path) -> None:
    """Copy the two files of a submission beside its page.

    Where something was not handed in by the exchange, nobody can fetch the page there; that is no reason for
    ``release_feedback`` to stop before the others.

    Parameters
    ----------
    submitted, feedback : Path
        The folder of the submission and that of its page.
    """
    for name, instead in (
        (TIME_STAMP, datetime.now(UTC).strftime(TIME_STAMP_FORMAT)),
        (_SECRET, secrets.token_hex(16)),
    ):
        target = feedback / name
        text = _read(submitted / name)
        if text is None and target.exists():
            continue
        wanted = (instead if text is None else text).encode()
        if not target.exists() or target.read_bytes() != wanted:
            write_whole(target, wanted)


def _read(path: Path) -> str | None:
    """A short file of text; None if there is none. It is a student's: it may be a link, a pipe or no text."""
    try:
        data = bytes_of(path, _MAX_BYTES)
        return None if data is None else data.decode()
    except (OSError, UnicodeDecodeError):
        return None
