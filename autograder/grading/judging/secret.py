"""Seeds that no submission can know."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

_BYTES = 32


def course_secret(path: Path) -> bytes:
    """The random secret of a course, made when it is first asked for and kept in a file that only its owner reads.

    Several processes may ask at once: all get the same.

    Raises
    ------
    ValueError
        If the file holds something else. A new secret would change the cases of work that is already graded, so none
        is made.
    """
    if not path.exists():
        part = _made_beside(path)
        # A link is made only where there is no file of that name yet, and is never seen half written.
        with suppress(FileExistsError):
            os.link(part, path)
        part.unlink()
    secret = bytes.fromhex(path.read_text(encoding="ascii"))
    if len(secret) != _BYTES:
        raise ValueError(f"{path} does not hold a secret of {_BYTES} bytes")
    return secret


def replace_secret(path: Path) -> bytes:
    """Put a new secret in the place of a course's, whatever it is, in one step; return it."""
    _made_beside(path).replace(path)
    return course_secret(path)


def secret_name(secret: bytes) -> str:
    """By which results say with which secret their cases were drawn. It tells nothing else about it."""
    return hashlib.sha256(b"name of the secret\0" + secret).hexdigest()[:8]


def _made_beside(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(_BYTES))
    return part


def case_seed(secret: bytes, *parts: str) -> int:
    """The seed for what the parts name: a lesson, or a lesson and more.

    With the lesson alone all students get the same cases, so that equal answers earn equal points.

    The same parts always give the same seed, so that a rerun gives the same grade. Without the secret it cannot be
    told: it is an HMAC (RFC 2104) with SHA-256.

    Examples
    --------
    >>> case_seed(b"secret", "03_precision_recall") == case_seed(b"secret", "03_precision_recall")
    True
    >>> case_seed(b"secret", "ab", "c") == case_seed(b"secret", "a", "bc")
    False
    """
    message = b"".join(len(part.encode()).to_bytes(8, "big") + part.encode() for part in parts)
    return int.from_bytes(hmac.new(secret, message, hashlib.sha256).digest()[:8], "big") >> 1
