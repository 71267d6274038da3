"""The numbers of the explorables: those of evalkit on rows that are written out, or of a formula, at every place."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from explorable_samples import SAMPLES, fraud

from autograder.authoring.source import lesson_sources
from autograder.explorer import Best, Predict, explore, render_explorer, sweep
from autograder.lesson.explorable import render
from autograder.lesson.explorables import NAMES, build
from evalkit import (
    ConfusionMatrix,
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    f1_score,
    precision_recall_curve,
    roc_auc_score,
)

ROOT = Path(__file__).parents[2]


def states(name: str) -> list[dict[str, str]]:
    return [state["texts"] for state in SAMPLES[name]().data["states"]]


def test_every_explorable_has_a_sample() -> None:
    assert set(SAMPLES) == {*NAMES, "threshold", "mix"}


@pytest.mark.slow
def test_prevalence_is_a_mailbox_with_another_share() -> None:
    places = states("prevalence")
    assert len(places) == 60
    for place, texts in enumerate(places, start=1):
        # 190,000 e-mails, 0.5 % of them spam for each place; the recalls of lesson 02 come out even.
        spam, real = 950 * place, 190_000 - 950 * place
        found, blocked = spam * 3 // 5, real // 190
        truth = np.repeat([1, 1, 0, 0], [found, spam - found, blocked, real - blocked])
        called = np.repeat([1, 0, 1, 0], [found, spam - found, blocked, real - blocked])
        assert float(texts["ours"]) == pytest.approx(accuracy_score(truth, called), abs=5.1e-4)
        assert float(texts["never"]) == pytest.approx(accuracy_score(truth, 0 * called), abs=5.1e-4)
        assert float(texts["balanced"]) == pytest.approx(balanced_accuracy_score(truth, called), abs=1e-3)


def test_averages_are_those_of_the_rows_written_out() -> None:
    sample = SAMPLES["averages"]()
    for found, texts in enumerate(states("averages")):
        assert texts["found"] == f"{found} of 20"
        table = np.diag([78] * 8 + [found, 78])
        table[range(8), range(1, 9)] = 2
        table[9, 1] = 2
        # The missing ones are called 1, 3 and 5: those called 1, the most, give theirs back first.
        ones, threes, fives = 9, 5, 2
        missing = 20 - found
        if missing > 16:
            ones += missing - 16
        else:
            given = 16 - missing
            ones, given = ones - min(ones, given), given - min(ones, given)
            threes, given = threes - min(threes, given), given - min(threes, given)
            fives -= given
        table[8, [1, 3, 5]] = [ones, threes, fives]
        truth, called = (np.repeat(index.ravel(), table.ravel()) for index in np.indices(table.shape))
        assert len(truth) == 740
        for kind in ("macro", "weighted", "micro"):
            assert float(texts[kind]) == pytest.approx(f1_score(truth, called, average=kind), abs=5.1e-4)
        of_eight = f1_score(truth == 8, called == 8, zero_division=0.0)
        assert float(texts["class"]) == pytest.approx(of_eight, abs=5.1e-4)
    assert sample.predict.right == "macro"


def test_curves_are_those_of_rows_repeated() -> None:
    y_true, scores = fraud()  # 1 positive to 50 negatives
    places = {texts["share"]: texts for texts in states("curves")}
    for one_in in (2, 10, 50, 200, 1000):
        # Repeat either class until there are one_in - 1 negatives for each positive.
        times = np.where(y_true == 1, 50, one_in - 1)
        rows = np.repeat(np.arange(len(y_true)), times)
        truth, values = y_true[rows], scores[rows]
        texts = places[f"1 in {one_in:,}"]
        assert truth.mean() == pytest.approx(1 / one_in)
        assert float(texts["area"]) == pytest.approx(roc_auc_score(truth, values), abs=5.1e-4)
        assert float(texts["average"]) == pytest.approx(average_precision_score(truth, values), abs=5.1e-4)
        precision, recall, _ = precision_recall_curve(truth, values)
        assert float(texts["precision"]) == pytest.approx(precision[recall >= 0.9][-1], abs=5.1e-4)
    assert len({texts["area"] for texts in places.values()}) == 1


def test_the_outlier_moves_errors_as_the_formulas_say() -> None:
    for minutes, texts in enumerate(states("outlier")):
        assert float(texts["mae"]) == pytest.approx((36 + minutes) / 10, abs=5.1e-3)
        assert float(texts["rmse"]) == pytest.approx(((144 + minutes**2) / 10) ** 0.5, abs=5.1e-3)
        assert texts["median"] == "4.00"


def test_patience_waits_as_long_as_it_says() -> None:
    said = [texts["sentence"] for texts in states("patience")]
    assert [int(found[1]) if (found := re.search(r"stops after epoch (\d+)", each)) else None for each in said] == [
        2, 3, 11, None, None, None,
    ]  # fmt: skip
    assert [re.search(r"loss of ([\d.]+)\.$", each)[1] for each in said] == ["0.70"] * 2 + ["0.43"] * 4
    assert SAMPLES["patience"]().predict.right == "3"
    # A curve that only falls is run to its end, whatever the patience.
    falling = build("patience", [1.0, 0.9, 0.8, 0.7])
    assert falling.predict.right == "1"
    assert all("all 4 epochs are run" in state["texts"]["sentence"] for state in falling.data["states"])


@pytest.mark.parametrize("name", SAMPLES)
def test_a_page_is_small_stands_alone_and_has_no_ids(name: str) -> None:
    page = render(SAMPLES[name]())
    assert len(page) < 60_000
    assert not re.search(r"https?:|@import|url\(|fetch\(|XMLHttpRequest|innerHTML", page)
    assert " id=" not in page.split("<script")[0]
    HTMLParser().feed(page)
    (data,) = re.findall(r'class="ek-data">(.*?)</script>', page)
    held = json.loads(data)
    assert sum(each["right"] for each in held["answers"]) == 1
    assert all(held["goals"])


def test_a_text_cannot_leave_its_place() -> None:
    hostile = "</script><script>alert(1)</script>"
    page = render_explorer(
        [1, 0], [0.9, 0.1], predict=Predict(hostile, {hostile: hostile, "b": "c"}, right=hostile), title=hostile
    )
    assert page.count("<script") == 2
    assert page.count("</script>") == 2


def test_the_best_of_the_allowed_thresholds_is_the_goal() -> None:
    y_true, scores = fraud()
    goal = Best(lambda at: at.recall >= 0.9, by=lambda at: -at.cost)
    page = render_explorer(y_true, scores, cost_fn=7, goals={"Least": goal})
    (data,) = re.findall(r'class="ek-data">(.*?)</script>', page)
    counted = sweep(y_true, scores, cost_fn=7)
    allowed = {place: counted.cost(place) for place in range(len(counted.labels)) if counted.tp[place] >= 90}
    least = [place for place, cost in allowed.items() if cost == min(allowed.values())]
    assert json.loads(data)["goals"] == [least]


def test_what_cannot_be_asked_or_shown_is_an_error() -> None:
    with pytest.raises(ValueError, match="one of at least two answers"):
        Predict("?", {"a": "b"}, right="a")
    with pytest.raises(ValueError, match="one of at least two answers"):
        Predict("?", {"a": "b", "c": "d"}, right="e")
    with pytest.raises(ValueError, match="no explorable 'weather': there are averages"):
        explore("weather")
    with pytest.raises(ValueError, match="no place of the slider reaches the goal"):
        build("prevalence", ConfusionMatrix([[999, 1], [0, 1000]], labels=["not spam", "spam"]))


def sources() -> dict[str, str]:
    return {source.parent.name: source.read_text(encoding="utf-8") for source in lesson_sources(ROOT)}


@pytest.mark.parametrize("name", NAMES)
def test_the_lesson_that_an_explorable_names_shows_it_and_has_its_objectives(name: str) -> None:
    about = SAMPLES[name]().about
    assert about
    text = sources()[about.lesson]
    assert text.count(f'explore("{name}"') == 1
    assert [objective for objective in about.objectives if f"- **{objective}** " not in text] == []


def test_every_explorer_of_a_lesson_asks_and_reports_under_a_name_of_its_own() -> None:
    named = []
    for lesson, text in sources().items():
        shown = re.findall(r"^show_(?:explorer|mix)\(\n(.*?)^\)", text, re.MULTILINE | re.DOTALL)
        for call in shown:
            assert "predict=Predict(" in call, lesson
            (about,) = re.findall(r'about=About\("(\w+)", "(\w+)", \[(.*?)\]\)', call)
            assert about[0] == lesson
            assert all(f"- **{objective}** " in text for objective in re.findall(r"\w+\.\d+", about[2]))
            named.append(about[:2])
    assert len(named) == len(set(named)) == 5


def test_a_terminal_gets_the_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    explore("boxes")
    assert "share 50 squares and cover 150 together: IoU 0.333." in capsys.readouterr().out
