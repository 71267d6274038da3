"""Run scikit-learn's own metric tests on evalkit.

They are ordinary pytest items: run one with `pytest tests/evalkit/peer -k test_roc_curve`. Every one must pass, except
those in not_applicable.py, which must fail in the way that is written there.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from not_applicable import IN_OTHER_PROCESSES, NOT_APPLICABLE
from swap import CALLS, PREFIX, NothingTested


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "thread_unsafe: a mark that scikit-learn's tests carry")


def pytest_itemcollected(item: pytest.Item) -> None:
    keys = keys_of(item)
    if not keys:
        return
    # scikit-learn's tests are not written for warnings as errors; those that expect a warning still get it.
    item.add_marker(pytest.mark.filterwarnings("ignore"))
    # It starts processes that load all of scikit-learn.
    if item.originalname == "test_classification_metric_division_by_zero_nan_validation":
        item.add_marker(pytest.mark.slow)
    for listed in (NOT_APPLICABLE[key] for key in keys if key in NOT_APPLICABLE):
        item.add_marker(pytest.mark.xfail(reason=listed.reason, raises=listed.error, strict=True))


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    CALLS.clear()
    result = yield
    keys = keys_of(pyfuncitem)
    if keys and not CALLS and not keys & IN_OTHER_PROCESSES:
        raise NothingTested(f"{sorted(keys)} called no function of evalkit: list it in not_applicable.py")
    return result


@pytest.fixture(params=[42])
def global_random_seed(request: pytest.FixtureRequest) -> int:
    """The fixture of scikit-learn's own conftest.py, with its default."""
    seed: int = request.param
    return seed


def keys_of(item: pytest.Item) -> set[str]:
    """Return the names under which not_applicable.py may list this test: with and without its parameters."""
    if not isinstance(item, pytest.Function) or not item.function.__module__.startswith(PREFIX):
        return set()
    module = item.function.__module__.removeprefix(PREFIX)
    return {f"{module}::{item.name}", f"{module}::{item.originalname}"}
