"""CHAIR: which of the objects that a caption names are not in the image?"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evalkit._core.inputs import EMPTY, InvalidParameterError
from evalkit._core.warn import UndefinedMetricWarning, warn
from evalkit.metrics.text import DEFINITION

_WORD = re.compile(r"[^\W_]+")
_PLURALS = (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", ""))


@dataclass(frozen=True)
class ChairResult:
    """How much of a set of captions is hallucinated, and what.

    Attributes
    ----------
    chair_i : float
        Hallucinated mentions over all mentions of objects. nan if no caption names an object.
    chair_s : float
        Captions with at least one hallucinated object over all captions.
    mentioned, hallucinated : tuple of tuple of str
        Per caption, the objects that it names, in order and as often as it names them, and those not in its image.
    signature : str
        What the values depend on, with the first digits of the hash of the vocabulary.
    """

    chair_i: float
    chair_s: float
    mentioned: tuple[tuple[str, ...], ...]
    hallucinated: tuple[tuple[str, ...], ...]
    signature: str


def chair(
    captions: Iterable[str],
    objects: Iterable[Iterable[str]],
    *,
    vocabulary: Mapping[str, Iterable[str]] | Iterable[str],
) -> ChairResult:
    """Return the caption hallucination rates CHAIR_i (per object mentioned) and CHAIR_s (per caption).

    Parameters
    ----------
    captions : list of n str
        The generated captions.
    objects : list of n lists of str
        The objects that each image really holds, by any of their names in the vocabulary. May be empty. (The paper
        takes those of the segmentation together with those that people named in reference captions.)
    vocabulary : dict from str to list of str, or list of str
        The objects to look for, each with its synonyms. A name may have several words ("hot dog"). Words that are not
        in the vocabulary are never counted, so **the vocabulary decides the score**: its hash is in the signature.

    Returns
    -------
    ChairResult

    Raises
    ------
    ValueError
        If the lengths differ or are zero, a name belongs to two objects, or an image holds an object that the
        vocabulary does not know.

    Warns
    -----
    UndefinedMetricWarning
        If no caption names an object: CHAIR_i is then 0/0 and nan. CHAIR_s is 0.

    Notes
    -----
    Captions are read in small letters, from left to right, the longest name first: "hot dog" is not a dog. To keep
    other pairs of words apart, give the whole pair as a synonym, such as "toilet seat" for "toilet" or "teddy bear" for
    an object of its own. The last word of a name may be a plural in -s, -es, -ies or -ves; others, such as "people",
    belong in the vocabulary. Each mention counts, as in the authors' code.

    :Formula: CHAIR_i = invented mentions / mentions; CHAIR_s = captions with an invented object / captions
    :Range: 0 to 1; lower is better
    :Misleads when: captions are short: who names little invents little, and what is left out costs nothing

    References
    ----------
    A. Rohrbach, L. A. Hendricks, K. Burns, T. Darrell and K. Saenko, "Object hallucination in image captioning",
    EMNLP 2018.

    Examples
    --------
    >>> result = chair(
    ...     ["Two puppies eat a hot dog on a bench", "A cat sleeps"],
    ...     [["dog", "bench"], ["cat"]],
    ...     vocabulary={"dog": ["puppy"], "hot dog": [], "bench": [], "cat": ["kitten"]},
    ... )
    >>> result.chair_i, result.chair_s
    (0.25, 0.5)
    >>> result.hallucinated
    (('hot dog',), ())
    >>> result.signature
    'chair|objects:4|table:43ff739d61ae|evalkit:1'
    """
    names = _Names.read(vocabulary)
    for values, name in ((captions, "captions"), (objects, "objects")):
        if isinstance(values, str):
            raise InvalidParameterError(f"{name} must be a list with one entry per image, got {values!r}.")
    captions, objects = list(captions), list(objects)
    if len(captions) != len(objects):
        raise ValueError(f"There are {len(captions)} captions but objects for {len(objects)} images.")
    if not captions:
        raise ValueError(EMPTY.replace("`y_true` or `y_pred`", "`captions` or `objects`"))
    mentioned, hallucinated = [], []
    for i, (caption, present) in enumerate(zip(captions, objects, strict=True)):
        if not isinstance(caption, str):
            raise InvalidParameterError(f"captions[{i}] must be a string, got {caption!r}.")
        if isinstance(present, str):
            raise InvalidParameterError(f"objects[{i}] must be a list of names, got {present!r}.")
        real = {names.object_called(name, f"objects[{i}]") for name in present}
        mentioned.append(tuple(names.find_all(caption)))
        hallucinated.append(tuple(name for name in mentioned[-1] if name not in real))
    n_mentions, n_wrong = sum(map(len, mentioned)), sum(map(len, hallucinated))
    if n_mentions == 0:
        warn("CHAIR_i is ill-defined and set to nan because no caption names an object.", UndefinedMetricWarning)
    return ChairResult(
        n_wrong / n_mentions if n_mentions else math.nan,
        sum(map(bool, hallucinated)) / len(captions),
        tuple(mentioned),
        tuple(hallucinated),
        f"chair|objects:{names.n_objects}|table:{names.digest}|{DEFINITION}",
    )


@dataclass(frozen=True)
class _Names:
    """All names of all objects, as tuples of words."""

    objects: dict[tuple[str, ...], str]
    longest: int
    n_objects: int
    digest: str

    @classmethod
    def read(cls, vocabulary: Any) -> _Names:
        if isinstance(vocabulary, str) or not hasattr(vocabulary, "__iter__"):
            raise InvalidParameterError(f"vocabulary must be a dict or a list of names, got {vocabulary!r}.")
        table = dict(vocabulary) if isinstance(vocabulary, Mapping) else dict.fromkeys(vocabulary, ())
        if not table:
            raise ValueError("vocabulary is empty.")
        objects: dict[tuple[str, ...], str] = {}
        for name, synonyms in table.items():
            if isinstance(synonyms, str):
                raise InvalidParameterError(f"vocabulary[{name!r}] must be a list of synonyms, got {synonyms!r}.")
            for words in map(_words, (name, *synonyms)):
                if not words:
                    raise ValueError(f"vocabulary[{name!r}] holds a name without letters.")
                if objects.setdefault(words, name) != name:
                    raise ValueError(f"{' '.join(words)!r} is a name of two objects: {objects[words]!r} and {name!r}.")
        canonical = json.dumps(sorted((" ".join(words), name) for words, name in objects.items()))
        digest = hashlib.sha256(canonical.encode()).hexdigest()[:12]
        return cls(objects, max(map(len, objects)), len(table), digest)

    def find_all(self, caption: str) -> Iterator[str]:
        """Yield the objects that a caption names, in order."""
        words = _words(caption)
        start = 0
        while start < len(words):
            for end in range(min(len(words), start + self.longest), start, -1):
                if (found := self._lookup(words[start:end])) is not None:
                    yield found
                    start = end
                    break
            else:
                start += 1

    def object_called(self, name: str, where: str) -> str:
        """Return the object with this name, or raise."""
        found = self._lookup(_words(name))
        if found is None:
            raise ValueError(f"{where} holds {name!r}, which is not in the vocabulary.")
        return found

    def _lookup(self, words: tuple[str, ...]) -> str | None:
        """Return the object with this name, given in singular or plural."""
        if not words or words in self.objects:
            return self.objects.get(words)
        *first, last = words
        for ending, singular in _PLURALS:
            if last.endswith(ending) and not last.endswith("ss"):
                found = self.objects.get((*first, last.removesuffix(ending) + singular))
                if found is not None:
                    return found
        return None


def _words(text: str) -> tuple[str, ...]:
    """Cut a text into words in small letters. Marks, hyphens included, part words."""
    return tuple(_WORD.findall(text.lower()))
