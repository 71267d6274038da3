"""Does every link of the site lead somewhere? Sphinx looks at those it makes; this looks at all, pictures included."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit


class _Page(HTMLParser):
    """What a page links to, what it loads, and the names of its places."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the element names."""
        for name, value in attrs:
            if value is None:
                continue
            if name == "id":
                self.places.add(value)
            elif name == "src" or (name == "href" and tag == "link"):
                self.loaded.append(value)
            elif name == "href":
                self.links.append(value)


def broken_links(site: Path) -> list[str]:
    """One sentence for each link that leads nowhere, and for each thing that a page loads from another host."""
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    return [problem for path in pages for problem in _problems(path, pages, site)]


def _problems(path: Path, pages: dict[Path, _Page], site: Path) -> Iterator[str]:
    page, name = pages[path], path.relative_to(site).as_posix()
    for link in page.loaded:
        if urlsplit(link).scheme not in ("", "data") or link.startswith("//"):
            yield f"{name} loads {link}, which lies on another host."
    for link in dict.fromkeys(page.links + page.loaded):
        address, place = urldefrag(link)
        if urlsplit(link).scheme or link.startswith("//"):
            continue
        target = (path.parent / unquote(urlsplit(address).path)).resolve() if address else path
        if not target.is_file():
            yield f"{name} links to {link}, which is not there."
        elif place and target in pages and unquote(place) not in pages[target].places:
            yield f"{name} links to {link}, and there is no such place on that page."
