"""A learner's progress in Chromium: what is kept, what an import changes; a storage that is off, full or damaged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from practice_site import served
from progress_site import write_learner_site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KEY = "evalkit.progress"
CM = "01_confusion_matrix"
AP = "02_accuracy_paradox"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    site = tmp_path_factory.mktemp("site")
    write_learner_site(site)
    with served(site) as url:
        yield url


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context()
    opened, wrong = context.new_page(), list[str]()
    opened.on("pageerror", lambda error: wrong.append(error.message))
    opened.on("request", lambda sent: None if sent.url.startswith((address, "blob:")) else wrong.append(sent.url))
    yield opened
    context.close()
    assert wrong == []


def kept(page: Page) -> Any:
    return json.loads(page.evaluate("key => localStorage.getItem(key)", KEY))


def answer(page: Page | Locator, *, right: bool) -> None:
    """Answer the first question of lesson 01, about the second word of “false negative”."""
    group = page.get_by_role("group", name=re.compile("second.* word"))
    group.get_by_role("radio", name="To what the model predicted." if right else "To the true label").check()
    group.get_by_role("button").click()


def lesson(page: Page, number: str) -> Any:
    return page.locator("#progress-lessons > li").filter(has=page.get_by_role("link", name=re.compile(f"^{number} ·")))


def answer_lesson_01(page: Page, address: str) -> None:
    page.goto(f"{address}lessons/{CM}.html")
    answer(page, right=False)
    answer(page, right=True)
    group = page.get_by_role("group", name=re.compile("^Question 4\\."))
    group.get_by_role("radio", name="It always rises").check()
    group.get_by_role("button").click()


def read_to_the_end(page: Page, lesson: str) -> None:
    """Go to the end of the page until that is noted: while it loads the end may move."""
    page.wait_for_function(
        """([key, lesson]) => {
          scrollTo(0, document.documentElement.scrollHeight);
          return localStorage.getItem(key)?.includes(`"${lesson}":"20`);
        }""",
        arg=[KEY, lesson],
    )


def exported(page: Page, address: str, to: Path) -> Path:
    page.goto(f"{address}progress.html")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    assert re.fullmatch(r"progress-\d{4}-\d\d-\d\d\.json", download.value.suggested_filename)
    download.value.save_as(to)
    return to


def imported(page: Page, file: Path | str) -> None:
    """Choose a file, or a file of this text, once the page listens."""
    page.locator("#progress-lessons > li").first.wait_for()
    given: Any = file
    if isinstance(file, str):
        given = {"name": "progress.json", "mimeType": "application/json", "buffer": file.encode()}
    page.get_by_label("The file to import").set_input_files(given)


def test_answers_are_kept_shown_and_taken_along(page: Page, chromium: Browser, address: str, tmp_path: Path) -> None:
    answer_lesson_01(page, address)
    mine = kept(page)
    first = mine["items"][f"{CM}/quiz/CM-q1"]
    assert (first["right"], first["points"], first["tries"], first["objectives"]) == (True, 1, 2, ["CM.1"])
    assert first["box"] == 0  # right only after the explanation: to be asked again
    assert mine["items"][f"{CM}/quiz/CM-q4"]["right"] is False
    file = exported(page, address, tmp_path / "progress.json")
    expect(lesson(page, "01")).to_contain_text("Begun")
    expect(lesson(page, "01")).to_contain_text("1 of 11 right, 2 will be asked again")
    expect(lesson(page, "01").locator("details", has_text="Objectives: 1 of 6")).to_have_count(1)
    lesson(page, "01").get_by_text("Not right yet: 1").click()
    expect(lesson(page, "01")).to_contain_text("You raise the threshold.")
    expect(lesson(page, "02")).to_contain_text("Not begun")
    shown = page.locator("#progress-lessons").inner_text()

    fresh = chromium.new_context()
    other = fresh.new_page()
    other.goto(f"{address}progress.html")
    imported(other, file)
    expect(other.locator("#progress-said")).to_have_text("Imported: 2 answers.")
    other.get_by_text("Not right yet: 1").click()
    assert other.locator("#progress-lessons").inner_text() == shown
    imported(other, file)
    expect(lesson(other, "01")).to_contain_text("1 of 11 right")
    assert kept(other) == mine == json.loads(file.read_text())
    fresh.close()


def test_a_lesson_is_marked_beside_its_link_and_the_first_page_leads_on(page: Page, address: str) -> None:
    page.goto(f"{address}index.html")
    expect(page.locator("#course-progress")).to_be_hidden()
    answer_lesson_01(page, address)
    page.goto(f"{address}index.html")
    expect(page.locator("#course-progress")).to_have_text(
        "You have begun 1 of 12 lessons. Go on with lesson 01, or see your progress."
    )
    page.goto(f"{address}lessons/{AP}.html")
    read_to_the_end(page, AP)
    page.goto(f"{address}index.html")
    expect(page.locator("#course-progress")).to_contain_text("begun 2 of 12 lessons. Go on with lesson 02")


def test_the_end_of_a_lesson_is_noted_when_it_was_on_the_screen(page: Page, address: str) -> None:
    page.goto(f"{address}lessons/{CM}.html")
    page.locator(".ek-quiz").first.wait_for()
    assert page.evaluate("key => localStorage.getItem(key)", KEY) is None
    read_to_the_end(page, CM)
    page.goto(f"{address}progress.html")
    expect(lesson(page, "01")).to_contain_text("read to the end on ")


NO_PROGRESS = {
    "": "This is not a file of progress",
    "{": "This is not a file of progress",
    '{"cells": [], "nbformat": 4}': "This is not a file of progress",
    '{"format": "evalkit-course-progress", "version": 2}': "written by another version",
    '{"format": "evalkit-course-progress", "version": 1, "items": {}}': "is damaged",
}


def test_a_file_that_is_none_changes_nothing(page: Page, address: str) -> None:
    answer_lesson_01(page, address)
    before = kept(page)
    page.goto(f"{address}progress.html")
    for text, said in NO_PROGRESS.items():
        imported(page, text)
        expect(page.locator("#progress-said")).to_have_text(re.compile(f"{said}.* Nothing was changed."))
        page.locator("#progress-said").evaluate("node => { node.textContent = ''; }")
    assert kept(page) == before


def test_newer_code_of_a_file_takes_the_place_of_older_and_is_named(page: Page, address: str) -> None:
    page.goto(f"{address}progress.html")
    document: dict[str, Any] = {"format": "evalkit-course-progress", "version": 1, "items": {}, "read": {}}

    def code(text: str, at: str) -> str:
        return json.dumps({**document, "code": {"recall": {"text": text, "at": at}}})

    imported(page, code("older", "2026-01-01T00:00:00.000Z"))
    expect(page.locator("#progress-said")).to_have_text("Imported: 0 answers.")
    imported(page, code("newer", "2026-01-02T00:00:00.000Z"))
    expect(page.locator("#progress-said")).to_contain_text("newer than yours here, and stands in its place: recall.")
    imported(page, code("older", "2026-01-01T00:00:00.000Z"))
    expect(page.locator("#progress-said")).to_have_text("Imported: 0 answers.")
    assert kept(page)["code"]["recall"]["text"] == "newer"


def test_deleting_asks_first(page: Page, address: str) -> None:
    answer_lesson_01(page, address)
    page.goto(f"{address}progress.html")
    asked = list[str]()
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.get_by_role("button", name="Delete all").click()
    assert "Delete everything" in asked[0]
    expect(lesson(page, "01")).to_contain_text("1 of 11 right")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete all").click()
    expect(page.locator("#progress-said")).to_have_text("Deleted.")
    expect(lesson(page, "01")).to_contain_text("Not begun")
    assert page.evaluate("Object.keys(localStorage)") == []


OFF = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('off', 'SecurityError'); } })"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"


@pytest.mark.parametrize("script", [OFF, FULL], ids=["off", "full"])
def test_a_browser_that_keeps_nothing_says_so_and_goes_on(page: Page, address: str, script: str) -> None:
    page.add_init_script(script)
    page.goto(f"{address}lessons/{CM}.html")
    answer(page, right=False)
    expect(page.get_by_text("This browser does not keep your progress")).to_have_count(1)
    answer(page, right=True)
    expect(page.locator(".ek-score").first).to_contain_text("1 of")
    expect(page.get_by_text("This browser does not keep your progress")).to_have_count(1)


def test_what_cannot_be_read_is_put_aside_and_said(page: Page, address: str) -> None:
    page.goto(f"{address}index.html")
    for text in ("{", "null", '{"format": "evalkit-course-progress", "version": 1, "items": []}'):
        page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, text])
        page.goto(f"{address}progress.html")
        expect(page.locator("#progress-trouble")).to_contain_text("could not be read, and was put aside")
        assert page.evaluate("key => localStorage.getItem(key)", f"{KEY}.unreadable") == text
    answer_lesson_01(page, address)
    assert len(kept(page)["items"]) == 2


def test_what_a_newer_course_kept_stays_as_it_is(page: Page, address: str) -> None:
    text = json.dumps({"format": "evalkit-course-progress", "version": 2, "answers": []})
    page.goto(f"{address}index.html")
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, text])
    page.goto(f"{address}lessons/{CM}.html")
    answer(page, right=True)
    expect(page.get_by_text("of a newer version of the course. It stays as it is")).to_be_visible()
    assert page.evaluate("key => localStorage.getItem(key)", KEY) == text


def test_two_pages_open_at_once_do_not_forget_each_others_answers(page: Page, address: str) -> None:
    other = page.context.new_page()
    other.goto(f"{address}progress.html")
    page.bring_to_front()
    answer_lesson_01(page, address)
    other.bring_to_front()
    expect(lesson(other, "01")).to_contain_text("1 of 11 right")
    other.goto(f"{address}lessons/{AP}.html")
    group = other.get_by_role("group", name=re.compile("^Question 1\\."))
    group.get_by_role("radio").nth(1).check()
    group.get_by_role("button").click()
    page.bring_to_front()
    answer(page, right=False)
    assert {key[:2] for key in kept(page)["items"]} == {"01", "02"}
    assert kept(page)["items"][f"{CM}/quiz/CM-q1"]["tries"] == 3


def test_what_was_missed_is_asked_again_in_later_lessons_at_growing_distances(page: Page, address: str) -> None:
    review = page.get_by_role("region", name="From earlier lessons")
    threshold = review.get_by_role("group", name=re.compile("You raise the threshold"))
    word = review.get_by_role("group", name=re.compile("second.* word"))
    page.clock.install(time="2026-03-02T20:00:00")
    answer_lesson_01(page, address)
    page.reload()
    expect(page.locator(".ek-quiz").first).to_be_visible()
    expect(review).to_be_hidden()  # both are this lesson's own
    # Answered right in the evening of the day, a day later, three days later, a week later; then it is learned.
    for day, box in {2: 1, 3: 2, 6: 3, 13: None}.items():
        page.clock.set_system_time(f"2026-03-{day:02}T20:00:00")
        page.goto(f"{address}lessons/{AP}.html")
        expect(threshold).to_be_visible()
        answer(review, right=True)
        assert kept(page)["items"][f"{CM}/quiz/CM-q1"].get("box") == box
        # Missed, and right only when the reason has been read: it stays where it was.
        for choice in ("It always rises", "It rises, or"):
            threshold.get_by_role("radio", name=choice).check()
            threshold.get_by_role("button").click()
        assert kept(page)["items"][f"{CM}/quiz/CM-q4"]["box"] == 0
        page.reload()
        expect(threshold).to_be_visible()
        expect(review).to_contain_text("You missed this before.")
        expect(word).to_have_count(0)


def test_at_most_three_questions_are_asked_again_the_least_known_first(page: Page, address: str) -> None:
    items = {
        f"{CM}/quiz/CM-{name}": {
            "objectives": [], "right": False, "points": 0, "max": 1, "tries": 1, "box": box, "due": due,
            "first": "2026-03-02T20:00:00.000Z", "last": f"2026-03-02T20:00:0{number}.000Z",
        }
        for number, (name, box, due) in enumerate(
            [("q1", 1, "2026-03-03"), ("q4", 0, "2026-03-09"), ("q3", 2, "2026-03-02"), ("b1", 1, "2026-03-03"),
             ("gone", 0, "2026-03-02"), ("b3", 0, "2026-03-02")]
        )
    }  # fmt: skip
    document = {"format": "evalkit-course-progress", "version": 1, "items": items, "code": {}, "read": {}}
    page.goto(f"{address}index.html")
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, json.dumps(document)])
    page.clock.install(time="2026-03-03T08:00:00")
    page.goto(f"{address}lessons/{AP}.html")
    review = page.get_by_role("region", name="From earlier lessons")
    expect(review.get_by_role("group")).to_have_text(
        [
            re.compile("white or not"),
            re.compile("second word"),
            re.compile("A model called 60 photos"),
        ]
    )


def choose(page: Page, name: str, number: int) -> None:
    """Answer a question of the placement quiz: the choice of this number, or this number."""
    group = page.get_by_role("group", name=re.compile(rf"^Question {name}\."))
    if group.get_by_role("radio").count():
        group.get_by_role("radio").nth(number).check()
    else:
        group.get_by_role("textbox").fill(str(number))
    group.get_by_role("button").click()


def test_the_placement_quiz_says_where_to_begin_and_why(page: Page, address: str) -> None:
    page.goto(f"{address}placement.html")
    said = page.locator("#placement-said")
    choose(page, "1", 2)
    choose(page, "2", 4)  # I do not know yet
    unsure = page.get_by_role("group", name=re.compile("^Question 2")).get_by_role("status")
    expect(unsure).to_have_text("That is an answer, too. Lesson 02 begins with it.")  # and no "Not quite"
    choose(page, "2", 2)  # the explanation was there to read: the first answer counts
    choose(page, "6", 3)
    expect(said).to_be_empty()
    page.get_by_role("button", name="Where do I begin?").click()
    expect(said.get_by_role("heading")).to_have_text("Begin with lesson 02")
    expect(said.get_by_role("heading")).to_be_focused()
    expect(said).to_contain_text("Your answer to its question was not right. There you learn to explain why")
    expect(said).to_contain_text("You knew what was asked of lesson 01.")
    expect(said).to_contain_text("Of lesson 06 as well")
    expect(said).to_contain_text("Also not known yet: lessons 03, 04, 05, 07, 10, 11, 12.")
    assert kept(page)["items"] == {}  # these are no questions of a lesson
    said.get_by_role("link", name="02 · The accuracy paradox").click()
    page.goto(f"{address}progress.html")
    expect(page.locator("#progress-placement")).to_contain_text("said: begin with lesson 02.")


def test_who_knows_all_ten_is_told_how_little_that_is(page: Page, address: str) -> None:
    page.goto(f"{address}placement.html")
    rights = ["2", 2, "0.6", "0.65", 1, 3, 0, 3, "0.4", 1]
    for number, right in enumerate(rights, start=1):
        choose(page, str(number), right)  # type: ignore[arg-type]
    expect(page.locator("#placement-said")).to_contain_text("Begin with lesson 12")
    expect(page.locator("#placement-said")).to_contain_text("One question a lesson is little evidence")


def test_the_certificate_prints_what_is_recorded_and_claims_no_more(page: Page, address: str) -> None:
    page.goto(f"{address}certificate.html")
    expect(page.locator("#certificate-text")).to_contain_text("has not answered or read anything here yet.")
    answer_lesson_01(page, address)
    page.add_init_script("window.print = () => { window.printed = true; }")
    page.goto(f"{address}certificate.html")
    page.get_by_label("Your name").fill("Ada <b>L.</b>")
    page.keyboard.press("Enter")
    text = page.locator("#certificate-text")
    expect(text).to_contain_text("Ada <b>L.</b> has worked on 1 of the 12 lessons")
    expect(text).to_contain_text("Begun; 1 of 11 questions right; 0 of 4 exercises solved.")
    expect(text).to_contain_text("Answered rightly at least once on 1 of 6 objectives:CM.1 count true and false")
    expect(text).to_contain_text("Nobody watched")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed") is True
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.get_by_label("Your name")).to_be_hidden()
    assert "Ada" not in page.evaluate("JSON.stringify({ ...localStorage })")
    page.reload()
    expect(text).to_contain_text("This learner has worked")
