"""Lesson 02: two filters that stay as they are, and a share of spam that changes. What does accuracy say?"""

from __future__ import annotations

from collections.abc import Callable

from autograder.lesson.explorable import About, Explorable, Predict, Slider, live
from autograder.lesson.explorables.drawing import Plot, State, mark, picture, places, plain, table
from evalkit import ConfusionMatrix, accuracy_score, balanced_accuracy_score

SHARES = [step / 200 for step in range(1, 61)]  # 0.5 % to 30 %
TITLE = "The same two filters in other mailboxes"


def build(learned: ConfusionMatrix) -> Explorable:
    """The filter that never says spam beside a real one, whose recalls of both classes stay as they are.

    Parameters
    ----------
    learned : ConfusionMatrix
        What the real filter did; the positive class is spam.
    """
    recall, specificity = learned.recall, learned.specificity
    plot = Plot((0, max(SHARES)), (0.65, 1))
    never = [1 - share for share in SHARES]
    ours, balanced = (
        [_score(metric, share, recall, specificity) for share in SHARES]
        for metric in (accuracy_score, balanced_accuracy_score)
    )
    states = [_state(plot, *numbers) for numbers in zip(SHARES, never, ours, balanced, strict=True)]
    start = SHARES.index(0.05)
    first = states[start]
    gain = [100 * (mine - nothing) for mine, nothing in zip(ours, never, strict=True)]
    lines = "".join(
        f'<path class="{look}" d="{plot.path(SHARES, ys)}"/>' for look, ys in (("ek-curve", ours), ("ek-chance", never))
    )
    middle = len(SHARES) * 2 // 3
    names = "".join(
        f'<text x="{plot.across(SHARES[middle]):g}" y="{plot.down(ys[middle]) + shift:g}">{name}</text>'
        for name, ys, shift in (("our filter", ours, -8), ("never spam", never, -8))
    )
    x_ticks = {share / 100: f"{share} %" for share in range(0, 31, 10)}
    y_ticks = {tenth / 10: f"{tenth / 10:g}" for tenth in (7, 8, 9, 10)}
    falls = (
        "The accuracy of “never spam” is the share of real mail, and ours comes near to the "
        f"{specificity:.3f} that our filter gets right of it. Neither filter has become better."
    )
    return Explorable(
        title=TITLE,
        about=About("02_accuracy_paradox", "prevalence", ["AP.2", "AP.3"]),
        predict=Predict(
            "There is less and less spam, and both filters go on as before. What does accuracy do?",
            dict.fromkeys(["It rises for both", "It stays for both", "It falls for both"], falls),
            right="It rises for both",
        ),
        sliders=[Slider("Share of spam", len(SHARES) - 1, start, shown="share")],
        goals=places(
            {
                "By accuracy, doing nothing beats our filter.": [points < 0 for points in gain],
                "Our filter is at least 5 points of accuracy better than doing nothing.": [
                    points >= 5 for points in gain
                ],
            }
        ),
        picture=picture(
            "Accuracy of both filters by the share of spam",
            first,
            236,
            plot.frame("Share of spam", "accuracy", x_ticks, y_ticks),
            lines,
            names,
            mark(first, "cut", "line", class_="ek-cut", y1=plot.top, y2=plot.bottom),
            mark(first, "ours", "circle", class_="ek-dot", r=6),
            mark(first, "never", "circle", class_="ek-dot", r=6),
        ),
        below=table(
            ["", "never spam", "our filter"],
            [
                ["accuracy", live("never", first["texts"]), f"<b>{live('ours', first['texts'])}</b>"],
                ["recall of spam", "0.000", f"{recall:.3f}"],
                ["balanced accuracy", "0.500", live("balanced", first["texts"])],
            ],
        ),
        texts=first["texts"],
        data={"states": states},
        plain=plain(TITLE, states),
    )


def _score(metric: Callable[..., float], share: float, recall: float, specificity: float) -> float:
    """A metric of the four kinds of e-mails, each as often as the share makes it."""
    weights = [share * recall, share * (1 - recall), (1 - share) * (1 - specificity), (1 - share) * specificity]
    return float(metric([1, 1, 0, 0], [1, 0, 1, 0], sample_weight=weights))


def _state(plot: Plot, share: float, never: float, ours: float, balanced: float) -> State:
    x = plot.across(share)
    points = round(100 * (ours - never), 1)
    better = "nobody" if points == 0 else "our filter" if points > 0 else "doing nothing"
    texts = {
        "share": f"{100 * share:g} %",
        "never": f"{never:.3f}",
        "ours": f"{ours:.3f}",
        "balanced": f"{balanced:.3f}",
        "value": f"{100 * share:g} % spam, accuracy {never:.3f} and {ours:.3f}",
        "sentence": (
            f"With {100 * share:g} % spam, “never spam” has an accuracy of {never:.3f} and our filter {ours:.3f}: "
            f"ahead is {better}, by {abs(points):.1f} points. Balanced accuracy stays at 0.500 and {balanced:.3f}."
        ),
    }
    marks = {
        "cut": {"x1": x, "x2": x},
        "ours": {"cx": x, "cy": plot.down(ours)},
        "never": {"cx": x, "cy": plot.down(never)},
    }
    return {"texts": texts, "marks": marks}
