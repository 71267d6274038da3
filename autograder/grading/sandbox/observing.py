"""Ask an observer: a fork of a warm process in which no ready-made metric can be found."""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from autograder.grading.judging.answer import MAX_ANSWER_BYTES, ObserverError, parse_answer
from autograder.grading.judging.imports import imports_of
from autograder.grading.sandbox import bubblewrap, host
from autograder.grading.sandbox.limits import Limits
from autograder.grading.sandbox.process import wall_seconds


def warm_observer(imports: Iterable[str] = (), limits: Limits | None = None) -> Callable[[dict[str, Any]], Any]:
    """An observer for `trusted_verdicts`.

    Parameters
    ----------
    imports : iterable of str
        The modules that the lesson imports.
    limits : Limits, optional
        What the submission may use up.
    """
    hidden = {name.partition(".")[0] for name in bubblewrap.READY_MADE}
    known = {name for name in imports if name.partition(".")[0] not in hidden}

    def observe(request: dict[str, Any]) -> dict[str, Any]:
        # Few exercises need what the lesson as a whole needs.
        wanted = sorted(known.intersection(imports_of(request["cells"])))
        question, answer = os.pipe(), os.pipe()
        try:
            client = host.client("observe")
            child = client.start("observe", imports=wanted, limits=limits, channels=[question[0], answer[1]])
        except BaseException:
            os.close(question[1])
            os.close(answer[0])
            raise
        finally:
            os.close(question[0])
            os.close(answer[1])
        try:
            data = _exchange(question[1], answer[0], json.dumps(request).encode(), wall_seconds(request))
        finally:
            os.close(answer[0])
            child.kill()
            child.wait(5.0)
            if client.lost:
                # No fault of the submission, and nothing is known about it.
                raise host.WarmError("The warm process has ended.")
        if child.why:
            raise ObserverError(child.why)
        return parse_answer(data)

    return observe


def _exchange(write: int, read: int, question: bytes, limit: float) -> bytes:
    """Ask, and read no more than an answer may have."""
    deadline = time.monotonic() + limit
    # The observer reads everything before any code of the submission runs.
    with suppress(BrokenPipeError), os.fdopen(write, "wb") as pipe:
        pipe.write(question)
    data = b""
    while len(data) <= MAX_ANSWER_BYTES:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([read], [], [], left)[0]:
            raise ObserverError(f"did not answer within {limit:g} seconds and was stopped")
        part = os.read(read, 1 << 20)
        if not part:
            break
        data += part
    return data
