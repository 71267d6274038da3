"""The comparison and its verdict as one web page, for someone who has never heard of evalkit."""

from __future__ import annotations

from html import escape
from typing import Any

from evalkit.paired import holm
from evalkit.production.comparison import Cohort, Compared
from evalkit.production.forest import Line, forest
from evalkit.production.gates import Check, Verdict
from evalkit.production.pixels import data_url
from evalkit.production.terminal import cohort_cells, hashes_of
from evalkit.production.words import ends, p_words, points, share
from evalkit.report.html import STYLE, grid, scroll

MOST_LINES, MOST_PICTURES, MOST_CLASSES, MOST_CONFUSIONS = 20, 24, 50, 15
LOOKS = {
    "pass": ("✔", "Pass", "The candidate may replace the model in production.", "#006b4f", "#e3f4ee"),
    "fail": ("✖", "Fail", "Do not release the candidate.", "#a33b00", "#fdeee4"),
    "undecided": ("?", "Undecided", "There are too few rows to tell. This is not a pass.", "#6b5300", "#fdf6dc"),
}
MORE_STYLE = """
.verdict { margin: 1rem 0; padding: 1rem 1.25rem; border-left: .6rem solid; border-radius: .25rem; }
.verdict strong { font-size: 1.5rem; }
.verdict p { margin: .35rem 0 0; max-width: 52rem; }
.pictures { display: flex; flex-wrap: wrap; gap: .75rem; padding: 0; list-style: none; }
.pictures li { width: 9.5rem; font-size: .85rem; overflow-wrap: anywhere; }
.pictures img { width: 9.5rem; height: 9.5rem; object-fit: contain; background: #eee; image-rendering: pixelated; }
code { overflow-wrap: anywhere; }
dt { font-weight: 600; } dd { margin: 0 0 .5rem 1.25rem; max-width: 46rem; }
"""
GLOSSARY = {
    "Baseline, candidate": "The model in production, and the one that may replace it. Both answered the same rows.",
    "Points": "Percentage points: from 95 % to 93 % is a drop of 2 points.",
    "Interval": "What the difference would lie between, for all rows that there could have been, in 19 of 20 test sets "
    "like this one. A wide interval means few rows.",
    "Margin": "How much the candidate may be worse before it matters; somebody chose it before the comparison.",
    "Broken, fixed": "Rows that only the baseline got right, and rows that only the candidate got right.",
    "Lost": "Rows for which only the candidate has no answer, because it failed. A gate counts them as wrong answers.",
    "Detectable": "The smallest true difference that so many rows would show in four of five test sets.",
    "Adjusted p": "How often an equally good candidate would look at least that bad, after correcting for having "
    "looked at so many cohorts, or conditions (Holm's method). Below 0.05 counts as worse.",
}


def html_page(result: Compared, verdict: Verdict | None = None, *, dataset: Any = None) -> str:
    """Return the page: styles, drawings and pictures are inside, and nothing is fetched.

    Parameters
    ----------
    result : Compared
    verdict : Verdict, optional
    dataset : Dataset, optional
        Where the pictures of broken rows are taken from.
    """
    sections = [("changed", "What changed", _changed(result))]
    if verdict is not None:
        sections.insert(0, ("gates", "The conditions", _gates(verdict)))
    if result.first.cohorts:
        sections.append(("cohorts", "Cohort by cohort", _cohorts(result, verdict)))
    sections.append(("broken", "What the candidate broke", _broken(result, dataset)))
    if result.first.classes:
        sections.append(("classes", "Class by class", _classes(result)))
    sections.append(("limits", "What this cannot tell", _limits(result)))
    sections.append(("words", "Words", "<dl>" + "".join(_entry(*e) for e in GLOSSARY.items()) + "</dl>"))
    title = "May the candidate replace the model in production?"
    links = "".join(f'<li><a href="#{key}">{escape(name)}</a></li>' for key, name, _ in sections)
    body = "".join(
        f'<section aria-labelledby="{key}"><h2 id="{key}">{escape(name)}</h2>{content}</section>'
        for key, name, content in sections
    )
    about = f"{result.baseline.rows:,} rows, answered by both. {hashes_of(result).capitalize()}."
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}{MORE_STYLE}</style></head><body>"
        '<a class="skip" href="#content">Skip to content</a>'
        f"<header><h1>{title}</h1>{_banner(verdict)}<p>{escape(about)}</p>"
        f'<nav aria-label="Sections"><ul>{links}</ul></nav></header><main id="content">{body}</main></body></html>\n'
    )


def _banner(verdict: Verdict | None) -> str:
    if verdict is None:
        return "<p>No conditions were given, so there is no verdict.</p>"
    sign, word, meaning, ink, paper = LOOKS[verdict.status]
    reason = "" if verdict.status == "pass" else f"<p>{escape(_sentence(verdict.reason))}</p>"
    return (
        f'<div class="verdict" role="status" style="color:{ink};background:{paper};border-color:{ink}">'
        f"<strong>{sign} {word}.</strong> {escape(meaning)}{reason}</div>"
    )


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _gates(verdict: Verdict) -> str:
    rows = [
        [_what(check), f"{check.rows:,}", _detectable(check), check.status.capitalize(), _sentence(check.reason)]
        for check in verdict.checks
    ]
    caption = "Each condition, for each cohort that it is about. All must pass."
    return grid(caption, ("Condition", "Rows", "Detectable", "Verdict", "Why"), rows, text=(3, 4))


def _detectable(check: Check) -> str:
    return "–" if check.detectable is None else f"{100 * check.detectable:.1f} points"


def _what(check: Check) -> str:
    return check.gate.name if check.cohort == "all" else f"{check.gate.name}: {check.cohort}"


def _changed(result: Compared) -> str:
    parts = []
    for name, each in result.evaluated.items():
        counts, low, high = each.overall.table, *each.overall.interval(level=result.level)
        before, after = each.overall.accuracy("baseline"), each.overall.accuracy("candidate")
        parts.append(
            f"<p>Judged by <b>{escape(name)}</b>, {share(before)} of the rows were right with the baseline and "
            f"{share(after)} with the candidate: {points(counts.difference)} points "
            f"(interval {ends(low, high)}).</p>"
        )
        heads = ("", "Candidate right", "Candidate wrong", "Candidate has no answer")
        rows = [
            ("Baseline right", f"{counts.both_right:,}", f"{counts.broken:,} broken", f"{counts.cells[1][2]:,} lost"),
            ("Baseline wrong", f"{counts.fixed:,} fixed", f"{counts.both_wrong:,}", f"{counts.cells[0][2]:,} lost"),
            (
                "Baseline has no answer",
                f"{counts.cells[2][1]:,} regained",
                f"{counts.cells[2][0]:,} regained",
                f"{counts.neither:,}",
            ),
        ]
        parts.append(grid(f"All rows, by what both made of them ({name}).", heads, rows))
    if result.backbone_swapped:
        parts.append('<p class="note">The two models have different backbones: the difference tells of that, too.</p>')
    return "".join(parts)


def _cohorts(result: Compared, verdict: Verdict | None) -> str:
    suspects = result.first.suspicious()
    shown = [(result.first.overall, 1.0), *suspects[:MOST_LINES]]
    checks = {} if verdict is None else {c.cohort: c for c in verdict.checks if c.gate.max_drop is not None}
    lines = [_line(cohort, checks, result) for cohort, _ in shown]
    note = (
        "Dot or square: the difference that was measured. Line: its interval. Dashed: how far the condition lets it "
        "drop. A line that reaches left of the dashes has not passed; a square is a failed condition. The most "
        "suspicious cohorts come first."
    )
    heads = ("Cohort", "Rows", "Before", "After", "Points", "Interval", "Broken", "Fixed", "Adjusted p")
    rows = [cohort_cells(cohort, p, result.level) for cohort, p in suspects[:MOST_LINES]]
    more = f" The first {MOST_LINES} of {len(suspects)}." if len(suspects) > MOST_LINES else ""
    caption = f"Accuracy in each cohort, the most suspicious first.{more}"
    return f'<p class="note">{note}</p>{scroll(forest(lines), "Forest plot")}{grid(caption, heads, rows, ranges=(5,))}'


def _line(cohort: Cohort, checks: dict[str, Check], result: Compared) -> Line:
    name = f"{cohort.by} = {cohort.name}" if cohort.by else "all"
    check = checks.get(name)
    low, high = cohort.interval(level=result.level)
    estimate = cohort.interval(level=result.level).estimate
    margin = None if check is None else check.gate.max_drop
    bad = check is not None and check.status == "fail"
    return Line(f"{name} ({cohort.table.compared:,})", cohort.table.compared, low, estimate, high, margin, bad)


def _broken(result: Compared, dataset: Any) -> str:
    cohorts = [cohort for cohort, _ in result.first.suspicious() if " × " not in cohort.by]
    tags = {cohorts[0].by: cohorts[0].name} if cohorts and cohorts[0].name != "(missing)" else {}
    rows = result.rows("broken", limit=MOST_PICTURES, **tags)
    if not rows:
        return "<p>Nothing that the baseline got right.</p>"
    where = "".join(f" of the most suspicious cohort, {tag} = {value}" for tag, value in tags.items())
    note = f'<p class="note">Rows{escape(where)}: right with the baseline, wrong with the candidate.</p>'
    inputs = {} if dataset is None else dataset.inputs_of([row["id"] for row in rows])
    urls = {row["id"]: data_url(inputs[row["id"]]) for row in rows if row["id"] in inputs}
    if any(urls.values()):
        items = "".join(
            f'<li><img src="{urls[row["id"]]}" alt="Input of row {escape(row["id"])}">'
            f"<b>{escape(str(row['expected']))}</b>, called {escape(str(row['candidate']))}<br>"
            f"<code>{escape(row['id'])}</code></li>"
            for row in rows
            if urls.get(row["id"])
        )
        return f'{note}<ul class="pictures">{items}</ul>'
    cells = [[str(row[key])[:80] for key in ("id", "expected", "baseline", "candidate", "reason")] for row in rows]
    return note + grid("Broken rows.", ("Row", "Expected", "Baseline", "Candidate", "Why"), cells, text=(1, 2, 3, 4))


def _classes(result: Compared) -> str:
    adjusted = holm([each.p_worse() for each in result.first.classes])
    rows = []
    classes = sorted(zip(adjusted, result.first.classes, strict=True), key=lambda pair: pair[1].p_worse())
    for p_value, each in classes[:MOST_CLASSES]:
        low, high = each.interval(level=result.level)
        before, after = share(each.accuracy("baseline")), share(each.accuracy("candidate"))
        rows.append(
            [
                each.name,
                f"{each.table.compared:,}",
                before,
                after,
                points(each.table.difference),
                ends(low, high),
                p_words(p_value),
            ]
        )
    heads = ("Class", "Rows", "Recall before", "Recall after", "Points", "Interval", "Adjusted p")
    found = grid("Recall of each class, the most suspicious first.", heads, rows, ranges=(5,))
    confusions = [
        [f"{truth} called {answer}", f"{one:,}", f"{two:,}", f"{two - one:+,}"]
        for truth, answer, one, two in result.first.confusions()
        if truth != answer
    ][:MOST_CONFUSIONS]
    if confusions:
        found += grid("Confusions that changed most.", ("Confusion", "Before", "After", "Change"), confusions)
    return found


def _limits(result: Compared) -> str:
    overall = result.first.overall
    told = [
        f"Differences below about {100 * overall.detectable:.1f} points overall: so many rows do not show them.",
        "Cohorts that nobody has tagged. A candidate may be worse for a camera or a site that is not here.",
        "Whether these rows are like those in production. If the mix differs, the overall numbers differ.",
        "Whether the labels are right.",
        "If this dataset has decided many releases before, the numbers flatter the models that were chosen by it.",
    ]
    if overall.by_source is not None:
        told.append("Rows share sources, so the intervals are those of sources: copies are no new evidence.")
    return "<ul>" + "".join(f"<li>{escape(each)}</li>" for each in told) + "</ul>"


def _entry(word: str, meaning: str) -> str:
    return f"<dt>{escape(word)}</dt><dd>{escape(meaning)}</dd>"
