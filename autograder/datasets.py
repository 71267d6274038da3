"""The name by which lessons import their data; the code is in `autograder.lesson.datasets`."""

from autograder.lesson.datasets import Mailbox, mailbox

__all__ = ["Mailbox", "mailbox"]
