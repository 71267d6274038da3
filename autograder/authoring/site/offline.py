"""What makes the site an app that works without a network: a worker that keeps its files, a manifest, icons."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from pathlib import Path
from xml.etree import ElementTree

from autograder.authoring.practice import FOLDER as PRACTICE

TITLE = "Evaluating deep-learning models"
WORKER = "sw.js"
MANIFEST = "manifest.webmanifest"
# Python is ten times the rest of what a page loads: it is kept where somebody has used it, or asks for it.
LATER = f"{PRACTICE}/pyodide/"
# What no page loads.
LEFT_OUT = (".map", ".inv", ".txt", WORKER)
# The sizes that phones and desktops ask for; a mask may cut off all but a circle of four fifths of the width.
ICONS = {
    "icon-180.png": (180, 1.0),
    "icon-192.png": (192, 1.0),
    "icon-512.png": (512, 1.0),
    "icon-mask.png": (512, 0.6),
}
_SVG = "{http://www.w3.org/2000/svg}"


def write_offline(site: Path, worker: Path) -> None:
    """Write what the finished site needs to be kept by a browser, and installed.

    Parameters
    ----------
    site : Path
        The folder that a web server hands out; nothing in it may change after this.
    worker : Path
        The script of the worker, which has no list of files yet.
    """
    # GitHub Pages would leave out what begins with an underscore.
    (site / ".nojekyll").touch()
    drawing = (site / "_static" / "icon.svg").read_text(encoding="utf-8")
    for name, (pixels, share) in ICONS.items():
        (site / "_static" / name).write_bytes(icon(drawing, pixels, share))
    (site / MANIFEST).write_text(json.dumps(manifest(), indent=1), encoding="utf-8")
    files = sums(site)
    later = [name for name in files if name.startswith(LATER)]
    listed = f"const FILES = {json.dumps(files, indent=0)};\nconst LATER = {json.dumps(later)};\n"
    (site / WORKER).write_text(listed + worker.read_text(encoding="utf-8"), encoding="utf-8")


def sums(site: Path) -> dict[str, str]:
    """The sum of each file of a site that pages load, as browsers write it in ``integrity``; by name, sorted."""
    found = {path.relative_to(site).as_posix(): path for path in site.rglob("*") if path.is_file()}
    return {
        name: f"sha256-{base64.b64encode(hashlib.sha256(found[name].read_bytes()).digest()).decode()}"
        for name in sorted(found)
        if not name.endswith(LEFT_OUT) and not found[name].name.startswith(".")
    }


def manifest() -> dict[str, object]:
    """What a browser asks of an app, with addresses beside the manifest: the site may lie under any path."""
    icons: list[dict[str, str]] = [{"src": "_static/icon.svg", "sizes": "any", "type": "image/svg+xml"}]
    for name, (pixels, share) in ICONS.items():
        purpose = "any" if share == 1 else "maskable"
        icons.append({"src": f"_static/{name}", "sizes": f"{pixels}x{pixels}", "type": "image/png", "purpose": purpose})
    return {
        "name": TITLE,
        "short_name": "Evaluation",
        "start_url": "index.html",
        "scope": "./",
        "display": "standalone",
        # Pages lead to pages: where the system has no way back, the window has one.
        "display_override": ["minimal-ui"],
        "lang": "en",
        "background_color": "#ffffff",
        "theme_color": "#0072B2",
        "icons": icons,
    }


def icon(drawing: str, pixels: int, share: float) -> bytes:
    """A drawing that is made of rectangles alone, as a square PNG on white.

    Parameters
    ----------
    drawing : str
        The SVG.
    pixels : int
        Its width.
    share : float
        How much of the width the drawing has.

    Raises
    ------
    ValueError
        If something in it is no rectangle.
    """
    from PIL import Image, ImageColor

    root = ElementTree.fromstring(drawing)
    units = float(root.attrib["viewBox"].split()[2])
    scale, edge = pixels * share / units, pixels * (1 - share) / 2
    image = Image.new("RGB", (pixels, pixels), "white")
    for shape in root:
        if shape.tag != f"{_SVG}rect":
            raise ValueError(f"the icon has a {shape.tag.removeprefix(_SVG)}, and icon() draws rectangles alone")
        left, top, width, height = (float(shape.get(name, 0)) for name in ("x", "y", "width", "height"))
        x, y, right, bottom = (round(edge + scale * at) for at in (left, top, left + width, top + height))
        ink = Image.new("RGB", (right - x, bottom - y), ImageColor.getrgb(shape.attrib["fill"]))
        opaque = Image.new("L", ink.size, round(255 * float(shape.get("opacity", 1))))
        image.paste(ink, (x, y), opaque)
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()
