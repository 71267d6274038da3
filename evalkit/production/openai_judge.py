"""A judge behind an interface like OpenAI's, with everything that goes wrong there: nonsense, or no answer at all.

What is not a clear verdict is an error, never a score. Errors are not kept; verdicts are, in an SQLite file, by the
hash of the whole request, so that asking again costs nothing and says the same.
"""

from __future__ import annotations

import json
import mimetypes
import sqlite3
import threading
from base64 import b64encode
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from evalkit._core.extras import needs
from evalkit.production.judges import Judgement
from evalkit.tables.canonical import digest_of

PROMPT_VERSION = "1"
UNREACHABLE = "judge unreachable"
PROMPT = (
    "You judge whether an answer about a picture does what the instruction asked. First give your reason in one or two "
    "sentences, then the verdict: yes, no, or cannot_tell if the picture does not show it. Length is no merit."
)
SCHEMA = {
    "type": "object",
    "properties": {"reason": {"type": "string"}, "verdict": {"type": "string", "enum": ["yes", "no", "cannot_tell"]}},
    "required": ["reason", "verdict"],
    "additionalProperties": False,
}


class OpenAIJudge:
    """Asks a model for a verdict.

    Parameters
    ----------
    model : str
    base_url, api_key : str, optional
        As for `openai.OpenAI`.
    cache : path, optional
        An SQLite file of verdicts.
    max_cost : float, optional
        In the currency of `prices`. It is looked at before each call, so that one call at most goes beyond it.
    prices : pair of float
        Of a million tokens, asked and answered.
    timeout : float
        Seconds for one try.
    retries : int
        Further tries after errors that may pass: too many requests, a broken server, no answer.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        cache: str | Path | None = None,
        max_cost: float | None = None,
        prices: tuple[float, float] = (0.0, 0.0),
        timeout: float = 30.0,
        retries: int = 3,
    ) -> None:
        needs("openai")
        import openai

        self.model, self.max_cost, self.prices = model, max_cost, prices
        self.cost = 0.0
        self._client = openai.OpenAI(base_url=base_url, api_key=api_key, timeout=timeout, max_retries=retries)
        self._cache = None if cache is None else _Cache(Path(cache))

    def identity(self) -> dict[str, Any]:
        return {"kind": "openai", "model": self.model, "prompt": digest_of([PROMPT_VERSION, PROMPT, SCHEMA])[:16]}

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def judge(self, instruction: str, images: Any, output: str, checks: Sequence[str]) -> Judgement:
        import openai

        request = self._request(instruction, images, output, checks)
        key = digest_of([PROMPT_VERSION, request])
        if self._cache is not None and (kept := self._cache.get(key)) is not None:
            return _judgement(kept)
        if self.max_cost is not None and self.cost >= self.max_cost:
            return Judgement(None, "error", f"the cost cap of {self.max_cost:g} is reached")
        try:
            answer = self._client.chat.completions.create(**request)
        except openai.APIStatusError as error:
            word = UNREACHABLE if error.status_code == 429 or error.status_code >= 500 else "judge refused the request"
            return Judgement(None, "error", f"{word}: status {error.status_code}")
        except openai.APIConnectionError as error:  # time-outs among them
            return Judgement(None, "error", f"{UNREACHABLE}: {type(error).__name__}")
        except (openai.OpenAIError, ValueError) as error:
            return Judgement(None, "error", f"the judge's answer cannot be read: {type(error).__name__}")
        return self._read(answer, key)

    def _read(self, answer: Any, key: str) -> Judgement:
        usage = getattr(answer, "usage", None)
        if usage is not None:
            self.cost += (usage.prompt_tokens * self.prices[0] + usage.completion_tokens * self.prices[1]) / 1e6
        choices = getattr(answer, "choices", None)
        if not choices:
            return Judgement(None, "error", "the judge's answer is empty")
        choice = choices[0]
        if getattr(choice.message, "refusal", None):
            return Judgement(None, "error", "the judge refused to answer")
        if choice.finish_reason != "stop":
            return Judgement(None, "error", f"the judge's answer was cut off: {choice.finish_reason}")
        try:
            said = json.loads(choice.message.content or "")
            verdict, reason = said["verdict"], said["reason"]
            if verdict not in ("yes", "no", "cannot_tell") or not isinstance(reason, str):
                raise ValueError
        except (ValueError, KeyError, TypeError):
            return Judgement(None, "error", "the judge's answer is not of the form that was asked for")
        who = "/".join(part for part in (answer.model, getattr(answer, "system_fingerprint", None)) if part)
        kept = {"verdict": verdict, "reason": reason, "model": who}
        if self._cache is not None:
            self._cache.put(key, kept)
        return _judgement(kept)

    def _request(self, instruction: str, images: Any, output: str, checks: Sequence[str]) -> dict[str, Any]:
        text = f"Instruction: {instruction}\nAnswer: {output}" + "".join(f"\nCheck: {check}" for check in checks)
        pictures = images if isinstance(images, list | tuple) else [] if images is None else [images]
        shown = [{"type": "image_url", "image_url": {"url": _url(picture)}} for picture in pictures]
        content = [{"type": "text", "text": text}, *shown]
        return {
            "model": self.model,
            "temperature": 0,
            "messages": [{"role": "system", "content": PROMPT}, {"role": "user", "content": content}],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "verdict", "strict": True, "schema": SCHEMA},
            },
        }


def _judgement(kept: dict[str, str]) -> Judgement:
    if kept["verdict"] == "cannot_tell":
        return Judgement(None, "undecided", kept["reason"], kept["model"])
    return Judgement(float(kept["verdict"] == "yes"), "ok", kept["reason"], kept["model"])


def _url(picture: Any) -> str:
    if isinstance(picture, str) and picture.startswith(("http:", "https:", "data:")):
        return picture
    kind = mimetypes.guess_type(str(picture))[0] or "image/png"
    return f"data:{kind};base64,{b64encode(Path(picture).read_bytes()).decode()}"


class _Cache:
    """Verdicts in an SQLite file. A connection is opened for each question: threads do not share them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._do("CREATE TABLE IF NOT EXISTS verdicts (key TEXT PRIMARY KEY, verdict TEXT NOT NULL)")

    def get(self, key: str) -> dict[str, str] | None:
        found = self._do("SELECT verdict FROM verdicts WHERE key = ?", key)
        return json.loads(found[0][0]) if found else None

    def put(self, key: str, verdict: dict[str, str]) -> None:
        self._do("INSERT OR REPLACE INTO verdicts VALUES (?, ?)", key, json.dumps(verdict))

    def _do(self, statement: str, *values: str) -> list[Any]:
        with self._lock, closing(sqlite3.connect(self._path, timeout=30)) as connection, connection:
            return connection.execute(statement, values).fetchall()
