"""Quizzes for learning platforms: everything that a question says arrives, and each file has its format's form.

With each change, read them back with programs of others as well: GIFT with npm's gift-pegjs, Moodle's XML with PyPI's
moodle-xml-parser, QTI with the published schema, imsqti_v2p1.xsd.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from autograder.authoring.quiz_bank import Answer, ChoiceQuestion, NumericQuestion, Quiz, load_quiz
from autograder.cli import app
from autograder.exercises import LESSONS
from autograder.exporting.quizzes.gift import gift
from autograder.exporting.quizzes.markup import html
from autograder.exporting.quizzes.moodle import moodle_xml
from autograder.exporting.quizzes.qti import qti_package

ROOT = Path(__file__).parents[2]
QTI = {"q": "http://www.imsglobal.org/xsd/imsqti_v2p1"}


@pytest.fixture(params=LESSONS, scope="module")
def quiz(request: pytest.FixtureRequest) -> Quiz:
    return load_quiz(ROOT / "solutions" / request.param / "quiz.yml")


def texts(question: ChoiceQuestion | NumericQuestion) -> list[str]:
    """Everything that a question says, in order."""
    if isinstance(question, ChoiceQuestion):
        return [question.question, *(text for answer in question.answers for text in (answer.text, answer.feedback))]
    feedback = [
        question.feedback.correct,
        *(mistake.feedback for mistake in question.mistakes),
        question.feedback.wrong,
    ]
    return [question.question, *feedback]


def test_moodle_gets_every_question_with_its_points(quiz: Quiz) -> None:
    questions = ET.fromstring(moodle_xml(quiz)).findall("question")[1:]
    assert len(questions) == len(quiz.questions)
    for element, question in zip(questions, quiz.questions, strict=True):
        said = [text.text for text in element.iter("text")]
        assert [
            text for text in map(html, texts(question)) if text not in (said[1].split(" Answer with")[0], *said)
        ] == []
        shares = [float(answer.attrib["fraction"]) for answer in element.findall("answer")]
        assert sum(share for share in shares if share > 0) == pytest.approx(100, abs=0.001)
        if isinstance(question, ChoiceQuestion):
            assert [share > 0 for share in shares] == [answer.correct for answer in question.answers]
            # Who ticks everything earns nothing.
            if question.type == "multiple" and min(shares) < 0:
                assert sum(shares) == pytest.approx(0, abs=0.001)
        else:
            values = [answer.findtext("text") for answer in element.findall("answer")]
            assert values[-1] == "*"
            assert [float(str(value)) for value in values[:-1]] == [
                question.answer,
                *(m.value for m in question.mistakes),
            ]


def read_gift(text: str) -> list[str]:
    """The questions, without backslashes."""
    return [re.sub(r"\\(.)", r"\1", part) for part in text.split("\n\n")[1:]]


def test_gift_says_what_the_questions_say(quiz: Quiz) -> None:
    questions = read_gift(gift(quiz))
    assert len(questions) == len(quiz.questions)
    for text, question in zip(questions, quiz.questions, strict=True):
        for piece in map(html, texts(question)):
            assert piece in text
    # What has a meaning in GIFT and is text has a backslash before it.
    bare = re.sub(r"\\.", "", gift(quiz))
    assert bare.count("{") == bare.count("}") == len(quiz.questions)


def test_qti_package_is_whole(quiz: Quiz) -> None:
    archive = zipfile.ZipFile(io.BytesIO(qti_package(quiz)))
    assert qti_package(quiz) == qti_package(quiz)
    manifest = ET.fromstring(archive.read("imsmanifest.xml"))
    named = {element.attrib["href"] for element in manifest.iter() if element.tag.endswith("}file")}
    assert named == set(archive.namelist()) - {"imsmanifest.xml"}
    references = [
        e.attrib["href"] for e in ET.fromstring(archive.read("test.xml")).iterfind(".//q:assessmentItemRef", QTI)
    ]
    assert references == [f"items/{question.id}.xml" for question in quiz.questions]
    for question in quiz.questions:
        item = ET.fromstring(archive.read(f"items/{question.id}.xml"))
        said = " ".join("".join(item.itertext()).split())
        for text in texts(question):
            assert " ".join(text.replace("`", "").replace("**", "").split()) in said
        told = {element.attrib["identifier"] for element in item.iterfind("q:modalFeedback", QTI)}
        if isinstance(question, ChoiceQuestion):
            choices = {e.attrib["identifier"]: e for e in item.iterfind(".//q:simpleChoice", QTI)}
            assert set(choices) == told
            right = {value.text for value in item.iterfind(".//q:correctResponse/q:value", QTI)}
            assert right == {f"A{i}" for i, answer in enumerate(question.answers, 1) if answer.correct}
        else:
            used = {e.text for e in item.iterfind(".//q:setOutcomeValue[@identifier='FEEDBACK']//q:baseValue", QTI)}
            assert used == told


def test_nothing_in_a_text_is_markup_of_the_format() -> None:
    odd = "a ~ b = {c} # d : e \\ f < g & `h > i` -> **j**"
    answers = [Answer(text=odd, correct=True, feedback=odd), Answer(text="%50%no", feedback="//x")]
    question = ChoiceQuestion(id="XX-q1", objective="XX.1", question=odd, type="single", answers=answers)
    tiny = Quiz(lesson="01_x", questions=[question])
    (text,) = read_gift(gift(tiny))
    assert text.count(html(odd)) == 3
    found = ET.fromstring(moodle_xml(tiny))
    assert found.findall("question")[1].findtext("questiontext/text") == html(odd)
    item = ET.fromstring(zipfile.ZipFile(io.BytesIO(qti_package(tiny))).read("items/XX-q1.xml"))
    prompt = item.find(".//q:prompt", QTI)
    assert prompt is not None
    assert "".join(prompt.itertext()) == odd.replace("`", "").replace("**", "")


def test_question_of_which_every_answer_is_right() -> None:
    answers = [Answer(text=text, correct=True, feedback="yes") for text in ("one", "two")]
    question = ChoiceQuestion(id="XX-q1", objective="XX.1", question="Which?", type="multiple", answers=answers)
    tiny = Quiz(lesson="01_x", questions=[question])
    assert [e.attrib["fraction"] for e in ET.fromstring(moodle_xml(tiny)).iter("answer")] == ["50", "50"]
    assert gift(tiny).count("~%50%") == 2


@pytest.mark.parametrize("name", ["../x", 'a" b="c', "a b", "", "x" * 200])
def test_name_of_a_question_is_an_identifier_everywhere(name: str) -> None:
    answers = [Answer(text=text, correct=text == "one", feedback="yes") for text in ("one", "two")]
    with pytest.raises(ValueError, match="must be made of letters"):
        ChoiceQuestion(id=name, objective="XX.1", question="Which?", type="single", answers=answers)


@pytest.mark.parametrize(("to", "ending"), [("moodle", "xml"), ("gift", "gift"), ("qti", "zip")])
def test_command_finds_quizzes_of_a_course(tmp_path: Path, to: str, ending: str) -> None:
    lesson = tmp_path / "source" / "03_precision_recall"
    lesson.mkdir(parents=True)
    for file in (ROOT / "lessons" / "03_precision_recall").glob("*.[ij]*"):
        (lesson / file.name).write_bytes(file.read_bytes())
    result = CliRunner().invoke(app, ["quiz", str(tmp_path), "--to", to])
    assert result.exit_code == 0, result.output
    assert [path.name for path in (tmp_path / "quizzes").iterdir()] == [f"03_precision_recall.{ending}"]
    missing = CliRunner().invoke(app, ["quiz", str(tmp_path), "--to", to, "--lesson", "99"])
    assert missing.exit_code == 2
    one_missing = ["--lesson", "99", "--lesson", "03_precision_recall"]
    assert CliRunner().invoke(app, ["quiz", str(tmp_path), "--to", to, *one_missing]).exit_code == 2
    assert "There is no quiz for 99" in " ".join(missing.output.split())
