"""Which detection finds which true object, by COCO's rules, for all images at once.

Within an image and a class the detections choose in the order of their scores. Each takes, of the true objects that
overlap enough and that no earlier one has taken, the one with the greatest IoU. A detection only falls back on an
object that is not to be counted (a crowd, or one outside the range of areas) if it finds no other, and then it is not
counted either.

The choices of one image depend on each other, those of different images and classes do not. So the loop runs over
ranks: first the best detection of every image and class, then the second best, at most as often as one image has
detections of one class. Thresholds of IoU and ranges of area are two more axes of the arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from evalkit._core.inputs import Array
from evalkit.metrics._scenes import Objects, Scenes


@dataclass(frozen=True)
class Matches:
    """What became of each detection, for every range of areas and every threshold.

    Attributes
    ----------
    found : Objects
        The detections, at most `most` per image and class.
    rank : array of shape (n,)
        The rank of each detection within its image and class, from 0.
    hit, false_alarm : boolean arrays of shape (areas, thresholds, n)
        A detection that is neither is not counted.
    counted : boolean array of shape (areas, truth)
        The true objects to be found.
    """

    found: Objects
    rank: Array
    hit: Array
    false_alarm: Array
    counted: Array


def match(scenes: Scenes, thresholds: Array, areas: Array, most: int) -> Matches:
    """Match detections with true objects.

    Parameters
    ----------
    scenes : Scenes
    thresholds : array of shape (thresholds,)
        A match needs at least this IoU.
    areas : array of shape (areas, 2)
        Smallest and largest area of the objects to be counted, both included.
    most : int
        The number of detections of a class in an image that are looked at.
    """
    rank = _ranks(scenes.found.group)
    if (rank >= most).any():
        kept = np.flatnonzero(rank < most)
        scenes, rank = Scenes(scenes.truth, scenes.found.take(kept), scenes.classes, scenes.masks), rank[kept]
    truth, found = scenes.truth, scenes.found
    counted = _within(truth.area, areas) & ~truth.crowd
    shape = (len(areas), len(thresholds))
    taken = np.zeros((*shape, len(truth)), dtype=bool)
    matched = np.zeros((*shape, len(found)), dtype=bool)
    ignored = np.zeros((*shape, len(found)), dtype=bool)

    pair_found, pair_truth, iou = scenes.candidate_pairs(thresholds.min())
    # By rank, then detection; its partners by rising IoU, so that the last free one is the best. Of equal IoU the last
    # object given is the best, as in COCO's code.
    order = np.lexsort((pair_truth, iou, pair_found, rank[pair_found]))
    pair_found, pair_truth, iou = pair_found[order], pair_truth[order], iou[order]
    n_pairs = len(order)
    bounds = np.searchsorted(rank[pair_found], np.arange(rank[pair_found].max(initial=-1) + 2))
    for low, high in pairwise(bounds.tolist()):
        if low == high:  # nobody of this rank overlaps enough with anything
            continue
        partners = pair_truth[low:high]
        free = (iou[low:high] >= thresholds[:, None]) & (~taken[..., partners] | truth.crowd[partners])
        # One number tells how good a partner is: its place in the order, and any counted object beats any other.
        merit = np.where(free, np.arange(high - low) + n_pairs * counted[:, None, partners], -1)
        starts = np.flatnonzero(np.diff(pair_found[low:high], prepend=-1))
        best = np.maximum.reduceat(merit, starts, axis=-1)
        area, threshold, who = np.nonzero(best >= 0)
        choice = partners[best[area, threshold, who] % n_pairs]
        detection = pair_found[low:high][starts][who]
        taken[area, threshold, choice] = True
        matched[area, threshold, detection] = True
        ignored[area, threshold, detection] = ~counted[area, choice]

    outside = ~_within(found.area, areas)[:, None]
    return Matches(found, rank, matched & ~ignored, ~matched & ~outside, counted)


def _ranks(group: Array) -> Array:
    """Count from 0 within each run of equal groups."""
    ranks: Array = np.arange(len(group)) - np.searchsorted(group, group)
    return ranks


def _within(area: Array, areas: Array) -> Array:
    within: Array = (area >= areas[:, :1]) & (area <= areas[:, 1:])
    return within
