"""A table that comes through standard input."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_BEGINNINGS = {b"PAR1": ".parquet", b"\x1f\x8b": ".csv.gz"}


@contextmanager
def kept(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield the path of a table and what to call it; of ``-`` the bytes are kept in a file, to be read more than once.

    Whether they are Parquet, a zipped CSV or a CSV is seen by how they begin.
    """
    if str(path) != "-":
        yield path, path.name
        return
    with TemporaryDirectory() as folder:
        file = Path(folder) / "standard input"
        with file.open("wb") as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy)
        with file.open("rb") as copy:
            start = copy.read(4)
        suffix = next((suffix for begin, suffix in _BEGINNINGS.items() if start.startswith(begin)), ".csv")
        yield file.rename(file.with_name(f"standard input{suffix}")), "standard input"
