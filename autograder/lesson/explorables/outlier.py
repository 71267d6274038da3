"""Lesson 06: ten misses of equal size, of which one grows. What do MAE and RMSE make of it?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.lesson.explorable import About, Explorable, Predict, Slider, live
from autograder.lesson.explorables.drawing import Plot, State, mark, picture, places, plain, table
from evalkit import mean_absolute_error, median_absolute_error, root_mean_squared_error

FARTHEST = 80  # minutes
TITLE = "One of ten trips goes wrong"


def build(minutes_off: Any) -> Explorable:
    """The errors of some trips, the last of which can be dragged.

    Parameters
    ----------
    minutes_off : array-like of shape (n,)
        Arrival minus announcement, in minutes.
    """
    errors = np.abs(np.asarray(minutes_off, dtype=np.float64))
    n, usual = len(errors), float(np.median(errors))
    plot = Plot((0.4, n + 0.6), (0, FARTHEST))
    states = [_state(plot, errors, minutes) for minutes in range(FARTHEST + 1)]
    start = round(float(errors[-1]))
    first, ten = states[start], states[min(10 * start, FARTHEST)]
    grown = {key: float(ten["texts"][key]) / float(first["texts"][key]) for key in ("mae", "rmse")}
    why = (
        f"MAE grows from {first['texts']['mae']} to {ten['texts']['mae']} minutes, {grown['mae']:.1f} times as much, "
        f"and RMSE to {ten['texts']['rmse']}, {grown['rmse']:.1f} times as much: it squares each miss before it "
        "averages."
    )
    mae, rmse = ([float(state["texts"][key]) for state in states] for key in ("mae", "rmse"))
    bars = "".join(
        f'<rect class="ek-negative" x="{plot.across(trip) - 9:g}" y="{plot.down(off):g}" width="18" '
        f'height="{plot.bottom - plot.down(off):.1f}"/>'
        for trip, off in enumerate(errors[:-1].tolist(), start=1)
    )
    ticks = {trip: f"{trip}" for trip in range(1, n + 1)}
    lines = "".join(
        mark(first, f"{name}-line", "line", class_=look, x1=plot.left, x2=plot.right)
        for name, look in (("mae", "ek-axis"), ("rmse", "ek-curve"))
    )
    return Explorable(
        title=TITLE,
        about=About("06_regression_errors", "outlier", ["RE.3"]),
        predict=Predict(
            f"All {n} trips are {usual:g} minutes off. One of them grows to {10 * usual:g}. Which error grows more?",
            dict.fromkeys(["MAE", "RMSE", "Both by the same factor"], why),
            right="RMSE" if grown["rmse"] > grown["mae"] else "MAE",
        ),
        sliders=[
            Slider(
                f"Trip {n} is off by",
                FARTHEST,
                start,
                shown="off",
                along=("y", plot.down(0), plot.down(FARTHEST)),
            )
        ],
        goals=places(
            {
                "RMSE is at least twice what it was, and MAE less than one and a half times.": [
                    r >= 2 * rmse[start] and m < 1.5 * mae[start] for m, r in zip(mae, rmse, strict=True)
                ],
                "RMSE is at least twice MAE.": [r >= 2 * m for m, r in zip(mae, rmse, strict=True)],
            }
        ),
        picture=picture(
            f"Absolute errors of {n} trips as bars, with lines for MAE and RMSE",
            first,
            236,
            plot.frame("Trip", "minutes off", ticks, {off: f"{off}" for off in range(0, FARTHEST + 1, 20)}),
            bars,
            mark(first, "bar", "rect", class_="ek-positive", x=plot.across(n) - 9, width=18),
            lines,
            *(
                f'<text class="ek-corner" x="{plot.left + 6}" y="{plot.top + down}">{name} '
                f"{live(key, first['texts'], 'tspan')} ({line})</text>"
                for name, key, line, down in (("MAE", "mae", "thin line", 12), ("RMSE", "rmse", "thick line", 30))
            ),
            mark(first, "handle", "circle", class_="ek-dot", r=9, data_ek_drag=""),
        ),
        below=table(
            ["minutes", "all equal", "now"],
            [
                [name, states[start]["texts"][key], f"<b>{live(key, first['texts'])}</b>"]
                for name, key in (("MAE", "mae"), ("RMSE", "rmse"), ("median absolute error", "median"))
            ],
        ),
        texts=first["texts"],
        data={"states": states},
        plain=plain(TITLE, states),
    )


def _state(plot: Plot, errors: NDArray[np.float64], minutes: int) -> State:
    n = len(errors)
    changed = np.append(errors[:-1], minutes)
    mae, rmse, median = (
        metric(changed, np.zeros(n)) for metric in (mean_absolute_error, root_mean_squared_error, median_absolute_error)
    )
    texts = {
        "off": f"{minutes} minutes",
        "mae": f"{mae:.2f}",
        "rmse": f"{rmse:.2f}",
        "median": f"{median:.2f}",
        "value": f"{minutes} minutes, MAE {mae:.2f}, RMSE {rmse:.2f}",
        "sentence": (
            f"With trip {n} off by {minutes} minutes, MAE is {mae:.2f} and RMSE {rmse:.2f} minutes, {rmse / mae:.2f} "
            f"times as much. The median absolute error is {median:.2f}."
        ),
    }
    top = plot.down(minutes)
    marks = {
        "bar": {"y": top, "height": round(plot.bottom - top, 1)},
        "handle": {"cx": plot.across(n), "cy": top},
        "mae-line": {"y1": plot.down(mae), "y2": plot.down(mae)},
        "rmse-line": {"y1": plot.down(rmse), "y2": plot.down(rmse)},
    }
    return {"texts": texts, "marks": marks}
