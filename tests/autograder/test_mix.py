"""The slider of the production mix without a browser: its numbers are the weighted means, and the page stands alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from autograder.releases import Mix, render_mix

DIGITS = Mix(("day", "dark"), before=((906, 958), (39, 42)), after=((928, 958), (23, 42)))
EQUAL = Mix(("day", "dark"), before=((9, 10), (5, 10)), after=((9, 10), (5, 10)))
WORSE = Mix(("day", "dark"), before=((9, 10), (9, 10)), after=((8, 10), (5, 10)))


def states(page: str) -> list[dict]:
    (data,) = re.findall(r'class="ek-data">(.*?)</script>', page)
    return json.loads(data)["states"]


def test_the_mix_is_a_weighted_mean_and_the_sign_flips_where_it_says() -> None:
    before, after = DIGITS.accuracy(42 / 1000)
    assert (before, after) == (pytest.approx(945 / 1000), pytest.approx(951 / 1000))
    assert DIGITS.delta(0) == pytest.approx(22 / 958)
    assert DIGITS.delta(1) == pytest.approx(-16 / 42)
    assert DIGITS.crossing == pytest.approx(0.0568, abs=1e-4)
    assert DIGITS.delta(DIGITS.crossing) == pytest.approx(0)
    assert DIGITS.delta(DIGITS.crossing - 0.001) > 0 > DIGITS.delta(DIGITS.crossing + 0.001)


def test_a_pair_without_a_crossing_has_none_between_0_and_1() -> None:
    assert EQUAL.crossing == float("inf")
    assert not 0 <= WORSE.crossing <= 1


@pytest.mark.parametrize("mix", [DIGITS, EQUAL, WORSE], ids=["digits", "equal", "worse"])
def test_every_place_of_the_slider_says_its_numbers(mix: Mix) -> None:
    places = states(render_mix(mix, title="Mix"))
    assert [place["texts"]["share"] for place in places] == [f"{step / 2:g} %" for step in range(41)]
    crosses = [place["marks"]["cut"]["x1"] for place in places]
    assert (crosses[0], crosses[-1]) == (40, 390)
    for step, place in enumerate(places):
        before, after = mix.accuracy(step / 200)
        texts = place["texts"]
        assert (texts["before"], texts["after"]) == (f"{before:.3f}", f"{after:.3f}")
        assert float(texts["delta"].replace("−", "-")) == pytest.approx(100 * (after - before), abs=0.0501)
        kind = "equally good" if texts["delta"] == "0.0" else "better" if after > before else "worse"
        assert kind in texts["sentence"]
        assert texts["delta"] in texts["value"]
        assert place["marks"]["dot"]["cx"] == place["marks"]["cut"]["x1"] == place["marks"]["cut"]["x2"]
        assert 12 <= place["marks"]["dot"]["cy"] <= 190


def test_the_picture_shows_the_first_place_and_its_words_even_without_scripts() -> None:
    page = render_mix(DIGITS, title="Mix", start=10.0)
    said = "With 10 % dark pictures accuracy goes from 0.944 to 0.927: −1.7 points. The candidate is worse."
    assert f'<desc data-ek="sentence">{said}</desc>' in page
    assert page.count(said) == 2  # the description and the sentence; the script has it in JSON
    with pytest.raises(ValueError, match="start must be a multiple of"):
        render_mix(DIGITS, title="Mix", start=0.3)


def test_names_and_titles_are_text_and_the_page_asks_the_network_for_nothing() -> None:
    mix = Mix(("<b>day", "R&D"), DIGITS.before, DIGITS.after)
    page = render_mix(mix, title="<i>Mix", predict="a < b?")
    outside = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert "<b>day" not in outside
    assert "<i>Mix" not in page
    assert "R&amp;D pictures" in outside
    assert "http" not in page
    HTMLParser().feed(page)


def test_a_terminal_gets_a_table() -> None:
    code = (
        "from autograder.releases import Mix, show_mix\n"
        "show_mix(Mix(('day', 'dark'), ((906, 958), (39, 42)), ((928, 958), (23, 42))), title='Whose mix?')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.startswith("Whose mix?\n")
    assert re.search(r"^ +10 % +0\.944 +0\.927 +−1\.7$", done.stdout, re.MULTILINE)
