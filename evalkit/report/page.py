"""The report as one web page that needs no other file and can be read with a screen reader."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING

from evalkit.plots import alt_text
from evalkit.report import _words, figures
from evalkit.report.html import STYLE, grid, scroll
from evalkit.report.model import Report, SliceTable, Value

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 144  # twice the size at which the image is shown, for sharp screens
MOST_SLICES = 100


def html_page(report: Report) -> str:
    """Return the report as a complete HTML document: styles and images are inside, and nothing is fetched."""
    sections = _sections(report)
    if report.other is not None:
        first, second = (_words.plain(each.columns["pred"]) for each in (report, report.other))
        table = _values(f"{second} minus {first}, on the same {_words.count(report.rows)} rows.", report.differences)
        both = [("difference", "Difference", table)]
        both += [(key, f"{first}: {name.lower()}", content) for key, name, content in sections]
        both += [(f"{key}-2", f"{second}: {name.lower()}", content) for key, name, content in _sections(report.other)]
        sections = both
    title = f"Report on {escape(_words.plain(report.source))}"
    links = "".join(f'<li><a href="#{key}">{escape(name)}</a></li>' for key, name, _ in sections)
    body = "".join(
        f'<section aria-labelledby="{key}"><h2 id="{key}">{escape(name)}</h2>{content}</section>'
        for key, name, content in sections
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title><style>{STYLE}</style></head><body><a class="skip" href="#content">Skip to content</a>'
        f"<header><h1>{title}</h1><p>{escape(_words.about(report))}</p>"
        f'<p class="note origin">{escape(_words.made(report))}</p>'
        f'<nav aria-label="Sections"><ul>{links}</ul></nav></header><main id="content">{body}</main></body></html>\n'
    )


# ------------------------------------------------------------------------------------------------------------ sections
def _sections(report: Report) -> list[tuple[str, str, str]]:
    """Return the sections on one model: key, heading, content."""
    sections = [("metrics", "Metrics", _metrics(report))]
    if report.labels is not None:
        sections += [("confusion", "Confusion matrix", _confusion(report))]
    if report.labels is not None or report.each_label:
        sections += [("classes", "Classes", _classes(report))]
    curves = figures.score_figures(report) or figures.regression_figures(report)
    if curves:
        name = "Scores and thresholds" if report.labels else "Predicted numbers"
        note = "" if report.labels or report.sample is None else _sample_note(report)
        sections.append(("curves", name, f'{note}<div class="figures">{"".join(map(_figure, curves.values()))}</div>'))
    reliability = figures.calibration_figure(report)
    if reliability is not None:
        content = f'<div class="figures">{_figure(reliability)}<div>{_calibration_table(report)}</div></div>'
        sections.append(("calibration", "Calibration", content))
    if report.slices:
        sections.append(("slices", "Slices", "".join(_slices(report, table) for table in report.slices)))
    sections.append(("mistakes", "Worst mistakes", _mistakes(report)))
    return sections


def _metrics(report: Report) -> str:
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in report.notes)
    return _values(f"Metrics of {_words.count(report.rows)} rows.", report.values) + notes


def _values(caption: str, values: Sequence[Value]) -> str:
    ends = {"95 % interval": [_words.interval(v) for v in values], "Exact value in": [_words.bounds(v) for v in values]}
    shown = {head: cells for head, cells in ends.items() if any(cells)}
    rows = [
        [value.name, _words.number(value.value), *(cells[i] for cells in shown.values()), value.note]
        for i, value in enumerate(values)
    ]
    heads = ["Metric", "Value", *shown, "Remark"]
    return grid(caption, heads, rows, ranges=range(2, 2 + len(shown)), text=(len(heads) - 1,))


def _confusion(report: Report) -> str:
    assert report.labels is not None
    cm = report.labels.confusion
    return f'<div class="figures">{_figure(cm.plot())}<div>{scroll(cm._repr_html_(), "Confusion matrix")}</div></div>'


def _classes(report: Report) -> str:
    rows, note = _words.shown_classes(report)
    table = grid("Precision, recall and F1 of each class.", _words.class_heads(report), rows)
    return table + (f'<p class="note">{escape(note)}</p>' if note else "")


def _sample_note(report: Report) -> str:
    assert report.sample is not None
    drawn = len(report.sample[0])
    if drawn == report.rows:
        return ""
    return f'<p class="note">An even sample of {_words.count(drawn)} of {_words.count(report.rows)} rows.</p>'


def _calibration_table(report: Report) -> str:
    assert report.labels is not None
    assert report.labels.calibration is not None
    curve = report.labels.calibration
    rows = [
        (_words.number(said), _words.number(happened), _words.count(rows))
        for said, happened, rows in zip(curve.prob_pred, curve.prob_true, curve.count, strict=True)
    ]
    heads = ("Mean predicted probability", f"Share of class {report.labels.positive}", "Rows")
    return grid("The points of the reliability diagram.", heads, rows)


def _slices(report: Report, table: SliceTable) -> str:
    names = [value.name for value in table.slices[0].values]
    with_ends = [value.low is not None for value in table.slices[0].values]
    heads, ranges = ["Slice", "Rows"], []
    for name, has_ends in zip(names, with_ends, strict=True):
        heads.append(name)
        if has_ends:
            ranges.append(len(heads))
            heads.append("95 % interval")
    rows = []
    for part in table.slices[:MOST_SLICES]:
        cells = [_words.plain(part.name), _words.count(part.rows)]
        for value, has_ends in zip(part.values, with_ends, strict=True):
            cells += [_words.number(value.value), *([_words.interval(value)] if has_ends else [])]
        rows.append(cells)
    caption = f"Slices by {table.by}, " + ("lowest accuracy" if report.labels else "largest error") + " first."
    if len(table.slices) > MOST_SLICES:
        caption += f" The first {MOST_SLICES} of {len(table.slices)}."
    figure = _figure(figures.slice_figure(report, table))
    return f"<h3>By {escape(table.by)}</h3>{figure}{grid(caption, heads, rows, ranges=ranges)}"


def _mistakes(report: Report) -> str:
    if not report.mistakes:
        return f'<p class="note">{escape(report.mistakes_note)}</p>'
    first = report.mistakes[0]
    heads = ["Row (from 0)", *(["Id"] if first.id is not None else []), "Truth", "Prediction"]
    heads += [*(["Score"] if first.score is not None else []), *map(_words.plain, first.slices)]
    rows = []
    for mistake in report.mistakes:
        id = [] if mistake.id is None else [mistake.id]
        told = [_words.number(v) if isinstance(v, float) else str(v) for v in (mistake.truth, mistake.predicted)]
        score = [] if mistake.score is None else [f"{mistake.score:.4g}"]
        rows.append(
            [str(mistake.row), *(_words.plain(cell) for cell in (*id, *told, *score, *mistake.slices.values()))]
        )
    return grid(report.mistakes_note, heads, rows)


# ------------------------------------------------------------------------------------------------------------- pieces
def _figure(fig: Figure) -> str:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.image import imsave

    buffer = BytesIO()
    fig.set_dpi(DPI)
    canvas = FigureCanvasAgg(fig)
    canvas.draw()  # once: `savefig` gives the same picture and goes through the figure twice
    imsave(buffer, canvas.buffer_rgba(), format="png", dpi=DPI)
    width, height = (round(96 * inches) for inches in fig.get_size_inches())
    data = b64encode(buffer.getvalue()).decode()
    return (
        f'<figure><img src="data:image/png;base64,{data}" width="{width}" height="{height}" '
        f'alt="{escape(alt_text(fig))}"></figure>'
    )
