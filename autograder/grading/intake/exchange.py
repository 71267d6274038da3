"""Collect from nbgrader's exchange, into whose inbound folder students write: what lies there is what they made of it.

nbgrader follows links, with the rights of whoever collects, and stops at the first submission that cannot be copied.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from nbgrader.exchange.default import ExchangeCollect
from traitlets import Bool

from autograder.grading.hub import uid_of


class Collect(ExchangeCollect):
    """Collect the files of each submission, and nothing that links lead to. What cannot be copied, the log names."""

    one_user_each = Bool(
        False,
        help="Take only what belongs to the system user whose number the hub made of the student's name.",
    ).tag(config=True)

    def start(self) -> None:
        """Collect all submissions of an assignment."""
        # Where the lessons are written, Python files hold solutions; among what is handed in they are a student's own.
        self.coursedir.ignore = [pattern for pattern in self.coursedir.ignore if pattern != "*.py"]
        super().start()

    def init_src(self) -> None:
        """Find the submissions, after those under a false name are out of the way of the others."""
        inbound = Path(self.root, self.coursedir.course_id, "inbound")
        for path in sorted(inbound.glob("*+*")) if self.one_user_each else ():
            # It may vanish meanwhile: whoever made it can take it away.
            with suppress(FileNotFoundError):
                if not self._true_name(path):
                    # Where nbgrader does not look. Into another folder only its maker may move it.
                    aside = path.with_name(f".false-name-{hashlib.sha256(path.name.encode()).hexdigest()[:16]}")
                    path.rename(aside)
                    self.log.warning("%s is not from the server of its student, and is now %s", path.name, aside)
        super().init_src()

    def do_copy(self, src: str, dest: str, log: object = None) -> None:
        """Copy a submission's files."""
        limit = 1000 * self.coursedir.max_dir_size
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(scratch, "copy")
            try:
                if not stat.S_ISDIR(os.lstat(src).st_mode):
                    raise OSError("it is no folder")
                if self.one_user_each and not self._true_name(Path(src)):
                    raise OSError("it is not from the server of its student")
                if _size(src) > limit:
                    raise OSError(f"it is larger than {limit:,} bytes")
                shutil.copytree(src, copy, symlinks=True, ignore=_no_files)
            except OSError as error:
                self.log.error("%s was left out, because it cannot be copied: %s", src, error)
                return
            super().do_copy(str(copy), dest, log)

    @staticmethod
    def _true_name(path: Path) -> bool:
        # As nbgrader reads it: name, assignment, time, and something random.
        return path.lstat().st_uid == uid_of(path.name.rsplit("+", 3)[0])


def _size(folder: str) -> int:
    return sum(os.lstat(Path(top, name)).st_size for top, _, names in os.walk(folder) for name in names)


def _no_files(folder: str, names: list[str]) -> list[str]:
    """What is neither a file nor a folder: links, pipes, sockets."""
    modes = {name: os.lstat(Path(folder, name)).st_mode for name in names}
    return [name for name, mode in modes.items() if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))]
