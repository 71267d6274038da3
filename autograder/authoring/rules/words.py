"""Technical terms, and the lesson from which on hints may speak of them."""

from __future__ import annotations

import re

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
    """What finds a term in a text; ``*`` stands for any ending."""
    word = re.escape(term.strip()).replace(r"\*", r"\w*")
    # A term in capitals is a name; others may begin a sentence.
    return re.compile(rf"(?<!\w){word}(?!\w)", 0 if term.strip()[:2].isupper() else re.IGNORECASE)


def terms(listed: str) -> list[str]:
    """The terms of a list."""
    return [term.strip() for term in listed.split(", ")]


LESSON_OF = {term: lesson for lesson, listed in TAUGHT.items() for term in terms(listed)}
#: Until the lesson that speaks of it, a hint says "recall of the negatives".
LATE = {"specificity": "10"}


def early_words(hint: str, lesson: str) -> list[str]:
    """The terms of a hint that a reader of a lesson, such as ``"03"``, cannot know yet, or not from this course.

    >>> early_words("Weigh precision and recall: that is F1.", "03")
    ['F1']
    """
    early = [term for term, since in {**LESSON_OF, **LATE}.items() if since > lesson and pattern(term).search(hint)]
    return early + [term for term in terms(UNTAUGHT) if pattern(term).search(hint)]
