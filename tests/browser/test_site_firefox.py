"""The site in Firefox, where one is installed: pages, the worker that keeps them, and Python in a box.

Playwright drives a Firefox of its own only. Any Firefox speaks WebDriver BiDi over a socket, and little of that is
needed. `make system` does not install it: Debian alone has the package.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from built_site import LESSON, built_site
from practice_site import served
from tornado.websocket import WebSocketClientConnection, websocket_connect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
MOST_SECONDS = 240
CHECK = """new Promise((resolve) => {
  const box = document.querySelector("[data-exercise=confusion_counts]");
  box.querySelector("textarea").value = "def confusion_counts(y_true, y_pred, positive):\\n    return 1, 2, 3, 4";
  box.addEventListener("course:result", () => resolve(box.querySelector(".ek-result").textContent));
  box.querySelector("button").click();
})"""


class Session:
    """One session of WebDriver BiDi, with the first tab."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self.socket, self.sent, self.tab = socket, 0, ""

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self.sent += 1
        await self.socket.write_message(json.dumps({"id": self.sent, "method": method, "params": parameters}))
        while True:
            answer = json.loads(await self.socket.read_message() or '{"error": "Firefox has ended", "id": 0}')
            assert "error" not in answer, answer
            if answer.get("id") == self.sent:
                return answer["result"]

    async def begin(self) -> None:
        await self.call("session.new", capabilities={})
        self.tab = (await self.call("browsingContext.getTree"))["contexts"][0]["context"]

    async def open(self, address: str) -> None:
        await self.call("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    async def evaluate(self, script: str) -> Any:
        found = await self.call("script.evaluate", expression=script, target={"context": self.tab}, awaitPromise=True)
        return found["result"].get("value")


async def visit(socket: str, home: str) -> None:
    session = Session(await websocket_connect(f"{socket}/session"))
    await session.begin()
    await session.open(home)
    assert "How good is a model" in await session.evaluate("document.querySelector('h1').textContent")
    await session.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await session.open(f"{home}lessons/{LESSON}.html")
    if (built_site() / "practice" / "judge.zip").is_file():
        assert "0 of 3 points" in await session.evaluate(CHECK)
    session.socket.close()
    while await session.socket.read_message() is not None:
        pass  # until Firefox has said that it is closed


@pytest.mark.skipif(FIREFOX is None, reason="no Firefox: apt-get install firefox-esr")
def test_firefox_keeps_the_pages_and_judges_an_answer(tmp_path: Path) -> None:
    command = [str(FIREFOX), "--headless", "--no-remote", "--profile", str(tmp_path), "--remote-debugging-port", "0"]
    environment = {**os.environ, "HOME": str(tmp_path)}
    with served(built_site()) as home:
        browser = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        try:
            assert browser.stderr is not None
            found = next(found for line in browser.stderr if (found := re.search(r"BiDi listening on (\S+)", line)))
            # Not in this thread, in which Playwright may keep a loop of its own.
            with ThreadPoolExecutor(1) as thread:
                thread.submit(lambda: asyncio.run(asyncio.wait_for(visit(found[1], home), MOST_SECONDS))).result()
        finally:
            browser.terminate()
            browser.wait()
            browser.stderr.close()
