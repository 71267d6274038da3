"""What a learner reads of a verdict: nothing that the answer did on the inputs of the grade.

An answer can say what it was asked: in the text of an error, in what it returns, in the name of a type, even in which
of its cases it fails. So a page for its author holds the points, the names of the mistakes that were recognised, and
what the answer does on the inputs of the check that stands in the notebook. These were seen in a process that was
given no others.
"""

from __future__ import annotations

from autograder.checking.verdict import NOT_WRITTEN, CaseResult, Verdict

#: The seed of the check that learners see.
VISIBLE_SEED = 0

BELOW = "Below is what the check in your notebook finds. The points were given on other inputs of the same kinds."
ONLY_ELSEWHERE = (
    "Your answer is right on the inputs of the check that you see, and wrong on others that the grade draws. Think of "
    "edge cases: nothing to count, a class that never occurs, values that are equal, other lengths and another order. "
    "And see that it computes its answer from its arguments alone: not from numbers that it knows, not from what it "
    "remembers of an earlier call, not from a variable or a file that another cell changes."
)


def for_learner(graded: Verdict, visible: Verdict) -> Verdict:
    """The verdict as its author may read it.

    Parameters
    ----------
    graded : Verdict
        On the inputs of the grade. Of it only the points and the recognised misconceptions are told.
    visible : Verdict
        On the inputs of the check in the notebook.
    """
    recognised = graded.hints[: len(graded.misconceptions)]
    hints = [*recognised, *(hint for hint in visible.hints if hint not in recognised)]
    cases: list[CaseResult] = list(visible.cases)
    if not graded.passed and visible.passed:
        hints.append(ONLY_ELSEWHERE)
        cases = []
    elif not graded.passed and {case.message for case in cases} != {NOT_WRITTEN}:
        hints.append(BELOW)
    return Verdict(graded.exercise, graded.max_points, cases, hints, graded.misconceptions, float(graded))
