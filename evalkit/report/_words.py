"""How numbers are written in the terminal and on the page."""

from __future__ import annotations

import math
from unicodedata import category

from evalkit.report.model import ClassRow, Report, Value

UNDEFINED = "undefined"
MOST_CLASSES = 20  # in a table; of more, those with the lowest F1 are shown
MOST_SLICES = 20
ROLES = {"truth": "true values", "pred": "predictions", "score": "scores"}


def number(value: float, digits: int = 4) -> str:
    """Write a metric: rates with four decimals, anything else with five significant digits."""
    if math.isnan(value):
        return UNDEFINED
    size = abs(value)
    if size <= 1:
        return f"{value:.{digits}f}"
    # Prices and distances are read, not computed with: 935,160 and not 9.3516e+05.
    return f"{value:,.5g}" if size < 1e5 else f"{value:,.0f}" if size < 1e15 else f"{value:.5g}"


def interval(value: Value) -> str:
    """Write the ends of the interval, or nothing."""
    if value.low is None or value.high is None:
        return ""
    return f"{number(value.low)} to {number(value.high)}"


def bounds(value: Value) -> str:
    """Write between which numbers the exact value lies, where it is not known exactly."""
    if value.least is None or value.most is None or value.most - value.least < 1e-12:
        return ""
    return f"{number(value.least)} to {number(value.most)}"


def plain(text: object) -> str:
    r"""Return text from a file as it may be shown: control characters and marks of direction become visible.

    A terminal would obey them, and a reader could be shown another name than the file holds.

    Examples
    --------
    >>> plain("cat\x1b[2J")
    'cat\\x1b[2J'
    """
    told = str(text)
    unseen = {ord(sign) for sign in told if category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    return told.translate({sign: f"\\x{sign:02x}" if sign < 256 else f"\\u{sign:04x}" for sign in unseen})


def brief(value: Value, separator: str) -> str:
    """Write a value and its interval in one cell of the terminal."""
    if math.isnan(value.value) or value.low is None or value.high is None:
        return number(value.value, 3)
    return f"{number(value.value, 3)}{separator}({number(value.low, 3)}–{number(value.high, 3)})"


def count(value: float) -> str:
    """Write a number of rows: 1,234,567."""
    return f"{value:,.0f}"


def about(report: Report) -> str:
    """Say in one sentence what was evaluated."""
    parts = [f"{ROLES[role]} in {plain(column)}" for role, column in report.columns.items()]
    sentence = f"{count(report.rows)} rows; {', '.join(parts)}."
    if report.task:
        why = f", because {plain(report.reason)}; --task says otherwise" if report.reason else ""
        sentence += f" The task is {report.task}{why}."
    if report.labels is not None and report.labels.positive is not None:
        sentence += f" The positive class is {plain(report.labels.positive)}."
    if report.labels is not None and report.labels.threshold is not None:
        made = "makes the predicted labels" if "pred" not in report.columns else "is marked in the figures"
        sentence += f" The threshold {report.labels.threshold:g} {made}; a score at or above it is positive."
    return sentence


def made(report: Report) -> str:
    """Say when the report was made, of which bytes, and with what."""
    origin = report.origin
    if origin is None:
        return ""
    versions = ", ".join(f"{name} {number}" for name, number in origin.versions.items())
    return f"Made {origin.made} with {versions}. SHA-256 of the data: {origin.sha256}."


def class_heads(report: Report) -> tuple[str, ...]:
    """Return the headings of the table of classes."""
    areas = any(row.auc is not None for row in _classes(report))
    return ("Label", "Precision", "Recall", "F1", *(["ROC AUC"] if areas else []), "Support")


def _classes(report: Report) -> tuple[ClassRow, ...]:
    return report.each_label or (report.labels.classes if report.labels is not None else ())


def shown_classes(report: Report) -> tuple[list[tuple[str, ...]], str]:
    """Return the rows of the table of classes and averages, and a note if some classes were left out."""
    classes = list(_classes(report))
    note = ""
    if len(classes) > MOST_CLASSES:
        note = f"The {MOST_CLASSES} of {len(classes)} classes with the lowest F1."
        classes = sorted(classes, key=lambda row: (math.isnan(row.f1), row.f1, row.name))[:MOST_CLASSES]
    averages = [(f"{row.name} average", row) for row in (report.labels.averages if report.labels else ())]
    areas = "ROC AUC" in class_heads(report)

    def area(row: ClassRow) -> list[str]:
        return ["" if row.auc is None else number(row.auc)] if areas else []

    rows: list[tuple[str, ...]] = [
        (plain(name), number(row.precision), number(row.recall), number(row.f1), *area(row), count(row.support))
        for name, row in [*((row.name, row) for row in classes), *averages]
    ]
    if any(UNDEFINED in row for row in rows):
        note = f"{note} Undefined: there is nothing to divide by; averages leave it out.".strip()
    return rows, note
