"""Pages in other languages, by gettext: ``de/lessons/01_….html`` beside ``lessons/01_….html``.

Of a language, ``docs/site/locale/LANGUAGE`` has a first page, ``words.toml`` with what the site says about itself, and
in ``LC_MESSAGES`` a catalogue for each translated page. Sphinx takes the segments out of a page and puts their
translations in; Babel compares a catalogue with what the page says now. A segment whose English has changed is shown in
English until somebody has translated it again.
"""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from autograder.authoring.site.sphinx import run_sphinx, write_all

# Deeper by one folder than the English page, and without the other pages around it.
_UP = (
    ("](../myths.md", "](../../myths.html"),
    ("../practice/", "../../practice/"),
    ("../_figures/", "../../_figures/"),
)
# Sphinx finds segments in Markdown, and a summary is HTML: a paragraph inside it is Markdown again.
_SUMMARY = re.compile(r"<summary>(.+?)</summary>")
# What stays English on the page, and must be read out as English.
_ENGLISH = re.compile(r'<(section|div) class="(ek-|cell_output)')
# Where the page says what of it is translated.
_NOTICE = "<!-- notice -->"
_STATIC = re.compile(r"((?:\.\./)*)_static/([\w.-][\w./-]*)")
# What Sphinx says of links that lead out of the language, and of outputs that it need not translate.
_QUIET = "myst.header,myst.xref_missing,mystnb.mime_priority"


@dataclass(frozen=True)
class Language:
    """A language of the site.

    Parameters
    ----------
    code : str
        Such as ``"de"``.
    folder : Path
        Its folder among the locales.
    """

    code: str
    folder: Path

    @property
    def words(self) -> dict[str, str]:
        """What the site says about itself."""
        return tomllib.loads((self.folder / "words.toml").read_text(encoding="utf-8"))

    def catalogue(self, page: str) -> Path:
        """The file of translations of a page such as ``"lessons/01_confusion_matrix"``."""
        return self.folder / "LC_MESSAGES" / f"{page}.po"


def languages(locales: Path) -> list[Language]:
    """The languages that have a folder, in the order of their codes."""
    return [Language(path.parent.name, path.parent) for path in sorted(locales.glob("*/words.toml"))]


def links(page: str, locales: Path) -> str:
    """The links from an English page to its translations, as HTML; nothing where it has none."""
    found = [
        f'<a href="{"../" * page.count("/")}{language.code}/{page}.html" hreflang="{language.code}"'
        f' lang="{language.code}">{language.words["here"]}</a>'
        for language in languages(locales)
        if language.catalogue(page).is_file()
    ]
    return f'<p class="languages">{" ".join(found)}</p>' if found else ""


def for_translation(notebook: str, page: str) -> str:
    """A page's notebook as catalogues see it: with links that hold one folder deeper, and the way back to English."""
    for here, there in _UP:
        notebook = notebook.replace(here, there)
    read = json.loads(notebook)
    back = f'<p class="languages"><a href="../../{page}.html" hreflang="en" lang="en">In English</a>. {_NOTICE}</p>'
    for cell in read["cells"]:
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            text = re.sub(r'<p class="languages">.*?</p>', lambda _: back, text)
            cell["source"] = _SUMMARY.sub(lambda found: f"<summary>\n\n{found[1]}\n\n</summary>", text)
    return json.dumps(read, ensure_ascii=False)


def build_language(
    language: Language, made: dict[str, str], config: Path, out: Path, work: Path, *, update: bool = False
) -> list[str]:
    """Build the pages that a language has into its folder of the site.

    Parameters
    ----------
    language : Language
        Which.
    made : dict
        The English pages by name, such as ``"lessons/01_confusion_matrix.ipynb"``.
    config, out, work : Path
        The folders of conf.py, of the whole site and of what is kept of this language for the next build.
    update : bool, default False
        Bring its catalogues up to date.

    Returns
    -------
    list of str
        One line for each segment that is not translated, or whose English has changed.
    """
    names = {name.removesuffix(".ipynb"): name for name in made if name.endswith(".ipynb")}
    names = {page: name for page, name in names.items() if language.catalogue(page).is_file()}
    if not names:
        return []
    english = {names[page]: for_translation(made[names[page]], page) for page in names}
    first = {"index.md": (language.folder / "index.md").read_text(encoding="utf-8")}
    write_all(work / "english", english | first)
    settings: dict[str, object] = {"suppress_warnings": _QUIET}
    run_sphinx("gettext", config, work / "english", work / "pot", work / "read-pot", settings)
    problems, pages = [], first
    for page, name in names.items():
        with (work / "pot" / f"{page}.pot").open("rb") as file:
            now = read_po(file)
        known = updated(now, language.catalogue(page), language.code)
        write_catalogue(known, work / "locale" / language.code / "LC_MESSAGES" / f"{page}.po")
        if update:
            write_catalogue(known, language.catalogue(page))
        missing = stale(now, known)
        problems += [f"{language.code}/{page}: {what}: {segment}" for segment, what in missing]
        notice = json.dumps(_notice(language.words, missing, now), ensure_ascii=False)
        pages[name] = english[name].replace(_NOTICE, notice[1:-1])
    write_all(work / "pages", pages)
    settings |= {"language": language.code, "locale_dirs": (work / "locale").resolve()}
    settings |= {"project": language.words["title"], "html_title": language.words["title"]}
    settings |= {"html_use_index": 0, "html_domain_indices": 0}
    settings |= {"mathjax_path": "../../_static/mathjax/tex-chtml.js"}
    run_sphinx("html", config, work / "pages", work / "site", work / "read", settings)
    _join(work / "site", out, language.code)
    return problems


def _notice(words: dict[str, str], missing: list[tuple[str, str]], now: Catalog) -> str:
    total = len(list(_segments(now)))
    partly = words["partly"].format(done=total - len(missing), all=total) + " " if missing else ""
    return partly + words["rest"]


def _join(made: Path, site: Path, code: str) -> None:
    """Put the pages of a language into the site; what both need of `_static` is there once."""
    into = site / code
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(made, into, ignore=shutil.ignore_patterns(".*", "objects.inv", "_sources"))
    shared = set()
    for path in [path for path in (into / "_static").rglob("*") if path.is_file()]:
        name = path.relative_to(into / "_static").as_posix()
        twin = site / "_static" / name
        if twin.is_file() and twin.read_bytes() == path.read_bytes():
            shared.add(name)
            path.unlink()

    def moved(found: re.Match[str]) -> str:
        return f"{found[1]}{'../' if found[2] in shared else ''}_static/{found[2]}"

    for page in into.rglob("*.html"):
        text = _STATIC.sub(moved, page.read_text(encoding="utf-8"))
        text = _ENGLISH.sub(r'<\1 lang="en" class="\2', text)
        # A link that leads out of the language is none that Sphinx knows.
        text = text.replace('href="#../', 'href="../')
        text = re.sub(r"<summary>\s*<p>(.*?)</p>\s*</summary>", r"<summary>\1</summary>", text, flags=re.DOTALL)
        page.write_text(text, encoding="utf-8")


def stale(now: Catalog, translated: Catalog) -> list[tuple[str, str]]:
    """The segments of a page that its catalogue does not translate, each with ``"new"`` or ``"changed"``.

    Parameters
    ----------
    now : Catalog
        What the page says.
    translated : Catalog
        Brought up to date by `updated`.
    """
    found = []
    for message in _segments(now):
        known = translated.get(message.id)
        if known is None or not known.string:
            found.append((str(message.id), "new"))
        elif known.fuzzy:
            found.append((str(message.id), "changed"))
    return found


def updated(now: Catalog, catalogue: Path, language: str) -> Catalog:
    """A catalogue with the segments that the page has now; of one that changed, the old translation is marked fuzzy."""
    if catalogue.is_file():
        with catalogue.open("rb") as file:
            known = read_po(file, locale=language)
    else:
        known = Catalog(locale=language)
    known.update(now)
    known.obsolete.clear()
    return known


def write_catalogue(known: Catalog, path: Path) -> None:
    """Write a catalogue so that the same translations give the same bytes: without places, dates and names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known.header_comment = "# Translations of a page of the site. `make translations` brings this up to date."
    known.fuzzy = False
    for message in known:
        message.locations, message.auto_comments = [], []
    with path.open("wb") as file:
        write_po(file, known, width=120, omit_header=False, sort_output=False)
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r'^"(?!Content-Type|Language:|MIME|Content-Transfer).*\\n"\n', "", text, flags=re.M), "utf-8"
    )


def _segments(catalogue: Catalog) -> Iterator[Message]:
    """What there is to translate: not the header, and nothing that is a number or a sign in any language."""
    for message in catalogue:
        if message.id and re.search(r"[A-Za-z]{3}", str(message.id)):
            yield message
