"""The README's first example for engineers runs as it is printed, and catches what it says."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_first_example_for_engineers(tmp_path, monkeypatch, capsys):
    part = README.read_text(encoding="utf-8").partition("### … an engineer")[2]
    code = re.search(r"```python\n(.*?)```", part, re.DOTALL).group(1)
    assert len([line for line in code.splitlines() if line.strip()]) <= 20
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "example"}
    exec(compile(code, "README.md", "exec"), names)
    assert names["verdict"].status == "fail"
    assert "light = dark" in names["verdict"].reason
    assert names["result"].first.overall.table.difference > 0  # better overall
    assert "fail - accuracy in light = dark changed by −" in capsys.readouterr().out
    assert "Do not release" in (tmp_path / "release.html").read_text(encoding="utf-8")
