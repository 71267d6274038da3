"""Hints speak only words that the course has taught by the lesson in which the exercise stands."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import autograder
from autograder import exercises
from autograder.checking import errors_explained, hints, patterns

SOLUTIONS = Path(autograder.__file__).parents[1] / "solutions"

#: Technical terms, and the lesson that first speaks of each. "*" stands for any ending.
TAUGHT = {
    "01": "accuracy, class*, diagonal, false negative*, false positive*, negative*, normalised, positive*, precision, "
    "prediction*, recall, support, threshold*, true negative*, true positive*, truth",
    "02": "balanced accuracy, baseline*, error rate*, prevalence, probabilit*",
    "03": "NaN, false alarm*",
    "04": "F-beta, F1, arithmetic mean, geometric mean, harmonic mean, macro, micro, ranking*, weighted",
    "05": "Brier, ROC curve, area under, average precision, calibrated, clip*, false positive rate*, log-loss, "
    "natural logarithm, true positive rate*",
    "06": "MAE, MSE, RMSE, R², correlation*, least-squares, median absolute error, standard deviation*",
    "07": "cross_entropy, epoch*, fold*, leakage, min_delta, optimizer*, overfit*, patience, shuffl*, underfit*, "
    "validation loss*",
    "08": "ReLU*, backward(), batch normalisation*, branch*, channel*, convolution*, derivative*, detach*, "
    "evaluation mode, gradient*, in place, logit*, option A, projection*, softmax, stride*, zero_grad*",
    "09": "blocks with*, stage*, top-1, training mode",
    "10": "importance*, saliency",
    "11": "BLEU, CHAIR, COCO, Dice, IoU, brevity penalty, envelope*, vocabulary",
    "12": "Holm, McNemar*, PSI, bootstrap*, churn, drift*, fingerprint*, margin*, p value*, percentile interval*, "
    "population stability index, resample*, two-sided, undecided",
}
#: Names that a reader of this course cannot know.
UNTAUGHT = (
    "sensitivity, Jaccard, DenseNet, kappa, Youden, fall-out, false discovery, explained variance, adjusted R, "
    "variance, homoscedastic, type I error, type II error, hypothesis, posterior"
)


def pattern(term: str) -> re.Pattern[str]:
    word = re.escape(term.strip()).replace(r"\*", r"\w*")
    # A term in capitals is a name; others may begin a sentence.
    return re.compile(rf"(?<!\w){word}(?!\w)", 0 if term.strip()[:2].isupper() else re.IGNORECASE)


def terms(listed: str) -> list[str]:
    return [term.strip() for term in listed.split(", ")]


LESSON_OF = {term: lesson for lesson, listed in TAUGHT.items() for term in terms(listed)}


@pytest.mark.parametrize(("term", "lesson"), LESSON_OF.items())
def test_a_term_is_spoken_of_in_the_lesson_that_is_said_to_teach_it(term: str, lesson: str) -> None:
    (folder,) = SOLUTIONS.glob(f"{lesson}_*")
    # A term can be broken over two lines of a comment.
    text = " ".join(re.sub(r"\n# ?", " ", path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.*")))
    assert pattern(term).search(text)


@pytest.mark.parametrize("exercise_id", exercises.ids())
def test_hints_use_no_term_before_it_is_taught(exercise_id: str) -> None:
    exercise = exercises.get(exercise_id)
    now = exercise.lesson[:2]
    for name, misconception in exercise.misconceptions.items():
        early = [
            term for term, lesson in LESSON_OF.items() if lesson > now and pattern(term).search(misconception.hint)
        ]
        assert not early, f"{name}: {misconception.hint}"
        unknown = [term for term in terms(UNTAUGHT) if pattern(term).search(misconception.hint)]
        assert not unknown, f"{name}: {misconception.hint}"
        if now < "10":
            assert "specificity" not in misconception.hint


def test_general_hints_use_no_term_of_a_later_lesson_or_of_none() -> None:
    """They can come in the first lesson. What explains the errors of torch can only come where torch is used."""
    text = inspect.getsource(hints) + inspect.getsource(patterns)
    literals = " ".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text))
    late = [term for term, lesson in LESSON_OF.items() if lesson > "03" and pattern(term).search(literals)]
    assert not late
    everywhere = literals + inspect.getsource(errors_explained)
    assert not [term for term in terms(UNTAUGHT) if pattern(term).search(everywhere)]
