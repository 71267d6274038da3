"""Fingerprints of code: what two programs share, whatever their names, comments and layout.

Code becomes a row of tokens, in which all names that its author chose are one. Every few tokens in a row are hashed,
and *winnowing* keeps the least hash of each window: where two programs have `SHARED_TOKENS` tokens in a row in common,
they have at least one fingerprint in common; what is shorter than `GRAM_TOKENS` is never seen.

References
----------
S. Schleimer, D. S. Wilkerson and A. Aiken, "Winnowing: Local Algorithms for Document Fingerprinting", SIGMOD 2003.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from hashlib import blake2b

from pygments.lexers import PythonLexer
from pygments.token import Comment, Name, String, Text

from autograder.grading.judging.parsing import MAX_CHARACTERS, parse

GRAM_TOKENS = 10
WINDOW = 4
#: A passage of this length is always found: a window of grams.
SHARED_TOKENS = GRAM_TOKENS + WINDOW - 1

# These are set and left out by layout alone.
_LAYOUT = frozenset("(),:;")
_CHOSEN, _TEXT = "name", "text"


def normalised(source: str) -> list[str]:
    """The tokens of a source, without what does not matter: names, comments, texts, parentheses, layout.

    Names from elsewhere, as those of functions and attributes that are called, do matter. Of what is longer than a
    learner writes only the beginning is read.

    Examples
    --------
    >>> normalised("def f(a):  # sum\\n    return a.sum()") == normalised("def g( values ):\\n  return (values).sum()")
    True
    """
    source = source[:MAX_CHARACTERS]
    chosen = _chosen_names(source)
    tokens: list[str] = []
    for kind, value in PythonLexer().get_tokens(source):
        if kind in Comment or kind in String.Doc or kind in Text or value in _LAYOUT:
            continue
        if kind in String:
            # A text is cut into many tokens, at its quotes and escapes.
            if tokens[-1:] != [_TEXT]:
                tokens.append(_TEXT)
        elif kind in Name and (chosen is None or value in chosen) and tokens[-1:] != ["."]:
            tokens.append(_CHOSEN)
        else:
            tokens.append(value)
    return tokens


def _chosen_names(source: str) -> set[str] | None:
    """The names that the author of a source gave; None if it is no Python, and all names may be."""
    tree = parse(source)
    if tree is None:
        return None
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.alias) and node.asname:
            names.add(node.asname)
    return names


def grams(tokens: Sequence[str]) -> list[int]:
    """The hash of every few tokens in a row, the same on every machine."""
    rows = (tokens[i : i + GRAM_TOKENS] for i in range(len(tokens) - GRAM_TOKENS + 1))
    return [int.from_bytes(blake2b("\0".join(row).encode("utf-8", "replace"), digest_size=6).digest()) for row in rows]


def winnow(hashes: Sequence[int]) -> set[int]:
    """The least hash of each window; of a row shorter than a window the least of all.

    Examples
    --------
    >>> sorted(winnow([77, 74, 42, 17, 98, 50, 17, 98, 8, 88]))
    [8, 17]
    """
    windows = (hashes[i : i + WINDOW] for i in range(max(1, len(hashes) - WINDOW + 1)))
    return {min(window) for window in windows if window}
