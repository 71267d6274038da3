"""The schema of quiz.yml: what passes, and how each slip is reported."""

import copy
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from autograder.authoring.quiz_bank import SLACK, QuizError, load_quiz, quiz_json

LESSON = "03_precision_recall"
SINGLE = {
    "id": "PR-q1",
    "objective": "PR.1",
    "type": "single",
    "question": "Which column does **precision** look at?",
    "answers": [
        {"text": "The column of predicted positives", "correct": True, "feedback": "Precision divides by `TP + FP`."},
        {"text": "The row of true positives", "feedback": "That is recall."},
    ],
}
NUMERIC = {
    "id": "PR-q2",
    "objective": "PR.2",
    "type": "numeric",
    "question": "TP is 3 and FP is 1. What is the precision?",
    "answer": 0.75,
    "tolerance": 0.005,
    "feedback": {"correct": "3 / (3 + 1).", "wrong": "Divide TP by TP + FP."},
    "mistakes": [{"value": 0.25, "feedback": "That is the share of false alarms."}],
}
QUIZ = {"lesson": LESSON, "questions": [SINGLE, NUMERIC]}


def write(folder: Path, quiz: Any) -> Path:
    path = folder / LESSON / "quiz.yml"
    path.parent.mkdir(exist_ok=True)
    text = quiz if isinstance(quiz, str) else yaml.safe_dump(quiz, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


def test_json_holds_the_bank_in_its_order_with_every_default_written_out(tmp_path: Path) -> None:
    text = quiz_json(load_quiz(write(tmp_path, QUIZ)))
    data = json.loads(text)
    assert [question["id"] for question in data["questions"]] == ["PR-q1", "PR-q2"]
    assert [answer["correct"] for answer in data["questions"][0]["answers"]] == [True, False]
    assert data["questions"][1] == {**NUMERIC, "block": False, "share": False}
    assert text.endswith("}\n")


def test_json_does_not_depend_on_the_order_of_keys_in_the_bank(tmp_path: Path) -> None:
    shuffled = {
        "questions": [dict(reversed(question.items())) for question in QUIZ["questions"]],
        "lesson": LESSON,
    }
    assert quiz_json(load_quiz(write(tmp_path, shuffled))) == quiz_json(load_quiz(write(tmp_path, QUIZ)))


def test_json_is_a_valid_bank_itself(tmp_path: Path) -> None:
    text = quiz_json(load_quiz(write(tmp_path, QUIZ)))
    assert quiz_json(load_quiz(write(tmp_path, text))) == text


DELETE = object()
SLIPS = [
    ((1, "id"), "PR-q1", "question PR-q1: id: is used 2 times"),
    ((0, "objective"), DELETE, "question PR-q1: objective: is missing"),
    ((0, "objective"), "precision", "question PR-q1: objective: must look like PR.1"),
    ((0, "question"), "  ", "question PR-q1: question: is empty"),
    ((0, "type"), "choice", "question PR-q1: type: must be single, multiple or numeric"),
    ((0, "type"), DELETE, "question PR-q1: type: is missing"),
    ((0, "id"), DELETE, "question number 1: id: is missing"),
    ((0, "hint"), "Look at the column.", "question PR-q1: hint: is not a field of the schema"),
    ((0, "answers", 1, "feedback"), DELETE, "question PR-q1: answers, item 2, feedback: is missing"),
    ((0, "answers", 1, "text"), 0.5, "question PR-q1: answers, item 2, text: must be text; put quotation marks"),
    ((0, "answers", 1, "correct"), "yes", "question PR-q1: answers, item 2, correct: must be true or false"),
    ((0, "answers", 0, "correct"), False, "question PR-q1: answers: none is marked correct"),
    ((0, "answers", 1, "correct"), True, "question PR-q1: answers: a single-choice question has one correct answer"),
    ((0, "answers", 1, "text"), "The column of predicted positives", "question PR-q1: answers: two answers have"),
    ((1, "tolerance"), 0, "question PR-q2: tolerance: must be greater than 0"),
    ((1, "answer"), float("nan"), "question PR-q2: answer: must be a finite number"),
    ((1, "answer"), "0.75", "question PR-q2: answer: must be a number"),
    ((1, "feedback", "wrong"), DELETE, "question PR-q2: feedback, wrong: is missing"),
    ((1, "mistakes", 0, "value"), 0.754, "question PR-q2: mistakes: 0.754 is within the tolerance of the answer"),
]


@pytest.mark.parametrize(("place", "value", "message"), SLIPS, ids=[slip[2] for slip in SLIPS])
def test_a_slip_is_named_with_file_question_and_field(
    tmp_path: Path, place: tuple[Any, ...], value: Any, message: str
) -> None:
    quiz = copy.deepcopy(QUIZ)
    target: Any = quiz["questions"]
    for step in place[:-1]:
        target = target[step]
    if value is DELETE:
        del target[place[-1]]
    else:
        target[place[-1]] = value
    path = write(tmp_path, quiz)
    with pytest.raises(QuizError) as caught:
        load_quiz(path)
    assert str(caught.value).startswith(f"{path}: {message}")


def test_all_slips_are_reported_at_once(tmp_path: Path) -> None:
    quiz = copy.deepcopy(QUIZ)
    del quiz["questions"][0]["objective"], quiz["questions"][1]["tolerance"]
    with pytest.raises(QuizError) as caught:
        load_quiz(write(tmp_path, quiz))
    assert [line.split(": ", 1)[1] for line in str(caught.value).splitlines()] == [
        "question PR-q1: objective: is missing",
        "question PR-q2: tolerance: is missing",
    ]


def test_two_mistakes_that_cannot_be_told_apart_are_refused(tmp_path: Path) -> None:
    quiz = copy.deepcopy(QUIZ)
    quiz["questions"][1]["mistakes"].append({"value": 0.253, "feedback": "Another slip."})
    with pytest.raises(QuizError, match=r"0\.253 is within the tolerance of the mistake 0\.25"):
        load_quiz(write(tmp_path, quiz))


# Powers of two are exact; of the decimal fractions 0.755 lies a hair more than 0.005 from 0.75, which is not meant.
@pytest.mark.parametrize(
    ("answer", "tolerance", "within", "outside"),
    [
        (0.75, 0.25, (0.5, 1.0, 0.75), (0.49, 1.01)),
        (0.75, 0.005, (0.745, 0.755), (0.74499, 0.75501)),
        (0.0, 0.25, (0.25 * SLACK, -0.25 * SLACK), (0.25 * SLACK + 1e-15, 0.2500001)),
    ],
)
def test_a_mistake_at_the_edge_of_the_tolerance_could_not_be_reached(
    tmp_path: Path, answer: float, tolerance: float, within: tuple[float, ...], outside: tuple[float, ...]
) -> None:
    for value in within + outside:
        numeric = NUMERIC | {"answer": answer, "tolerance": tolerance}
        numeric["mistakes"] = [{"value": value, "feedback": "A slip."}]
        path = write(tmp_path, {"lesson": LESSON, "questions": [numeric]})
        if value in outside:
            assert load_quiz(path).questions[0].mistakes[0].value == value
        else:
            with pytest.raises(QuizError, match=f"{value:g} is within the tolerance of the answer"):
                load_quiz(path)


def test_a_mistake_at_the_edge_of_another_could_not_be_reached(tmp_path: Path) -> None:
    for second, fits in ((0.25, False), (0.24, True)):
        mistakes = [{"value": value, "feedback": "A slip."} for value in (0.375, second)]
        path = write(tmp_path, {"lesson": LESSON, "questions": [NUMERIC | {"tolerance": 0.125, "mistakes": mistakes}]})
        if fits:
            assert len(load_quiz(path).questions[0].mistakes) == 2
        else:
            with pytest.raises(QuizError, match=r"0\.25 is within the tolerance of the mistake 0\.375"):
                load_quiz(path)


def test_the_slack_of_the_page_is_the_banks() -> None:
    script = files("autograder").joinpath("static/quiz.js").read_text(encoding="utf-8")
    (slack,) = re.findall(r"question\.tolerance \* \(([^)]+)\)", script)
    one, hair = slack.split(" + ")
    assert float(one) + float(hair) == SLACK


def test_a_multiple_choice_question_may_have_several_correct_answers(tmp_path: Path) -> None:
    quiz = copy.deepcopy(QUIZ)
    quiz["questions"][0]["type"] = "multiple"
    quiz["questions"][0]["answers"][1]["correct"] = True
    assert load_quiz(write(tmp_path, quiz)).questions[0].type == "multiple"


def test_the_bank_of_another_lesson_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuizError, match="lesson: is 01_confusion_matrix, but the file is in the folder 03_prec"):
        load_quiz(write(tmp_path, QUIZ | {"lesson": "01_confusion_matrix"}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lesson: 03\nquestions: [", "line 2: is not valid YAML"),
        ("lesson: a\nlesson: b\n", "line 2: is not valid YAML: lesson is given twice"),
        ("", "must be a mapping of fields to values"),
        ("lesson: 03_precision_recall\nquestions: [1]", "question number 1: must be a mapping"),
        ("lesson: 03_precision_recall\nquestions: []", "questions: "),
        ("lesson: \x00", "is not valid YAML"),
    ],
)
def test_a_file_that_is_no_bank_says_so(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(QuizError) as caught:
        load_quiz(write(tmp_path, text))
    assert message in str(caught.value)


def test_a_file_in_another_encoding_says_so(tmp_path: Path) -> None:
    path = write(tmp_path, QUIZ)
    path.write_bytes("lesson: é".encode("latin-1"))
    with pytest.raises(QuizError, match="is not UTF-8 text"):
        load_quiz(path)
