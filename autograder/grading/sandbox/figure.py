"""Draw one figure before the first fork: matplotlib loads fonts, glyphs and half of its code with the first drawing."""

from __future__ import annotations

from io import BytesIO


def draw_once() -> None:
    """Draw what the figures of lessons are made of, and forget it."""
    import matplotlib.pyplot as plt
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.image import imsave

    figure, ((lines, logs), (cells, bars)) = plt.subplots(2, 2, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    lines.plot([0, 1], [0, 1], "o--", label="a line")
    lines.fill_between([0, 1], [0, 1], alpha=0.5)
    lines.annotate("here", (0.5, 0.5), (0.7, 0.2), arrowprops={"arrowstyle": "->"})
    lines.legend(title="names")
    lines.set(xlabel="x", ylabel="y", title="AaBb 0.123456789 −%")
    logs.scatter([1, 100], [1, 1000])
    logs.set(xscale="log", yscale="log", title="bold", xlabel="$x^2$")
    logs.title.set_fontweight("bold")
    cells.imshow([[0, 1], [1, 0]], cmap="Greys")
    cells.text(0, 0, "text", ha="center", va="center", bbox={"boxstyle": "round"})
    bars.bar(["a", "b"], [1, 2], hatch="//")
    bars.hist([1, 2, 2], alpha=0.5)
    bars.grid(visible=True)
    canvas.draw()
    imsave(BytesIO(), canvas.buffer_rgba(), format="png")
    plt.close(figure)
