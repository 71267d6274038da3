"""Hints for slips that are the same in every exercise. They say what can be seen, and nothing that was only guessed.

Standard library only. No hint states an expected value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograder.checking.compare import is_number, items, kind, pairs, same, shape, wrong_parts
from autograder.checking.errors_explained import explained
from autograder.checking.observe import Observation
from autograder.checking.patterns import pattern_hint
from autograder.checking.plain import Plain
from autograder.checking.shown import CUT, asked_for, call_of, show

UNWRITTEN = "You have not written this function yet: replace the line that raises NotImplementedError."


def is_unwritten(seen: Observation) -> bool:
    """Whether an answer is still the line that the lesson puts in its place. torch says more when it raises."""
    return bool(
        seen["status"] == "raised" and seen["error"]["type"] == "NotImplementedError" and not seen["error"]["message"]
    )


def hint_for(key: Mapping[str, Any], observations: Sequence[Observation], right: Sequence[bool], constant: bool) -> str:
    """One hint for an answer in which no misconception was recognised."""
    return own_hint(key, observations, right, constant) or general_hint(key, observations, right)


def own_hint(
    key: Mapping[str, Any], observations: Sequence[Observation], right: Sequence[bool], constant: bool
) -> str | None:
    """What can be seen of this answer's slip; None if there is nothing but that it is wrong.

    Parameters
    ----------
    key, observations
        As `judge`.
    right : sequence of bool
        Which cases are right.
    constant : bool
        Whether one answer was given to all of several questions.
    """
    wrong = [
        (case, seen)
        for case, seen, ok in zip(key["cases"], observations, right, strict=True)
        if not ok and seen["status"] != "not-run"
    ]
    if not wrong:
        return None
    case, seen = wrong[0]
    if seen["status"] == "raised":
        return _of_an_error(key, case, seen)
    if seen["status"] == "not-plain":
        return _of_no_value(seen["what"])
    if seen["status"] == "timeout":
        return None
    returned = [(case["expected"].get("value"), seen) for case, seen in wrong if seen["status"] == "returned"]
    # In a list of answers the first one that is wrong.
    expected, value = _first_difference(case["expected"].get("value"), seen["value"])
    samples = len(items(case["args"][0]) or []) if case["args"] else 0
    for look in (_nothing, _not_a_number, _kind_of_value, _words, _keys, _form):
        hint = look(key, expected, {**seen, "value": value, "samples": samples})
        if hint:
            return hint
    if constant:
        return "Your function gives the same answer whatever its input. Compute the answer from the arguments."
    sizes = [len(items(case["args"][0]) or []) if case["args"] else 0 for case, seen in wrong]
    finite = "'float': 'inf'" not in str([case["expected"].get("value") for case in key["cases"]])
    return pattern_hint([(expected, seen["value"]) for expected, seen in returned], sizes, finite=finite)


def general_hint(key: Mapping[str, Any], observations: Sequence[Observation], right: Sequence[bool]) -> str:
    """What to do next where nothing is known but that some cases are wrong."""
    pairs_of = list(zip(key["cases"], observations, right, strict=True))
    first = next(((case, seen) for case, seen, ok in pairs_of if not ok and seen["status"] != "not-run"), None)
    if first is None:
        return "The time was used up before the last cases. What does your function do more often than it has to?"
    case, seen = first
    if seen["status"] == "timeout":
        return (
            "Your function was stopped before it had an answer. Either it never ends, as a while whose condition stays "
            "true, or it takes far more steps than it needs. Try it on three values."
        )
    if seen["status"] == "raised":
        name = seen["error"]["type"]
        return f"Read the error from its last line: {name} says what went wrong, and the line number says where."
    parts = _parts([(c["expected"].get("value"), o) for c, o, ok in pairs_of if not ok and "value" in o], key)
    if parts:
        return parts
    passed = sum(right)
    done = f"{passed} {'case is' if passed == 1 else 'cases are'} right already. " if passed else ""
    names = ", ".join(f"“{case['name']}”" for case, _, ok in pairs_of if not ok)
    look = f"What is special about {names}? " if passed else "Read the text of the exercise once more, word by word. "
    if "call" not in case and CUT not in call_of(key, case):
        return f"{done}{look}The input of “{case['name']}” is short: work it out by hand, and compare step by step."
    if "call" in case:
        return f"{done}{look}Print shapes and a few values after each step of your function, and compare with the text."
    return f"{done}{look}Make an input of three or four values whose answer you know, and print each step."


def _of_an_error(key: Mapping[str, Any], case: Mapping[str, Any], seen: Observation) -> str | None:
    error = seen["error"]
    if is_unwritten(seen):
        return UNWRITTEN
    expected = case["expected"].get("value")
    if expected == "a ValueError":
        return f'A ValueError was asked for in this case, and {error["type"]} came: raise ValueError("…").'
    return explained(error, key["function"], ", ".join(key["arguments"]))


def _of_no_value(what: str) -> str:
    name = what.rpartition(" ")[2]
    if name in ("function", "method", "builtin_function_or_method"):
        return "You returned a function. Round brackets behind its name call it: name(…)."
    if name in ("generator", "zip", "map", "filter", "dict_keys", "dict_values", "dict_items", "enumerate", "reversed"):
        return f"You returned a value of type {name}, which yields its items once. Make a list of it: list(…)."
    if name in ("set", "frozenset"):
        return "You returned a set, which has no order. Return a list or an array."
    if name.endswith("Error") or name in ("Exception", "type"):
        return "You returned an exception, or a class. An exception is not returned but raised: raise ValueError(…)."
    if name.startswith("complex"):
        return "You returned a complex number. It comes from a root or a power of a negative number."
    return f"You returned {what}. Return plain values: numbers, lists, tuples, dicts or NumPy arrays."


# What one answer shows. Each is given the answer key, the expected value and the observation.


def _nothing(key: Mapping[str, Any], expected: Plain, seen: Observation) -> str | None:
    if seen["value"] is not None:
        return None
    if seen.get("printed"):
        return "Your function prints its answer. Return it instead: a caller cannot use what is only printed."
    return "Your function returned None. Is a return missing, or indented so that it is never reached?"


def _not_a_number(key: Mapping[str, Any], expected: Plain, seen: Observation) -> str | None:
    if is_number(expected) and kind(seen["value"]) == "NaN":
        return "NaN usually comes from 0/0. Decide what your function returns when a denominator is zero."
    return None


def _kind_of_value(key: Mapping[str, Any], expected: Plain, seen: Observation) -> str | None:
    """Truth values or text for numbers, and the like, in a single value or in all of a list."""
    asked, given = _leaf_kind(expected), _leaf_kind(seen["value"])
    if asked == given or None in (asked, given):
        return None
    if asked == "number" and given == "truth":
        return "You returned True or False where a number is asked for. int(…), or .astype(int), makes 1 and 0."
    if asked == "number" and given == "text":
        return (
            "You returned text where a number is asked for. Return the number itself; whoever prints it can write it."
        )
    if asked == "truth" and given == "number":
        return "You returned a number where True or False is asked for. A comparison such as == gives that."
    if asked == "text" and given == "number":
        return "You returned a number where a label or a word is asked for, as the text of the exercise spells it."
    return None


def _leaf_kind(plain: Plain) -> str | None:
    """What all single values in it are; None if they are of several kinds, or there are none."""
    inner = items(plain)
    if inner is not None:
        kinds = {_leaf_kind(item) for item in inner}
        return kinds.pop() if len(kinds) == 1 else None
    if isinstance(plain, bool):
        return "truth"
    if is_number(plain):
        return "number"
    return "text" if isinstance(plain, str) else None


def _words(key: Mapping[str, Any], expected: Plain, seen: Observation) -> str | None:
    value = seen["value"]
    if not isinstance(expected, str) or not isinstance(value, str):
        return None
    if expected == "a ValueError" and value.startswith("a value of type"):
        return "A ValueError is asked for in this case. It is not returned or printed, but raised: raise ValueError(…)."
    asked = {word for case in key["cases"] for word in _texts(case["expected"].get("value"))}
    if value in asked:
        return None
    plainly = {word.casefold().strip(" .!"): word for word in asked}
    if value.casefold().strip(" .!") in plainly:
        return f"{value!r} is spelled otherwise than asked: capitals and spaces count. Copy the word from the exercise."
    return f"{value!r} is none of the answers that the exercise names. Copy them from its text, letter by letter."


def _texts(plain: Plain) -> list[str]:
    return [plain] if isinstance(plain, str) else [text for item in _texts_of(plain) or [] for text in _texts(item)]


def _first_difference(expected: Plain, got: Plain) -> tuple[Plain, Plain]:
    """Of several texts, in two lists or under the same keys, the first that differ; otherwise the two themselves."""
    asked, given = _texts_of(expected), _texts_of(got)
    if asked and given and len(asked) == len(given) and all(isinstance(item, str) for item in asked):
        return next(((a, g) for a, g in zip(asked, given, strict=True) if a != g), (expected, got))
    return expected, got


def _texts_of(plain: Plain) -> Sequence[Plain] | None:
    named = pairs(plain)
    return items(plain) if named is None else [value for _, value in named]


def _keys(key: Mapping[str, Any], expected: Plain, seen: Observation) -> str | None:
    asked, given = pairs(expected), pairs(seen["value"])
    if asked is None or given is None:
        return None
    extra = [k for k, _ in given if not any(same(k, other, 0.0) for other, _ in asked)]
    missing = [k for k, _ in asked if not any(same(k, other, 0.0) for other, _ in given)]
    if "the network was changed" in extra:
        return "Your function changes the network that it is given. It should only look at it."
    if not extra and not missing:
        return None
    if extra and missing:
        as_text = {show(k).strip("'\"") for k in missing}
        if all(show(k).strip("'\"") in as_text for k in extra):
            return "Your keys are of another kind: a number and its text are two keys. Use the labels as they are."
        return f"Your dict has the key {show(extra[0])}, which is not asked for, and lacks one that is."
    if extra:
        return f"Your dict has a key too many: {show(extra[0])} is not asked for."
    return f"Your dict has {len(given)} of the {len(asked)} keys that are asked for."


def _form(key: Mapping[str, Any], expected: Plain, seen: Observation) -> str | None:
    value = seen["value"]
    got, asked = shape(value), shape(expected)
    if got == asked and (pairs(value) is None) == (pairs(expected) is None) and (value is None) == (expected is None):
        return None
    if expected is None:
        return f"In a case with nothing to find, None is asked for. You returned {kind(value)}."
    if asked and got != asked and [n for n in got if n != 1] == [n for n in asked if n != 1]:
        return (
            f"You returned {kind(value)}, and {asked_for(kind(expected))}: there is an axis of length 1 too many "
            "or too few. An index such as [0] takes one away."
        )
    if got and len(got) == len(asked) and got[:-1] == asked[:-1]:
        if got[-1] > asked[-1] and seen["samples"] > 1 and got[-1] - seen["samples"] in (0, 1):
            return "You return a value for each sample, and that is too many: what several samples share comes once."
        return f"You returned {kind(value)}. That is too {'many' if got[-1] > asked[-1] else 'few'}."
    if len(got) == 2 and got[::-1] == asked:
        return f"You returned {kind(value)}, and {asked_for(kind(expected))}: rows and columns are exchanged."
    return (
        f"The answer has another form: the text of the exercise says what {key['function']} returns. "
        f"You returned {kind(value)}; {asked_for(kind(expected))}."
    )


def _parts(returned: Sequence[tuple[Plain, Observation]], key: Mapping[str, Any]) -> str | None:
    """Of an answer in several named parts: which of them are right, and which are not."""
    names: list[str] = []
    wrong: set[str] = set()
    for expected, seen in returned:
        parts = wrong_parts(expected, seen["value"], key["tolerance"])
        if not parts:
            return None
        names = [str(name) for name, _ in pairs(expected) or []]
        wrong |= {name for name, _ in parts}
    good = [name for name in names if name not in wrong]
    if not good:
        return None
    return f"This is right already: {', '.join(good)}. This is not: {', '.join(n for n in names if n in wrong)}."
