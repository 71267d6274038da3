"""How large the pages of the built site are, and how soon they answer.

    make site && python benchmarks/site_pages.py [build/site]

Sizes are of the HTML, and of all that a page asks for by itself but figures: styles, scripts, letters; as files, and as
gzip sends them. Times are those of a browser that has nothing kept, from the request on; the lowest and the highest of
some visits.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

LIMIT = 600_000
VISITS = 3
FIGURES = (".png", ".svg", ".jpg", ".ico")
PACKED = (".html", ".css", ".js", ".mjs", ".json", ".svg", ".wasm", ".webmanifest")

# What is used on a page, and how one sees that it answered. Tried at each frame from the first on: the answer comes as
# soon as the page can give it.
THEME = """() => {
  const shown = document.body?.dataset.theme;
  document.querySelector(".theme-toggle")?.click();
  return shown !== undefined && document.body.dataset.theme !== shown;
}"""
QUIZ = """() => {
  const quiz = document.querySelector(".ek-quiz[data-ready]");
  quiz?.querySelector("input[type=radio]")?.click();
  quiz?.querySelector("button")?.click();
  return Boolean(quiz?.querySelector(".ek-badge"));
}"""
BOX = "() => Boolean(document.querySelector('.ek-practice[data-ready]'))"
TRIED = """(() => {
  window.answered = new Promise((resolve) => {
    const look = () => ((%s)() ? resolve(performance.now()) : requestAnimationFrame(look));
    requestAnimationFrame(look);
  });
})()"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The site, as a plain web server hands it out."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def asked_for(browser: Browser, address: str, page: str) -> set[str]:
    """The paths of what a page asks for by itself, before anybody does anything."""
    context = browser.new_context(service_workers="block")
    opened = context.new_page()
    paths = set[str]()
    opened.on("request", lambda request: paths.add(unquote(urlsplit(request.url).path).lstrip("/")))
    opened.goto(f"{address}/{page}", wait_until="networkidle")
    context.close()
    return {path or "index.html" for path in paths}


def sizes(site: Path, paths: set[str]) -> tuple[int, int]:
    """Bytes of files that are no figures: as they are, and as they are sent."""
    files = [site / path for path in paths if not path.endswith(FIGURES) and (site / path).is_file()]
    sent = (len(gzip.compress(f.read_bytes(), 6)) if f.suffix in PACKED else f.stat().st_size for f in files)
    return sum(f.stat().st_size for f in files), sum(sent)


def seconds_until(browser: Browser, url: str, answers: str) -> tuple[float, float]:
    """How long a browser that has nothing kept takes to read a page, and until the page answers."""
    context = browser.new_context(service_workers="block")
    context.add_init_script(TRIED % answers)
    page: Page = context.new_page()
    page.goto(url)
    ready, answered = page.evaluate(
        "async () => [performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd, await answered]"
    )
    context.close()
    return ready / 1000, answered / 1000


def span(numbers: list[float]) -> str:
    """The lowest and the highest."""
    return f"{min(numbers):.2f} to {max(numbers):.2f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("site", type=Path, nargs="?", default=Path("build/site"), help="the folder that was built")
    site = parser.parse_args().site.resolve()
    chromium = shutil.which("chromium")
    if chromium is None or not (site / "index.html").is_file():
        raise SystemExit(f"This needs Chromium, and a site in {site}: run `make system site`.")
    pages = {str(path.relative_to(site)): path.stat().st_size for path in site.rglob("*.html")}
    largest = sorted(pages, key=lambda name: -pages[name])
    lesson = next(name for name in largest if name.startswith("lessons/"))
    print(f"{len(pages)} pages, {sum(size > LIMIT for size in pages.values())} above {LIMIT // 1000} kB. The largest:")
    for name in largest[:3]:
        print(f"  {pages[name] / 1000:.0f} kB  {name}")
    with served(site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        print("With styles, scripts and letters, without figures and Python:")
        for name in ("index.html", lesson, "glossary.html"):
            whole, sent = sizes(site, asked_for(browser, address, name))
            print(f"  {whole / 1000:.0f} kB, sent as {sent / 1000:.0f} kB  {name}")
        print(f"Seconds until a page is read, and until it answers; {VISITS} visits, {os.cpu_count()} cores:")
        tried = {("index.html", "theme"): THEME, (lesson, "quiz"): QUIZ, (lesson, "box"): BOX}
        for (name, what), answers in {**tried, ("glossary.html", "theme"): THEME}.items():
            found = [seconds_until(browser, f"{address}/{name}", answers) for _ in range(VISITS)]
            print(f"  {span([one for one, _ in found])}, {span([two for _, two in found])} ({what})  {name}")
        browser.close()


if __name__ == "__main__":
    main()
