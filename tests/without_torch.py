"""A plugin of pytest's for where torch is not installed: tests that ask for it are skipped, and say why.

`make quick` and the canary run that way: torch with what it brings takes six gigabytes.
"""

from __future__ import annotations

import doctest
import re
from collections.abc import Generator
from typing import Any

import pytest

# torch, and the packages of the extras `torch` and `peers`, which bring it.
NAMES = ("torch", "torchvision", "torcheval", "torchmetrics")
_MISSING = re.compile(rf"(No module named '|This needs the package )({'|'.join(NAMES)})\b")
REASON = "needs torch, which is not installed; make test installs it"


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, Any, pytest.CollectReport]:
    """Skip a file that imports torch at its head."""
    report = yield
    if report.failed and _MISSING.search(str(report.longrepr)):
        report.outcome, report.longrepr = "skipped", (str(collector.path), 1, f"Skipped: {REASON}")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, object, object]:
    """Skip a test whose fixture imports torch."""
    return (yield from _skipped())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """Skip a test that imports torch, itself or by what it calls."""
    return (yield from _skipped())


def _skipped() -> Generator[None, object, object]:
    try:
        return (yield)
    except (ModuleNotFoundError, doctest.UnexpectedException) as error:
        cause = error.exc_info[1] if isinstance(error, doctest.UnexpectedException) else error
        if getattr(cause, "name", None) not in NAMES:
            raise
        pytest.skip(REASON)
