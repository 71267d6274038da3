"""Evaluate a file of predictions in one pass and constant memory: `evalkit report` and the functions behind it."""

from evalkit.report.build import build_report
from evalkit.report.model import Report, ReportError

__all__ = ["Report", "ReportError", "build_report"]
