"""What a person can put right. The commands say it in a sentence; everything else that is raised is a bug."""

from __future__ import annotations


class UserError(Exception):
    """Something that whoever typed the command can put right. The message is a sentence that says how.

    Attributes
    ----------
    exit_code : int
        With which a command ends.
    """

    exit_code = 2
