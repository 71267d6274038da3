"""Files that are whole or absent."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def write_whole(path: Path, data: str | bytes | Iterable[str]) -> None:
    """Write a file, perhaps piece by piece, so that it is never seen half written, not even after a power cut."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        for piece in (data,) if isinstance(data, str | bytes) else data:
            # Half a character, which a submission can print, is no reason to lose its grade.
            file.write(piece.encode("utf-8", "backslashreplace") if isinstance(piece, str) else piece)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)  # noqa: PTH105 - the name says what it does on every system
    # The new name is an entry in the folder, which has to reach the disk as well.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
