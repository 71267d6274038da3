"""The document of progress: the page and the command line accept the same ones; merging forgets nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page
from practice_site import served

from autograder.commands.browser_progress import parse_progress
from autograder.errors import UserError

pytestmark = pytest.mark.browser

STATIC = Path(__file__).parents[2] / "autograder" / "static"
NOW = "2026-11-30T19:52:55.242Z"
ITEM = {"objectives": ["PR.1"], "right": True, "points": 0.5, "max": 1, "tries": 2, "first": NOW, "last": NOW}
QUIZ = "03_precision_recall/quiz/PR-q1"
WHOLE: dict[str, Any] = {
    "format": "evalkit-course-progress",
    "version": 1,
    "items": {
        QUIZ: {**ITEM, "box": 3, "due": "2028-02-29"},
        "03_precision_recall/exercise/recall": ITEM,
        "03_precision_recall/explore/threshold/goal-1": ITEM,
    },
    "code": {"recall": {"text": "def recall(y_true, y_pred):\n    return '😀'\n", "at": NOW}},
    "read": {"03_precision_recall": NOW},
    "placement": {"begin": "03_precision_recall", "at": NOW},
}
ABSENT = object()
# Where a document is changed, and to what.
SLIPS: list[tuple[tuple[str, ...], Any]] = [
    (("format",), "nbformat"),
    (("version",), 2),
    (("version",), True),
    (("version",), "1"),
    (("items",), ABSENT),
    (("items",), []),
    (("code",), None),
    (("extra",), 1),
    (("__proto__",), {}),
    (("items", "PR-q1"), ITEM),
    (("items", "03_precision_recall/essay/PR-q1"), ITEM),
    (("items", "03_precision_recall/quiz/../../x y"), ITEM),
    (("items", "03_precision_recall/quiz/PR-q1\n"), ITEM),
    (("items", QUIZ), []),
    (("items", QUIZ, "extra"), 1),
    (("items", QUIZ, "right"), 1),
    (("items", QUIZ, "right"), ABSENT),
    (("items", QUIZ, "points"), 2),
    (("items", QUIZ, "points"), -1),
    (("items", QUIZ, "points"), "1"),
    (("items", QUIZ, "points"), True),
    (("items", QUIZ, "max"), 1e9),
    (("items", QUIZ, "tries"), 0),
    (("items", QUIZ, "tries"), 1.5),
    (("items", QUIZ, "first"), "yesterday"),
    (("items", QUIZ, "first"), "2026-02-30T00:00:00.000Z"),
    (("items", QUIZ, "last"), "2026-11-30"),
    (("items", QUIZ, "last"), "2026-11-30T19:52:55.242+01:00"),
    (("items", QUIZ, "last"), 0),
    (("items", QUIZ, "box"), 4),
    (("items", QUIZ, "box"), None),
    (("items", QUIZ, "box"), ABSENT),
    (("items", QUIZ, "due"), "2027-02-29"),
    (("items", QUIZ, "due"), "20270201"),
    (("items", QUIZ, "due"), ABSENT),
    (("items", QUIZ, "objectives"), "PR.1"),
    (("items", QUIZ, "objectives"), ["precision"]),
    (("items", QUIZ, "objectives"), ["PR.1"] * 21),
    (("items",), {f"03_precision_recall/quiz/q{number}": ITEM for number in range(2_001)}),
    (("code", "recall"), "def recall(): ..."),
    (("code", "recall", "text"), "x" * 20_001),
    (("code", "recall", "text"), "\ud800"),
    (("code", "recall", "text"), 1),
    (("code", "recall", "at"), ABSENT),
    (("code", "../recall"), {"text": "", "at": NOW}),
    (("code", "__proto__"), {"text": "", "at": NOW}),
    (("read", "03"), NOW),
    (("read", "03_precision_recall"), True),
    (("read", "03_precision_recall"), "9"),
    (("placement",), None),
    (("placement", "begin"), "everywhere"),
]


def changed(place: tuple[str, ...], value: Any) -> dict[str, Any]:
    document = copy.deepcopy(WHOLE)
    *outer, last = place
    inner = document
    for step in outer:
        inner = inner[step]
    if value is ABSENT:
        del inner[last]
    else:
        inner[last] = value
    return document


def command_accepts(text: str) -> bool:
    try:
        parse_progress(text.encode(), "progress.json")
    except UserError:
        return False
    return True


@pytest.fixture(scope="module")
def record(chromium: Browser) -> Iterator[Page]:
    """A page that has the functions of `progress_record.js`."""
    with served(STATIC) as address:
        page = chromium.new_page()
        page.goto(f"{address}quiz.css")
        page.evaluate("async () => { window.record = await import('./progress_record.js'); }")
        yield page
        page.close()


def page_accepts(record: Page, texts: list[str]) -> list[bool]:
    return record.evaluate(
        """texts => texts.map(text => {
          let found = null;
          try { found = JSON.parse(text); } catch { /* no document */ }
          return record.problemOf(found) === null;
        })""",
        texts,
    )


def test_page_and_command_accept_the_same_documents(record: Page) -> None:
    texts = [json.dumps(changed(place, value)) for place, value in SLIPS]
    texts += ["", "{", "null", "[]", "1", '"a"', '{"a":' * 50_000, json.dumps(WHOLE)[:-1], "NaN"]
    wholes = [json.dumps(WHOLE), json.dumps(changed(("placement",), ABSENT)), json.dumps(changed(("items",), {}))]
    assert [text[:300] for text in texts if command_accepts(text)] == []
    assert [text[:300] for text, yes in zip(texts, page_accepts(record, texts), strict=True) if yes] == []
    assert all(map(command_accepts, wholes))
    assert page_accepts(record, wholes) == [True] * len(wholes)


def test_what_reports_something_else_is_not_heard(record: Page) -> None:
    result = {"kind": "quiz", "lesson": "03_precision_recall", "id": "PR-q1", "right": True, "points": 1, "max": 1}
    whole = {**result, "objectives": ["PR.1"]}
    others = [None, 1, [], {}, result, {**whole, "kind": "essay"}, {**whole, "id": 1}, {**whole, "lesson": "../x"}]
    others += [{**whole, "points": 2}, {**whole, "right": "yes"}, {**whole, "objectives": [None]}]
    assert record.evaluate("found => found.map(record.isResult)", [whole, *others]) == [True] + [False] * len(others)


def test_a_file_that_is_too_large_is_not_read() -> None:
    assert not command_accepts(json.dumps(WHOLE) + " " * 4_000_000)


MOMENTS = st.integers(0, 5).map(
    lambda days: (datetime(2026, 11, 30, tzinfo=UTC) + timedelta(days)).strftime("%Y-%m-%dT00:00:00.000Z")
)
RESULTS = st.tuples(st.sampled_from(["q1", "q2"]), st.booleans(), st.booleans(), st.integers(0, 30))
HISTORIES = st.lists(RESULTS, max_size=8)
CODES = st.dictionaries(
    st.sampled_from(["f1", "mae"]), st.fixed_dictionaries({"text": st.sampled_from("abc"), "at": MOMENTS})
)
DOCUMENTS = st.tuples(HISTORIES, CODES, st.dictionaries(st.just("03_precision_recall"), MOMENTS))

PROPERTIES = """([one, other, third]) => {
  const made = ([history, code, read], seconds) => history.reduce((doc, [id, right, first, day]) => record.recorded(
    doc, { kind: "quiz", lesson: "03_precision_recall", id, right, points: Number(right), max: 1, objectives: [] },
    new Date(Date.UTC(2026, 0, day, 12, 0, seconds)), first,
  ), { ...record.empty(), code, read });
  const [a, b, c] = [made(one, 1), made(other, 2), made(third, 3)];
  const sorted = (value) => value && typeof value === "object" && !Array.isArray(value)
    ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value;
  const same = (x, y) => JSON.stringify(sorted(x)) === JSON.stringify(sorted(y));
  const ab = record.merged(a, b);
  return {
    sound: [a, b, ab].every((doc) => record.problemOf(doc) === null),
    again: same(record.merged(ab, b), ab) && same(record.merged(a, a), a),
    either: same(ab, record.merged(b, a)),
    three: same(record.merged(ab, c), record.merged(a, record.merged(b, c))),
    kept: Object.keys({ ...a.items, ...b.items }).every((key) => key in ab.items
      && ab.items[key].right === Boolean(a.items[key]?.right || b.items[key]?.right)),
  };
}"""


@settings(max_examples=100, deadline=None)
@given(st.tuples(DOCUMENTS, DOCUMENTS, DOCUMENTS))
def test_merging_is_the_same_in_any_order_and_forgets_nothing(record: Page, documents: Any) -> None:
    assert record.evaluate(PROPERTIES, documents) == dict.fromkeys(["sound", "again", "either", "three", "kept"], True)
