"""Lesson 11: a box that is dragged over the true one. How fast does IoU fall?"""

from __future__ import annotations

from fractions import Fraction

from autograder.lesson.explorable import About, Explorable, Predict, Slider
from autograder.lesson.explorables.drawing import WIDTH, places
from autograder.lesson.sweep import fixed
from evalkit import box_iou

TRUE = (10, 6, 20, 16)  # x1, y1, x2, y2, in squares; the other box has the same size
ACROSS, DOWN = 30, 22  # squares of the picture
SQUARE = 13  # its side in the picture
INSET = (WIDTH - ACROSS * SQUARE) // 2
START = (3, 3)
TITLE = "Drag a box over the true one"


def build() -> Explorable:
    """A box of the same size as the true one, at each place of the picture; the script works IoU out."""
    size = TRUE[2] - TRUE[0], TRUE[3] - TRUE[1]
    last = ACROSS - size[0], DOWN - size[1]
    overlaps = [
        float(box_iou(TRUE, (x, y, x + size[0], y + size[1]))) for x in range(last[0] + 1) for y in range(last[1] + 1)
    ]
    half = Fraction(float(box_iou((0, 0, 2, 2), (1, 1, 3, 3)))).limit_denominator(100)
    why = (
        f"They share a quarter of a box and cover {2 - Fraction(1, 4)} boxes together, so IoU is {half}. By half its "
        "width alone it is 1/3."
    )
    least = min(overlap for overlap in overlaps if overlap >= 0.5)
    left, top = (SQUARE * at for at in TRUE[:2])
    wide, high = (SQUARE * each for each in size)
    texts = state(*START)
    x, y = START
    shared = _shared(x, y)
    picture = f"""<svg viewBox="0 0 {WIDTH} {DOWN * SQUARE + 4}" role="img">
<title>The true box, outlined, and a found box, which can be dragged; what both cover is filled</title>
<desc data-ek="sentence">{texts["sentence"]}</desc>
<g transform="translate({INSET} 2)">
<rect class="ek-frame" width="{ACROSS * SQUARE}" height="{DOWN * SQUARE}"/>
<rect class="ek-positive" data-ek-mark="shared" x="{SQUARE * shared[0]}" y="{SQUARE * shared[1]}" \
width="{SQUARE * shared[2]}" height="{SQUARE * shared[3]}"/>
<rect class="ek-frame ek-true" x="{left}" y="{top}" width="{wide}" height="{high}"/>
<text x="{left + wide + 6}" y="{top + 14}">true</text>
<rect class="ek-box" data-ek-mark="found" data-ek-drag="" x="{SQUARE * x}" y="{SQUARE * y}" width="{wide}" \
height="{high}"/>
<text data-ek-mark="name" x="{SQUARE * x + 4}" y="{SQUARE * y - 5}">found</text>
</g>
</svg>"""
    end = tuple(SQUARE * each for each in last)
    return Explorable(
        title=TITLE,
        about=About("11_task_metrics", "boxes", ["TM.1"]),
        predict=Predict(
            "A box is shifted by half its width and by half its height. What is its IoU with the true box?",
            dict.fromkeys(["1/2", "1/3", "1/4", str(half)], why),
            right=str(half),
        ),
        sliders=[
            Slider("From the left", last[0], x, shown="x", says="value", along=("x", 0, end[0])),
            Slider("From the top", last[1], y, shown="y", says="value-y", along=("y", 0, end[1])),
        ],
        goals=places(
            {
                "The smallest IoU that still counts as a hit, where the limit is 0.5.": [
                    overlap == least for overlap in overlaps
                ],
                "IoU of one third.": [abs(overlap - 1 / 3) < 1e-9 for overlap in overlaps],
                "A perfect fit.": [overlap == 1 for overlap in overlaps],
            }
        ),
        picture=picture,
        below="",
        texts=texts,
        model="boxes",
        data={"box": list(TRUE), "square": SQUARE},
        plain="\n".join([TITLE, *(state(TRUE[0] + shift, TRUE[1])["sentence"] for shift in (0, 2, 5, 10))]),
    )


def state(x: int, y: int) -> dict[str, str]:
    """Return every text that depends on the place of the box; `static/explorable.js` writes the same."""
    size = TRUE[2] - TRUE[0], TRUE[3] - TRUE[1]
    overlap = fixed(box_iou(TRUE, (x, y, x + size[0], y + size[1])))
    _, _, wide, high = _shared(x, y)
    shared, union = wide * high, 2 * size[0] * size[1] - wide * high
    return {
        "x": str(x),
        "y": str(y),
        "at": f"{x} from the left, {y} from the top",
        "value": f"{x}, IoU {overlap}",
        "value-y": f"{y}, IoU {overlap}",
        "sentence": (
            f"The found box is {x} squares from the left and {y} from the top. Both boxes share {shared} squares and "
            f"cover {union} together: IoU {overlap}."
        ),
    }


def _shared(x: int, y: int) -> tuple[int, int, int, int]:
    """What both boxes cover: left, top, width, height."""
    left, top = max(x, TRUE[0]), max(y, TRUE[1])
    wide = min(x, TRUE[0]) + TRUE[2] - TRUE[0] - left
    high = min(y, TRUE[1]) + TRUE[3] - TRUE[1] - top
    return left, top, max(0, wide), max(0, high)
