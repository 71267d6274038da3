"""What the kernel of a submission may send: its messages are made by code that the submission can change."""

from __future__ import annotations

import json
from typing import Any

from autograder.grading.intake.weight import too_heavy
from autograder.grading.sentences import shown

MAX_NAME_CHARACTERS = 80
MAX_ERROR_CHARACTERS = 10_000

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/svg+xml")
_COUNTED = ("stream", "display_data", "update_display_data", "execute_result", "error")


class NotAMessageError(Exception):
    """It has a form that no kernel gives its messages."""


def read_message(kind: str, content: dict[str, Any], limit: int) -> int:
    """Check a message, and shorten what may be shortened.

    Returns
    -------
    int
        The number of characters that it adds to the notebook; more than `limit` if it is too much to be read.

    Raises
    ------
    NotAMessageError
        If what reads the outputs of a notebook would stumble over it.
    """
    if kind not in _COUNTED:
        count = content.get("execution_count")
        _require(count is None or type(count) is int)
        return 0
    if kind == "stream":
        _require(content.get("name") in ("stdout", "stderr") and isinstance(content.get("text"), str))
        content["text"] = _whole(content["text"][: limit + 1])
    elif kind == "error":
        _read_error(content)
    else:
        data: Any = content.get("data")
        _require(isinstance(data, dict) and isinstance(content.get("metadata", {}), dict))
        _require(isinstance(content.get("transient") or {}, dict))
        _require(kind != "execute_result" or type(content.get("execution_count")) is int)
        _require(all(isinstance(value, str) or name.endswith("json") for name, value in data.items()))
        if sum(len(value) for value in data.values() if isinstance(value, str)) > limit:
            return limit + 1
        content["metadata"] = _sizes(content.get("metadata", {}))
    text = json.dumps(content)
    if len(text) > limit or too_heavy(text.encode()):
        return limit + 1
    if kind not in ("stream", "error"):
        content["data"] = _whole_values(content["data"])
    return len(text)


def _whole_values(value: Any) -> Any:
    """Data of JSON in which every text is whole. It is not deep, or it would have been too heavy."""
    if isinstance(value, str):
        return _whole(value)
    if isinstance(value, list):
        return [_whole_values(one) for one in value]
    if isinstance(value, dict):
        return {_whole(name): _whole_values(one) for name, one in value.items()}
    return value


def _sizes(metadata: dict[str, Any]) -> dict[str, Any]:
    """Of what is said about an output, how large pictures are and what they show: pages put the rest where it acts."""
    kept: dict[str, Any] = {}
    for kind, about in metadata.items():
        if kind in _PICTURES and isinstance(about, dict):
            numbers = {name: about[name] for name in ("width", "height") if type(about.get(name)) in (int, float)}
            words = {"alt": _whole(about["alt"][:MAX_ERROR_CHARACTERS])} if isinstance(about.get("alt"), str) else {}
            kept[kind] = numbers | words
    return kept


def _read_error(content: dict[str, Any]) -> None:
    name: Any = content.get("ename")
    value: Any = content.get("evalue")
    trace: Any = content.get("traceback")
    _require(isinstance(name, str) and isinstance(value, str) and isinstance(trace, list))
    _require(all(isinstance(line, str) for line in trace))
    lines, room = [], MAX_ERROR_CHARACTERS
    # The innermost frames are the ones that tell something.
    for line in reversed(trace):
        lines.append(_whole(line[:room]))
        room -= len(line)
        if room <= 0:
            break
    content.update(
        ename=shown(name[:MAX_NAME_CHARACTERS]), evalue=_whole(value[:MAX_ERROR_CHARACTERS]), traceback=lines[::-1]
    )


def _whole(text: str) -> str:
    """Text that every file can hold: half a character becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def _require(condition: bool) -> None:
    if not condition:
        raise NotAMessageError
