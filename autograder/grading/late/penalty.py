"""The policy where nbgrader asks for it, so that its own commands, its formgrader and its exports agree with ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties, NbGraderPreprocessor
from traitlets.config import Config

from autograder.grading.late.policy import Policy, read_policy
from autograder.grading.late.rules import percent_off, rule_of, set_dates


class PolicyPenalty(LateSubmissionPlugin):
    """The penalty of ``policy.toml``; nbgrader's own ``penalty_method`` where that has no rule for a lesson."""

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        """The points to take off. nbgrader sees to it that they are not more than were earned."""
        step = self.parent
        policy = _policy(self)
        rule = rule_of(policy, step.assignment_id) if policy else None
        if rule is None:
            penalty: float | None = super().late_submission_penalty(student_id, score, total_seconds_late)
            return penalty
        row = step.gradebook.find_submission_notebook(step.notebook_id, step.assignment_id, student_id)
        return round(float(row.max_score) * percent_off(rule, total_seconds_late) / 100, 6) or None


class DatesOfPolicy(NbGraderPreprocessor):
    """Write the due date and the extension into the gradebook, before nbgrader looks whether a submission is late."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Look at the submission, and leave the notebook as it is."""
        policy, about = _policy(self), resources["nbgrader"]
        if policy is not None:
            with Gradebook(about["db_url"]) as gradebook:
                submission = gradebook.find_submission(about["assignment"], about["student"])
                set_dates(gradebook, policy, submission.assignment, submission)
        return nb, resources


def _policy(step: Any) -> Policy | None:
    """The policy of the course that a step of nbgrader works for."""
    return read_policy(Path(CourseDirectory(parent=step).root))


def late_config() -> Config:
    """nbgrader's settings for late submissions."""
    c = Config()
    steps = list(Autograde.autograde_preprocessors.default())
    steps.insert(steps.index(AssignLatePenalties), DatesOfPolicy)
    c.Autograde.autograde_preprocessors = steps
    c.AssignLatePenalties.plugin_class = PolicyPenalty
    return c
