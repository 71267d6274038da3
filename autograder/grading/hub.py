"""Who somebody is on a hub, for nbgrader's exchange.

nbgrader takes the name of the system's user, unless that is ``jovyan``; in an image of one's own, all students would
hand in as one.
"""

from __future__ import annotations

import hashlib
import os

from nbgrader.exchange.default import ExchangeFetchFeedback, ExchangeSubmit
from traitlets.config import Config


def uid_of(name: str) -> int:
    """The number of the system user under which a hub starts a student's server, where each has one of their own.

    It follows from the name, so that whoever collects can tell, without asking the hub, who handed in: the system notes
    the owner of a file, whatever the student says. That any two of a thousand students share a number has a chance of
    1 in 2000.
    """
    return 2**30 + int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % 2**30


class _AsHubUser:
    """An action of the exchange, under the name that JupyterHub knows; outside of a hub, as nbgrader does it."""

    def start(self) -> None:
        name = os.environ.get("JUPYTERHUB_USER")
        # Where the lessons are written, Python files hold solutions; here they are what a student wrote.
        self.coursedir.ignore = [  # type: ignore[attr-defined]
            pattern
            for pattern in self.coursedir.ignore  # type: ignore[attr-defined]
            if pattern != "*.py"
        ]
        if name and self.coursedir.student_id == "*":  # type: ignore[attr-defined]
            self.coursedir.student_id = name  # type: ignore[attr-defined]
        super().start()  # type: ignore[misc]


class Submit(_AsHubUser, ExchangeSubmit):
    """Hand in an assignment."""


class FetchFeedback(_AsHubUser, ExchangeFetchFeedback):
    """Fetch the pages of what one has handed in."""


def hub_config() -> Config:
    """The settings of nbgrader's exchange."""
    c = Config()
    c.ExchangeFactory.submit = "autograder.grading.hub.Submit"
    c.ExchangeFactory.collect = "autograder.grading.intake.exchange.Collect"
    c.ExchangeFactory.fetch_feedback = "autograder.grading.hub.FetchFeedback"
    return c
