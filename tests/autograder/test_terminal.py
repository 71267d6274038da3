"""What the commands print is shown, not obeyed."""

from __future__ import annotations

import pytest
from rich.table import Table

from autograder.console import console

HOSTILE = "ada\x1b]0;title\x07\x1b[2J\u202e \u2028eve"


@pytest.mark.parametrize("in_a_table", [False, True])
def test_terminal_obeys_nothing_that_is_printed(capsys: pytest.CaptureFixture[str], in_a_table: bool) -> None:
    table = Table(HOSTILE)
    table.add_row(HOSTILE)
    console().print(table if in_a_table else f"Zoë\t{HOSTILE}\n✓")
    out = capsys.readouterr().out
    assert not set("\x1b\x07\u202e\u2028") & set(out)
    assert r"\x1b[2J\u202e" in out
    assert in_a_table or (out.startswith("Zoë") and out.endswith("\n✓\n"))
