"""A bar that shows how far something has come, in a terminal and in a notebook."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from evalkit._core.extras import needs


def new_bar(**options: Any) -> Any:
    """Return a tqdm bar for where this runs: one line of the terminal, or one output of a notebook.

    (`tqdm.auto` takes a process for a notebook as soon as ipykernel is imported.)
    """
    return (_notebook_bar() if _in_notebook() else _terminal_bar())(**options)


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


def _terminal_bar() -> Callable[..., Any]:
    needs("tqdm")
    from tqdm import tqdm

    return partial(tqdm, dynamic_ncols=True)


def _notebook_bar() -> Callable[..., Any]:
    """A bar in one output of its own, which is updated; a stream would keep every state that the bar ever had."""
    from IPython.display import display
    from tqdm import tqdm

    output = display({"text/plain": ""}, raw=True, display_id=True)

    class Bar(tqdm):  # type: ignore[type-arg]
        def display(self, msg: str | None = None, pos: int | None = None) -> None:
            # The line that stays is words alone, and a notebook can break it: it is not cut at the width of the bar.
            words = self.desc if self.bar_format == "{desc}" else msg or str(self)
            output.update({"text/plain": words.rstrip()}, raw=True)

    # A line that fits a narrow window: without the counts, which the percentage gives as well.
    brief = "{desc}: {percentage:3.0f}% |{bar}| {elapsed}<{remaining}"
    return partial(Bar, file=io.StringIO(), ncols=76, bar_format=brief)
