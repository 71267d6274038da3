"""What the commands say: tables, sentences, and one sentence instead of a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

#: Exit code for what the person at the keyboard can put right.
USER_ERROR = UserError.exit_code


def console(*, stderr: bool = False) -> Console:
    """A console that leaves text as it is: no markup, no guessing which words deserve a colour, nothing obeyed."""
    from autograder.terminal import SafeConsole

    return SafeConsole(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


@contextmanager
def one_sentence() -> Iterator[None]:
    """Print an error that a user can cause as a sentence and end with its exit code; what else comes is a bug."""
    code = USER_ERROR
    try:
        yield
    except UserError as error:
        sentence, code = str(error), error.exit_code
    except ModuleNotFoundError as error:
        sentence = f"The package {error.name} is missing: run `autograder doctor`, which says how to install it."
    except OSError as error:
        sentence = f"{error.filename or 'A file'}: {error.strerror or error}. Free or rename it, then try again."
    else:
        return
    console(stderr=True).print(sentence)
    raise SystemExit(code)


def find_root(start: Path | None = None) -> Path:
    """The repository of the course: the nearest folder, from `start` upwards, that holds ``solutions/``.

    Raises
    ------
    UserError
        If there is none.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "solutions").is_dir():
            return folder
    raise UserError(
        f"There are no sources of lessons in {start}: go to the clone of the course, the folder that holds solutions/, "
        "then try again. A folder that autograder init made needs no building: its lessons are there."
    )


def find_course(start: Path | None = None) -> Path | None:
    """The nearest folder, from `start` upwards, that is a course folder: one that `init` made, or nbgrader's."""
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / ".autograder.json").is_file() or (
            (folder / "nbgrader_config.py").is_file() and (folder / "source").is_dir()
        ):
            return folder
    return None


def number(points: float) -> str:
    """Points as people write them.

    Examples
    --------
    >>> number(3.0), number(2.5), number(1 / 3)
    ('3', '2.5', '0.33')
    """
    return f"{round(points, 2):g}"
