"""Compact cell tags, and the nbgrader metadata that each stands for.

========================================  =====================================================================
``# %% exercise="precision"``             solution cell ``precision``: a ``def`` with a docstring and solution markers
``# %% check="precision"``                test cell ``check_precision``, worth the points of the exercise
``# %% [markdown] manual="why" points=4`` written answer ``why``, graded by hand; the source holds a model answer
``# %% quiz="03_precision_recall"``       code cell that shows the quiz of the lesson
``# %% quiz="PR-b1"``                     code cell that shows one question, after what it asks about
``# %% [markdown] further=true``          heading "Going further: …" of a section that is folded
``# %% nbgrader={…}``                     a cell made with nbgrader's toolbar, taken as it is
========================================  =====================================================================
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from nbformat import NotebookNode

from autograder import exercises
from autograder.checking.exercise import Exercise

KINDS = ("exercise", "check", "manual", "quiz", "further", "nbgrader")
# What Jupyter writes when somebody folds the section below a heading.
FOLDED = "jp-MarkdownHeadingCollapsed"
KEPT = ("tags", "jupyter", "deletable", "editable", FOLDED)
# What jupytext notes about the layout of the text file; it says nothing about the cell.
LAYOUT = ("lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker")

BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"

CHECK_FORM = """\
check("{id}", {name})
### BEGIN HIDDEN TESTS
check("{id}", {name}, seed=1)
### END HIDDEN TESTS"""


def expand(cell: NotebookNode, lesson: str) -> Iterator[str]:
    """Replace the tag of a cell, in place, by nbgrader's metadata; yield a sentence for everything wrong with it.

    Parameters
    ----------
    cell : NotebookNode
        A cell as jupytext reads it.
    lesson : str
        The lesson that it stands in, such as ``"03_precision_recall"``.
    """
    tags = {key: value for key, value in cell.metadata.items() if key not in LAYOUT}
    cell.metadata = NotebookNode({key: tags.pop(key) for key in KEPT if key in tags})
    kinds = [kind for kind in KINDS if kind in tags]
    if cell.cell_type not in ("code", "markdown"):
        yield f"a cell holds code or markdown, not {cell.cell_type}"
    if len(kinds) > 1:
        yield f"a cell has one of the tags {', '.join(kinds)}, not {len(kinds)}: keep one"
        return
    kind = kinds[0] if kinds else None
    value = tags.pop(kind, None)
    if kind == "manual":
        yield from _manual(cell, value, tags.pop("points", None))
    elif kind == "nbgrader":
        yield from _explicit(cell, value)
    elif kind == "quiz":
        yield from _quiz(cell, value, lesson)
    elif kind == "further":
        yield from _further(cell, value)
    elif kind is not None:
        yield from _exercise_or_check(cell, kind, value, lesson)
    for key, text in tags.items():
        yield _unknown(key, text)


def _unknown(key: str, text: object) -> str:
    if key == "incorrectly_encoded_metadata":
        return f'cannot read {text!r} after "# %%": write tag="value", with the quotation marks'
    if key == "title":
        return f'{text!r} after "# %%" is not a tag: tags are {", ".join(KINDS)}'
    if key == "points":
        return "only a manual cell has points; an exercise brings its own"
    return f"unknown tag {key!r}: tags are {', '.join(KINDS)}"


def _set(cell: NotebookNode, grade_id: str, *, grade: bool, solution: bool, points: float | None = None) -> None:
    meta: dict[str, Any] = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        meta["points"] = int(points) if points == int(points) else points
    cell.metadata["nbgrader"] = meta


def _manual(cell: NotebookNode, grade_id: object, points: object) -> Iterator[str]:
    if not isinstance(grade_id, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", grade_id):
        yield f"manual={grade_id!r}: an id is lower-case letters, digits and underscores, in quotation marks"
        return
    if isinstance(points, bool) or not isinstance(points, int | float) or points <= 0:
        yield f'manual="{grade_id}" needs points, a positive number: manual="{grade_id}" points=4'
        return
    if cell.cell_type != "markdown":
        yield f'manual="{grade_id}" is a written answer: start its cell with "# %% [markdown]"'
        return
    if not cell.source.strip():
        yield f'manual="{grade_id}" needs a model answer; students get a placeholder in its stead'
    _set(cell, grade_id, grade=True, solution=True, points=points)


def _explicit(cell: NotebookNode, meta: object) -> Iterator[str]:
    from nbgrader.nbgraderformat import MetadataValidator, SchemaTooNewError, SchemaTooOldError, ValidationError

    if not isinstance(meta, dict):
        yield "nbgrader must be a JSON object, as nbgrader's toolbar writes it"
        return
    # The build computes it anew.
    cell.metadata["nbgrader"] = {key: value for key, value in meta.items() if key != "checksum"}
    try:
        MetadataValidator().validate_cell(cell)
    except (ValidationError, SchemaTooNewError, SchemaTooOldError) as error:
        yield f"nbgrader does not accept the metadata of this cell: {str(error).splitlines()[0]}"


def _quiz(cell: NotebookNode, quiz: object, lesson: str) -> Iterator[str]:
    # Whether the lesson's bank has a question of that id is seen where the bank is read.
    single = isinstance(quiz, str) and re.fullmatch(r"[A-Z]{2}-b\d+", quiz)
    line = f'show_quiz("{lesson}", "{quiz}")' if single else f'show_quiz("{lesson}")'
    if quiz != lesson and not single:
        yield f"quiz={quiz!r} must name the quiz of this lesson, {lesson!r}, or one of its questions"
    elif cell.cell_type != "code" or cell.source.strip() != line:
        yield f"a quiz cell is a code cell with one line: {line}"


def _further(cell: NotebookNode, value: object) -> Iterator[str]:
    if value is not True or cell.cell_type != "markdown" or not re.match(r"#{2,3} Going further: \S", cell.source):
        yield 'further=true marks a markdown cell that begins with a heading "## Going further: …"'
        return
    cell.metadata[FOLDED] = True


def _exercise_or_check(cell: NotebookNode, kind: str, exercise_id: object, lesson: str) -> Iterator[str]:
    try:
        exercise = exercises.get(str(exercise_id))
    except KeyError as error:
        yield f"{kind}={exercise_id!r}: {error.args[0]}"
        return
    except exercises.ExerciseError as error:
        yield str(error)
        return
    if exercise.lesson != lesson:
        yield f"{kind}={exercise_id!r} belongs to the lesson {exercise.lesson}"
    if cell.cell_type != "code":
        yield f"{kind}={exercise_id!r} must be a code cell, not {cell.cell_type}"
    elif kind == "exercise":
        yield from _solution_problems(cell.source, exercise)
        _set(cell, exercise.id, grade=False, solution=True)
    else:
        yield from _check_problems(cell.source, exercise)
        _set(cell, f"check_{exercise.id}", grade=True, solution=False, points=exercise.points)


def _check_problems(source: str, exercise: Exercise) -> Iterator[str]:
    form = CHECK_FORM.format(id=exercise.id, name=exercise.function_name)
    if not re.fullmatch(re.escape(form).replace("seed=1", r"seed=[1-9]\d*"), source.strip()):
        indented = "\n".join(f"    {line}" for line in form.splitlines())
        yield f"the test cell must be, with any seed except 0:\n{indented}"


def _solution_problems(source: str, exercise: Exercise) -> Iterator[str]:
    lines = source.splitlines()
    marks = {
        mark: [number for number, line in enumerate(lines) if line.strip() == mark]
        for mark in (BEGIN_SOLUTION, END_SOLUTION)
    }
    for mark, found in marks.items():
        if len(found) != 1:
            yield f"an exercise has the line {mark!r} once; this one has it {len(found)} times"
    if any(len(found) != 1 for found in marks.values()):
        return
    begin, end = marks[BEGIN_SOLUTION][0], marks[END_SOLUTION][0]
    if begin > end:
        yield f"{BEGIN_SOLUTION!r} must come before {END_SOLUTION!r}"
        return
    yield from _syntax_problems(source, "the solution")
    indent = lines[begin][: len(lines[begin]) - len(lines[begin].lstrip())]
    stub = "\n".join([*lines[:begin], f"{indent}raise NotImplementedError()", *lines[end + 1 :]])
    broken = list(_syntax_problems(stub, "what is left of it for students"))
    yield from broken or _stub_problems(stub, exercise)


def _syntax_problems(source: str, what: str) -> Iterator[str]:
    try:
        ast.parse(source)
    except SyntaxError as error:
        yield f"{what} is not Python: {error.msg} (line {error.lineno} of the cell)"


def _stub_problems(stub: str, exercise: Exercise) -> Iterator[str]:
    name = exercise.function_name
    found = [
        node for node in ast.parse(stub).body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name
    ]
    if not found:
        yield f"outside the solution markers the cell must define {exercise.signature}"
        return
    node = found[-1]
    if not ast.get_docstring(node):
        yield f"{name} needs a docstring that says what to return, above {BEGIN_SOLUTION!r}"
    wanted = _arguments(f"def {exercise.signature}: ...")
    function: ast.stmt | None = node
    if isinstance(node, ast.ClassDef):
        inits = (item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__")
        function = next(inits, None)
    given = _arguments(ast.unparse(function)) if function else ""
    if isinstance(node, ast.ClassDef):
        given = given.removeprefix("self").removeprefix(", ")
    if given != wanted:
        yield f"{name} must take ({wanted}), as the exercise says, not ({given})"


def _arguments(definition: str) -> str:
    """The arguments of a function as one text, without annotations."""
    function = ast.parse(definition).body[0]
    assert isinstance(function, ast.FunctionDef)
    arguments = function.args
    for argument in ast.walk(arguments):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    return ast.unparse(arguments)
