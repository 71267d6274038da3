"""What show_quiz and render_quiz give without a browser: the plain questions, escaping, missing files, colours."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from autograder.quiz import render_quiz, show_quiz

LESSON = "03_precision_recall"
STYLE = files("autograder").joinpath("static/quiz.css").read_text(encoding="utf-8")


def quiz(text: str = "Is it?", feedback: str = "It is.") -> dict[str, Any]:
    return {
        "lesson": LESSON,
        "questions": [
            {
                "id": "PR-q1",
                "type": "single",
                "question": text,
                "answers": [
                    {"text": "Yes", "correct": True, "feedback": feedback},
                    {"text": "No", "correct": False, "feedback": "Count again."},
                ],
            },
            {
                "id": "PR-q2",
                "type": "numeric",
                "question": "How much?",
                "answer": 0.75,
                "tolerance": 0.005,
                "feedback": {"correct": "Three of four.", "wrong": "Count again."},
                "mistakes": [],
            },
        ],
    }


class Reader(HTMLParser):
    """Collects the text outside scripts and styles, the attributes of elements, and the embedded data."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.data, self.tags, self.links = "", "", list[str](), list[str]()
        self._inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._inside = tag
        if tag == "script" and ("type", "application/json") in attributes:
            self._inside = "data"
        self.links += [value or "" for name, value in attributes if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "data":
            self.data += data
        elif self._inside not in ("style", "script"):
            self.text += data


def test_questions_choices_and_folded_answers_stand_in_the_markup() -> None:
    page = Reader(render_quiz(quiz()))
    assert page.tags.count("details") == page.tags.count("summary") == 2
    assert "Is it?" in page.text
    assert "✓ Right: Yes — It is." in page.text
    assert "✗ Wrong: No — Count again." in page.text
    assert "0.75 (within 0.005): Three of four." in page.text


def test_code_and_bold_are_the_only_markup_a_text_can_bring() -> None:
    page = render_quiz(quiz('`a < b` and **b & c** but <i>no</i> "more" **'))
    assert "<code>a &lt; b</code> and <strong>b &amp; c</strong> but &lt;i&gt;no&lt;/i&gt; &quot;more&quot; **" in page


@pytest.mark.parametrize("hostile", ["</script><script>alert(1)</script>", "<!--<script>", "</section>", "\u2028"])
def test_no_text_can_leave_its_place(hostile: str) -> None:
    page = Reader(render_quiz(quiz(hostile, hostile)))
    assert page.tags.count("script") == 2
    assert json.loads(page.data)["questions"][0]["question"] == hostile
    assert hostile in page.text


def test_the_page_needs_no_network_and_no_other_file() -> None:
    page = render_quiz(quiz())
    assert Reader(page).links == []
    assert not re.search(r"https?:|@import|url\(|fetch\(|XMLHttpRequest|innerHTML", page)


def test_the_same_quiz_gives_the_same_page() -> None:
    assert render_quiz(quiz()) == render_quiz(quiz())
    assert " id=" not in render_quiz(quiz()).split("<script")[0]


def write(folder: Path, text: str) -> None:
    (folder / "quiz.json").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "there is no quiz.json in this folder"),
        (json.dumps(quiz() | {"lesson": "01_confusion_matrix"}), "quiz.json is the quiz of 01_confusion_matrix"),
        ("{", "quiz.json cannot be read"),
        ("[]", "quiz.json cannot be read"),
        ('{"lesson": "03_precision_recall"}', "quiz.json cannot be read"),
        ('{"lesson": "03_precision_recall", "questions": [{}]}', "quiz.json cannot be read"),
        ('{"lesson": "03_precision_recall", "questions": ["What?"]}', "quiz.json cannot be read"),
        ('{"lesson": "03_precision_recall", "questions": [{"type": "numeric", "question": 5}]}', "cannot be read"),
    ],
)
def test_a_quiz_that_cannot_be_shown_is_a_sentence_and_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str | None, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if text is not None:
        write(tmp_path, text)
    show_quiz(LESSON)
    said = capsys.readouterr().out
    assert said.startswith(f"The quiz of lesson {LESSON} is not shown: ")
    assert reason in said
    assert said.endswith("The rest of the notebook works without it.\n")


def test_a_plain_script_prints_the_questions_and_imports_no_more_than_the_standard_library(tmp_path: Path) -> None:
    write(tmp_path, json.dumps(quiz()))
    code = (
        "import sys; before = set(sys.modules)\n"
        f"from autograder.quiz import show_quiz; show_quiz({LESSON!r})\n"
        "loaded = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(loaded - set(sys.stdlib_module_names) - {'autograder'}))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    lines = run.stdout.splitlines()
    assert lines[2:6] == ["1. Is it?", "   - Yes", "   - No", ""]
    assert lines[-1] == "[]"


def test_a_notebook_gets_the_page_and_a_text_for_frontends_without_html(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    write(tmp_path, json.dumps(quiz()))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    InteractiveShell.instance()
    try:
        with capture_output() as captured:
            show_quiz(LESSON)
    finally:
        InteractiveShell.clear_instance()
    (output,) = captured.outputs
    assert output.data["text/html"] == render_quiz(quiz())
    assert output.data["text/plain"].splitlines()[2] == "1. Is it?"


# Contrast, by the definition of WCAG 2.2 ("relative luminance" and "contrast ratio").
Colour = tuple[float, float, float]


def colour(hexadecimal: str) -> Colour:
    red, green, blue = (int(hexadecimal[start : start + 2], 16) for start in (1, 3, 5))
    return red, green, blue


def luminance(rgb: Colour) -> float:
    shares = [level / 255 for level in rgb]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: Colour, second: Colour) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


VARIABLES = dict(re.findall(r"--ek-([\w-]+): ([^;]+);", STYLE))
# Text and background of outputs in the default themes of JupyterLab and VS Code.
THEMES = {
    "JupyterLab light": ("#212121", "#ffffff"),
    "JupyterLab dark": ("#ffffff", "#111111"),
    "VS Code light": ("#3b3b3b", "#ffffff"),
    "VS Code dark": ("#cccccc", "#1f1f1f"),
}


def test_contrast_follows_the_definition() -> None:
    assert contrast(colour("#000000"), colour("#ffffff")) == pytest.approx(21)
    assert contrast(colour("#777777"), colour("#ffffff")) == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("name", ["button", "right", "wrong"])
def test_each_pair_of_text_and_background_is_readable(name: str) -> None:
    assert contrast(colour(VARIABLES[name]), colour(VARIABLES[f"on-{name}"])) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_text_on_the_tint_is_readable_in_every_theme(theme: str) -> None:
    text, page = (colour(name) for name in THEMES[theme])
    *grey, opacity = (float(number) for number in re.findall(r"[\d.]+", VARIABLES["tint"]))
    mixed = [level * opacity + below * (1 - opacity) for level, below in zip(grey, page, strict=True)]
    assert contrast(text, (mixed[0], mixed[1], mixed[2])) >= 4.5


def test_the_style_has_no_colour_outside_the_pairs_and_hides_nothing_by_opacity() -> None:
    rules = re.sub(r"/\*.*?\*/|--ek-[\w-]+: [^;]+;", "", STYLE, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(|opacity", rules) == []
    used = {value.strip() for value in re.findall(r"(?<![-\w])color:([^;]+);", rules)}
    assert used == {"inherit", "var(--ek-on-button)", "var(--ek-on-right)", "var(--ek-on-wrong)"}


def test_nothing_moves_so_there_is_no_motion_to_reduce() -> None:
    assert re.findall(r"transition|animation|transform", STYLE) == []
