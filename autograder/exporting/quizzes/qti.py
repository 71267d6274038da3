"""A quiz as a package of QTI 2.1: an item for each question, a test of all of them, and the manifest, in one archive.

The specification is that of 1EdTech (IMS Global), *Question and Test Interoperability, Assessment Test, Section and
Item Information Model, Version 2.1* (2012).
"""

from __future__ import annotations

import io
import zipfile

from autograder.authoring.quiz_bank import ChoiceQuestion, NumericQuestion, Quiz
from autograder.exporting.quizzes.markup import AS_A_NUMBER, html, number

_QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the same quiz gives the same bytes


def qti_package(quiz: Quiz) -> bytes:
    """The quiz as a zip archive."""
    items = {f"items/{question.id}.xml": _item(question) for question in quiz.questions}
    files = {"imsmanifest.xml": _manifest(quiz, list(items)), "test.xml": _test(quiz), **items}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), text.encode())
    return out.getvalue()


def _item(question: ChoiceQuestion | NumericQuestion) -> str:
    made = _choice_item(question) if isinstance(question, ChoiceQuestion) else _numeric_item(question)
    declared, body, processing, feedback = made
    name = f'identifier="{question.id}" title="{question.id} ({question.objective})"'
    return (
        f'{_HEAD}<assessmentItem xmlns="{_QTI}" {name} adaptive="false" timeDependent="false">\n{declared}\n'
        '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float">'
        "<defaultValue><value>0</value></defaultValue></outcomeDeclaration>\n"
        '<outcomeDeclaration identifier="FEEDBACK" cardinality="multiple" baseType="identifier"/>\n'
        f"<itemBody>{body}</itemBody>\n<responseProcessing>{processing}</responseProcessing>\n{feedback}\n"
        "</assessmentItem>\n"
    )


def _choice_item(question: ChoiceQuestion) -> tuple[str, str, str, str]:
    names = [f"A{number_}" for number_ in range(1, len(question.answers) + 1)]
    pairs = list(zip(names, question.answers, strict=True))
    right = [name for name, answer in pairs if answer.correct]
    several = question.type == "multiple"
    values = "".join(f"<value>{name}</value>" for name in right)
    declared = (
        f'<responseDeclaration identifier="RESPONSE" cardinality="{"multiple" if several else "single"}" '
        f'baseType="identifier"><correctResponse>{values}</correctResponse></responseDeclaration>'
    )
    choices = "".join(f'<simpleChoice identifier="{name}">{html(answer.text)}</simpleChoice>' for name, answer in pairs)
    body = (
        f'<choiceInteraction responseIdentifier="RESPONSE" shuffle="true" maxChoices="{0 if several else 1}">'
        f"<prompt>{html(question.question)}</prompt>{choices}</choiceInteraction>"
    )
    score = _when('<match><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></match>', _score(1))
    # In a question with one answer the choice itself says which feedback is due.
    chosen = '<variable identifier="RESPONSE"/>'
    names_of_feedback = chosen if several else f"<multiple>{chosen}</multiple>"
    told = f'<setOutcomeValue identifier="FEEDBACK">{names_of_feedback}</setOutcomeValue>'
    given = _when(f"<not><isNull>{chosen}</isNull></not>", told)
    feedback = "\n".join(_feedback(name, answer.feedback) for name, answer in pairs)
    return declared, body, score + given, feedback


def _numeric_item(question: NumericQuestion) -> tuple[str, str, str, str]:
    declared = (
        '<responseDeclaration identifier="RESPONSE" cardinality="single" baseType="float"><correctResponse><value>'
        f"{number(question.answer)}</value></correctResponse></responseDeclaration>"
    )
    asked = html(question.question) + (f" {AS_A_NUMBER}" if question.share else "")
    body = f'<p>{asked}</p><p><textEntryInteraction responseIdentifier="RESPONSE" expectedLength="12"/></p>'
    known = [("RIGHT", question.answer, question.feedback.correct)]
    known += [(f"M{place}", mistake.value, mistake.feedback) for place, mistake in enumerate(question.mistakes, 1)]
    branches = []
    for place, (name, value, _) in enumerate(known):
        kind = "responseElseIf" if place else "responseIf"
        then = _tell(name) if place else _score(1) + _tell(name)
        branches.append(f"<{kind}>{_near(value, question.tolerance)}{then}</{kind}>")
    branches.append(f"<responseElse>{_tell('WRONG')}</responseElse>")
    processing = f"<responseCondition>{''.join(branches)}</responseCondition>"
    feedback = [*((name, text) for name, _, text in known), ("WRONG", question.feedback.wrong)]
    return declared, body, processing, "\n".join(_feedback(name, text) for name, text in feedback)


def _near(value: float, tolerance: float) -> str:
    return (
        f'<equal toleranceMode="absolute" tolerance="{number(tolerance)} {number(tolerance)}">'
        f'<variable identifier="RESPONSE"/><baseValue baseType="float">{number(value)}</baseValue></equal>'
    )


def _when(condition: str, then: str) -> str:
    return f"<responseCondition><responseIf>{condition}{then}</responseIf></responseCondition>"


def _score(points: int) -> str:
    return f'<setOutcomeValue identifier="SCORE"><baseValue baseType="float">{points}</baseValue></setOutcomeValue>'


def _tell(name: str) -> str:
    value = f'<multiple><baseValue baseType="identifier">{name}</baseValue></multiple>'
    return f'<setOutcomeValue identifier="FEEDBACK">{value}</setOutcomeValue>'


def _feedback(name: str, text: str) -> str:
    return (
        f'<modalFeedback outcomeIdentifier="FEEDBACK" identifier="{name}" showHide="show">{html(text)}</modalFeedback>'
    )


def _test(quiz: Quiz) -> str:
    references = "".join(
        f'<assessmentItemRef identifier="{question.id}" href="items/{question.id}.xml"/>' for question in quiz.questions
    )
    return (
        f'{_HEAD}<assessmentTest xmlns="{_QTI}" identifier="{_name(quiz)}" title="{quiz.lesson}">'
        '<testPart identifier="part" navigationMode="nonlinear" submissionMode="individual">'
        f'<assessmentSection identifier="section" title="{quiz.lesson}" visible="true">{references}</assessmentSection>'
        "</testPart></assessmentTest>\n"
    )


def _manifest(quiz: Quiz, items: list[str]) -> str:
    resources = "".join(
        f'<resource identifier="item{place}" type="imsqti_item_xmlv2p1" href="{path}"><file href="{path}"/></resource>'
        for place, path in enumerate(items)
    )
    needs = "".join(f'<dependency identifierref="item{place}"/>' for place in range(len(items)))
    return (
        f'{_HEAD}<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" identifier="{_name(quiz)}-package">'
        "<metadata><schema>QTIv2.1 Package</schema><schemaversion>1.0.0</schemaversion></metadata><organizations/>"
        f'<resources><resource identifier="test" type="imsqti_test_xmlv2p1" href="test.xml"><file href="test.xml"/>'
        f"{needs}</resource>{resources}</resources></manifest>\n"
    )


def _name(quiz: Quiz) -> str:
    """An identifier begins with a letter."""
    return f"quiz-{quiz.lesson}"
