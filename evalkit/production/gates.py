"""May the candidate be released? A gate answers pass, fail or undecided.

*Pass*: the whole interval of the difference lies above minus the margin. *Fail*: the candidate is worse, and not by
chance, even after looking at all gates and cohorts of the verdict (Holm). *Undecided*: there are too few rows to tell;
the verdict says how many it takes. "No significant difference" is not a pass: with few rows nothing is significant.

`gates.toml` holds gates as text:

    [[gate]]
    metric = "accuracy"
    by = "light"
    max_drop = 0.03
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from evalkit.uncertainty import Interval

Status = Literal["pass", "fail", "undecided"]
OF_ROWS = ("accuracy", "recall", "score", "errors")
OF_KINDS = ("precision", "f1", "balanced_accuracy")


class GateError(ValueError):
    """A gate does not make sense; the message says why."""


@dataclass(frozen=True)
class Gate:
    """One condition of a release.

    Parameters
    ----------
    metric : str
        "accuracy" (the share of rows that pass the evaluator), "score" (its mean), "recall", "precision" or "f1" of a
        class, "balanced_accuracy", or "errors" (the share of rows for which the pipeline failed).
    max_drop : float, optional
        How much lower the candidate may be than the baseline: the margin.
    at_least : float, optional
        How high the candidate must be, for accuracy and recall: the lower end of Wilson's interval, not the estimate.
    at_most : float, optional
        How high it may be, for errors. They are counted, not estimated.
    by : str, optional
        A tag: the condition holds for each cohort. Crossed tags are joined by " × ".
    of : str, optional
        The class, for recall, precision and f1.
    evaluator : str, optional
        By default the first.
    min_rows : int
        A cohort with fewer rows cannot pass.
    lost : {"broken", "left out"}
        What a row counts as for which only the candidate has no answer.
    """

    metric: str
    max_drop: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    by: str | None = None
    of: str | None = None
    evaluator: str | None = None
    min_rows: int = 1
    lost: Literal["broken", "left out"] = "broken"

    def __post_init__(self) -> None:
        if self.metric not in (*OF_ROWS, *OF_KINDS):
            raise GateError(f"metric must be one of {', '.join((*OF_ROWS, *OF_KINDS))}, got {self.metric!r}.")
        limits = {"max_drop": self.max_drop, "at_least": self.at_least, "at_most": self.at_most}
        given = [name for name, value in limits.items() if value is not None]
        allowed = {"errors": ("at_most",), "accuracy": ("max_drop", "at_least"), "recall": ("max_drop", "at_least")}
        possible = allowed.get(self.metric, ("max_drop",))
        if len(given) != 1 or given[0] not in possible:
            raise GateError(f"A gate on {self.metric} needs {' or '.join(possible)}, and nothing else.")
        value = limits[given[0]]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise GateError(f"{given[0]} must be a number from 0 to 1, got {value!r}.")
        if (self.metric in ("recall", "precision", "f1")) != (self.of is not None):
            raise GateError(f"A gate on {self.metric} {'needs' if self.of is None else 'has no'} `of`, a class.")
        if self.by is not None and self.metric not in ("accuracy", "score"):
            raise GateError(f"A gate on {self.metric} cannot be per cohort.")
        if self.lost not in ("broken", "left out"):
            raise GateError(f"lost must be 'broken' or 'left out', got {self.lost!r}.")

    @property
    def name(self) -> str:
        """The condition in words."""
        what = f"{self.metric} of {self.of}" if self.of else self.metric
        what = f"{what} ({self.evaluator})" if self.evaluator else what
        where = f" for each {self.by}" if self.by else ""
        if self.max_drop is not None:
            return f"{what} drops by at most {100 * self.max_drop:g} points{where}"
        if self.at_least is not None:
            return f"{what} is at least {self.at_least:g}{where}"
        return f"{what} are at most {self.at_most:g} of all rows"


@dataclass(frozen=True)
class Check:
    """A gate applied to one cohort, or to all rows.

    Attributes
    ----------
    gate : Gate
    cohort : str
        "all", or "light = dark".
    rows : int
    interval : Interval or None
        Of the difference, or of the candidate's value; None if there is none.
    limit : float
        What the interval has to stay above (or the value below, for errors).
    p_value : float or None
        Adjusted for all checks of the verdict.
    detectable : float or None
        The smallest true difference that so many rows would show in four of five cases.
    status : {"pass", "fail", "undecided"}
    reason : str
    rows_needed : int or None
        How many more rows would probably decide it; None if it is decided, or no number would.
    """

    gate: Gate
    cohort: str
    rows: int
    interval: Interval | None
    limit: float
    p_value: float | None
    detectable: float | None
    status: Status
    reason: str
    rows_needed: int | None = None

    def to_dict(self) -> dict[str, Any]:
        ends = [None] * 3 if self.interval is None else [self.interval.estimate, *self.interval]
        finite = [None if value is None or not math.isfinite(value) else value for value in ends]
        return {
            "gate": self.gate.name,
            "cohort": self.cohort,
            "rows": self.rows,
            **dict(zip(("value", "low", "high"), finite, strict=True)),
            "limit": self.limit,
            "p_value": self.p_value,
            "detectable": self.detectable,
            "status": self.status,
            "reason": self.reason,
            "rows_needed": self.rows_needed,
        }


@dataclass(frozen=True)
class Verdict:
    """The answer of all gates together: fail if one fails, else undecided if one is, else pass."""

    checks: tuple[Check, ...]

    @property
    def status(self) -> Status:
        found = {check.status for check in self.checks}
        return "fail" if "fail" in found else "undecided" if "undecided" in found else "pass"

    @property
    def rows_needed(self) -> int | None:
        """How many more rows the neediest undecided check would need; None if that cannot be said."""
        return max((c.rows_needed for c in self.checks if c.rows_needed is not None), default=None)

    @property
    def reason(self) -> str:
        """The reason of the first check that decided the verdict."""
        return next((c.reason for c in self.checks if c.status == self.status), "There are no gates.")

    def to_dict(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "reason": self.reason,
            "rows_needed": self.rows_needed,
            "checks": [check.to_dict() for check in self.checks],
        }

    def to_junit(self, path: str | Path) -> None:
        """Write one test case per check: a failure fails, and what is undecided is skipped, with the sentence."""
        from xml.sax.saxutils import escape, quoteattr

        cases = []
        for check in self.checks:
            inside = {
                "pass": "",
                "fail": f"<failure message={quoteattr(check.reason)}>{escape(check.reason)}</failure>",
                "undecided": f"<skipped message={quoteattr(check.reason)}/>",
            }[check.status]
            name, group = quoteattr(f"{check.gate.name} [{check.cohort}]"), quoteattr("evalkit.gate")
            cases.append(f"  <testcase classname={group} name={name}>{inside}</testcase>\n")
        counts = {status: sum(c.status == status for c in self.checks) for status in ("fail", "undecided")}
        head = f'tests="{len(self.checks)}" failures="{counts["fail"]}" skipped="{counts["undecided"]}" errors="0"'
        text = f'<?xml version="1.0" encoding="utf-8"?>\n<testsuite name="evalkit gate" {head}>\n{"".join(cases)}'
        Path(path).write_text(text + "</testsuite>\n", encoding="utf-8")


def read_gates(path: str | Path) -> list[Gate]:
    """Read the gates of a TOML file.

    Parameters
    ----------
    path : str or Path
        It holds tables [[gate]], whose keys are the fields of `Gate`.

    Raises
    ------
    GateError
        If it cannot be read, or a gate does not make sense.
    """
    import tomllib

    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise GateError(f"{path} cannot be read: {error}.") from error
    tables = data.pop("gate", None)
    if data or not isinstance(tables, list) or not tables:
        raise GateError(f"{path} must hold tables [[gate]], at least one, and nothing else.")
    known = {each.name for each in fields(Gate)}
    gates = []
    for number, table in enumerate(tables, 1):
        if unknown := set(table) - known:
            raise GateError(f"Gate {number} of {path} has {min(unknown)!r}; known are {', '.join(sorted(known))}.")
        try:
            gates.append(Gate(**table))
        except (GateError, TypeError) as error:
            raise GateError(f"Gate {number} of {path}: {error}") from error
    return gates
