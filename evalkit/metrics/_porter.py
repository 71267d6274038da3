"""Porter's stemmer: it cuts the endings off English words, so that "connected" and "connections" meet in "connect".

M. F. Porter, "An algorithm for suffix stripping", Program 14 (1980), with the three small departures that its author
published later: words of one or two letters stay as they are, -logi becomes -log, and -bli (not only -abli) -ble.

A word is a row of consonants (c) and vowels (v); y is a vowel after a consonant. The *measure* of a stem is the number
of times that a vowel is followed by a consonant: 0 in "tree", 1 in "trouble", 2 in "private".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache


def _shape(stem: str) -> str:
    """Write a stem as a row of c and v."""
    shape = ""
    for letter in stem:
        vowel = letter in "aeiou" or (letter == "y" and shape.endswith("c"))
        shape += "v" if vowel else "c"
    return shape


def _measure(stem: str) -> int:
    return _shape(stem).count("vc")


def _ends_double(stem: str) -> bool:
    return len(stem) > 1 and stem[-1] == stem[-2] and _shape(stem).endswith("c")


def _ends_short(stem: str) -> bool:
    """Whether the stem ends like "hop": consonant, vowel, consonant other than w, x and y."""
    return _shape(stem).endswith("cvc") and stem[-1] not in "wxy"


# Endings and what takes their place. Of the endings that a word has only the longest is tried.
_STEP_2 = {
    "ational": "ate", "tional": "tion", "enci": "ence", "anci": "ance", "izer": "ize", "bli": "ble", "alli": "al",
    "entli": "ent", "eli": "e", "ousli": "ous", "ization": "ize", "ation": "ate", "ator": "ate", "alism": "al",
    "iveness": "ive", "fulness": "ful", "ousness": "ous", "aliti": "al", "iviti": "ive", "biliti": "ble", "logi": "log",
}  # fmt: skip
_STEP_3 = {"icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": ""}
_STEP_4 = {
    "al": "", "ance": "", "ence": "", "er": "", "ic": "", "able": "", "ible": "", "ant": "", "ement": "", "ment": "",
    "ent": "", "ion": "", "ou": "", "ism": "", "ate": "", "iti": "", "ous": "", "ive": "", "ize": "",
}  # fmt: skip


def _replace(word: str, endings: dict[str, str], condition: Callable[[str, str], bool]) -> str:
    for length in range(7, 1, -1):
        ending = word[-length:]
        if ending in endings and len(word) >= length:
            stem = word[:-length]
            return stem + endings[ending] if condition(stem, ending) else word
    return word


def _plural_and_past(word: str) -> str:
    """Step 1: -s, -ed and -ing; a final y becomes i."""
    if word.endswith(("sses", "ies")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if word.endswith("eed"):
        if _measure(word[:-3]) > 0:
            word = word[:-1]
    elif (cut := re.fullmatch("(.*)(?:ed|ing)", word)) and "v" in _shape(cut[1]):
        word = cut[1]
        if word.endswith(("at", "bl", "iz")) or (
            not (_ends_double(word) and word[-1] not in "lsz") and _measure(word) == 1 and _ends_short(word)
        ):
            word += "e"
        elif _ends_double(word) and word[-1] not in "lsz":
            word = word[:-1]
    if word.endswith("y") and "v" in _shape(word[:-1]):
        word = word[:-1] + "i"
    return word


@lru_cache(maxsize=1 << 16)
def porter_stem(word: str) -> str:
    """Return the stem of a word in small letters.

    Examples
    --------
    >>> [porter_stem(word) for word in ("connections", "relational", "hopping", "sky", "skies")]
    ['connect', 'relat', 'hop', 'sky', 'ski']
    """
    if len(word) <= 2:
        return word
    word = _plural_and_past(word)
    word = _replace(word, _STEP_2, lambda stem, _: _measure(stem) > 0)
    word = _replace(word, _STEP_3, lambda stem, _: _measure(stem) > 0)
    word = _replace(word, _STEP_4, lambda stem, end: _measure(stem) > 1 and (end != "ion" or stem[-1] in "st"))
    if word.endswith("e"):
        stem = word[:-1]
        if _measure(stem) > 1 or (_measure(stem) == 1 and not _ends_short(stem)):
            word = stem
    if word.endswith("ll") and _measure(word[:-1]) > 1:
        word = word[:-1]
    return word
