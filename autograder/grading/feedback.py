"""The name by which course folders of the first layout import their settings; new ones need `nbgrader_config` alone."""

from autograder.grading.keeping.feedback import feedback_config

__all__ = ["feedback_config"]
