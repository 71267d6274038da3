"""Read a lesson's `quiz.yml`, check it, and write the `quiz.json` that the notebook shows.

Every error names the file, the id of the question and the field, so that an author can go straight to it.
"""

import json
import re
from collections.abc import Hashable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic_core import ErrorDetails

from autograder.authoring.prose import tie_percent_signs
from autograder.errors import UserError

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
ObjectiveId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}\.\d+$")]

_IDENTIFIER = re.compile(r"\w[\w.-]{0,99}")


def _is_identifier(value: str) -> str:
    if not _IDENTIFIER.fullmatch(value):
        raise ValueError("must be made of letters, digits, -, _ and ., as PR-q1")
    return value


# Becomes the name of a file, and an identifier of other platforms.
Identifier = Annotated[str, AfterValidator(_is_identifier)]

# As in static/quiz.js: 0.755 counts as within 0.005 of 0.75 in binary arithmetic too.
SLACK = 1 + 1e-9


class QuizError(UserError, ValueError):
    """A quiz bank that cannot be used; the message lists everything that is wrong with it."""


class _Strict(BaseModel):
    # Strict: YAML turns an unquoted 0.5 or yes into a number or a truth value, which is not the text that was meant.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Answer(_Strict):
    """One choice; the feedback says why it is right or wrong. `unsure` says that it claims nothing: "I do not know"."""

    text: Text
    correct: bool = False
    unsure: bool = False
    feedback: Text

    @model_serializer(mode="wrap")
    def _without_a_rare_no(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = whole(self)
        return written if self.unsure else {name: value for name, value in written.items() if name != "unsure"}


class NumericFeedback(_Strict):
    """What to say after a right number, and after a wrong one that matches no known mistake."""

    correct: Text
    wrong: Text


class Mistake(_Strict):
    """A value that betrays a specific slip, and what to say about it."""

    value: float
    feedback: Text


class _Question(_Strict):
    """What all questions have. `block` says that it stands alone in the text, after what it asks about."""

    id: Identifier
    objective: ObjectiveId
    question: Text
    block: bool = False


class ChoiceQuestion(_Question):
    """A question with one right answer (`single`) or any number of them (`multiple`)."""

    type: Literal["single", "multiple"]
    answers: Annotated[list[Answer], Field(min_length=2)]

    @model_validator(mode="after")
    def _count_correct(self) -> Self:
        correct = sum(answer.correct for answer in self.answers)
        if correct == 0:
            raise ValueError("answers: none is marked correct")
        if self.type == "single" and correct > 1:
            raise ValueError(f"answers: a single-choice question has one correct answer, not {correct}")
        if len({answer.text for answer in self.answers}) < len(self.answers):
            raise ValueError("answers: two answers have the same text")
        return self


class NumericQuestion(_Question):
    """A question answered by a number within `tolerance` of `answer`; `share` says that "42 %" is an answer, too."""

    type: Literal["numeric"]
    answer: float
    tolerance: Annotated[float, Field(gt=0)]
    share: bool = False
    feedback: NumericFeedback
    mistakes: list[Mistake] = []

    @model_validator(mode="after")
    def _mistakes_can_be_reached(self) -> Self:
        taken = [(self.answer, "the answer")]
        for mistake in self.mistakes:
            for value, name in taken:
                if abs(mistake.value - value) <= self.tolerance * SLACK:
                    raise ValueError(f"mistakes: {mistake.value:g} is within the tolerance of {name}")
            taken.append((mistake.value, f"the mistake {mistake.value:g}"))
        return self


class Quiz(_Strict):
    """The questions of one lesson."""

    lesson: Identifier
    questions: Annotated[
        list[Annotated[ChoiceQuestion | NumericQuestion, Field(discriminator="type")]], Field(min_length=1)
    ]


def load_quiz(path: Path) -> Quiz:
    """Read and check a quiz bank.

    Parameters
    ----------
    path : Path
        The `quiz.yml` in the folder of its lesson.

    Returns
    -------
    Quiz
        The checked questions, in the order of the file.

    Raises
    ------
    QuizError
        If the file is not YAML or breaks a rule. Each line of the message names the file, the question's id and
        the field.
    FileNotFoundError
        If there is no such file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     bank = Path(folder, "quiz.yml")
    ...     _ = bank.write_text("lesson: 03_precision_recall")
    ...     load_quiz(bank)  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    autograder.authoring.quiz_bank.QuizError: quiz.yml: questions: is missing
    """
    quiz = _checked(_read(path), path)
    problems = _problems_across_questions(quiz, path.absolute().parent.name)
    if problems:
        raise QuizError("\n".join(f"{path}: {problem}" for problem in problems))
    return quiz


def load_quizzes(path: Path) -> list[Quiz]:
    """Read and check a file with questions from several lessons: a list of quizzes.

    Raises
    ------
    QuizError
        As `load_quiz` does.
    """
    data = _read(path)
    if not isinstance(data, list):
        raise QuizError(f"{path}: must be a list of quizzes, each with lesson and questions")
    return [_checked(quiz, path) for quiz in data]


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
    except UnicodeDecodeError as error:
        raise QuizError(f"{path}: is not UTF-8 text") from error
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f" line {error.problem_mark.line + 1}:"
        raise QuizError(f"{path}:{line} is not valid YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise QuizError(f"{path}: is not valid YAML: {error}") from error


def _checked(data: Any, path: Path) -> Quiz:
    try:
        return Quiz.model_validate(data)
    except ValidationError as error:
        raise QuizError("\n".join(f"{path}: {_explain(detail, data)}" for detail in error.errors())) from error


def quiz_json(quiz: Quiz) -> str:
    """Return the text of `quiz.json`: the same quiz gives the same bytes.

    Examples
    --------
    >>> answers = [Answer(text="Yes", correct=True, feedback="Right."), Answer(text="No", feedback="Count again.")]
    >>> question = ChoiceQuestion(id="PR-q1", objective="PR.1", question="Is it?", type="single", answers=answers)
    >>> print(quiz_json(Quiz(lesson="03_precision_recall", questions=[question]))[:36])
    {
      "lesson": "03_precision_recall",
    """
    return tie_percent_signs(json.dumps(quiz.model_dump(mode="json"), ensure_ascii=False, indent=2)) + "\n"


class _UniqueKeyLoader(yaml.SafeLoader):
    """Safe YAML that refuses a key given twice: the usual sign of a forgotten dash before the next question."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} is given twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _problems_across_questions(quiz: Quiz, folder: str) -> list[str]:
    problems = []
    if quiz.lesson != folder:
        problems.append(f"lesson: is {quiz.lesson}, but the file is in the folder {folder}")
    ids = [question.id for question in quiz.questions]
    repeated = sorted({name for name in ids if ids.count(name) > 1})
    return problems + [f"question {name}: id: is used {ids.count(name)} times" for name in repeated]


_MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not a field of the schema",
    "string_type": "must be text; put quotation marks around it",
    "string_too_short": "is empty",
    "bool_type": "must be true or false",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than": "must be greater than 0",
    "list_type": "must be a list",
    "model_type": "must be a mapping of fields to values",
    "model_attributes_type": "must be a mapping of fields to values",
    "string_pattern_mismatch": "must look like PR.1",
    "union_tag_not_found": "type: is missing",
    "union_tag_invalid": "type: must be single, multiple or numeric",
}


def _explain(detail: ErrorDetails, data: Any) -> str:
    """Return one pydantic error as `question <id>: <field>: <what is wrong>`."""
    place = list(detail["loc"])
    parts = []
    if len(place) > 1 and isinstance(place[1], int):  # questions, index, type, field, ...
        question = data["questions"][place[1]]
        name = question.get("id") if isinstance(question, dict) else None
        parts.append(f"question {name or f'number {place[1] + 1}'}")
        place = place[3:]
    if place:
        parts.append(", ".join(f"item {step + 1}" if isinstance(step, int) else step for step in place))
    # Our own checks name their field; pydantic puts "Value error, " before them.
    fallback = detail["msg"].removeprefix("Value error, ")
    return ": ".join([*parts, _MESSAGES.get(detail["type"], fallback)])
