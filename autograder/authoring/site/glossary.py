"""The glossary of metrics: what evalkit's docstrings say, in the order in which a reader asks."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import evalkit

# Public functions that are no metric: what they return is a table, a curve to draw or a test, not how good a model is.
NO_METRIC = {
    "auc",
    "bootstrap_interval",
    "by_group",
    "calibration_curve",
    "classification_report",
    "confusion_matrix",
    "confusion_matrix_at_thresholds",
    "det_curve",
    "discordant_counts",
    "mcnemar",
    "metric_at_thresholds",
    "multilabel_confusion_matrix",
    "precision_recall_curve",
    "precision_recall_fscore_support",
    "roc_curve",
    "wilson_interval",
}
_SECTION = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}\n", re.MULTILINE)
# The fields among the Notes of a metric.
_NOTE = re.compile(r"^:(Formula|Range|Misleads when): (.+?)(?=^:|^$|\Z)", re.MULTILINE | re.DOTALL)


class GlossaryError(ValueError):
    """A metric's docstring lacks what the glossary needs: one sentence each."""


@dataclass(frozen=True)
class Entry:
    """A metric, as its docstring has it; without a formula that is empty."""

    name: str
    definition: str
    formula: str
    range: str
    misleads: str
    code: str


def metrics() -> list[str]:
    """The public metrics of evalkit, by name."""
    return [name for name in evalkit.__all__ if inspect.isfunction(getattr(evalkit, name)) and name not in NO_METRIC]


def entry(name: str, docstring: str) -> Entry:
    """Read a docstring.

    Raises
    ------
    GlossaryError
        If it lacks a definition, a range, when the metric misleads, or an example.

    Examples
    --------
    >>> said = '''Return the share of rights: rights / rows.
    ...
    ... Notes
    ... -----
    ... :Range: 0 to 1
    ... :Misleads when: one class is
    ...     rare
    ...
    ... Examples
    ... --------
    ... >>> share([1])
    ... '''
    >>> found = entry("share", said)
    >>> found.definition, found.formula, found.misleads
    ('The share of rights.', 'rights / rows', 'one class is rare')
    """
    opening, *rest = _SECTION.split(inspect.cleandoc(docstring))
    sections = dict(zip(rest[::2], rest[1::2], strict=True))
    summary = " ".join(opening.strip().split("\n\n")[0].split())
    notes = {label: " ".join(text.split()) for label, text in _NOTE.findall(sections.get("Notes", ""))}
    has = {
        "a definition": summary,
        "the field :Range: among its Notes": notes.get("Range"),
        "the field :Misleads when: among its Notes": notes.get("Misleads when"),
        "an example": sections.get("Examples"),
    }
    if missing := [part for part, text in has.items() if not text]:
        raise GlossaryError(f"evalkit.{name} needs {' and '.join(missing)} in its docstring, for the glossary.")
    summary = re.sub(r"\b[Rr]eturn the\b", lambda found: "The" if found.start() == 0 else "the", summary)
    definition, formula = _split(re.sub(r"^Return,? ", "", summary))
    return Entry(
        name=name,
        definition=definition,
        formula=notes.get("Formula", formula),
        range=notes["Range"],
        misleads=notes["Misleads when"],
        code=sections["Examples"].strip(),
    )


def _split(summary: str) -> tuple[str, str]:
    """The definition, and the formula that stands behind a colon and has a sign of operation in it."""
    words, colon, formula = summary.partition(": ")
    formula, stop, rest = formula.partition(". ")
    if colon and re.search(r" [/−+×] ", formula):
        return f"{words}. {rest}".strip() if stop else f"{words}.", formula.rstrip(".")
    return summary[0].upper() + summary[1:], ""


def glossary_page(sources: Iterable[Path], pages: dict[str, str]) -> str:
    """The page, as Markdown.

    Parameters
    ----------
    sources : iterable of Path
        The lessons: each metric names those in whose code or text it stands.
    pages : dict
        The page of the reference on which each metric stands.

    Raises
    ------
    GlossaryError
        If a metric lacks one of the parts of `entry`. All are named at once.
    """
    texts = {source.parent.name: source.read_text(encoding="utf-8") for source in sources}
    problems, parts = [], []
    for name in metrics():
        try:
            found = entry(name, inspect.getdoc(getattr(evalkit, name)) or "")
        except GlossaryError as error:
            problems.append(str(error))
            continue
        lessons = [lesson for lesson, text in texts.items() if re.search(rf"\b{name}\b", text)]
        parts.append(_section(found, lessons, pages[name]))
    if problems:
        raise GlossaryError("\n".join(problems))
    return "# Glossary of metrics\n\nEvery entry is what the function's own documentation says.\n\n" + "\n".join(parts)


def _section(found: Entry, lessons: list[str], page: str) -> str:
    rows = [
        ("Formula", found.formula),
        ("Range", found.range),
        ("Misleads when", found.misleads),
        ("Lessons", ", ".join(f"[{lesson[:2]}](lessons/{lesson}.ipynb)" for lesson in lessons)),
        ("Code", f"[`evalkit.{found.name}`]({page})"),
    ]
    listed = "\n".join(f"{label}\n: {text}\n" for label, text in rows if text)
    return f"## {found.name}\n\n{found.definition}\n\n{listed}\n```pycon\n{found.code}\n```\n"
