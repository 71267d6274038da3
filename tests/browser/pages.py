"""What the pages of the explorer and of the quiz are shown in, and how well their text stands out."""

LIGHT = "background: #ffffff; color: rgba(0, 0, 0, 0.87)"
DARK = "background: #111111; color: #ffffff"


def document(body: str, style: str = LIGHT) -> str:
    """A page that holds nothing else, in the colours of a theme."""
    return f"<!doctype html><html lang=en><title>Lesson</title><body style='{style}'>{body}</body></html>"


# The contrast of a property's colour with what is painted below it, as WCAG 2 defines it: from 1 to 21.
CONTRAST = """(node, property) => {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const paint = (colours) => {  // from the page up to the text
    for (const colour of colours) { probe.fillStyle = colour; probe.fillRect(0, 0, 1, 1); }
    return [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const layers = [];
  for (let at = node; at; at = at.parentElement) layers.unshift(getComputedStyle(at).backgroundColor);
  const below = light(paint(layers)), above = light(paint([...layers, getComputedStyle(node)[property]]));
  return (Math.max(below, above) + 0.05) / (Math.min(below, above) + 0.05);
}"""
