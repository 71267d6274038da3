"""What every explorable has: a question that is asked first, sliders, a picture that follows them, and goals.

The output is one piece of HTML that needs no network and no kernel. Where scripts do not run, it shows the picture of
one state with its words, and the question with a folded answer. `static/explorable.js` does the rest.
"""

from __future__ import annotations

import html
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class About:
    """Whose result an answer or a reached goal is: where a browser keeps progress, it keeps it under these names.

    Attributes
    ----------
    lesson : str
        Name of the lesson's folder.
    id : str
        Name of the explorable in its lesson. It stays when texts change.
    objectives : sequence of str
        What it is about, such as ``"PR.5"``.
    """

    lesson: str
    id: str
    objectives: Sequence[str]


@dataclass(frozen=True)
class Predict:
    """A question to answer before anything moves.

    Attributes
    ----------
    question : str
    answers : mapping from text to text
        Each answer, and the sentence that says why it is right or wrong.
    right : str
        The right answer.

    Raises
    ------
    ValueError
        If there are fewer than two answers, or the right one is not among them.

    Examples
    --------
    >>> Predict("Is 1 more than 2?", {"Yes": "It is less.", "No": "It is less."}, right="No").right
    'No'
    """

    question: str
    answers: Mapping[str, str]
    right: str

    def __post_init__(self) -> None:
        if len(self.answers) < 2 or self.right not in self.answers:
            raise ValueError(f"{self.right!r} must be one of at least two answers, got {list(self.answers)}.")


@dataclass(frozen=True)
class Slider:
    """A slider with the places 0 to `last`.

    Attributes
    ----------
    label : str
    last, start : int
        Its last place, and the one that is shown first.
    shown : str
        The name of the text that is its value, in `data-ek`.
    says : str
        The name of the text that a screen reader says for the place.
    along : (axis, float, float), optional
        If something in the picture can be dragged: along ``"x"`` or ``"y"``, and where first and last place are.
    note : str
        How the line that begins with label and value ends.
    """

    label: str
    last: int
    start: int
    shown: str
    says: str = "value"
    along: tuple[str, float, float] | None = None
    note: str = "."


@dataclass(frozen=True)
class Explorable:
    """One explorable with the picture of its first state.

    Attributes
    ----------
    title : str
    about : About, optional
        Without it no result is reported.
    predict : Predict or str
        A text alone is shown and asks nothing.
    sliders : sequence of Slider
    goals : mapping from text to places
        What to find, and where it is found. With two sliders a place is first · (last of the second + 1) + second.
    picture, below : str
        SVG above the first slider, and HTML below it.
    texts : dict of str
        What the elements with `data-ek` say in the first state, and the sentence.
    model : str
        The function of the script that works out the states.
    data : dict
        What that function needs.
    plain : str
        The same for a terminal.
    """

    title: str
    about: About | None
    predict: Predict | str
    sliders: Sequence[Slider]
    goals: Mapping[str, Sequence[int]]
    picture: str
    below: str
    texts: Mapping[str, str]
    data: Mapping[str, Any]
    plain: str
    model: str = "table"


def show(explorable: Explorable) -> None:
    """Display an explorable below the cell; outside a notebook print its table instead."""
    # A running notebook has imported IPython already; a plain script need not import it to learn that it is none.
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        print(explorable.plain)
    else:
        ipython.display.display({"text/html": render(explorable), "text/plain": explorable.plain}, raw=True)


def render(explorable: Explorable) -> str:
    """Return an explorable as one self-contained piece of HTML, which depends on nothing else.

    Several may stand on one page.
    """
    about, predict = explorable.about, explorable.predict
    answers = predict.answers.items() if isinstance(predict, Predict) else ()
    data = {
        "model": explorable.model,
        "about": about and {"lesson": about.lesson, "id": about.id, "objectives": list(about.objectives)},
        "answers": [{"text": text, "why": why, "right": text == _right(predict)} for text, why in answers],
        "sliders": [
            {"label": each.label, "max": each.last, "start": each.start, "says": each.says}
            | ({"along": each.along} if each.along else {})
            for each in explorable.sliders
        ],
        "at": explorable.sliders[0].shown if len(explorable.sliders) == 1 else "at",
        "goals": [list(places) for places in explorable.goals.values()],
        **explorable.data,
    }
    static = files("autograder").joinpath("static")
    # Written this way, no text can close the element that holds the data.
    held = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    # Keys pressed on a slider are not notebook commands, and currency signs are not formulas (mathjax_ignore).
    return (
        f'<section class="ek-explorer ek-{explorable.model} mathjax_ignore tex2jax_ignore"'
        f' aria-label="{html.escape(explorable.title)}"'
        ' data-lm-suppress-shortcuts="true" data-jp-suppress-context-menu="true">\n'
        f"<style>\n{static.joinpath('explorable.css').read_text(encoding='utf-8')}</style>\n"
        f"{_body(explorable)}\n"
        f'<script type="application/json" class="ek-data">{held}</script>\n'
        f"<script>\n{static.joinpath('explorable.js').read_text(encoding='utf-8')}</script>\n"
        "</section>"
    )


def live(name: str, texts: Mapping[str, str], tag: str = "span") -> str:
    """Return an element whose text follows the sliders."""
    return f'<{tag} data-ek="{name}">{html.escape(texts[name])}</{tag}>'


def _right(predict: Predict | str) -> str:
    return predict.right if isinstance(predict, Predict) else ""


def _body(explorable: Explorable) -> str:
    controls = [_control(slider, explorable.texts) for slider in explorable.sliders]
    how = '<span class="ek-how">The slider that moves it appears where scripts may run.</span>'
    # The first slider stands right below the picture, whose width it has.
    more = "".join(f'<p class="ek-control">{control}</p>\n<div class="ek-track"></div>' for control in controls[1:])
    return f"""<p class="ek-title"><strong>{html.escape(explorable.title)}</strong></p>
{_question(explorable.predict)}
{_goals(list(explorable.goals))}
<p class="ek-control">{controls[0]}
{how}</p>
<div class="ek-scores">
{explorable.picture}
<div class="ek-track"></div>
{more}
</div>
<p class="ek-sentence">{live("sentence", explorable.texts)}</p>
{explorable.below}
<p class="ek-live" role="status" aria-live="polite"></p>"""


def _control(slider: Slider, texts: Mapping[str, str]) -> str:
    return f"{html.escape(slider.label)} {live(slider.shown, texts)}{html.escape(slider.note)}"


def _question(predict: Predict | str) -> str:
    """Return the question as it reads without scripts: answers in a list, the right one folded."""
    asked = predict.question if isinstance(predict, Predict) else predict
    line = f'<p class="ek-predict"><strong>Predict, then move.</strong> {html.escape(asked)}</p>'
    if not isinstance(predict, Predict):
        return line if asked else ""
    items = "".join(f"<li>{html.escape(text)}</li>" for text in predict.answers)
    return f"""<div class="ek-question">
{line}
<ul>{items}</ul>
<details><summary>Show the answer</summary>
<p><strong>{html.escape(predict.right)}</strong> {html.escape(predict.answers[predict.right])}</p></details>
</div>"""


def _goals(goals: list[str]) -> str:
    """Return what to find; the script marks what has been found."""
    items = "".join(
        f'<li data-ek-goal><span class="ek-done" aria-hidden="true">○</span> {html.escape(goal)} '
        '<span class="ek-at"></span></li>'
        for goal in goals
    )
    return f'<ul class="ek-goals" aria-label="Goals">{items}</ul>' if goals else ""
