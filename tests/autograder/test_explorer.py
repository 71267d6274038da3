"""The threshold explorer without a browser: counts equal evalkit's, thresholds are round, the page stands alone."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from autograder.explorer import MOST_STEPS, render_explorer, show_explorer, sweep
from evalkit import ConfusionMatrix, average_precision_score, roc_auc_score

STYLE = files("autograder").joinpath("static/explorable.css").read_text(encoding="utf-8")
# The seven samples of lesson 01.
TRUTH = [1, 0, 0, 1, 1, 1, 0]
SCORES = [0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5]


def data_sets():
    rng = np.random.default_rng(0)
    labels = (rng.random(300) < 0.3).astype(int)
    yield "seven samples", np.array(TRUTH), np.array(SCORES)
    yield "two decimals, many ties", labels, np.clip(rng.normal(0.4 + 0.2 * labels, 0.2), 0, 1).round(2)
    yield "logits", labels, rng.normal(-3 + 2 * labels, 2)
    yield "large numbers", labels, rng.normal(2e6 + 1e6 * labels, 1e6)
    yield "tiny numbers", labels, rng.uniform(0, 1e-6, 300) - 5e-7
    yield "whole numbers", labels, rng.integers(-3, 4, 300)
    yield "all equal, a probability", labels, np.full(300, 0.5)
    yield "all equal", labels, np.full(300, 7.0)
    yield "0 and 1 alone", labels, labels[::-1].astype(float)


DATA = {name: (y_true, scores) for name, y_true, scores in data_sets()}


@pytest.mark.parametrize("name", DATA)
def test_counts_are_those_of_evalkit_at_every_threshold(name):
    y_true, scores = DATA[name]
    counted = sweep(y_true, scores, cost_fp=2, cost_fn=7.5)
    for place, label in enumerate(counted.labels):
        cm = ConfusionMatrix.from_scores(y_true, scores, float(label))
        assert (counted.tp[place], counted.fp[place]) == (cm.tp, cm.fp)
        texts = counted.at(place)
        assert [texts[key] for key in ("tp", "fp", "fn", "tn")] == [f"{n:,}" for n in (cm.tp, cm.fp, cm.fn, cm.tn)]
        assert float(texts["recall"]) == pytest.approx(cm.recall, abs=5.1e-4)
        assert float(texts["f1"]) == pytest.approx(cm.f1, abs=5.1e-4)
        assert float(texts["fpr"]) == pytest.approx(1 - cm.specificity, abs=5.1e-4)
        if cm.tp + cm.fp:
            assert float(texts["precision"]) == pytest.approx(cm.precision, abs=5.1e-4)
        else:
            assert texts["precision"] == "undefined"
        assert float(texts["cost"].replace(",", "")) == 2 * cm.fp + 7.5 * cm.fn


@pytest.mark.parametrize("name", DATA)
def test_thresholds_go_by_equal_steps_from_all_yes_to_all_no(name):
    y_true, scores = DATA[name]
    counted = sweep(y_true, scores)
    thresholds = np.array([float(label) for label in counted.labels])
    assert thresholds[0] <= scores.min()
    assert thresholds[-1] > scores.max()
    assert (counted.tp[0], counted.fp[0]) == (y_true.sum(), (1 - y_true).sum())
    assert (counted.tp[-1], counted.fp[-1]) == (0, 0)
    np.testing.assert_allclose(np.diff(thresholds), thresholds[1] - thresholds[0], rtol=1e-6)
    assert len(set(counted.labels)) == len(counted.labels) <= MOST_STEPS + 11
    assert (len(counted.labels) - 1) % 5 == 0
    assert 0 <= counted.start < len(counted.labels)


def test_probabilities_get_the_range_from_0_to_1_and_written_scores_are_ties():
    counted = sweep(TRUTH, SCORES)
    assert counted.labels == [f"{i / 100:.2f}" for i in range(101)]
    assert counted.labels[counted.start] == "0.50"
    at = counted.labels.index
    for score in SCORES:
        place = at(f"{score:.2f}")
        yes = counted.tp[place] + counted.fp[place]
        assert yes - (counted.tp[place + 1] + counted.fp[place + 1]) == 1


def test_other_scores_begin_with_about_as_many_yeses_as_positives():
    y_true, scores = DATA["logits"]
    counted = sweep(y_true, scores)
    yes = counted.tp[counted.start] + counted.fp[counted.start]
    before = counted.tp[counted.start - 1] + counted.fp[counted.start - 1]
    assert yes <= counted.positives < before


def test_large_data_make_no_large_page_and_nothing_is_sampled():
    rng = np.random.default_rng(1)
    y_true = (rng.random(300_000) < 0.01).astype(int)
    scores = rng.normal(2 * y_true, 1)
    page = render_explorer(y_true, scores)
    assert len(page) < 60_000
    counted = sweep(y_true, scores)
    assert counted.tp[0] + counted.fp[0] == 300_000
    assert f"area {roc_auc_score(y_true, scores):.3f}" in page
    assert f"average precision {average_precision_score(y_true, scores):.3f}" in page


@pytest.mark.parametrize(
    ("y_true", "scores", "costs", "message"),
    [
        ([0, 1], [0.5], {}, "equally long"),
        ([[0, 1]], [[0.5, 0.6]], {}, "1-D"),
        ([0, 0], [0.5, 0.6], {}, "both of them"),
        ([0, 1, 2], [0.5, 0.6, 0.7], {}, "labels 0 and 1"),
        ([0, 1], [0.5, float("nan")], {}, "NaN or infinity"),
        ([0, 1], [0.5, float("inf")], {}, "NaN or infinity"),
        ([0, 1], [0.5, 0.6], {"cost_fp": -1}, "cost_fp"),
        ([0, 1], [0.5, 0.6], {"cost_fn": float("nan")}, "cost_fn"),
    ],
)
def test_what_cannot_be_shown_is_an_error_that_names_it(y_true, scores, costs, message):
    with pytest.raises(ValueError, match=message):
        render_explorer(y_true, scores, **costs)


class Reader(HTMLParser):
    """Collects tags, links, and the text of each element without its children."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags, self.links, self.texts = list[tuple[str, dict]](), list[str](), list[tuple[str, str]]()
        self._open = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.links += [value for name, value in attributes if name in ("src", "href", "xlink:href")]
        self._open = tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self._open, data.strip()))


def test_the_page_needs_no_network_no_ids_and_is_the_same_each_time():
    page = render_explorer(TRUTH, SCORES)
    assert page == render_explorer(TRUTH, SCORES)
    assert Reader(page).links == []
    assert not re.search(r"https?:|@import|url\(|fetch\(|XMLHttpRequest|innerHTML", page)
    assert " id=" not in page.split("<script")[0]


def test_every_picture_has_a_name_and_its_numbers_stand_in_text():
    reader = Reader(render_explorer(TRUTH, SCORES, cost_fp=1, cost_fn=3))
    pictures = [attributes for tag, attributes in reader.tags if tag == "svg"]
    assert len(pictures) == 4
    assert all(attributes["role"] == "img" for attributes in pictures)
    titles = [text for tag, text in reader.texts if tag == "title"]
    assert len(titles) == 4
    assert titles[0] == "Scores by class: 4 positives above the line, 3 negatives below it"
    assert titles[1].startswith("ROC curve, area 0.833")
    assert titles[2].startswith("Precision–recall curve, average precision 0.917")
    text = " ".join(text for _, text in reader.texts)
    assert "At threshold 0.50 the model says yes 5 times: 3 right, 2 wrong. It misses 1 of 4 positives." in text
    assert "2 × 1 + 1 × 3" in text
    assert text.count("Predicted 1") == text.count("True label 1") == 1


def test_a_title_cannot_leave_its_place():
    hostile = '"><script>alert(1)</script>'
    reader = Reader(render_explorer(TRUTH, SCORES, title=hostile))
    assert [tag for tag, _ in reader.tags].count("script") == 2
    assert ("strong", hostile) in reader.texts


def test_a_plain_script_prints_a_table_and_loads_no_matplotlib():
    code = (
        "import sys; from autograder.explorer import show_explorer\n"
        f"show_explorer({TRUTH}, {SCORES}, title='Seven')\n"
        "print('matplotlib' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = run.stdout.splitlines()
    assert lines[0] == "Seven: 4 positives, 3 negatives"
    assert lines[7].split() == ["0.50", "3", "2", "1", "1", "0.600", "0.750", "0.667", "3"]
    assert lines[-1] == "False"


def test_a_notebook_gets_the_page_and_a_table_for_frontends_without_html(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    InteractiveShell.instance()
    try:
        with capture_output() as captured:
            show_explorer(TRUTH, SCORES, title="Seven")
    finally:
        InteractiveShell.clear_instance()
    (output,) = captured.outputs
    assert output.data["text/html"] == render_explorer(TRUTH, SCORES, title="Seven")
    assert output.data["text/plain"].startswith("Seven: 4 positives")


def luminance(hexadecimal: str) -> float:
    shares = [int(hexadecimal[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("background", ["#ffffff", "#111111", "#1f1f1f"])
@pytest.mark.parametrize("name", ["positive", "mark"])
def test_marks_stand_out_from_light_and_dark_pages(name: str, background: str) -> None:
    """WCAG 2.2 asks for a contrast of 3 for graphics."""
    colours = dict(re.findall(r"--ek-([\w-]+): (#[0-9a-f]{6});", STYLE))
    low, high = sorted((luminance(colours[name]), luminance(background)))
    assert (high + 0.05) / (low + 0.05) >= 3


def test_the_slider_stands_below_the_plot():
    from autograder.lesson import explorer_page as page

    padding = re.search(r"\.ek-track \{ padding: 0 calc\(100% \* (\d+) / (\d+) - 10px\) 0 calc\(100% \* (\d+) /", STYLE)
    assert padding
    assert [int(n) for n in padding.groups()] == [page.WIDTH - page.RIGHT, page.WIDTH, page.LEFT]


def test_the_style_has_no_colours_but_those_it_names_and_nothing_moves_by_itself() -> None:
    rules = re.sub(r"/\*.*?\*/|--ek-[\w-]+: [^;]+;", "", STYLE, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(|opacity", rules) == []
    assert re.findall(r"transition|animation", STYLE) == []
