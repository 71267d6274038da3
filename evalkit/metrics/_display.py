"""How a confusion matrix looks: as text, as an accessible HTML table, and in words."""

from __future__ import annotations

from html import escape

from evalkit._core.words import number
from evalkit.metrics.rates import Normalize, Rates

SHOWN = 30  # classes; a larger table is cut, because nobody reads 900 cells


def as_text(cm: Rates) -> str:
    """Return the matrix as aligned columns."""
    rows = [["", *(str(label) for label in cm.labels[:SHOWN])]]
    for label, counts in zip(cm.labels[:SHOWN], cm.table, strict=False):
        rows.append([str(label), *(number(value) for value in counts[:SHOWN])])
    width = max(len(cell) for row in rows for cell in row)
    first = max(len(row[0]) for row in rows)
    lines = [(row[0].ljust(first) + "".join("  " + cell.rjust(width) for cell in row[1:])).rstrip() for row in rows]
    head = f"ConfusionMatrix({number(cm.total)} samples, rows are the truth, columns the prediction)"
    return "\n".join([head, *lines, *_cut(cm)])


def as_html(cm: Rates) -> str:
    """Return a table that screen readers can announce: every header has a scope, and a caption names the axes.

    Each cell is shaded as in the figure, by its count; the count is always written, so nothing depends on the shade.
    """
    largest = float(cm.table.max(initial=0)) or 1.0
    heads = "".join(f'<th scope="col">{escape(str(label))}</th>' for label in cm.labels[:SHOWN])
    body = []
    for i, label in enumerate(cm.labels[:SHOWN]):
        cells = "".join(
            # A light blue-grey of at most 45 % opacity keeps dark and light themes' text readable.
            f'<td style="text-align:right;background:rgba(0,114,178,{0.45 * max(cm.table[i, j] / largest, 0.0):.2f})">'
            f"{number(cm.table[i, j])}</td>"
            for j in range(min(len(cm.labels), SHOWN))
        )
        body.append(f'<tr><th scope="row">{escape(str(label))}</th>{cells}</tr>')
    notes = "".join(f"<p>{escape(note)}</p>" for note in _cut(cm))
    return (
        "<table><caption>Confusion matrix of "
        f"{number(cm.total)} samples. Rows are the truth, columns the prediction.</caption>"
        f'<thead><tr><th scope="col">True label \\ Predicted label</th>{heads}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table>{notes}"
    )


def as_words(cm: Rates, normalize: Normalize | None = None) -> str:
    """Describe the matrix in sentences: size, accuracy, then one sentence per true label or the largest confusions."""
    sentences = [
        f"Confusion matrix of {number(cm.total)} samples and {len(cm.labels)} classes, "
        f"rows are the truth, columns the prediction. Accuracy {cm.accuracy:.3f}."
    ]
    values = cm.table if normalize is None else cm.normalize(normalize)
    if len(cm.labels) <= 5:
        for label, row in zip(cm.labels, values, strict=True):
            called = ", ".join(
                f"{number(value) if normalize is None else f'{value:.2f}'} called {other}"
                for other, value in zip(cm.labels, row, strict=True)
            )
            sentences.append(f"True {label}: {called}.")
    else:
        pairs = [(cm.table[i, j], i, j) for i in range(len(cm.labels)) for j in range(len(cm.labels)) if i != j]
        worst = [pair for pair in sorted(pairs, key=lambda pair: (-pair[0], pair[1:]))[:3] if pair[0] > 0]
        if worst:
            listed = ", ".join(f"{cm.labels[i]} called {cm.labels[j]} ({number(count)})" for count, i, j in worst)
            sentences.append(f"Most frequent confusions: {listed}.")
    return " ".join(sentences)


def _cut(cm: Rates) -> list[str]:
    return [f"The first {SHOWN} of {len(cm.labels)} classes are shown."] if len(cm.labels) > SHOWN else []
