"""Feedback as e-mail: one file for each student, which a mail program opens as a draft. Nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from autograder.collecting.roster import Student
from autograder.errors import UserError


def message(student: Student, pages: Mapping[str, str], course: str) -> bytes:
    """An e-mail to a student, with pages of feedback attached.

    Parameters
    ----------
    student : Student
        To whom it goes.
    pages : mapping of str to str
        The page of each lesson.
    course : str
        What the course is called.

    Returns
    -------
    bytes
        The content of an ``.eml`` file.

    Raises
    ------
    UserError
        If there is no address, or what stands in its place is none.

    Examples
    --------
    >>> text = message(Student("zoe", "Zoe", "Li", "zoe@example.org"), {"03_precision": "<p>…</p>"}, "evalkit")
    >>> text.decode().splitlines()[0]
    'To: Zoe Li <zoe@example.org>'
    """
    name = " ".join(_printable(f"{student.first_name} {student.last_name}").split())
    mail = EmailMessage(policy=SMTP)
    mail["To"] = _address(student.email, name)
    mail["Subject"] = f"{_printable(course)}: feedback on {_in_words(list(pages))}"
    # By this, mail programs open the file for sending, not for reading.
    mail["X-Unsent"] = "1"
    what = "The page is attached. Open it" if len(pages) == 1 else "The pages are attached. Open them"
    mail.set_content(
        f"Dear {name or _printable(student.id)},\n\nhere is your feedback on {_in_words(list(pages))}.\n"
        f"{what} in a browser; no internet is needed.\n"
    )
    for lesson, page in pages.items():
        mail.add_attachment(page, subtype="html", filename=f"{lesson}.html", cte="base64")
    return mail.as_bytes()


def _address(email: str, name: str) -> Address:
    if not email:
        raise UserError("no e-mail address in the class list")
    local, _, domain = email.rpartition("@")
    try:
        return Address(name, addr_spec=f"{local}@{domain.encode('idna').decode()}")
    except (MessageError, ValueError, IndexError):
        # The parser of addresses has no error of its own for some texts.
        raise UserError(f"{_printable(email)!r} in the class list is no e-mail address") from None


def _in_words(lessons: Sequence[str]) -> str:
    return _printable(", ".join(lessons))


def _printable(text: str) -> str:
    """The text without what would begin another line of an e-mail's head."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
