"""Write results so that the same results always give the same bytes."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import Any


def write_json(path: str | PathLike[str], data: Any) -> None:
    """Write dicts, lists, text and numbers as a JSON file that every reader accepts and a person can read.

    Keys keep their order, and letters their form; a file ends with a line break.

    Raises
    ------
    ValueError
        If a number is NaN or infinite, which JSON does not know.
    """
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    Path(path).write_text(text + "\n", encoding="utf-8")
