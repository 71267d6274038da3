"""Figures: labels, numbers, contrast, and the text alternative in the output."""

from __future__ import annotations

import html
import sys
from base64 import b64decode

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

mpl.use("Agg")

import matplotlib.pyplot as plt

from evalkit import ConfusionMatrix, plots


@pytest.fixture
def cm():
    return ConfusionMatrix([[45, 5], [3, 47]], ["cat", "dog"])


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_every_cell_holds_its_count_in_a_readable_colour(cm):
    ax = cm.plot().axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Predicted label", "True label")
    assert [text.get_text() for text in ax.texts] == ["45", "5", "3", "47"]
    assert [text.get_color() for text in ax.texts] == ["white", "black", "black", "white"]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["cat", "dog"]
    assert [text.get_text() for text in cm.plot(normalize="true").axes[0].texts] == ["0.90", "0.10", "0.06", "0.94"]


def test_the_colours_get_darker_in_greyscale(cm):
    image = cm.plot().axes[0].images[0]
    grey = image.cmap(np.linspace(0, 1, 50))[:, :3] @ [0.299, 0.587, 0.114]
    assert (np.diff(grey) < 0).all()


def test_many_classes_have_no_numbers():
    ax = ConfusionMatrix(np.eye(40, dtype=int), range(40)).plot().axes[0]
    assert len(ax.texts) == 0
    assert 20 <= len(ax.get_xticks()) <= 40


@pytest.mark.parametrize("alt", ["", "  ", None])
def test_a_figure_needs_words(cm, alt):
    with pytest.raises(ValueError, match="alt"):
        plots.show(cm.plot(), alt)


def test_outside_ipython_show_only_closes(cm, capsys, monkeypatch):
    monkeypatch.setattr(plots, "_in_ipython", lambda: False)
    fig = cm.plot()
    plots.show(fig, "a matrix")
    assert plt.get_fignums() == []
    assert capsys.readouterr().out == ""


def test_in_ipython_the_image_carries_its_text(cm, monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(plots, "_in_ipython", lambda: True)
    monkeypatch.setattr(IPython.display, "display", lambda *args, **kwargs: shown.append((args, kwargs)))
    plots.show(cm.plot(), cm.alt_text())
    ((data,), options) = shown[0]
    assert len(shown) == 1
    assert b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert f'alt="{html.escape(cm.alt_text())}"' in data["text/html"]
    assert options["metadata"] == {"image/png": {"alt": cm.alt_text()}}
    assert plt.get_fignums() == []


def test_palette_colours_differ_in_lightness():
    assert len(set(plots.PALETTE)) == 8
    assert all(color.startswith("#") and len(color) == 7 for color in plots.PALETTE)
    assert "matplotlib" in sys.modules


@pytest.mark.slow
@pytest.mark.parametrize(("classes", "most"), [(2, 9), (10, 99), (10, 99_999), (25, 9_999)])
def test_the_numbers_of_a_confusion_matrix_stay_in_their_cells_and_the_picture_is_no_larger_than_they_need(
    classes: int, most: int
) -> None:
    table = np.full((classes, classes), most)
    fig = ConfusionMatrix(table, labels=list(range(classes))).plot()
    # The canvas of files; without a window a figure may have one that cannot draw.
    canvas = FigureCanvasAgg(fig)
    canvas.draw()
    ax = fig.axes[0]
    cell = ax.get_window_extent().width / classes
    # Where no renderer is given, a new one is made for each text.
    renderer = canvas.get_renderer()
    widths = [text.get_window_extent(renderer).width for text in ax.texts]
    assert len(widths) == classes**2
    assert max(widths) < cell
    # On a narrow screen it is scaled down, letters and all.
    assert fig.get_figwidth() < (6.5 if most < 100 else 14)
