"""A small site with practice boxes, served as a plain web server would serve it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pages import document

from autograder.authoring.practice import NoPython, practice_box, practice_tasks, python_for_pages, write_practice

ROOT = Path(__file__).parents[2]
LESSONS = ROOT / "lessons"
HEAD = '<link rel="stylesheet" href="practice/practice.css">'
SCRIPT = '<script type="module" src="practice/practice.js"></script>'


def write_site(site: Path, *names: str) -> None:
    """Write a site of one page, ``index.html``, with a box for each of some exercises."""
    try:
        python = python_for_pages()
    except NoPython as error:
        pytest.skip(str(error))
    tasks = practice_tasks(LESSONS, ROOT / "build" / "site-test" / "tasks.json")
    write_practice(site, tasks, python)
    boxes = "".join(practice_box(name, LESSONS, tasks[name]) for name in names)
    (site / "index.html").write_text(document(f"{HEAD}<h1>Practice</h1>{boxes}{SCRIPT}"), encoding="utf-8")


class Quiet(SimpleHTTPRequestHandler):
    """Hands out files, and prints nothing about it."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, address: object) -> None:
        """A page that is closed while it loads leaves its requests alone. What matters the page itself would miss."""


@contextmanager
def served(site: Path, handler: type[Quiet] = Quiet) -> Iterator[str]:
    """The site, as long as the block lasts; its address."""
    server = _Server(("127.0.0.1", 0), partial(handler, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
