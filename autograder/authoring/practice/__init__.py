"""Practice in a page: an exercise is solved and checked in the browser, by the judge that grades.

Whoever builds a site calls `python_for_pages`, `practice_tasks` and `write_practice` once, and `practice_box` for each
exercise. The site must be served by HTTP: a browser starts no worker from ``file://``. Where its server sets a
Content-Security-Policy, that must allow ``'wasm-unsafe-eval'``; no other header is needed.

A box tells its page about each check by the event ``course:result``, as a quiz does about each answer.
``static/progress.js`` listens, and keeps results and code in the browser.
"""

from autograder.authoring.practice.box import FOLDER, practice_box, write_practice
from autograder.authoring.practice.pyodide import NoPython, python_for_pages
from autograder.authoring.practice.tasks import practice_ids, practice_tasks

__all__ = ["FOLDER", "NoPython", "practice_box", "practice_ids", "practice_tasks", "python_for_pages", "write_practice"]
