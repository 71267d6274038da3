"""Formulas of a page as MathML, which browsers draw by themselves: the page needs no script and no other file."""

from __future__ import annotations

import re
from html import unescape
from xml.etree import ElementTree as ET

MAX_CHARACTERS = 500
MAX_FORMULAS = 200  # of one cell

_CODE = re.compile(r"(<(?P<tag>code|pre)\b.*?</(?P=tag)>)", re.DOTALL)
# Between blanks a $ is a currency: a formula begins right behind its first and ends right before its last.
_FORMULA = re.compile(
    r"(?<!\\)\$\$(?P<block>[^$<>]+?)(?<!\\)\$\$"
    r"|(?<![\\$])\$(?![\s$])(?P<inline>[^$<>]+?)(?<![\\$\s])\$(?![$\d])"
)
_NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
# fmt: off
_TAGS = {
    "math", "menclose", "mfrac", "mi", "mn", "mo", "mover", "mpadded", "mphantom", "mroot", "mrow", "mspace", "msqrt",
    "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover",
}
_ATTRIBUTES = {
    "accent", "columnalign", "columnlines", "depth", "display", "displaystyle", "fence", "form", "height",
    "largeop", "linethickness", "lspace", "mathcolor", "mathvariant", "maxsize", "minsize", "movablelimits",
    "notation", "rowlines", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy", "symmetric", "voffset",
    "width",
}
# fmt: on


def draw_formulas(html: str) -> str:
    """Put MathML in the place of the formulas of clean HTML; what cannot be drawn stays as it was written.

    Parameters
    ----------
    html : str
        Of which nothing but text has ``$`` signs.
    """
    left = MAX_FORMULAS

    def drawn(found: re.Match[str]) -> str:
        nonlocal left
        left -= 1
        block, inline = found["block"], found["inline"]
        return (_mathml(unescape(block or inline), "block" if block else "inline") if left >= 0 else "") or found[0]

    parts = []
    code_ends = 0
    for code in _CODE.finditer(html):
        parts += [_FORMULA.sub(drawn, html[code_ends : code.start()]), code[0]]
        code_ends = code.end()
    return "".join([*parts, _FORMULA.sub(drawn, html[code_ends:])])


def _mathml(formula: str, display: str) -> str:
    """The formula; empty if it is too long, no formula, or would be more than a formula."""
    from latex2mathml.converter import convert_to_element

    if len(formula) > MAX_CHARACTERS:
        return ""
    try:
        element = convert_to_element(formula, display=display)
        for each in element.iter():
            if each.tag.removeprefix(_NAMESPACE) not in _TAGS or not set(each.attrib) <= {*_ATTRIBUTES, "xmlns"}:
                return ""
            each.text = unescape(each.text or "")  # the converter writes signs by their numbers
        return ET.tostring(element, encoding="unicode")
    except (Exception, RecursionError):
        # Whatever it stumbles over is a student's.
        return ""
