"""What Sphinx builds the site by. The pages are made by ``autograder.authoring.site.build``."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from autograder.authoring.site.offline import MANIFEST, TITLE

project = TITLE
author = "The evalkit course developers"
project_copyright = f"{author}. Code: MIT. Prose, figures and quizzes: CC BY 4.0"
language = "en"
# One catalogue of translations for each page.
gettext_compact = False

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
# A guide's sections begin at the level at which its lesson has them.
suppress_warnings = ["myst.header"]
# The build has run the lessons.
nb_execution_mode = "off"
# MathJax lies beside the pages: no request leaves the host.
mathjax_path = "mathjax/tex-chtml.js"
mathjax3_config = {
    "options": {"enableMenu": False},
    "tex": {"inlineMath": [["\\(", "\\)"]], "displayMath": [["\\[", "\\]"]]},
}

default_role = "py:obj"
add_module_names = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_use_rtype = False
# As fields, types would be links to whatever has the name `n`.
napoleon_use_param = False
napoleon_numpy_docstring = True
napoleon_google_docstring = False

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
templates_path = ["_templates"]
html_favicon = "_static/icon.svg"
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"}), ("offline.js", {"defer": "defer"}), ("course.js", {"type": "module"})]
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


class Translator(HTML5Translator):
    """Tables as a screen reader needs them."""

    def visit_entry(self, node: Any) -> None:
        """Write the empty corner of a table as a cell, for a heading that says nothing is none."""
        super().visit_entry(node)
        if isinstance(node.parent.parent, nodes.thead) and not node.astext().strip():
            self.body[-1] = self.body[-1].replace("<th", "<td", 1)
            self.context[-1] = self.context[-1].replace("</th", "</td", 1)


def without_empty_heads(_app: Sphinx, tree: nodes.document) -> None:
    """Take off the empty first row that Markdown wants in every table; the first column is the heading then."""
    for head in list(tree.findall(nodes.thead)):
        if not head.astext().strip():
            group = head.parent
            group.remove(head)
            for row in group.findall(nodes.row):
                row[0]["classes"].append("stub")
            next(iter(group.findall(nodes.colspec)))["stub"] = 1


def absolute_values(_app: Sphinx, _what: str, _name: str, _found: Any, _options: Any, lines: list[str]) -> None:
    """Let ``|x|`` be an absolute value, which reStructuredText would replace by a text of that name."""
    example = False
    for number, line in enumerate(lines):
        example = line.lstrip().startswith(">>>") or (example and bool(line.strip()))
        if not example:
            lines[number] = re.sub(r"\|([^|`]+)\|", r"\\|\1\\|", line)


def captions_are_no_headings(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    """Take a role off the captions of the contents that needs a level, which Sphinx does not give."""
    context["furo_navigation_tree"] = context["furo_navigation_tree"].replace(' role="heading"', "")


def name_the_app(app: Sphinx, _page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    """Name in each page what lets a browser install the site; `autograder.authoring.site.offline` writes it."""
    # Other languages lie in folders beside the English pages.
    root = context["content_root"] + ("" if app.config.language == "en" else "../")
    context["metatags"] = context.get("metatags", "") + (
        f'<link rel="manifest" href="{root}{MANIFEST}"><link rel="apple-touch-icon" href="{root}_static/icon-180.png">'
    )


def setup(app: Sphinx) -> None:
    """Register what is above."""
    app.set_translator("html", Translator)
    app.connect("autodoc-process-docstring", absolute_values)
    app.connect("html-page-context", name_the_app)
    # After the theme has made them.
    app.connect("html-page-context", captions_are_no_headings, priority=900)
    app.connect("doctree-read", without_empty_heads)
