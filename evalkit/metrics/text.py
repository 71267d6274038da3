"""Words: how the text metrics cut sentences into words and check their arguments.

A score of generated text depends on what counts as a word. So each text metric takes `tokenize` and says in the
signature of its result how the words were cut; two values are comparable only if their signatures are equal.

The metrics are in `evalkit.metrics.bleu`, `evalkit.metrics.meteor` and `evalkit.metrics.chair`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evalkit._core.inputs import EMPTY, InvalidParameterError, check_choice

Tokenize = Literal["13a", "zh", "char", "none"] | Callable[[str], Sequence[str]]
DEFINITION = "evalkit:1"  # part of every signature: counts up when a change of this library can change a value

_ENTITIES = {"&quot;": '"', "&amp;": "&", "&lt;": "<", "&gt;": ">"}
# The ranges of sacrebleu's tokenizer: ideographs, radicals, strokes, phonetic signs, forms of full and half width. The
# first two look odd. sacrebleu means the planes of rare ideographs, but what it compares with are U+2000 and U+2F80
# followed by a digit: so dashes and quotation marks stand alone, and rare ideographs do not.
_CHINESE = re.compile(
    "[\u2001-\u2a6d\u2f81-\u2fa1\u3400-\u4db5\u4e00-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\uff00-\uffef"
    "\u2e80-\u2eff\u3000-\u303f\u31c0-\u31ef\u2f00-\u2fdf\u2ff0-\u2fff\u3100-\u312f\u31a0-\u31bf\ufe10-\ufe1f"
    "\ufe30-\ufe4f\u3200-\u33ff]"
)
_NOT_ALONE = "',-."
_SYMBOL = re.compile(f"([{re.escape(''.join(sorted(set(string.punctuation) - set(_NOT_ALONE))))}])")
_MARK_AFTER_OTHER = re.compile(r"([^0-9])([.,])")
_MARK_BEFORE_OTHER = re.compile(r"([.,])([^0-9])")
_DASH_AFTER_DIGIT = re.compile(r"([0-9])-")


def tokenize_13a(sentence: str) -> list[str]:
    """Cut a sentence into words and marks as NIST's script mteval-v13a does, the standard of machine translation.

    Symbols stand alone. Full stops and commas stand alone except between digits, dashes only after a digit.
    Apostrophes stay within words. Letters keep their case.

    Examples
    --------
    >>> tokenize_13a("It's 3.5% more, isn't it?")
    ["It's", '3.5', '%', 'more', ',', "isn't", 'it', '?']
    """
    text = sentence.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for entity, character in _ENTITIES.items():
        text = text.replace(entity, character)
    return _split_marks(f" {text} ")


def tokenize_zh(sentence: str) -> list[str]:
    """Cut a Chinese sentence into its characters, and what it holds of other scripts into words, as sacrebleu does.

    Examples
    --------
    >>> tokenize_zh("我有3.5只cats。")
    ['我', '有', '3.5', '只', 'cats', '。']
    """
    return _split_marks(_CHINESE.sub(r" \g<0> ", sentence.strip()))


def tokenize_char(sentence: str) -> list[str]:
    """Cut a sentence into its characters, without white space.

    Examples
    --------
    >>> tokenize_char("一 only")
    ['一', 'o', 'n', 'l', 'y']
    """
    return [character for character in sentence if not character.isspace()]


def _split_marks(text: str) -> list[str]:
    text = _SYMBOL.sub(r" \1 ", text)
    text = _MARK_AFTER_OTHER.sub(r"\1 \2 ", text)
    text = _MARK_BEFORE_OTHER.sub(r" \1 \2", text)
    return _DASH_AFTER_DIGIT.sub(r"\1 - ", text).split()


TOKENIZERS: dict[str, Callable[[str], Sequence[str]]] = {
    "13a": tokenize_13a,
    "zh": tokenize_zh,
    "char": tokenize_char,
    "none": str.split,
}


@dataclass(frozen=True)
class Texts:
    """Candidates and, for each, its references, as words; and what the signature says about them."""

    candidates: list[list[str]]
    references: list[list[list[str]]]
    signature: str


def check_texts(candidates: Any, references: Any, tokenize: Tokenize, fold: bool) -> Texts:
    """Check the arguments of a text metric and cut them into words.

    Parameters
    ----------
    candidates : list of n sentences
        A sentence is a string, or a list of words that is taken as it is.
    references : list of n
        Per candidate a string, or a list of one or more sentences. Among several, None and sentences without words
        stand for a reference that there is not, and are left out.
    tokenize : {"13a", "zh", "char", "none"} or callable
        How to cut strings: `tokenize_13a`, `tokenize_zh`, `tokenize_char`, at white space, or by a function from a
        string to its words.
    fold : bool
        Write all words in small letters.

    Raises
    ------
    ValueError
        If the lengths differ or are zero, a reference is missing or has no words, or words are mixed with sentences.
    """
    if not callable(tokenize):
        check_choice(tokenize, "tokenize", tuple(TOKENIZERS))
    cut = tokenize if callable(tokenize) else TOKENIZERS[tokenize]
    for values, name in ((candidates, "candidates"), (references, "references")):
        if isinstance(values, str) or not hasattr(values, "__len__"):
            raise InvalidParameterError(f"{name} must be a list with one entry per sentence, got {values!r}.")
    if len(candidates) != len(references):
        raise ValueError(f"There are {len(candidates)} candidates but references for {len(references)}.")
    if len(candidates) == 0:
        raise ValueError(EMPTY.replace("`y_true` or `y_pred`", "`candidates` or `references`"))
    all_candidates, all_references = [], []
    for i, (candidate, several) in enumerate(zip(candidates, references, strict=True)):
        several = [several] if isinstance(several, str) else [one for one in several if one is not None]
        if not several:
            raise ValueError(f"references[{i}] is empty: each candidate needs at least one reference.")
        all_candidates.append(_words(candidate, f"candidates[{i}]", cut, fold))
        if not isinstance(candidate, str) and all(isinstance(reference, str) for reference in several):
            raise ValueError(
                f"candidates[{i}] is a list of words, so references[{i}] must be a list of such lists, not of strings."
            )
        words = [_words(r, f"references[{i}][{j}]", cut, fold) for j, r in enumerate(several)]
        all_references.append([reference for reference in words if reference])
        if not all_references[-1]:
            raise ValueError(f"references[{i}] has no words.")
    counts = {len(several) for several in all_references}
    words_given = all(not isinstance(candidate, str) for candidate in candidates)
    name = "given" if words_given else tokenize if isinstance(tokenize, str) else getattr(cut, "__name__", "custom")
    case = "lower" if fold else "mixed"
    signature = f"nrefs:{counts.pop() if len(counts) == 1 else 'var'}|case:{case}|tok:{name}"
    return Texts(all_candidates, all_references, signature)


def _words(sentence: Any, name: str, cut: Callable[[str], Sequence[str]], fold: bool) -> list[str]:
    if isinstance(sentence, str):
        words = list(cut(sentence))
    elif isinstance(sentence, Sequence) and all(isinstance(word, str) for word in sentence):
        words = list(sentence)
    else:
        raise InvalidParameterError(f"{name} must be a string or a list of words, got {sentence!r}.")
    return [word.lower() for word in words] if fold else words
