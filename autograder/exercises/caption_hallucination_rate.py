"""The share of captions that name an object which the image does not hold: CHAIR, counted by captions."""

from __future__ import annotations

from math import gcd

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._edited import mistake

# The objects, each with a longer word that is another thing and holds its name.
LURES = {
    "bird": "birdhouse", "boat": "boathouse", "bus": "bush", "car": "carpet", "cat": "cattle", "dog": "dogwood",
    "lamp": "lamplight", "sheep": "sheepskin",
}  # fmt: skip
PLACES = ["by the road", "in the rain", "in the sun", "near a wall", "on the grass", "under a tree"]


def cases(rng: np.random.Generator) -> list[Case]:
    def pick(names: list[str]) -> str:
        return str(rng.choice(names))

    def image(kind: str) -> tuple[str, list[str]]:
        """A caption of that kind, and the objects of its image."""
        mixed = rng.permutation(list(LURES)).tolist()
        present, absent = mixed[: int(rng.integers(2, 4))], mixed[4:]
        first, second = present[:2]
        caption = {
            "right": f"a {first} {pick(PLACES)}",
            "both right": f"a {first} and a {second} {pick(PLACES)}",
            "wrong": f"a {absent[0]} {pick(PLACES)}",
            "half wrong": f"a {first} and a {absent[0]} {pick(PLACES)}",
            "twice wrong": f"a {absent[0]} with a {absent[1]} and a {second} {pick(PLACES)}",
            "said again": f"a {absent[0]} {pick(PLACES)} and the {absent[0]} looks at a {first}",
            "silent": f"a quiet scene {pick(PLACES)}",
            "denied": f"there is no {absent[0]} but a {first} {pick(PLACES)}",
            "lure": f"some {LURES[absent[0]]} and a {first} {pick(PLACES)}",
        }[kind]
        return caption, present

    def images(total: int, **kinds: int) -> tuple[list[str], list[list[str]]]:
        """So many captions of each kind, filled up with right ones, in random order."""
        wanted = [kind.replace("_", " ") for kind, times in kinds.items() for _ in range(times)]
        wanted += ["right", "both right"] * total
        while True:
            drawn = [image(kind) for kind in rng.permutation(wanted[:total]).tolist()]
            captions, objects = [caption for caption, _ in drawn], [present for _, present in drawn]
            named = set(" ".join(captions).split()) & set(LURES)
            if named <= {name for present in objects for name in present}:
                return captions, objects

    def size(*not_multiples_of: int) -> int:
        """A number of captions by which two digits never suffice."""
        return int(rng.choice([n for n in (7, 9, 11, 12, 13, 14) if all(gcd(n, k) == 1 for k in not_multiples_of)]))

    # How many captions are wrong, case by case; no two the same.
    a, b, c, d, e = (int(k) for k in rng.choice([1, 2, 3, 4, 5], 5, replace=False) + [1, 1, 0, 1, 0])
    return [
        Case("right and wrong captions", images(size(a), wrong=a - 1, half_wrong=1), 1),
        Case("captions with two wrong objects", images(size(b), twice_wrong=b - 1, said_again=1), 1),
        Case("words that contain a name", images(size(c), lure=2, half_wrong=c), 1),
        Case("an object that is denied", images(size(d), denied=1, wrong=d - 1), 0.5),
        Case("captions that name nothing", images(size(e), silent=2, half_wrong=e), 0.5),
    ]


def reference(captions, objects):
    from evalkit.metrics.chair import chair

    return chair(captions, objects, vocabulary=sorted({name for present in objects for name in present})).chair_s


def right(captions, objects):
    known = set().union(*objects)
    wrong = 0
    for caption, present in zip(captions, objects):
        named = [word for word in caption.split() if word in known]
        if any(name not in present for name in named):
            wrong += 1
    return wrong / len(captions)


def wrong_mentions(captions, objects):
    known = set().union(*objects)
    mentions = [(w, present) for caption, present in zip(captions, objects) for w in caption.split() if w in known]
    return sum(word not in present for word, present in mentions) / max(1, len(mentions))


def wrong_missed(captions, objects):
    missed = sum(name not in caption.split() for caption, present in zip(captions, objects) for name in present)
    return missed / sum(map(len, objects))


def wrong_incomplete(captions, objects):
    return np.mean([not set(present) <= set(caption.split()) for caption, present in zip(captions, objects)])


def wrong_mean_of_shares(captions, objects):
    known = set().union(*objects)
    shares = []
    for caption, present in zip(captions, objects):
        named = [word for word in caption.split() if word in known]
        shares.append(sum(name not in present for name in named) / max(1, len(named)))
    return np.mean(shares)


def variant_sets(captions, objects):
    known = {name for present in objects for name in present}
    hallucinated = [(set(c.split()) & known) - set(o) for c, o in zip(captions, objects)]
    return sum(map(bool, hallucinated)) / len(hallucinated)


def variant_patterns(captions, objects):
    import re

    known = sorted({name for present in objects for name in present})
    pattern = re.compile(rf"\b({'|'.join(known)})\b")
    return float(np.mean([any(n not in o for n in pattern.findall(c)) for c, o in zip(captions, objects)]))


def variant_by_name(captions, objects):
    flagged = set()
    for name in {name for present in objects for name in present}:
        for i, caption in enumerate(captions):
            if f" {name} " in f" {caption} " and name not in objects[i]:
                flagged.add(i)
    return len(flagged) / len(captions)


EXERCISE = Exercise(
    id="caption_hallucination_rate",
    lesson="11_task_metrics",
    objective="TM.5",
    points=4,
    signature="caption_hallucination_rate(captions, objects)",
    cases=cases,
    reference=reference,
    misconceptions={
        "mentions": Misconception(
            wrong_mentions,
            "You divide by all objects that are named: that is CHAIR counted by mentions. Asked for is the share of "
            "captions. A caption with two invented objects is one caption.",
        ),
        "missed-objects": Misconception(
            wrong_missed,
            "You count the objects that no caption mentions. Leaving something out is no invention. Look the other way "
            "round: for objects that a caption names and its image does not hold.",
        ),
        "incomplete-captions": Misconception(
            wrong_incomplete,
            "You count the captions that leave an object out. A caption may be incomplete without inventing anything. "
            "Count those that name an object which the image does not hold.",
        ),
        "parts-of-words": mistake(
            right,
            {"[word for word in caption.split() if word in known]": "[name for name in known if name in caption]"},
            "You look for the names as pieces of text, so “cattle” counts as a cat. On a string, `in` looks for a "
            "piece; on a list it compares whole words. Cut the caption into words first.",
        ),
        "without-vocabulary": mistake(
            right,
            {" if word in known": ""},
            "You take every word for an object, “a” and “the” as well, so that hardly any caption is free of "
            "invention. Only the names that occur somewhere in objects count as objects.",
        ),
        "any-image": mistake(
            right,
            {"if any(name not in present for name in named)": "if any(name not in known for name in named)"},
            "You look a name up among the objects of all images together. An object is invented if it is not in *its "
            "own* image: compare each caption with the objects of its image.",
        ),
        "all-invented": mistake(
            right,
            {"if any(name not in present for name in named)": "if named and not set(named) & set(present)"},
            "You count a caption only if all that it names is invented. One invented object is enough, however much of "
            "the rest is right.",
        ),
        "of-captions-with-objects": mistake(
            right,
            {
                "    wrong = 0\n": "    wrong = silent = 0\n",
                "        if any(": "        silent += not named\n        if any(",
                "wrong / len(captions)": "wrong / max(1, len(captions) - silent)",
            },
            "You leave out the captions that name no object. They count in the denominator: it is the number of all "
            "captions. (That is why a model that names nothing gets 0.)",
        ),
        "denials-let-pass": mistake(
            right,
            {"in caption.split() if": 'in caption.replace("no ", "no-").split() if'},
            "You let “no dog” pass, which makes good sense. But the authors' definition counts the mention: a dog is "
            "named, and none is there. Whoever compares numbers has to keep to the definition.",
        ),
        "mean-of-shares": Misconception(
            wrong_mean_of_shares,
            "You take for each caption the share of its objects that are invented, and average. Asked for is yes or no "
            "for each caption: whether it names at least one object that is not there.",
        ),
        "inventions-per-caption": mistake(
            right,
            {
                "        if any(name not in present for name in named):\n            wrong += 1\n": "        wrong += "
                "sum(name not in present for name in named)\n"
            },
            "You count every invented object, and divide by the number of captions. A caption with two inventions then "
            "counts twice. It is one caption: count it once.",
        ),
        "count": mistake(
            right,
            {"return wrong / len(captions)": "return wrong"},
            "You return how many captions name an object that is not there. Asked for is their share: divide by the "
            "number of captions.",
        ),
    },
    variants={"sets": variant_sets, "patterns": variant_patterns, "by_name": variant_by_name},
)
