"""Scripts become files beside the pages, so that a site can forbid all others (``Content-Security-Policy``).

A quiz or an explorer brings its script along, for in a notebook there is no other place for it. On a page with six
quizzes it stands six times; as a file it is loaded once.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

FOLDER = "_static/scripts/made"
# Not those that hold data, which have another type, and not those that are files already.
_SCRIPT = re.compile(r'<script( type="module"| type="text/javascript")?>(.+?)</script>', re.DOTALL)


def move_scripts(site: Path) -> None:
    """Put the scripts inside the pages of a site into files, one for each text; remove files that no page names."""
    texts: dict[str, str] = {}
    used = set()
    for page in sorted(site.rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        up = "../" * (len(page.relative_to(site).parts) - 1)

        def link(found: re.Match[str], up: str = up) -> str:
            name = f"{hashlib.sha256(found[2].encode()).hexdigest()[:12]}.js"
            texts[name] = found[2]
            return f'<script{found[1] or ""} src="{up}{FOLDER}/{name}"></script>'

        moved = _SCRIPT.sub(link, text)
        if moved != text:
            page.write_text(moved, encoding="utf-8")
        used |= set(re.findall(rf'src="{re.escape(up + FOLDER)}/(\w+\.js)"', moved))
    folder = site / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    for path in folder.iterdir():
        if path.name not in used:
            path.unlink()
