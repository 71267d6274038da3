"""The command line. `author`, `course`, `grading`, `learning` and `proving` hold the commands.

Each loads what it needs when it runs, so that help is there at once.
"""

from __future__ import annotations

try:
    import typer
except ImportError:
    raise SystemExit(
        "The command line needs the course's packages: run pip install 'evalkit-course[course]', then try again."
    ) from None

from autograder.cli import author, course, grading, learning, proving

app = typer.Typer(
    help="Build, grade and check the course.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(author.app, name="author", rich_help_panel="For developers of the course")
# In the order of a week.
INSTRUCTORS = (
    course.init,
    grading.collect,
    grading.grade,
    grading.mark,
    grading.regrade,
    grading.mail,
    grading.export,
    course.guide,
    course.slides,
    course.quiz,
    course.case,
    course.secret,
)
for who, commands in {
    "For students": (proving.check, learning.progress, course.doctor),
    "For instructors": INSTRUCTORS,
    "For developers of the course": (course.build, proving.demo, proving.audit),
}.items():
    for command in commands:
        app.command(rich_help_panel=who)(command)
