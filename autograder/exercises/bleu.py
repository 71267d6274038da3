"""BLEU of one sentence: clipped shares of common n-grams, their geometric mean, and the brevity penalty."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import needs_digits, until
from autograder.exercises._edited import mistake

Texts = tuple[str, list[str]]
ANIMALS = ["badger", "cat", "crow", "dog", "fox", "goat", "hare", "horse", "mouse", "otter"]
LIKE = ["angry", "black", "brown", "little", "old", "quick", "small", "tired", "white", "young"]
VERBS = ["chases", "finds", "follows", "hears", "meets", "sees", "watches"]
STARTS = ["", "again", "i think that", "once more", "then", "they say that"]
PLACES = ["across the field", "behind the barn", "by the river", "in the garden", "near the old wall"]
TIMES = ["after the rain", "at night", "before dawn", "every day", "this morning"]


def cases(rng: np.random.Generator) -> list[Case]:
    def words() -> dict[str, str]:
        """The parts of a sentence."""
        (who, whom), (first, second) = rng.choice(ANIMALS, 2, False), rng.choice(LIKE, 2, False)
        verb, place, time = (str(rng.choice(some)) for some in (VERBS, PLACES, TIMES))
        start = str(rng.choice(STARTS))
        return {
            "start": start,
            "first": first,
            "who": who,
            "verb": verb,
            "second": second,
            "whom": whom,
            "place": place,
            "time": time,
        }

    def sentence(parts: dict[str, str], **other: str) -> str:
        form = "{start} the {first} {who} {verb} the {second} {whom} {place} {time}"
        return form.format(**{**parts, **other}).strip()

    def changed(parts: dict[str, str], *which: str) -> str:
        """The sentence with other words in these places."""
        return sentence(parts, **{name: words()[name] for name in which})

    def two_of(*names: str) -> list[str]:
        return [str(name) for name in rng.choice(names, 2, replace=False)]

    def one_reference() -> Texts:
        """Parts of the sentence are said in other words."""
        parts = words()
        return changed(parts, *two_of("start", "first", "who", "second", "whom", "time")), [sentence(parts)]

    def two_references() -> Texts:
        """What one reference lacks, the other holds."""
        parts = words()
        references = [changed(parts, "start", "time"), changed(parts, *two_of("first", "verb", "who"))]
        return changed(parts, str(rng.choice(["second", "whom", "place"]))), references

    def repeated() -> Texts:
        """Words stand twice that no reference holds as often as the candidate."""
        parts = words()
        twice = {name: f"{parts[name]} {parts[name]}" for name in two_of("first", "who", "verb", "second", "whom")}
        candidate = sentence(parts, **twice, time=f"{parts['time']}{' the' * int(rng.integers(1, 5))}")
        return candidate, [sentence(parts), f"there {parts['who']} and {parts['whom']} meet {parts['place']}"]

    def short() -> Texts:
        """Shorter than both references, and nearer in length to the one that is given second."""
        parts = words()
        candidate = " ".join(changed(parts, str(rng.choice(["first", "second"]))).split()[: int(rng.integers(7, 11))])
        return candidate, [f"we know that {sentence(parts)} and at noon", changed(parts, "first", "time")]

    def no_four_in_a_row() -> Texts:
        """Every word and many pairs match, but no four words in a row."""
        parts = words()
        turned = f"the {parts['whom']} the {parts['who']} {parts['verb']} {parts['time']} {parts['place']}"
        return turned, [sentence(parts)]

    def three_words() -> Texts:
        parts = words()
        said = f"the {parts['first']} {parts['who']}"
        return said, [said, sentence(parts)]

    def together(candidate: str, references: list[str]) -> bool:
        """Whether the second reference is nearer to the candidate than the first, and both are nearest."""
        first, second = (reference(candidate, [one]) for one in references)
        return bool(first < second < reference(candidate, references))

    def telling(make: Callable[[], Texts]) -> Texts:
        return until(lambda candidate, references: needs_digits(reference(candidate, references)), make)

    def zero(make: Callable[[], Texts]) -> Texts:
        return until(lambda candidate, references: reference(candidate, references) == 0, make)

    return [
        Case("one reference", telling(one_reference), 1.5),
        Case("two references", telling(lambda: until(together, two_references)), 1.5),
        Case("words said twice", telling(repeated), 1),
        Case("shorter than both references", telling(short), 1),
        Case("no four words in a row match", zero(no_four_in_a_row), 0.5),
        Case("three words", zero(three_words), 0.5),
    ]


def reference(candidate, references):
    from evalkit.metrics.bleu import bleu_score

    return float(bleu_score([candidate], [references], tokenize="none"))


def right(candidate, references):
    from collections import Counter

    def runs(words, n):
        return Counter(zip(*(words[i:] for i in range(n)), strict=False))

    def score(words, others):
        logs = 0.0
        for n in (1, 2, 3, 4):
            grams, most = runs(words, n), Counter()
            for other in others:
                most = most | runs(other, n)
            matches = sum((grams & most).values())
            if matches == 0:
                return 0.0
            logs += np.log(matches / sum(grams.values())) / 4
        lengths = [len(other) for other in others]
        near = min(lengths, key=lambda length: (abs(length - len(words)), length))
        return min(1, np.exp(1 - near / len(words))) * np.exp(logs)

    return score(candidate.split(), [reference.split() for reference in references])


def variant_lists(candidate, references):
    words, others = candidate.split(" "), [reference.split(" ") for reference in references]

    def runs(some, n):
        return [" ".join(some[i : i + n]) for i in range(len(some) - n + 1)]

    product = 1.0
    for n in range(1, 5):
        mine = runs(words, n)
        hits = sum(min(mine.count(run), max(runs(o, n).count(run) for o in others)) for run in set(mine))
        product *= hits / len(mine) if mine else 0
    lengths = sorted(len(other) for other in others)
    near = min(lengths, key=lambda length: abs(length - len(words)))
    penalty = 1 if len(words) >= near else np.exp(1 - near / len(words))
    return penalty * product**0.25


def variant_crossed_off(candidate, references):
    """Each match is crossed off in the reference that has most of it left."""
    words, precisions = candidate.split(), []
    for n in range(1, 5):
        mine = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
        theirs = [[tuple(r.split()[i:][:n]) for i in range(len(r.split()) - n + 1)] for r in references]
        hits = 0
        for run in set(mine):
            best = max(theirs, key=lambda runs, run=run: runs.count(run))
            left = best.count(run)
            for _ in range(mine.count(run)):
                if left > 0:
                    hits, left = hits + 1, left - 1
        precisions.append(hits / len(mine) if mine else 0)
    if not all(precisions):
        return 0
    _, near = min((abs(len(r.split()) - len(words)), len(r.split())) for r in references)
    return np.exp(np.mean(np.log(precisions)) + min(0, 1 - near / len(words)))


def variant_arrays(candidate, references):
    from collections import Counter

    words = candidate.split()
    shares = np.zeros(4)
    for n in range(min(4, len(words))):
        mine = Counter(tuple(words[i : i + n + 1]) for i in range(len(words) - n))
        for run, times in mine.items():
            allowed = max(
                (f" {' '.join(r.split())} ".replace(" ", "  ")).count(f" {'  '.join(run)} ") for r in references
            )
            shares[n] += min(times, allowed) / (len(words) - n)
    lengths = np.array(sorted(len(r.split()) for r in references))
    near = lengths[np.argmin(abs(lengths - len(words)))]
    return min(1, np.exp(1 - near / len(words))) * np.prod(shares) ** (1 / 4)


EXERCISE = Exercise(
    id="bleu",
    lesson="11_task_metrics",
    objective="TM.4",
    points=6,
    signature="bleu(candidate, references)",
    cases=cases,
    reference=reference,
    misconceptions={
        "unclipped": mistake(
            right,
            {"sum((grams & most).values())": "sum(times for run, times in grams.items() if run in most)"},
            "You count every run of words that some reference holds, however often you have said it. A sentence that "
            "repeats one right word would then be perfect. A run counts at most as often as in one reference.",
        ),
        "arithmetic-mean": mistake(
            right,
            {
                "            if matches == 0:\n                return 0.0\n": "",
                "np.log(matches / sum(grams.values())) / 4": "matches / max(1, sum(grams.values())) / 4",
                "np.exp(logs)": "logs",
            },
            "You take the arithmetic mean of the four shares. Then the many single words that match cover up that "
            "longer runs do not. The mean is the geometric one: the fourth root of the product.",
        ),
        "no-brevity-penalty": mistake(
            right,
            {"min(1, np.exp(1 - near / len(words))) * ": ""},
            "A short candidate is not punished by you. Four right words and nothing else would then be a perfect "
            "translation of a long sentence. Multiply by the brevity penalty.",
        ),
        "longest-reference": mistake(
            right,
            {"min(lengths, key=lambda length: (abs(length - len(words)), length))": "max(lengths)"},
            "Your brevity penalty compares with the longest reference. It takes the one whose length is nearest to the "
            "candidate's: who translates as briefly as one of the references does nothing wrong.",
        ),
        "first-reference": mistake(
            right,
            {"[reference.split() for reference in references]": "[references[0].split()]"},
            "You look at the first reference only. There are several because a sentence can be translated in several "
            "ways: a run of words counts if any of them holds it.",
        ),
        "recall": mistake(
            right,
            {"/ sum(grams.values())": "/ max(1, sum(most.values()))"},
            "You divide by the runs of words of the references: that is a kind of recall. BLEU asks of what the "
            "candidate says, how much is right, and has the brevity penalty for what is left out.",
        ),
        "best-reference": mistake(
            right,
            {
                "score(candidate.split(), [reference.split() for reference in references])": "max("
                "score(candidate.split(), [reference.split()]) for reference in references)"
            },
            "You compute BLEU against each reference and take the best. The references count together: a run may come "
            "from one and the next run from another. Only the count of a single run is limited by one reference.",
        ),
        "characters": mistake(
            right,
            {"candidate.split(), [reference.split() for reference in references]": "candidate, references"},
            "You go through the text letter by letter: that is what a loop over a string does. Cut it into words "
            "first, with split.",
        ),
        "no-root": mistake(
            right,
            {"np.log(matches / sum(grams.values())) / 4": "np.log(matches / sum(grams.values()))"},
            "You multiply the four shares and leave it there. The product is far below each of them; their geometric "
            "mean is its fourth root.",
        ),
        "references-added-up": mistake(
            right,
            {"most = most | runs(other, n)": "most = most + runs(other, n)"},
            "You add up the counts of all references. Then “the the” is right as soon as two references say “the” "
            "once each. The limit is the largest count in any one of them.",
        ),
        "skips-what-does-not-match": mistake(
            right,
            {"                return 0.0\n": "                continue\n"},
            "Where no run of a length matches, you leave that length out, so that its share counts as 1. A share of 0 "
            "makes the product 0, and with it BLEU.",
        ),
        "words-only": mistake(
            right,
            {"(1, 2, 3, 4)": "(1,)", "/ 4": "/ 1"},
            "You compare single words only. The order of the words then makes no difference. BLEU looks at runs of "
            "one, two, three and four words.",
        ),
    },
    variants={"lists": variant_lists, "crossed_off": variant_crossed_off, "arrays": variant_arrays},
)
