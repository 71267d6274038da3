"""Check the observer's answer. It comes from a process that the submission controls: nothing in it is believed.

What passes is plain data of the form that ``autograder.checking.judge`` reads, and nothing more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.checking.observe import Observation
from autograder.checking.plain import MAX_LEVELS, MAX_VALUES, Plain

MAX_ANSWER_BYTES = 8_000_000
MAX_MESSAGE_CHARACTERS = 300
_MAX_CHARACTERS = 100_000
_MAX_INTEGER_BITS = 1000
_SPECIAL = ("nan", "inf", "-inf")


class ObserverError(RuntimeError):
    """The submission's process gave no usable answer. The message says what it did, such as "ended early"."""


@dataclass(frozen=True)
class Fault:
    """A statement that failed while the cells were run."""

    cell: int
    type: str
    message: str
    line: int | None


@dataclass(frozen=True)
class TaskAnswer:
    """What is known of one exercise: its observations, or why there are none.

    ``broken`` says that the process gave no answer at all.
    """

    observations: list[Observation] = field(default_factory=list)
    problem: str = ""
    faults: tuple[Fault, ...] = ()
    broken: bool = False


def parse_answer(data: bytes) -> dict[str, Any]:
    """The answer from what the observer wrote. Raises ObserverError if it is too long or no JSON object."""
    if len(data) > MAX_ANSWER_BYTES:
        raise ObserverError(f"gave an answer of more than {MAX_ANSWER_BYTES:,} bytes")
    if not data.strip():
        raise ObserverError("ended before it had answered")
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        raise ObserverError("gave an answer that is no JSON") from None
    if not isinstance(answer, dict):
        raise ObserverError("gave an answer that is no JSON object")
    return answer


def read_answer(answer: Any, request: Mapping[str, Any]) -> dict[str, TaskAnswer]:
    """What the answer says about each task of the request.

    Raises
    ------
    ObserverError
        If it is not an answer to this request, or has a form that no observer gives.
    """
    if not isinstance(answer, dict) or answer.get("nonce") != request["nonce"]:
        raise ObserverError("gave an answer that belongs to no question")
    faults = tuple(_fault(fault) for fault in _list(answer.get("faults"), 100))
    told = _list(answer.get("tasks"), len(request["tasks"]))
    tasks = {task["exercise"]: task for task in request["tasks"]}
    found: dict[str, TaskAnswer] = {}
    for entry in told:
        _require(isinstance(entry, dict))
        exercise = entry.get("exercise")
        _require(isinstance(exercise, str) and exercise in tasks and exercise not in found)
        before = tuple(fault for fault in faults if fault.cell <= tasks[exercise]["after"])
        if "problem" in entry:
            found[exercise] = TaskAnswer(problem=_text(entry["problem"]), faults=before)
            continue
        count = len(tasks[exercise]["inputs"])
        observations = _list(entry.get("observations"), count)
        _require(len(observations) == count)
        found[exercise] = TaskAnswer([_observation(seen) for seen in observations], faults=before)
    _require(len(found) == len(tasks))
    return found


def _require(condition: bool) -> None:
    if not condition:
        raise ObserverError("gave an answer of another form than was asked for")


def _list(data: Any, longest: int) -> list[Any]:
    _require(isinstance(data, list) and len(data) <= longest)
    result: list[Any] = data
    return result


def _text(data: Any) -> str:
    _require(isinstance(data, str))
    return clean(data[:MAX_MESSAGE_CHARACTERS])


def clean(text: str) -> str:
    """Text that every file and database can hold: without lone surrogates and control characters.

    Examples
    --------
    >>> clean("a\\x00b")
    'a�b'
    """
    return "".join("�" if "\ud800" <= c <= "\udfff" or (c < " " and c not in "\n\t") else c for c in text)


def _line(data: Any) -> int | None:
    return data if type(data) is int and 0 < data < 1_000_000 else None


def _fault(data: Any) -> Fault:
    _require(isinstance(data, dict) and type(data.get("cell")) is int)
    return Fault(data["cell"], _text(data.get("type")), _text(data.get("message")), _line(data.get("line")))


def _observation(data: Any) -> Observation:
    """A fresh observation that holds the known fields only."""
    _require(isinstance(data, dict))
    status = data.get("status")
    seen: Observation = {"status": status}
    if status == "returned":
        _require("value" in data)
        seen["value"] = _plain(data["value"], 0, [MAX_VALUES])
    elif status == "raised":
        error = data.get("error")
        _require(isinstance(error, dict))
        seen["error"] = {
            "type": _text(error.get("type")),
            "message": _text(error.get("message")),
            "line": _line(error.get("line")),
        }
    elif status == "not-plain":
        seen["what"] = _text(data.get("what"))
    else:
        _require(status in ("timeout", "not-run"))
    if "changed" in data:
        changed = _list(data["changed"], 100)
        _require(all(type(position) is int and 0 <= position < 100 for position in changed))
        seen["changed"] = changed
    if data.get("printed") is True:
        seen["printed"] = True
    if "warning" in data:
        seen["warning"] = _text(data["warning"])
    return seen


def _plain(data: Any, depth: int, budget: list[int]) -> Plain:
    """Plain data as ``autograder.checking.plain`` writes it, copied."""
    # A tagged list takes two levels of JSON where plain data has one.
    _require(depth <= MAX_LEVELS + 1)
    budget[0] -= 1
    _require(budget[0] >= 0)
    if data is None or isinstance(data, bool):
        return data
    if isinstance(data, int):
        _require(data.bit_length() <= _MAX_INTEGER_BITS)
        return data
    if isinstance(data, float):
        # JSON as Python reads it has NaN and Infinity; plain data writes them with a tag.
        _require(data == data and data not in (float("inf"), float("-inf")))
        return data
    if isinstance(data, str):
        _require(len(data) <= _MAX_CHARACTERS)
        return clean(data)
    if isinstance(data, list):
        return [_plain(item, depth + 1, budget) for item in data]
    _require(isinstance(data, dict))
    tags = set(data)
    if tags == {"float"}:
        _require(data["float"] in _SPECIAL)
        return {"float": data["float"]}
    if tags == {"tuple"}:
        return {"tuple": _items(data["tuple"], depth, budget)}
    if tags == {"dict"}:
        pairs = _list(data["dict"], MAX_VALUES)
        _require(all(isinstance(pair, list) and len(pair) == 2 for pair in pairs))
        return {"dict": [_items(pair, depth, budget) for pair in pairs]}
    _require(tags in ({"array", "dtype"}, {"array", "dtype", "index"}))
    array: dict[str, Plain] = {"array": _items(data["array"], depth, budget), "dtype": _text(data["dtype"])}
    if "index" in tags:
        array["index"] = _items(data["index"], depth, budget)
        _require(len(array["index"]) == len(array["array"]))
    return array


def _items(data: Any, depth: int, budget: list[int]) -> Sequence[Plain]:
    return [_plain(item, depth + 1, budget) for item in _list(data, MAX_VALUES)]
