"""The quiz in Chromium, on a static page: keyboard, feedback, live regions, no script, themes, small screens."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import CONTRAST, DARK, LIGHT, document
from playwright.sync_api import Browser, Locator, Page, expect

from autograder.authoring.quiz_bank import load_quiz, quiz_json
from autograder.quiz import render_quiz

pytestmark = pytest.mark.browser

BANK = Path(__file__).with_name("sample") / "03_precision_recall" / "quiz.yml"


def quizzes(copies: int = 1, style: str = LIGHT) -> str:
    return document(render_quiz(json.loads(quiz_json(load_quiz(BANK)))) * copies, style)


@pytest.fixture
def quiz_page(browser_page: Page) -> Iterator[Page]:
    errors = list[str]()
    browser_page.on("pageerror", lambda error: errors.append(error.message))
    browser_page.set_content(quizzes())
    yield browser_page
    assert errors == []


def question(page: Page | Locator, number: int) -> Locator:
    return page.get_by_role("group", name=f"Question {number}.")


def feedback(page: Page | Locator, number: int) -> Locator:
    return question(page, number).get_by_role("status")


def check(page: Page | Locator, number: int) -> None:
    question(page, number).get_by_role("button", name="Check answer").click()


def score(page: Page | Locator) -> Locator:
    return page.locator(".ek-score")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_single_choice_by_keyboard_alone_wrong_then_right(quiz_page: Page) -> None:
    expect(score(quiz_page)).to_have_text("0 of 4 answered correctly")
    press(quiz_page, "Tab", "Space")  # the first choice
    expect(quiz_page.get_by_role("radio", name="The recall of the filter")).to_be_checked()
    press(quiz_page, "Tab", "Enter")  # the button
    expect(feedback(quiz_page, 1)).to_have_text(re.compile("^✗ Not quite.*Recall divides by all spam, TP \\+ FN"))
    expect(score(quiz_page)).to_have_text("0 of 4 answered correctly")
    press(quiz_page, "Shift+Tab", "ArrowDown")
    expect(quiz_page.get_by_role("radio", name="The precision of the filter")).to_be_checked()
    expect(feedback(quiz_page, 1)).to_be_empty()  # it spoke of the other answer
    press(quiz_page, "Tab", "Space")
    expect(feedback(quiz_page, 1)).to_have_text("✓ CorrectPrecision divides by all that is flagged, TP + FP.")
    expect(score(quiz_page)).to_have_text("1 of 4 answered correctly")
    expect(question(quiz_page, 1).get_by_role("button", name="Check answer")).to_be_focused()


def test_multiple_choice_counts_what_is_missing_without_naming_it(quiz_page: Page) -> None:
    group, said = question(quiz_page, 2), feedback(quiz_page, 2)
    rises = group.get_by_role("checkbox", name="Precision rises")
    check(quiz_page, 2)
    expect(said).to_have_text("Choose at least one answer first.")
    group.get_by_role("checkbox", name="Recall rises").focus()
    press(quiz_page, "Space", "Tab", "Tab", "Enter")
    expect(said).to_contain_text("Your choice is wrong and 2 right answers are missing.")
    expect(said).to_contain_text("Recall rises — TP cannot grow")
    rises.check()
    check(quiz_page, 2)
    expect(said).to_contain_text("1 of your 2 choices is wrong and 1 right answer is missing.")
    expect(said).not_to_contain_text("Precision")
    group.get_by_role("checkbox", name="Recall rises").uncheck()
    check(quiz_page, 2)
    expect(said).to_contain_text("What you chose is right, but 1 right answer is missing.")
    group.get_by_role("checkbox", name="Precision falls").check()
    check(quiz_page, 2)
    expect(said).to_contain_text("✓ Correct")
    expect(said.get_by_role("listitem")).to_have_count(2)
    group.get_by_role("checkbox", name="The support changes").check()
    check(quiz_page, 2)
    expect(said).to_contain_text("1 of your 3 choices is wrong.")
    expect(score(quiz_page)).to_have_text("0 of 4 answered correctly")


RIGHT, RECALL, WRONG, NO_NUMBER = "3 / (3 + 1).", "is the recall", "Divide the true positives", "Type a number first"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0.75", RIGHT),
        ("0,75", RIGHT),
        (" .75 ", RIGHT),
        ("75 %", RIGHT),
        ("75\u202f%", RIGHT),
        ("7.5e-1", RIGHT),
        ("3/4", RIGHT),
        ("45 / 60", RIGHT),
        ("1/2", RECALL),
        ("3/0", NO_NUMBER),
        ("3/4/1", NO_NUMBER),
        ("0.755", RIGHT),
        ("0.745", RIGHT),
        ("0.75501", WRONG),
        ("0.74499", WRONG),
        ("75", WRONG),
        ("−0.75", WRONG),
        ("0.5", RECALL),
        ("50%", RECALL),
        ("0,504", RECALL),
        ("0.505", RECALL),
        ("0.50501", WRONG),
        ("", NO_NUMBER),
        ("three", NO_NUMBER),
        ("1,000.5", NO_NUMBER),
        ("0x1", NO_NUMBER),
        ("Infinity", NO_NUMBER),
    ],
)
def test_numbers_are_read_as_people_write_them(quiz_page: Page, typed: str, said: str) -> None:
    field = quiz_page.get_by_label("Your answer")
    expect(field).to_have_attribute("inputmode", "text")  # the keys of a phone for "decimal" lack the slash
    field.fill(typed)
    field.press("Enter")
    expect(feedback(quiz_page, 3)).to_contain_text(said)
    expect(score(quiz_page)).to_have_text(f"{int(said == RIGHT)} of 4 answered correctly")


def test_the_solution_is_folded_away_until_a_wrong_try(quiz_page: Page) -> None:
    solution = question(quiz_page, 3).get_by_text("Show the answer")
    field = quiz_page.get_by_label("Your answer")
    expect(solution).to_be_hidden()
    for typed in ("", "0.75"):  # no try, and a right one
        field.fill(typed)
        field.press("Enter")
        expect(solution).to_be_hidden()
    field.fill("0.5")
    field.press("Enter")
    press(quiz_page, "Tab", "Tab", "Enter")  # past the button
    expect(question(quiz_page, 3).get_by_text("0.75 (within 0.005): 3 / (3 + 1).")).to_be_visible()


def test_every_control_has_a_name_and_its_feedback_is_announced(quiz_page: Page) -> None:
    unnamed = quiz_page.evaluate("[...document.querySelectorAll('input')].filter(i => !i.labels[0]?.innerText.trim())")
    assert unnamed == []
    for number in range(1, 5):
        group = question(quiz_page, number)
        expect(group.get_by_role("button", name=f"Check answer to question {number}")).to_have_attribute(
            "type", "button"
        )
        expect(feedback(quiz_page, number)).to_have_attribute("aria-live", "polite")
        described = (group.get_attribute("aria-describedby") or "").split()
        assert feedback(quiz_page, number).get_attribute("id") in described
        assert all(quiz_page.locator(f"[id='{name}']").count() == 1 for name in described)
    expect(score(quiz_page)).to_have_attribute("role", "status")
    field_described = quiz_page.get_by_label("Your answer").get_attribute("aria-describedby") or ""
    assert feedback(quiz_page, 3).get_attribute("id") in field_described.split()


def test_two_quizzes_on_one_page_do_not_touch_each_other(browser_page: Page) -> None:
    browser_page.set_content(quizzes(copies=2))
    first, second = browser_page.get_by_role("region").all()
    first.get_by_role("radio", name="The precision").check()
    second.get_by_role("radio", name="The recall").check()
    expect(first.get_by_role("radio", name="The precision")).to_be_checked()
    check(first, 1)
    expect(score(first)).to_have_text("1 of 4 answered correctly")
    expect(score(second)).to_have_text("0 of 4 answered correctly")
    expect(feedback(second, 1)).to_be_empty()
    ids = browser_page.evaluate("[...document.querySelectorAll('[id]')].map(node => node.id)")
    assert len(ids) == len(set(ids)) == 16


def test_a_notebook_may_run_the_script_detached_from_its_place(browser_page: Page) -> None:
    # JupyterLab sets the markup, which leaves scripts dead, and then puts a living copy in place of each.
    browser_page.set_content("<!doctype html><title>Notebook</title><main></main>")
    for _ in range(2):
        browser_page.evaluate(
            """(html) => {
              const output = document.createElement("div");
              output.innerHTML = html;
              for (const dead of output.querySelectorAll("script")) {
                const living = document.createElement("script");
                for (const { name, value } of dead.attributes) living.setAttribute(name, value);
                living.textContent = dead.textContent;
                dead.replaceWith(living);
              }
              document.querySelector("main").append(output);
            }""",
            quizzes(),
        )
    for quiz in browser_page.get_by_role("region").all():
        quiz.get_by_role("radio", name="The precision").check()
        check(quiz, 1)
        expect(score(quiz)).to_have_text("1 of 4 answered correctly")


def test_without_scripts_the_answers_are_folded_below_the_questions(chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(quizzes())
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("The threshold goes up.")).to_be_visible()
    reason = page.get_by_text("✓ Right: Precision falls — The case that is dropped may be a true one.")
    expect(reason).to_be_hidden()
    page.get_by_text("Show the answer").nth(1).click()
    expect(reason).to_be_visible()
    context.close()


def test_text_stays_text_with_and_without_the_script(quiz_page: Page) -> None:
    marked = (
        "A page has </script><script>document.title = 'broken'</script> in it, and costs $5 & $6. Is <b>it</b> whole?"
    )
    expect(question(quiz_page, 4).locator("legend")).to_have_text(f"Question 4. {marked}")
    quiz_page.get_by_role("radio", name="Yes, <i>whole</i>").check()
    check(quiz_page, 4)
    expect(feedback(quiz_page, 4)).to_contain_text("<img src=x onerror=alert(1)> is text here.")
    assert quiz_page.locator(".ek-quiz").locator("img, b, i").count() == 0
    assert quiz_page.title() == "Lesson"


def test_script_and_page_mark_code_and_bold_alike(quiz_page: Page) -> None:
    # The folded answers are written by Python, the choices by the script.
    for group in quiz_page.get_by_role("group").all():
        for choice in group.locator("label.ek-choice span").all():
            assert choice.inner_html() in group.locator("details").inner_html()


def test_keys_pressed_in_the_quiz_do_not_reach_the_notebook(quiz_page: Page) -> None:
    quiz_page.evaluate("window.heard = []; document.addEventListener('keydown', event => window.heard.push(event.key))")
    quiz_page.get_by_label("Your answer").press_sequentially("dd0.75")
    press(quiz_page, "Enter", "Tab", "a", "Escape")
    assert quiz_page.evaluate("window.heard") == []
    expect(quiz_page.get_by_label("Your answer")).to_have_value("dd0.75")
    # JupyterLab listens before the quiz can, and looks for this mark instead.
    expect(quiz_page.get_by_role("region")).to_have_attribute("data-lm-suppress-shortcuts", "true")


@pytest.mark.parametrize("style", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_is_readable_in_light_and_dark_themes(browser_page: Page, style: str) -> None:
    browser_page.set_content(quizzes(style=style))
    check(browser_page, 2)
    browser_page.get_by_role("radio", name="The precision").check()
    check(browser_page, 1)
    browser_page.get_by_label("Your answer").fill("0.5")
    check(browser_page, 3)
    browser_page.get_by_text("Show the answer").last.evaluate("node => node.parentElement.open = true")
    texts = browser_page.locator(".ek-quiz :is(legend, p, span, label, code, strong, li, input, summary)").all()
    assert len(texts) > 50
    assert min(text.evaluate(CONTRAST, "color") for text in texts) >= 4.5


@pytest.mark.parametrize("style", [LIGHT, DARK], ids=["light", "dark"])
def test_focus_is_shown_by_an_outline_in_the_colour_of_the_text(browser_page: Page, style: str) -> None:
    browser_page.set_content(quizzes(style=style))
    page_colour = browser_page.evaluate("getComputedStyle(document.body).color")
    reached = []
    for _ in range(11):  # one stop per radio group, one per checkbox, one per field and per button
        press(browser_page, "Tab")
        reached.append(browser_page.evaluate("document.activeElement.type"))
        assert browser_page.evaluate(
            "(s => [s.outlineStyle, s.outlineColor])(getComputedStyle(document.activeElement))"
        ) == ["solid", page_colour]
        assert browser_page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2
    assert reached == ["radio", "button", *["checkbox"] * 4, "button", "text", "button", "radio", "button"]


def test_twice_the_text_on_a_narrow_screen_needs_no_sideways_scrolling(quiz_page: Page) -> None:
    quiz_page.set_viewport_size({"width": 320, "height": 700})
    quiz_page.evaluate("document.documentElement.style.fontSize = '200%'")
    for number in (1, 2, 4):
        question(quiz_page, number).locator("input").last.check()
        check(quiz_page, number)
    size = quiz_page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert size[0] <= size[1]


def test_the_quiz_asks_for_nothing_from_the_network(browser_page: Page) -> None:
    asked = list[str]()
    browser_page.on("request", lambda request: asked.append(request.url))
    browser_page.set_content(quizzes())
    check(browser_page, 1)
    expect(feedback(browser_page, 1)).to_have_text("Choose an answer first.")
    assert asked == []


def test_a_question_that_stands_alone_has_no_number_and_no_score(browser_page: Page) -> None:
    question = {
        "id": "PR-b1",
        "block": True,
        "share": True,
        "type": "numeric",
        "question": "How much?",
        "answer": 0.75,
        "tolerance": 0.005,
        "feedback": {"correct": "Three of four.", "wrong": "Count again."},
        "mistakes": [],
    }
    browser_page.set_content(document(render_quiz({"lesson": "03_precision_recall", "questions": [question]})))
    expect(browser_page.locator("legend")).to_have_text("Quick question. How much?")
    expect(browser_page.locator(".ek-help")).to_contain_text("42 %")
    browser_page.get_by_label("Your answer").fill("75 %")
    browser_page.get_by_role("button", name="Check answer to the quick question").click()
    expect(browser_page.locator(".ek-feedback")).to_contain_text("Three of four.")
    expect(browser_page.locator(".ek-score")).to_have_count(0)
