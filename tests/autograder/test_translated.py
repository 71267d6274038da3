"""Catalogues of translations: what is missing or has changed is named, and not shown as if it were right."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from autograder.authoring.site.translated import (
    for_translation,
    languages,
    links,
    stale,
    updated,
    write_catalogue,
)

ROOT = Path(__file__).parents[2]
LOCALES = ROOT / "docs" / "site" / "locale"


def catalogue(*segments: str) -> Catalog:
    found = Catalog()
    for segment in segments:
        found.add(segment)
    return found


def test_what_is_new_and_what_has_changed_is_named(tmp_path: Path) -> None:
    path = tmp_path / "page.po"
    first = catalogue("A threshold makes labels of scores.", "A tie", "0.5")
    known = updated(first, path, "de")
    assert stale(first, known) == [("A threshold makes labels of scores.", "new"), ("A tie", "new")]
    known["A threshold makes labels of scores."].string = "Eine Schwelle macht aus Scores Labels."
    known["A tie"].string = "Ein Gleichstand"
    write_catalogue(known, path)
    assert stale(first, updated(first, path, "de")) == []
    later = catalogue("A threshold makes labels out of scores.", "A tie", "Quite another sentence.")
    known = updated(later, path, "de")
    assert stale(later, known) == [
        ("A threshold makes labels out of scores.", "changed"),
        ("Quite another sentence.", "new"),
    ]
    write_catalogue(known, path)
    assert "fuzzy" in path.read_text(encoding="utf-8")
    assert [kind for _, kind in stale(later, updated(later, path, "de"))] == ["changed", "new"]


def test_a_catalogue_is_written_the_same_each_time_and_names_no_dates(tmp_path: Path) -> None:
    for path in sorted(LOCALES.rglob("*.po")):
        with path.open("rb") as file:
            known = read_po(file, locale="de")
        write_catalogue(known, tmp_path / path.name)
        assert (tmp_path / path.name).read_text(encoding="utf-8") == path.read_text(encoding="utf-8")
        assert "POT-Creation-Date" not in path.read_text(encoding="utf-8")


def test_markup_of_a_segment_is_in_its_translation_too() -> None:
    """A lost asterisk or backquote would show on the page; code is not translated."""
    (language,) = languages(LOCALES)
    with language.catalogue("lessons/01_confusion_matrix").open("rb") as file:
        known = [message for message in read_po(file) if message.id and message.string]
    assert len(known) > 100
    for message in known:
        for mark in ("`", "**", "]("):
            assert message.id.count(mark) == message.string.count(mark), message.id
        assert set(message.id.split("`")[1::2]) == set(message.string.split("`")[1::2]), message.id


def test_numbers_of_a_segment_are_in_its_translation_too() -> None:
    (language,) = languages(LOCALES)
    with language.catalogue("lessons/01_confusion_matrix").open("rb") as file:
        known = [message for message in read_po(file) if message.id and message.string]
    for message in known:
        text = message.string.replace(",", ".")
        assert sorted(_numbers(message.id)) == sorted(_numbers(text)), message.id


def _numbers(text: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?", text)


BUILD = """
import sys
from pathlib import Path
from autograder.authoring.site.translated import build_language, languages

work, page, config = Path(sys.argv[1]), sys.argv[2], Path("docs/site")
made = {f"{page}.ipynb": (work / "made.ipynb").read_text(encoding="utf-8")}
said = build_language(languages(config / "locale")[0], made, config, work / "site", work / "work")
print(*said, sep=chr(10))
"""


@pytest.mark.slow
def test_a_page_says_how_much_of_it_is_translated_and_links_lead_both_ways(tmp_path: Path) -> None:
    page = "lessons/01_confusion_matrix"
    assert links("lessons/02_accuracy_paradox", LOCALES) == ""
    other = links(page, LOCALES)
    assert f'href="../de/{page}.html" hreflang="de" lang="de"' in other
    text = "# 01 · The confusion matrix — counting right and wrong"
    new = "A sentence that nobody has translated, with a [link](../myths.md).\n\n<details><summary>More</summary>"
    cells = [nbformat.v4.new_markdown_cell(source) for source in (text, other, new)]
    made = nbformat.writes(nbformat.v4.new_notebook(cells=cells))
    assert f"../../{page}.html" in for_translation(made, page)
    site = tmp_path / "site"
    site.mkdir()
    # Sphinx keeps too much in its process to stand beside other tests.
    (tmp_path / "made.ipynb").write_text(made, encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", BUILD, str(tmp_path), page], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert [line.split(": ")[0] for line in said] == [f"de/{page}"] * 2
    assert "A sentence that nobody has translated" in said[0]
    html = (site / "de" / f"{page}.html").read_text(encoding="utf-8")
    assert '<html class="no-js" lang="de"' in html
    assert "Die Konfusionsmatrix" in html
    assert "1 von 3 Abschnitten" in html
    assert "A sentence that nobody has translated" in html
    assert 'href="../../myths.html"' in html
    assert "<summary>More</summary>" in html
