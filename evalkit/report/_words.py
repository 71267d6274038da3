"""How numbers are written in the terminal and on the page."""

from __future__ import annotations

import math

from evalkit.report.model import Report, Value

UNDEFINED = "undefined"
MOST_CLASSES = 20  # in a table; of more, those with the lowest F1 are shown
MOST_SLICES = 20
ROLES = {"truth": "true values", "pred": "predictions", "score": "scores"}


def number(value: float, digits: int = 4) -> str:
    """Write a metric: rates with four decimals, anything else with five significant digits."""
    if math.isnan(value):
        return UNDEFINED
    return f"{value:.{digits}f}" if abs(value) <= 1 else f"{value:,.5g}" if abs(value) < 1e5 else f"{value:.5g}"


def interval(value: Value) -> str:
    """Write the ends of the interval, or nothing."""
    if value.low is None or value.high is None:
        return ""
    return f"{number(value.low)} to {number(value.high)}"


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
    parts = [f"{ROLES[role]} in {column}" for role, column in report.columns.items()]
    sentence = f"{count(report.rows)} rows; {', '.join(parts)}."
    if report.labels is not None and report.labels.positive is not None:
        sentence += f" The positive class is {report.labels.positive}."
    if report.labels is not None and report.labels.threshold is not None:
        made = "makes the predicted labels" if "pred" not in report.columns else "is marked in the figures"
        sentence += f" The threshold {report.labels.threshold:g} {made}; a score at or above it is positive."
    return sentence


def shown_classes(report: Report) -> tuple[list[tuple[str, ...]], str]:
    """Return the rows of the table of classes and averages, and a note if some classes were left out."""
    if report.labels is None:
        return [], ""
    classes = list(report.labels.classes)
    note = ""
    if len(classes) > MOST_CLASSES:
        note = f"The {MOST_CLASSES} of {len(classes)} classes with the lowest F1."
        classes = sorted(classes, key=lambda row: (math.isnan(row.f1), row.f1, row.name))[:MOST_CLASSES]
    averages = [(f"{row.name} average", row) for row in report.labels.averages]
    rows: list[tuple[str, ...]] = [
        (name, number(row.precision), number(row.recall), number(row.f1), count(row.support))
        for name, row in [*((row.name, row) for row in classes), *averages]
    ]
    if any(UNDEFINED in row for row in rows):
        note = f"{note} Undefined: there is nothing to divide by; averages leave it out.".strip()
    return rows, note
