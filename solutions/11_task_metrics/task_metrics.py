# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 11 · Task metrics — boxes, words and captions
#
# | | |
# |---|---|
# | **Minutes** | 57: reading 21, exercises 30, quiz 6 |
# | **Prerequisites** | Lessons 03 and 05: precision, recall and the curve of both. Slices of lesson 10. No PyTorch. |
#
# A label is right or wrong. A box around a cat is more or less in place, a translation is one of many good ones, and a
# caption can be fluent and name a dog that is not there. Such answers have metrics of their own. Each of them first
# decides **what counts as a match**, and then counts as you know it. Most mistakes are made in the first step.

# %% [markdown]
# ## Objectives
#
# After this lesson you can
#
# - **TM.1** compute the overlap (IoU) of boxes and of masks, and judge what a value means;
# - **TM.2** match detections with true objects, and compute average precision from the matches;
# - **TM.3** read a report of mean average precision, and find what it hides;
# - **TM.4** compute BLEU by hand, and name what it cannot see;
# - **TM.5** compute the share of captions that name what is not there, and say what that share depends on.
#
# A box is written x1, y1, x2, y2: its upper left and its lower right corner.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import evalkit
from autograder import check, show_quiz
from evalkit import bleu_score, chair, mean_average_precision, meteor_score, wilson_interval
from evalkit.analysis.slices import slice_recall
from evalkit.plots import PALETTE, alt_text, plot_slices, show

# %% [markdown]
# ## How well does a box fit?
#
# **Intersection over union** (IoU) is the area that both boxes cover, divided by the area that at least one covers. It
# is 1 for equal boxes and 0 for boxes apart. **Predict first:** a box is as large as the true one, but shifted to the
# right by half its width. What is its IoU?

# %%
true_box = [0, 0, 10, 10]
boxes = {
    "the same": [0, 0, 10, 10],
    "shifted by half its width": [5, 0, 15, 10],
    "touching": [10, 0, 20, 10],
    "inside, half as wide and half as high": [2, 2, 7, 7],
}
iou = {name: evalkit.box_iou(true_box, box) for name, box in boxes.items()}
pd.Series(iou, name="IoU").round(3).to_frame()

# %% jupyter={"source_hidden": true}
# Draws two boxes, and IoU by shift.
fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained", width_ratios=[1, 1.25])
for x, color, hatch, name in ((0, PALETTE[0], "", "true"), (5, PALETTE[1], "///", "found")):
    left.add_patch(
        plt.Rectangle((x, 0), 10, 10, fill=False, edgecolor=color, linewidth=2.5, hatch=hatch)
    )
    left.text(x + (0.5 if x == 0 else 9.5), -0.5, name, color=color, ha="left" if x == 0 else "right")
left.text(7.5, 5, "both", ha="center", bbox={"facecolor": "white", "edgecolor": "none"})
left.set(
    xlim=(-1, 16),
    ylim=(11, -2),
    aspect="equal",
    xlabel="x",
    ylabel="y",
    title="Shifted by half its width",
)
shift = np.linspace(0, 1.2, 121)
right.plot(shift, [evalkit.box_iou([0, 0, 1, 1], [s, 0, 1 + s, 1]) for s in shift], color=PALETTE[0], linewidth=2.5,
           label="IoU")  # fmt: skip
right.plot(
    shift,
    np.clip(1 - shift, 0, 1),
    color=PALETTE[2],
    linewidth=2,
    linestyle="--",
    label="shared part of a box",
)
right.legend()
right.plot([0.5], [1 / 3], "o", color=PALETTE[1], markersize=9)
right.annotate("IoU 1/3", (0.5, 1 / 3), xytext=(-46, -14), textcoords="offset points")
right.axhline(0.5, color="#6b6b6b", linestyle=":")
right.set(
    xlabel="Shift, in widths of the box",
    ylabel="IoU, or shared part",
    title="IoU lies below the shared part",
)
right.grid(alpha=0.3)
show(
    fig,
    "Left: two squares of the same size, the second shifted to the right by half its width; they share a strip half as "
    "wide as each. Right: IoU against the shift falls from 1 at no shift, steeply at first, to one third at half a "
    "width and to 0 at a whole width. The shared part of a box, dashed, falls evenly and lies above it. A dotted line "
    "marks 0.5, which IoU crosses at a shift of one third.",
)

# %% jupyter={"source_hidden": true}
# Shows the explorable.
from autograder.explorer import explore

explore("boxes")

# %% [markdown]
# It is **one third**<!-- true: abs(iou["shifted by half its width"] - 1 / 3) < 1e-12 -->, not one half: they share half
# a box, and together they cover one and a half. Boxes that touch share nothing<!-- true: iou["touching"] == 0 -->. If
# one lies inside the other, IoU is the ratio of the areas, here 0.25<!-- = iou["inside, half as wide and half as
# high"] -->.
#
# **Small boxes are hard.** Move a box by one pixel to the right and one down: at 80 × 80 pixels IoU is
# 0.95<!-- = evalkit.box_iou([0, 0, 80, 80], [1, 1, 81, 81]) -->, at 8 × 8 it is
# 0.62<!-- = evalkit.box_iou([0, 0, 8, 8], [1, 1, 9, 9]) -->. The same slip costs more on a small object, so ask for the
# sizes before you compare two data sets.
#
# **The extra pixel.** Old code, that of the Pascal VOC competition for example, takes coordinates for numbers of pixels
# and adds 1 to every width and height. Then the half shift scores 0.375<!-- = 6 * 11 / (2 * 11 * 11 - 6 * 11) -->. With
# coordinates between 0 and 1 it makes nonsense. Here a width is x2 − x1, and nothing is added.
#
# ### Exercise: box_iou
#
# *6 minutes, 4 points.* Write `box_iou(a, b)`.
#
# - `a` and `b` are arrays of four numbers x1, y1, x2, y2, with x1 < x2 and y1 < y2, in any unit.
# - Return the area that both cover over the area that at least one covers; 0 if they share nothing.
#
# <details><summary>Hint 1: the shared piece</summary>
#
# It is a box as well. Its left edge is the larger of the two left edges, its right edge the smaller of the two right
# edges. The same holds from top to bottom.
#
# </details>
# <details><summary>Hint 2: boxes apart</summary>
#
# If the "right edge" comes before the "left edge", the width is negative: nothing is shared. `max(0, …)` for the width,
# and again for the height. Not for their product: two negative numbers have a positive one.
#
# </details>
# <details><summary>Hint 3: the union</summary>
#
# Add both areas. What is shared is now in the sum twice.
#
# </details>


# %% exercise="box_iou"
def box_iou(a, b):
    """Return the area that both boxes cover over the area that at least one covers.

    A box is x1, y1, x2, y2 with x1 < x2 and y1 < y2.
    """
    ### BEGIN SOLUTION
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    shared = width * height
    area_a = (a[2] - a[0]) * (a[3] - a[1])
    area_b = (b[2] - b[0]) * (b[3] - b[1])
    return shared / (area_a + area_b - shared)
    ### END SOLUTION


# %% check="box_iou"
check("box_iou", box_iou)
### BEGIN HIDDEN TESTS
check("box_iou", box_iou, seed=11101)
### END HIDDEN TESTS

# %% [markdown]
# ### Masks: the same, pixel by pixel
#
# A **mask** says for each pixel whether it belongs to the object. Why not the accuracy of the pixels? Take a small
# object in a large picture, and a model that finds nothing at all:

# %%
nodule = np.zeros((100, 100), dtype=bool)
nodule[40:50, 60:70] = True
nothing = np.zeros_like(nodule)
pixel_accuracy = np.mean(nodule == nothing)
print(f"accuracy of the pixels {pixel_accuracy:.2f}, IoU {evalkit.mask_iou(nodule, nothing):.2f}")

# %% [markdown]
# 99 %<!-- = pixel_accuracy --> for finding nothing: the background is the large class of lesson 02. IoU leaves out the
# pixels that are in neither mask. (The **Dice** score, twice the overlap over the sum of both areas, is the F1 of the
# pixels. It ranks two masks as IoU does, with higher values. Say which one you report.)
#
# ### Exercise: mask_iou
#
# *4 minutes, 4 points.* Write `mask_iou(a, b)`.
#
# - `a` and `b` are arrays of the same shape (height, width), of `True` and `False` or of 1 and 0.
# - Return the number of pixels in both masks over the number in at least one.
# - If both masks are empty there is nothing to measure: return `nan`.
#
# <details><summary>Hint 1: both kinds of masks</summary>
#
# `a == 1` turns either kind into truth values: `True == 1` holds in Python.
#
# </details>
# <details><summary>Hint 2: counting</summary>
#
# `a & b` is true where both are, `a | b` where at least one is. `np.sum` counts.
#
# </details>


# %% exercise="mask_iou"
def mask_iou(a, b):
    """Return the pixels in both masks over the pixels in at least one; nan if both are empty."""
    ### BEGIN SOLUTION
    a, b = a == 1, b == 1
    union = np.sum(a | b)
    if union == 0:
        return np.nan
    return np.sum(a & b) / union
    ### END SOLUTION


# %% check="mask_iou"
check("mask_iou", mask_iou)
### BEGIN HIDDEN TESTS
check("mask_iou", mask_iou, seed=11102)
### END HIDDEN TESTS

# %% quiz="TM-b1"
show_quiz("11_task_metrics", "TM-b1")

# %% [markdown]
# ## From boxes to hits: matching
#
# A detector lists boxes, each with a score. There are no true negatives: nobody can count the places where rightly no
# box was drawn. So accuracy is out, and precision and recall remain. What is a true positive? The usual rule:
#
# 1. Go through the detections **by falling score**.
# 2. Each takes, of the true boxes that are **still free**, the one with the highest IoU, if that is at least 0.5.
# 3. Whoever gets none is a false positive. True boxes that are left over were missed.


# %%
def match(found, truth, least=0.5):
    """For each detection, the surest first: 1 if it takes a free true box with this IoU, otherwise 0."""
    free, is_match = list(truth), []
    for box in found:
        best = max(free, key=lambda true: evalkit.box_iou(box, true), default=None)
        hit = best is not None and evalkit.box_iou(box, best) >= least
        if hit:
            free.remove(best)
        is_match.append(int(hit))
    return is_match


cats = [[0, 0, 10, 10], [30, 0, 40, 10], [60, 0, 70, 10]]
found = pd.DataFrame(
    {
        "score": [0.9, 0.8, 0.6, 0.3],
        "box": [[2, 0, 12, 10], [0, 0, 10, 9], [31, 0, 41, 10], [80, 0, 90, 10]],
    }
)
found["IoU with the first cat"] = [evalkit.box_iou(box, cats[0]) for box in found["box"]]
found["match"] = match(found["box"], cats)
found.round(2)

# %% [markdown]
# **Two detections on one cat are one hit and one false alarm.** The second box fits the first cat
# better<!-- true: found["IoU with the first cat"][1] > found["IoU with the first cat"][0] -->, but the first is surer
# and chooses before it<!-- true: found["match"].tolist()[:2] == [1, 0] -->. Greedy by score, not by IoU: the detector
# is held to its own order.
#
# ## Average precision
#
# Now it is the ranking of lesson 05. Walk down the list and note precision and recall after each detection. The
# **envelope** raises each precision to the highest that is still to come. **Average precision** (AP) is the area under
# it.

# %%
n_truth = len(cats)
ranked = found[["score", "match"]].copy()
ranked["precision"] = ranked["match"].cumsum() / np.arange(1, len(ranked) + 1)
ranked["recall"] = ranked["match"].cumsum() / n_truth
ranked["envelope"] = np.maximum.accumulate(ranked["precision"][::-1])[::-1]
ap = evalkit.metrics.detection.average_precision(ranked["match"], n_truth)
print(f"AP {ap:.4f}")
ranked.round(3)

# %% [markdown]
# Each hit moves recall by 1/3. The heights at the two hits are 1 and 2/3<!-- = ranked["envelope"][2] -->, so AP is
# (1 + 2/3) / 3 = **0.5556**<!-- = ap -->. The third cat was never found<!-- true: ranked["recall"].max() < 1 -->. It
# adds nothing to the sum, but it counts in the denominator.
#
# **With or without the envelope?** Take a list that begins with a false alarm, `[0, 1, 1]`, and two true objects.

# %% jupyter={"source_hidden": true}
# Draws both areas.
three = np.array([0, 1, 1])
raw = np.cumsum(three) / np.arange(1, 4)
without_envelope = raw[three == 1].sum() / 2
with_envelope = evalkit.metrics.detection.average_precision(three, 2)
fig, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
ax.fill_between([0, 1], [2 / 3, 2 / 3], facecolor="#d6e9f5", label=f"with envelope: {with_envelope:.3f}")
ax.step([0, 0.5, 1], [1 / 2, 1 / 2, 2 / 3], where="pre", color=PALETTE[1], linewidth=2.5, linestyle="--",
        label=f"without: {without_envelope:.3f}")  # fmt: skip
ax.plot([0, 1], [2 / 3, 2 / 3], color=PALETTE[0], linewidth=2.5)
ax.set(xlabel="Recall", ylabel="Precision", xlim=(0, 1), ylim=(0, 1), title="The same list, two areas")
ax.legend(loc="lower right")
show(
    fig,
    "Precision against recall for a false alarm followed by two hits, two true objects. The dashed steps have height "
    "one half up to recall 0.5 and two thirds up to recall 1: area 0.583. The envelope is flat at two thirds: 0.667.",
)

# %% [markdown]
# Without, AP is 0.583<!-- = without_envelope -->, as scikit-learn's `average_precision_score` computes it. With it,
# 0.667<!-- = with_envelope -->. Detection takes the envelope, in the competition Pascal VOC as in COCO. Both are right;
# mixing them in one table is wrong.
#
# ### Exercise: average_precision
#
# *7 minutes, 5 points.* Write `average_precision(is_match, n_truth)`, **with the envelope**.
#
# - `is_match` is an array of 1 and 0, one for each detection, sorted already: the highest score first. It can be empty.
# - `n_truth` is the number of true objects, found or not; at least 1.
# - Return the sum of the envelope's heights at the matches, over `n_truth`. With no match that is 0.
#
# <details><summary>Hint 1: precision at each place</summary>
#
# `np.cumsum(is_match)` counts the hits so far, `np.arange(1, len(is_match) + 1)` the detections so far.
#
# </details>
# <details><summary>Hint 2: the envelope</summary>
#
# The height at a place is the largest precision from there to the end: `max(precision[i:])`. Or run
# `np.maximum.accumulate` over the reversed array, and reverse again.
#
# </details>
# <details><summary>Hint 3: what to add up</summary>
#
# Only the heights where `is_match` is 1. A false alarm does not move the recall.
#
# </details>


# %% exercise="average_precision"
def average_precision(is_match, n_truth):
    """Return the area under the envelope of precision over recall. Detections come by falling score."""
    ### BEGIN SOLUTION
    precision = np.cumsum(is_match) / np.arange(1, len(is_match) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return np.sum(envelope[is_match == 1]) / n_truth
    ### END SOLUTION


# %% check="average_precision"
check("average_precision", average_precision)
### BEGIN HIDDEN TESTS
check("average_precision", average_precision, seed=11103)
### END HIDDEN TESTS

# %% [markdown]
# ### Two ways to get it wrong
#
# **The mean over pictures.** Picture 1 has one detection, a hit. Picture 2 has a surer false alarm, then a hit. Each has
# one true object. Some code computed one value for each picture and took the mean:

# %%
mean_of_pictures = np.mean([1 / 1, 1 / 2])  # the precision in each picture
# By score, both pictures together: the false alarm is the surest of all. Here without the envelope.
pooled = np.array([0, 1, 1])
pooled_ap = np.sum((np.cumsum(pooled) / [1, 2, 3])[pooled == 1]) / 2
print(f"mean over pictures {mean_of_pictures:.3f}, pooled {pooled_ap:.3f}")

# %% [markdown]
# 0.75<!-- = mean_of_pictures --> against 0.583<!-- = pooled_ap -->: within its own picture the false alarm stands in
# nobody's way. One threshold will serve all pictures, so put **all detections of a class into one list**.
#
# **A cut before the metric.** Nine detections, six true objects. Somebody drops the four least sure "because we would
# never show them":

# %%
nine = np.array([1, 1, 0, 1, 0, 1, 0, 0, 1])
whole_list = evalkit.metrics.detection.average_precision(nine, 6)
after_cut = evalkit.metrics.detection.average_precision(nine[:5], 6)
print(f"the whole list {whole_list:.3f}, after the cut {after_cut:.3f}")

# %% [markdown]
# AP falls from 0.662<!-- = whole_list --> to 0.458<!-- = after_cut -->, and the detector is the same. A cut can only
# take area away. Two models compared with different cuts are not compared at all.
#
# ## Reading a report: mean average precision
#
# **Mean average precision** (mAP) is the mean of AP over classes, in COCO's report also over ten limits of IoU: 0.50,
# 0.55, …, 0.95. `map_50` and `map_75` are those at one limit. (COCO reads the envelope at 101 recalls and averages, so
# its AP differs a little from yours.) Three detectors look for cars, one car in each of 300
# pictures, 60 of them in fog. Each misses 60 cars. We made them so that you know what is true.

# %% jupyter={"source_hidden": true}
# Makes the detectors.
rng = np.random.default_rng(11)
weather = np.where(np.arange(300) < 60, "fog", "clear")
corner = rng.integers(50, 200, (300, 2))
road = [{"boxes": [[x, y, x + 60, y + 40]], "labels": ["car"]} for x, y in corner]
sure = np.sort(rng.uniform(0.3, 1, 240))[::-1]
loose_shift = rng.integers(0, 19, 240)
ghosts = rng.choice(300, 50, replace=False)
ghost_scores = rng.uniform(0.1, 0.7, 50)


def detector(missed_in_fog, shift):
    """Detections of 240 cars, so many of the missed ones in fog; and which cars were found."""
    missed = np.r_[np.arange(missed_in_fog), 60 + np.arange(60 - missed_in_fog)]
    seen = np.random.default_rng(1).permutation(np.setdiff1d(np.arange(300), missed))
    lists = [{"boxes": [], "labels": [], "scores": []} for _ in range(300)]

    def add(picture, box, score):
        lists[picture]["boxes"].append(box)
        lists[picture]["labels"].append("car")
        lists[picture]["scores"].append(score)

    for picture, score, right in zip(seen, sure, shift, strict=True):
        x, y = corner[picture]
        add(picture, [x + right, y, x + right + 60, y + 40], score)
    for picture, score in zip(ghosts, ghost_scores, strict=True):
        add(picture, [400, 300, 460, 340], score)
    return lists, np.isin(np.arange(300), seen).astype(int)


# %%
detectors = {
    "even": detector(missed_in_fog=12, shift=loose_shift),
    "fair weather": detector(missed_in_fog=45, shift=loose_shift),
    "tight boxes": detector(missed_in_fog=12, shift=loose_shift // 2),
}
reports = {name: mean_average_precision(road, lists) for name, (lists, _) in detectors.items()}
rows = {}
for name, (_, seen) in detectors.items():
    recall = slice_recall(np.ones(300, int), seen, weather)
    rows[name] = {
        "mAP": reports[name].map,
        "mAP at 0.50": reports[name].map_50,
        "mAP at 0.75": reports[name].map_75,
        "recall clear": recall["clear"],
        "recall fog": recall["fog"],
    }
driving = pd.DataFrame(rows).T
driving.round(3)

# %% [markdown]
# Read it column by column.
#
# - *Even* and *fair weather* have **the same mAP to the last digit**<!-- true: abs(driving["mAP"]["even"] -
#   driving["mAP"]["fair weather"]) < 1e-12 -->. In fog one finds 80 %<!-- = driving["recall fog"]["even"] --> of the
#   cars, the other 25 %<!-- = driving["recall fog"]["fair weather"] -->. A mean over all pictures does not ask where the
#   misses lie. Slices do (lesson 10).
# - *Tight boxes* equals *even* at 0.50<!-- true: abs(driving["mAP at 0.50"]["even"] - driving["mAP at 0.50"]["tight
#   boxes"]) < 1e-12 --> and beats it at 0.75<!-- true: driving["mAP at 0.75"]["tight boxes"] > driving["mAP at
#   0.75"]["even"] + 0.1 -->: it finds the same cars and draws better boxes. Whether that matters is for the use to say.

# %% jupyter={"source_hidden": true}
# Draws recall with intervals.
names, values, low, high = [], [], [], []
for name in ("even", "fair weather"):
    for place in ("clear", "fog"):
        seen = detectors[name][1][weather == place]
        interval = wilson_interval(int(seen.sum()), len(seen))
        names.append(f"{name}, {place}")
        values.append(seen.mean())
        low.append(interval.low)
        high.append(interval.high)
fig = plot_slices(names, values, low, high, overall=0.8, metric="Recall", by="Detector and weather")
show(fig, alt_text(fig))

# %% quiz="TM-b2"
show_quiz("11_task_metrics", "TM-b2")

# %% [markdown]
# ## Words: BLEU
#
# A translation can be right in many ways. **BLEU** asks how many short runs of its words (n-grams) human references
# hold. Four ideas make it:
#
# - **Shares of runs** of 1, 2, 3 and 4 words: of what the candidate says, how much is in a reference? A precision.
# - **Clipping.** A run counts at most as often as it stands in any one reference. Otherwise repeating pays.
# - **The geometric mean** of the four shares: the fourth root of their product. One share of 0 makes BLEU 0.
# - **The brevity penalty**, for precision does not notice what is left out. With c words in the candidate and r in the
#   reference nearest in length: $e^{1 - r/c}$ if c < r, otherwise 1.

# %%
reference = "the cat is lying on the mat by the door"
candidates = {
    "one word repeated": "the the the the the the the the the the",
    "cut short": "the cat is lying on the mat",
    "two words others": "the cat is sleeping on the rug by the door",
}
rows = {}
for name, candidate in candidates.items():
    bleu_value = bleu_score([candidate], [reference])
    shares = {
        f"{n} word{'s' if n > 1 else ''}": share
        for n, share in enumerate(bleu_value.precisions, start=1)
    }
    rows[name] = {**shares, "brevity penalty": bleu_value.brevity_penalty, "BLEU": bleu_value.score}
by_hand = pd.DataFrame(rows).T
by_hand.round(3)

# %% [markdown]
# "the" stands three times in the reference, so 3 of 10 count: 0.3<!-- = by_hand["1 word"]["one word repeated"] -->
# instead of 1. The short one says nothing wrong<!-- true: by_hand.loc["cut short", ["1 word", "2 words", "3 words",
# "4 words"]].min() == 1 -->; the penalty alone, $e^{1 - 10/7}$, takes it down to
# 0.651<!-- = by_hand["BLEU"]["cut short"] -->.
#
# ### Exercise: bleu
#
# *8 minutes, 6 points.* Write `bleu(candidate, references)`.
#
# - `candidate` is a string, `references` a list of one or more strings. All are in small letters; words are separated by
#   spaces.
# - Return the BLEU of this one sentence, between 0 and 1: runs of 1 to 4 words, each length with the same weight,
#   clipped, times the brevity penalty.
# - Of two references as near in length, take the shorter. If of some length no run matches, or there is none (a
#   candidate of three words), return 0.
#
# <details><summary>Hint 1: runs of words</summary>
#
# `words = candidate.split()`, and `[tuple(words[i : i + n]) for i in range(len(words) - n + 1)]` are its runs of n words.
# `collections.Counter` counts them.
#
# </details>
# <details><summary>Hint 2: clipping with several references</summary>
#
# For `Counter`s, `a | b` takes the larger of the counts and `a & b` the smaller. So join the counts of all references
# with `|`, then take `&` with those of the candidate.
#
# </details>
# <details><summary>Hint 3: the penalty</summary>
#
# `min(lengths, key=lambda r: (abs(r - c), r))` is the nearest length, the shorter of two as near.
#
# </details>


# %% exercise="bleu"
def bleu(candidate, references):
    """Return the BLEU of one sentence, with runs of one to four words.

    0 if no run of some length matches.
    """
    ### BEGIN SOLUTION
    from collections import Counter

    def runs(text, n):
        words = text.split()
        return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))

    product = 1.0
    for n in (1, 2, 3, 4):
        mine, most = runs(candidate, n), Counter()
        for reference in references:
            most |= runs(reference, n)
        matches = sum((mine & most).values())
        if matches == 0:
            return 0.0
        product *= matches / sum(mine.values())
    c = len(candidate.split())
    r = min(
        (len(reference.split()) for reference in references),
        key=lambda length: (abs(length - c), length),
    )
    return min(1.0, float(np.exp(1 - r / c))) * product**0.25
    ### END SOLUTION


# %% check="bleu"
check("bleu", bleu)
### BEGIN HIDDEN TESTS
check("bleu", bleu, seed=11104)
### END HIDDEN TESTS

# %% [markdown]
# ### What it cannot see
#
# **Predict first:** the truth is "there is no tumour in the left lung of this patient". Three programs translate. Which
# one does a doctor fear, and which one will BLEU prefer?

# %%
truth = "there is no tumour in the left lung of this patient"
reports_in_words = {
    "the opposite": "there is a tumour in the left lung of this patient",
    "in other words": "the left lung of this patient shows no tumour",
    "also right": "no tumour is found in the left lung of this patient",
}
rows = {
    name: {"BLEU": bleu_score([said], [truth]).score, "METEOR": float(meteor_score([said], [truth]))}
    for name, said in reports_in_words.items()
}
lung = pd.DataFrame(rows).T
lung.round(3)

# %% [markdown]
# The sentence that says **the opposite wins**, with 0.742<!-- = lung["BLEU"]["the opposite"] -->: one word of eleven is
# wrong, and BLEU does not know which words matter. **METEOR** aligns words, equal or of the same stem, and leans to
# recall; it prefers the opposite as well<!-- true: lung["METEOR"].idxmax() == lung["BLEU"].idxmax() ==
# "the opposite" -->, with 0.905<!-- = lung["METEOR"]["the opposite"] -->. evalkit's knows no synonyms, and with
# synonyms a lost "no" would still be one word. So count such mistakes apart, as lesson 10 did with negations.
#
# **Sentence or corpus?** BLEU was made for whole test sets: add up the counts of all sentences, then divide. The mean
# of the sentences' values is another number.

# %%
said = ["the cat sits on the mat", "the small dog runs home", "yes indeed"]
meant = ["the cat sits on the mat", "the little dog runs home again", "yes indeed"]
each = [bleu_score([c], [r]).score for c, r in zip(said, meant, strict=True)]
corpus = bleu_score(said, meant)
print("each", np.round(each, 3), f"mean {np.mean(each):.3f}, corpus {corpus:.3f}")
print(corpus.signature)

# %% [markdown]
# The last sentence **equals its reference and scores 0**<!-- true: each[2] == 0 and said[2] == meant[2] -->: two words
# have no run of four. The mean is 0.333<!-- = np.mean(each) -->, the corpus 0.695<!-- = corpus.score -->. And both depend on
# how words are cut and zeros are smoothed: that is what the **signature** says. Values with different signatures, or of
# different test sets, cannot be compared; "above 0.5 is like a human" holds nowhere in general.
#
# ## Captions: what is not there
#
# A caption program invents things. **CHAIR** looks in each caption for names of a **vocabulary** of objects, and checks
# each against the objects of the image. CHAIR_i is the share of *mentions* that are invented, CHAIR_s the share of
# *captions* with at least one. They differ, so say which.

# %%
captions = [
    "a dog sleeps on a sofa",
    "two cats under a lamp",
    "a red car and a tree",
    "there is no dog, only a cat",
]
in_the_image = [["dog", "sofa"], ["cat", "table"], ["car"], ["cat"]]
small = ["dog", "cat", "car", "sofa", "table"]
large = [*small, "lamp", "tree"]
shy = ["a room", "some animals", "a thing", "a cat"]
results = {
    "small vocabulary": chair(captions, in_the_image, vocabulary=small),
    "large vocabulary": chair(captions, in_the_image, vocabulary=large),
    "the shy program": chair(shy, in_the_image, vocabulary=large),
}
n_objects = sum(map(len, in_the_image))
rows = {}
for name, result in results.items():
    named = sum(len(set(m) & set(o)) for m, o in zip(result.mentioned, in_the_image, strict=True))
    rows[name] = {
        "CHAIR_i": result.chair_i,
        "CHAIR_s": result.chair_s,
        "recall of objects": named / n_objects,
    }
told = pd.DataFrame(rows).T
told.round(3)

# %% [markdown]
# - **The vocabulary decides the score.** The same captions: CHAIR_s is 0.25<!-- = told["CHAIR_s"]["small vocabulary"]
#   --> with five names and 0.75<!-- = told["CHAIR_s"]["large vocabulary"] --> with seven. An invention without a name in
#   it is free. Papers mostly use 80 objects of COCO; a value without its vocabulary says nothing.
# - **"no dog" is a mention.** By the authors' definition the caption names a dog, and there is none. It is the one
#   invention that the small vocabulary finds<!-- true: results["small vocabulary"].hallucinated == ((), (), (),
#   ("dog",)) -->. If that is not what you want, write a metric under another name.
# - **Who says nothing invents nothing.** The shy program has CHAIR 0<!-- = told["CHAIR_s"]["the shy program"] --> and
#   names one object of six<!-- true: n_objects == 6 and abs(told["recall of objects"]["the shy program"] * 6 - 1) <
#   1e-9 -->. Put a recall beside it.
#
# And **longer captions have more chances**. A program invents 5 % of what it names; let it name more:

# %%
everything = [f"{letter}thing" for letter in "abcdefghijklmnopqrst"]
rng = np.random.default_rng(5)
rows = {}
for n_named in (1, 2, 4, 8):
    drawn = [rng.permutation(everything)[:n_named] for _ in range(2000)]
    there = [[name for name in names if rng.random() > 0.05] for names in drawn]
    result = chair([" ".join(names) for names in drawn], there, vocabulary=everything)
    rows[n_named] = {"CHAIR_i": result.chair_i, "CHAIR_s": result.chair_s}
length = pd.DataFrame(rows).T.rename_axis("objects named")
length.round(3)

# %% [markdown]
# CHAIR_i stays where it is<!-- true: length["CHAIR_i"].between(0.04, 0.06).all() -->, CHAIR_s
# rises<!-- true: length["CHAIR_s"].is_monotonic_increasing and length["CHAIR_s"][8] > 5 * length["CHAIR_s"][1] -->. So
# report the length of the captions, and compare programs at the same length.
#
# ### Exercise: caption_hallucination_rate
#
# *5 minutes, 4 points.* Write `caption_hallucination_rate(captions, objects)`: **CHAIR_s**.
#
# - `captions` is a list of strings in small letters, words separated by spaces. `objects` holds for each image the list
#   of the objects in it, each one word.
# - The vocabulary is given by the data: **all names that occur anywhere in `objects`**. Other words do not count.
# - A caption names an object if one of its words *is* the name. "cattle" is no "cat". "no cat" names a cat.
# - Return the share of captions that name at least one object which their own image does not hold, of all captions.
#
# <details><summary>Hint 1: the vocabulary</summary>
#
# `set().union(*objects)` holds each name once.
#
# </details>
# <details><summary>Hint 2: one caption</summary>
#
# Its words are `caption.split()`. Which of them are in the vocabulary, and of these, which are not in its image?
#
# </details>
# <details><summary>Hint 3: both lists together</summary>
#
# `for caption, present in zip(captions, objects):` goes through both. Count a caption once, however much is invented.
#
# </details>


# %% exercise="caption_hallucination_rate"
def caption_hallucination_rate(captions, objects):
    """Return the share of captions that name an object which the image does not hold (CHAIR_s).

    The names to look for are all those that occur in objects.
    """
    ### BEGIN SOLUTION
    vocabulary = set().union(*objects)
    wrong = 0
    for caption, present in zip(captions, objects, strict=True):
        named = set(caption.split()) & vocabulary
        wrong += bool(named - set(present))
    return wrong / len(captions)
    ### END SOLUTION


# %% check="caption_hallucination_rate"
check("caption_hallucination_rate", caption_hallucination_rate)
### BEGIN HIDDEN TESTS
check("caption_hallucination_rate", caption_hallucination_rate, seed=11105)
### END HIDDEN TESTS

# %% quiz="TM-b3"
show_quiz("11_task_metrics", "TM-b3")

# %% [markdown] further=true
# ## Going further: two things that mAP does not say
#
# Detections of a class without any true object do not lower mAP, however many there are; and detections of equal score
# stand in the order in which they were given, which can change the value. evalkit's report names both.

# %%
odd = mean_average_precision(
    [{"boxes": [[0, 0, 10, 10], [50, 50, 60, 60]], "labels": ["cat", "cat"]}],
    [
        {
            "boxes": [
                [0, 0, 10, 10],
                [80, 80, 90, 90],
                [50, 50, 60, 60],
                [20, 20, 30, 30],
                [0, 0, 10, 10],
            ],
            "labels": ["cat", "cat", "cat", "dog", "dog"],
            "scores": [0.9, 0.5, 0.5, 0.9, 0.8],
        }
    ],
)
print(f"mAP {odd.map:.3f}, by order of ties from {odd.map_ties[0]:.3f} to {odd.map_ties[1]:.3f}")
print("detections of classes that do not occur:", odd.unscored_detections)

# %% [markdown]
# Two invented dogs cost nothing<!-- true: odd.unscored_detections == {"dog": 2} -->. And a detector whose scores are
# rounded has an mAP that depends on the order of the input<!-- true: odd.map_ties[0] < odd.map_ties[1] -->.

# %% [markdown] further=true
# ## Going further: claims that you will meet
#
# Some of what is written about these metrics is wrong. Here is where, and what is true.

# %% [markdown]
# | The claim | Where | What is true |
# |---|---|---|
# | mAP is the mean over the pictures | early code of a well-known YOLOv3 in PyTorch, which its author then corrected (ultralytics/yolov3, issue 129) | Pool the detections of a class over all pictures. The mean over pictures came out too high. |
# | mAP does not depend on the confidence threshold | asked again and again, as in WongKinYiu/yolov7, issue 845 | In theory there is no threshold. As soon as a program drops detections before the metric, it measures the cut. |
# | A detector's row is right or wrong | a vendor's page on a row-by-row score "for classification or detection" | A picture holds many boxes. Match them first, then count. |
# | BLEU is the share of n-grams that match; above 0.5 is like a human | introductions to BLEU, such as that of studysmarter.co.uk | It is a geometric mean times a penalty, and has no scale across test sets. |
# | BLEU does not see the order of words | the same kind of page | Runs of two to four words do see it, within the run. |
# | A perfect answer scores 1 | a question at mjpost/sacrebleu, issue 278: two words, equal to the reference, score 0 | Below four words there is no run of four. BLEU is for test sets. |
# | Cut the words as you like | the default of older packages; "Tokenized BLEU considered harmful", huggingface/datasets, issue 137 | Other words, other value. Report the signature. |
# | CHAIR can be compared across papers | LzVv123456/VISTA, issue 3; shikiw/OPERA, issue 30: 64 or 512 new words allowed, another result | Vocabulary, choice of images and length decide. Compute both programs yourself. |

# %% [markdown]
# ## Quiz
#
# Nine questions. They do not count towards your points.

# %% quiz="11_task_metrics"
show_quiz("11_task_metrics")

# %% [markdown]
# ## Summary
#
# | Task | What counts as a match | Then | Look out for |
# |---|---|---|---|
# | boxes, masks | IoU at or above a limit, surest first, each object once | AP, mAP | cuts, means over pictures, slices |
# | translation | runs of 1 to 4 words, clipped | BLEU | negations, signature, single sentences |
# | captions | a name of the vocabulary | CHAIR_i, CHAIR_s | vocabulary, length, recall |
#
# - First ask what counts as a match. Two numbers with different answers cannot be compared.
# - A metric weighs mistakes by how many words or boxes they touch. You weigh them by the harm.
#
# Next, lesson 12: from metric to decision.
#
# ## Further reading
#
# - M. Everingham and others, "The Pascal Visual Object Classes Challenge: A Retrospective", *International Journal of
#   Computer Vision* 111 (2015). Average precision for detections, and why it changed in 2010.
# - T.-Y. Lin and others, "Microsoft COCO: Common Objects in Context", ECCV (2014). The report of twelve figures.
# - K. Papineni and others, "BLEU: a Method for Automatic Evaluation of Machine Translation", ACL (2002).
# - M. Post, "A Call for Clarity in Reporting BLEU Scores", WMT (2018). Why a BLEU needs a signature.
# - S. Banerjee and A. Lavie, "METEOR: An Automatic Metric for MT Evaluation with Improved Correlation with Human
#   Judgments", ACL workshop (2005).
# - A. Rohrbach and others, "Object Hallucination in Image Captioning", EMNLP (2018). CHAIR.
