"""The name by which course folders of the first layout import their settings; new ones need `nbgrader_config` alone."""

from __future__ import annotations

from autograder.grading.config import grading_config as feedback_config

__all__ = ["feedback_config"]
