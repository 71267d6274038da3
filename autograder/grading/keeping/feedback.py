"""Feedback for students: their notebook with scores and hints, without the source of the hidden tests."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import nbformat
import nh3
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from traitlets import Bool
from traitlets.config import Config

import autograder
from autograder.checking.verdict import MIME_TYPE
from autograder.grading.keeping import arrange, formulas, outline
from autograder.grading.keeping.arrange import Arrange
from autograder.grading.keeping.page_notes import NoteGrades
from autograder.grading.running.job import is_verdict

TEMPLATES = Path(str(autograder.__file__)).parent / "templates"

_HIDDEN = re.compile(r"^[^\n]*BEGIN HIDDEN TESTS.*?(?:END HIDDEN TESTS[^\n]*\n?|\Z)", re.DOTALL | re.MULTILINE)


# The pictures of a lesson are short in this sense.
_SHORT_CHARACTERS = 100_000
_WITHOUT_ALT = re.compile(r"<img(?![^>]*\salt=)")

# fmt: off
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "details", "div", "dl",
    "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li",
    "mark", "ol", "p", "pre", "q", "s", "samp", "section", "small", "span", "strong", "sub", "summary", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var",
}
# fmt: on
# By these the page shows what the grader found; nobody else's text may look so.
_OURS = {"graded", "note", "passed", "verdict"}
_ATTRIBUTES = {
    "*": {"alt", "class", "colspan", "height", "href", "id", "lang", "open", "role", "rowspan", "scope", "title"},
    "img": {"src"},
}


def _remembered(function: Callable[..., str]) -> Callable[..., str]:
    """The function, with a memory for short texts: most of a page is the lesson's, the same for all students."""
    remembering = lru_cache(maxsize=500)(function)

    def remember(text: str, *others: Any) -> str:
        return (remembering if len(text) <= _SHORT_CHARACTERS else function)(str(text), *others)

    return remember


@_remembered
def clean_html(html: str) -> str:
    """HTML that shows what it showed, and does nothing: no scripts, no styles, no pictures from elsewhere."""
    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags={"script", "style"},
        attributes=_ATTRIBUTES,
        generic_attribute_prefixes={"aria-"},
        attribute_filter=_value,
        url_schemes={"http", "https", "data"},
        link_rel=None,
    )


def _value(tag: str, name: str, value: str) -> str | None:
    """The value of an attribute; None if it leads to where a page has no business. Our own classes are ours."""
    if name == "class":
        return " ".join(word for word in value.split() if word not in _OURS)
    if name == "src":
        return value if value.startswith("data:image/") else None
    if name == "href":
        return value if value.startswith(("http://", "https://", "#")) else None
    return value


class HideTests(Preprocessor):
    """Take the hidden tests out of a graded notebook; what they said stays.

    A traceback quotes the lines of a test cell, so of an error in such a cell only its message is kept.
    """

    enabled = Bool(True).tag(config=True)

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Hide the tests of one cell."""
        if cell.cell_type != "code":
            return cell, resources
        shown = _HIDDEN.sub("", cell.source)
        hides = shown != cell.source
        cell.source = shown.rstrip("\n")
        for output in cell.outputs:
            if hides and output.output_type == "error":
                output.traceback = [f"{output.ename}: {output.evalue}" if output.evalue else output.ename]
            data = output.get("data", {})
            if MIME_TYPE in data and not is_verdict(data[MIME_TYPE]):
                del data[MIME_TYPE]
            html = data.get("text/html", "")
            if "<script" in html:
                # A page of feedback runs nobody's code; a quiz is for the notebook.
                output.data = NotebookNode({"text/plain": "(An interactive output; open the notebook to use it.)"})
        return cell, resources


def feedback_config() -> Config:
    """nbgrader's settings for feedback, so that its own commands and the formgrader make the same pages."""
    c = Config()
    c.GenerateFeedback.preprocessors = [NoteGrades, HideTests, Arrange]
    c.GenerateFeedback.exporter_class = FeedbackExporter
    # Of this exporter alone: the formgrader has pages of its own, and an exporter for them.
    # Nor do these pages get the steps that are set for it: one of them drops what is no plain output, a verdict too.
    c.FeedbackExporter.preprocessors = []
    c.FeedbackExporter.template_name = "feedback"
    c.FeedbackExporter.exclude_anchor_links = True
    c.FeedbackExporter.extra_template_basedirs = [str(TEMPLATES)]
    # The outputs are a student's; the reader may be an instructor.
    c.FeedbackExporter.sanitize_html = True
    c.FeedbackExporter.filters = {
        "clean_html": "autograder.grading.keeping.feedback.clean_html",
        "draw_formulas": "autograder.grading.keeping.formulas.draw_formulas",
    }
    return c


class FeedbackExporter(HTMLExporter):
    """nbconvert's, but it remembers what it made of a lesson's own cells, and does not take its page apart again."""

    def __init__(self, **kwargs: Any) -> None:
        self._made: dict[str, str] = {}
        super().__init__(**kwargs)

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Make the page of a notebook."""
        about = nb.metadata.get("language_info", {})
        lexer = about.get("pygments_lexer", about.get("name"))
        self.register_filter("highlight_code", lambda source, metadata: _highlight(source, lexer))
        chosen = WidgetsDataTypeFilter(notebook_metadata=self._nb_metadata, parent=self, resources=resources or {})
        self.register_filter("filter_data_type", chosen)
        html, resources = TemplateExporter.from_notebook_node(self, nb, resources, **kw)
        # A student's own picture may have no words; the original parses the whole page to find that out.
        return _WITHOUT_ALT.sub('<img alt="No description has been provided for this image"', html), resources

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Markdown to HTML."""
        make: Callable[[Any, str], str] = super().markdown2html
        if context.get("cell", {}).get("attachments") or len(source) > _SHORT_CHARACTERS:
            return make(context, source)
        if source not in self._made:
            if len(self._made) >= 500:
                self._made.clear()
            self._made[source] = make(context, source)
        return self._made[source]


@_remembered
def _highlight(source: str, lexer: str | None) -> str:
    return str(Highlight2HTML(pygments_lexer=lexer)(source))


class FeedbackPages:
    """Makes pages of feedback."""

    def __init__(self) -> None:
        config = feedback_config()
        config.Exporter.default_preprocessors = []
        config.FeedbackExporter.preprocessors = [HideTests, Arrange]
        self.exporter = FeedbackExporter(config=config)
        code = [Path(str(module.__file__)) for module in (arrange, formulas, outline)]
        made_by = [Path(__file__), *code, *sorted((TEMPLATES / "feedback").iterdir())]
        #: Changes whenever the same notebook may give another page.
        self.version = hashlib.sha256(b"".join(path.read_bytes() for path in made_by)).hexdigest()

    def page(self, notebook: NotebookNode, student: str, lesson: str, totals: dict[str, Any]) -> str:
        """The page for a graded notebook whose cells have their scores and comments in nbgrader's metadata."""
        resources = {"nbgrader": {"student": student, "assignment": lesson, "notebook": lesson, **totals}}
        try:
            html, _ = self.exporter.from_notebook_node(notebook, resources=resources)
        except Exception:
            # A picture that is named but not there, an output that is none: the page is to be read all the same.
            html, _ = self.exporter.from_notebook_node(_as_text(notebook), resources=resources)
        return str(html)


def _as_text(notebook: NotebookNode) -> NotebookNode:
    """The notebook with nothing in it that has to be drawn."""
    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        if cell.cell_type == "markdown":
            cell.source = f"<pre>{escape(cell.source)}</pre>".replace("\n\n", "\n \n")
        for output in cell.get("outputs", []):
            if "data" in output:
                kept = ("text/plain", MIME_TYPE)
                output.data = NotebookNode({kind: output.data[kind] for kind in kept if kind in output.data})
    return copy


def refusal(reasons: list[str]) -> NotebookNode:
    """What stands in the place of a notebook that could not be graded: why, and what to do."""
    lines = ["This submission could not be graded.", *reasons, "Please check the file and hand it in again."]
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("\n\n".join(map(_plain, lines)), id="refusal")]
    )


def _plain(text: str) -> str:
    """Text that Markdown shows as it is: names of files are a student's."""
    return re.sub(r"([\\`*_{}\[\]<>#|&])", r"\\\1", text)
