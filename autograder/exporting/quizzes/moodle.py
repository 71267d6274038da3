"""A quiz as Moodle XML: *Question bank, Import, Moodle XML format* makes a category of it.

The format is described in Moodle's documentation, https://docs.moodle.org/en/Moodle_XML_format.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from autograder.authoring.quiz_bank import ChoiceQuestion, NumericQuestion, Quiz
from autograder.exporting.quizzes.markup import AS_A_NUMBER, html, number


def moodle_xml(quiz: Quiz) -> bytes:
    """The quiz as a file for Moodle.

    In a question with several right answers each wrong choice takes off what a right one gives, so that ticking all of
    them earns nothing.
    """
    root = ET.Element("quiz")
    category = ET.SubElement(root, "question", type="category")
    ET.SubElement(ET.SubElement(category, "category"), "text").text = f"$course$/top/{quiz.lesson}"
    for question in quiz.questions:
        entry = ET.SubElement(root, "question", type="numerical" if question.type == "numeric" else "multichoice")
        ET.SubElement(ET.SubElement(entry, "name"), "text").text = f"{question.id} ({question.objective})"
        asked = html(question.question)
        if isinstance(question, NumericQuestion) and question.share:
            asked += f" {AS_A_NUMBER}"
        _html(entry, "questiontext", asked)
        ET.SubElement(entry, "defaultgrade").text = "1"
        if isinstance(question, ChoiceQuestion):
            _choices(entry, question)
        else:
            _numbers(entry, question)
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data


def _choices(entry: ET.Element, question: ChoiceQuestion) -> None:
    ET.SubElement(entry, "single").text = "true" if question.type == "single" else "false"
    ET.SubElement(entry, "shuffleanswers").text = "true"
    ET.SubElement(entry, "answernumbering").text = "none"
    right = sum(answer.correct for answer in question.answers)
    wrong = len(question.answers) - right
    for answer in question.answers:
        # Moodle knows shares with five digits.
        loss = -100 / wrong if wrong and question.type == "multiple" else 0.0
        share = 100 / right if answer.correct else loss
        _answer(entry, number(round(share, 5)), html(answer.text), html(answer.feedback))


def _numbers(entry: ET.Element, question: NumericQuestion) -> None:
    known = [(100, question.answer, question.feedback.correct)]
    known += [(0, mistake.value, mistake.feedback) for mistake in question.mistakes]
    for share, value, feedback in known:
        answer = _answer(entry, str(share), number(value), html(feedback), written="moodle_auto_format")
        ET.SubElement(answer, "tolerance").text = number(question.tolerance)
    # Any other number.
    answer = _answer(entry, "0", "*", html(question.feedback.wrong), written="moodle_auto_format")
    ET.SubElement(answer, "tolerance").text = "0"


def _answer(entry: ET.Element, share: str, text: str, feedback: str, written: str = "html") -> ET.Element:
    answer = ET.SubElement(entry, "answer", fraction=share, format=written)
    ET.SubElement(answer, "text").text = text
    _html(answer, "feedback", feedback)
    return answer


def _html(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(ET.SubElement(parent, tag, format="html"), "text").text = text
