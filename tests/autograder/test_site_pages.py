"""What the site's pages are made from: the glossary's entries, links, outputs."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

import evalkit
from autograder.authoring.site import executed, glossary
from autograder.authoring.site.figures import Figures
from autograder.authoring.site.glossary import GlossaryError, entry, glossary_page, metrics
from autograder.authoring.site.lesson_page import lesson_page
from autograder.authoring.site.pages import guide_pages, linked, text_pages
from autograder.authoring.source import lesson_sources, source_notebook

ROOT = Path(__file__).parents[2]
EXAMPLE = "\n\nNotes\n-----\n:Range: 0 to 1\n:Misleads when: never\n\nExamples\n--------\n>>> 1\n1\n"


def test_what_is_no_metric_exists() -> None:
    assert set(evalkit.__all__) >= glossary.NO_METRIC
    assert len(metrics()) > 40


@pytest.mark.parametrize("name", metrics())
def test_each_metric_says_what_it_is(name: str) -> None:
    found = entry(name, getattr(evalkit, name).__doc__)
    assert len(found.definition.split()) > 3
    assert ">>>" in found.code
    assert found.formula
    assert found.range
    assert len(found.misleads.split()) > 3


def test_a_metric_without_a_definition_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evalkit.recall_score, "__doc__", "")
    monkeypatch.setattr(evalkit.f1_score, "__doc__", "Return the mean.")
    with pytest.raises(GlossaryError) as caught:
        glossary_page([], dict.fromkeys(metrics(), "reference/x.rst"))
    said = str(caught.value).splitlines()
    assert [line.split()[0] for line in said] == ["evalkit.f1_score", "evalkit.recall_score"]
    assert [("a definition" in line, ":Range:" in line) for line in said] == [(False, True), (True, True)]


def test_a_formula_is_found_behind_a_colon_and_a_remark_is_none() -> None:
    said = entry(
        "recall", f"Of the rows that are positive, return the share: TP / (TP + FN). Also sensitivity.{EXAMPLE}"
    )
    assert (said.formula, said.definition) == (
        "TP / (TP + FN)",
        "Of the rows that are positive, the share. Also sensitivity.",
    )
    assert entry("auc", f"Return the area: the chance of a win.{EXAMPLE}").formula == ""


@pytest.mark.slow
def test_the_glossary_names_the_lessons_that_use_a_metric() -> None:
    page = glossary_page(lesson_sources(ROOT), dict.fromkeys(metrics(), "reference/x.rst"))
    section = page.partition("\n## box_iou\n")[2].partition("\n## ")[0]
    assert "lessons/11_task_metrics.ipynb" in section
    assert "lessons/03_precision_recall.ipynb" not in section


def test_links_to_files_that_are_no_pages_become_their_names() -> None:
    pages = text_pages(ROOT)
    assert "](../security.md#" in pages["benchmarks/grading.md"]
    assert "](security.md)" in pages["instructors.md"]
    assert "](../tests" not in "".join(pages.values())
    assert linked("[a](#b) [c](https://example.org)", "README.md", "x.md") == "[a](#b) [c](https://example.org)"


def test_public_guides_hold_no_model_answer() -> None:
    name = "03_precision_recall"
    notebook = source_notebook(ROOT / "solutions" / name / "precision_recall.py")
    answers = [cell.source for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("points")]
    (page,) = guide_pages({name: notebook}, ROOT).values()
    assert "## Misconceptions" in page
    assert any(answers)
    assert [answer for answer in answers if answer[:60] in page] == []


def test_pictures_become_files_with_their_size(tmp_path: Path) -> None:
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 30, 20)
    encoded = base64.b64encode(png).decode()
    html = f'<img src="data:image/png;base64,{encoded}" alt="A"><table><th id="a" scope="col"></th></table>'
    output = new_output("display_data", {"text/html": html, "text/plain": "A"})
    shown = Figures(tmp_path / "_figures").without_pictures(output, "01_x").data["text/html"]
    (file,) = (tmp_path / "_figures").iterdir()
    assert file.read_bytes() == png
    assert f'width="30" height="20" src="../_figures/{file.name}" alt="A"' in shown
    assert '<td id="a"></td>' in shown
    with pytest.raises(ValueError, match="no alternative text"):
        Figures(tmp_path).without_pictures(new_output("display_data", {"image/png": "x"}), "01_x")


def test_a_page_of_other_cells_is_refused(tmp_path: Path) -> None:
    one, other = (new_notebook(cells=[new_code_cell("1", id=name)]) for name in ("a", "b"))
    with pytest.raises(ValueError, match="other cells"):
        lesson_page(one, other, "01_x", Figures(tmp_path), {})


def test_a_lesson_is_run_once_and_again_when_it_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "solutions" / "01_x" / "x.py"
    source.parent.mkdir(parents=True)
    source.write_text("# %%\n1\n")
    runs = []

    class Pool:
        def __init__(self, *_: object) -> None: ...
        def __enter__(self) -> Pool:
            return self

        def __exit__(self, *_: object) -> None: ...
        def map(self, _run: object, sources: list[Path]) -> list[str]:
            runs.extend(sources)
            return [nbformat.writes(new_notebook()) for _ in sources]

    monkeypatch.setattr(executed, "ProcessPoolExecutor", Pool)
    for _ in range(2):
        executed.executed_lessons([source], tmp_path / "cache")
    assert len(runs) == 1
    source.write_text("# %%\n2\n")
    executed.executed_lessons([source], tmp_path / "cache")
    assert len(runs) == 2
    assert len(list((tmp_path / "cache").iterdir())) == 1
