"""Judges: who says whether an answer about a picture does what the instruction asked.

`SceneJudge` knows what is on each picture, because somebody drew it or labelled it, and answers checks over that. It
judges nothing outside of its vocabulary and says so: "cannot tell" is an answer. A judge that is a model, and costs
money, is in `evalkit.production.openai_judge`.

>>> judge = SceneJudge({"cat": ["kitten"], "dog": ["puppy"]}, known_words=["grass"])
>>> one = ImageInstructionAdherence(judge, checks=["names cat", "invents nothing"])
>>> one.evaluate(output="There is no dog, only a cat.", images={"objects": ["cat"]}).score
1.0
>>> one.evaluate(output="A feline on grass", images={"objects": ["cat"]}).status
'undecided'
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from evalkit.production.evaluators import Evaluation, Evaluator, Status, without_score
from evalkit.tables.canonical import digest_of

Answer = Literal["yes", "no", "cannot tell"]
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
CLAUSE = re.compile(r"[,.;:!?]| but | only ")
DENIALS = frozenset(["no", "not", "without", "never", "nor", "none", "isn't", "aren't", "doesn't"])
HEDGES = ("looks like", "look like", "may be", "might be", "could be", "perhaps", "maybe", "similar to", "or", "seems")
PLAIN = (
    "a an the this that these those it its there is are was were be in on at of to by with and or but only one two "
    "three picture image photo shows showing show see seen here very some any no not without never nor none isn't "
    "aren't i we small large big little left right behind before beside near next under over has have"
)
PLAIN_WORDS = frozenset(PLAIN.split())


@dataclass(frozen=True)
class Judgement:
    """What a judge says: a score from 0 to 1 or None, a status, and why. `model` is who said it, as reported."""

    score: float | None
    status: Status
    reason: str
    model: str = ""


class Judge(Protocol):
    """Anything that can judge an answer about a picture."""

    def judge(self, instruction: str, images: Any, output: str, checks: Sequence[str]) -> Judgement:
        """Judge one answer."""

    def identity(self) -> dict[str, Any]:
        """Return what the judgement depends on, as JSON can hold it."""


class SceneJudge:
    """Answers checks over known scenes.

    A scene is a dict: `objects`, a list of names, and anything else that is known, such as `light`. The checks are:

    * ``names cat``: the answer says that there is a cat;
    * ``invents nothing``: it names no object that is not there;
    * ``says light``: it holds the scene's value of `light`, and no other value known for it;
    * ``max_words 12``: it has at most twelve words;
    * ``json cat,count``: it is a JSON object with these keys.

    Parameters
    ----------
    vocabulary : dict from str to list of str
        Objects and their other names.
    values : dict from str to list of str, optional
        The values that a property of a scene can have: `{"light": ["day", "dark"]}`.
    known_words : iterable of str
        Words that name no object. A word that is neither here nor in the vocabulary may be a name that the judge does
        not know: where that matters, it cannot tell.
    """

    def __init__(
        self,
        vocabulary: Mapping[str, Iterable[str]],
        *,
        values: Mapping[str, Iterable[str]] | None = None,
        known_words: Iterable[str] = (),
    ) -> None:
        self.vocabulary = {name: [name, *others] for name, others in vocabulary.items()}
        self.values = {name: list(each) for name, each in (values or {}).items()}
        self._object = {other.lower(): name for name, others in self.vocabulary.items() for other in others}
        self.known_words = sorted({word.lower() for word in known_words})
        self._known = PLAIN_WORDS | set(self.known_words) | {v.lower() for each in self.values.values() for v in each}

    def identity(self) -> dict[str, Any]:
        return {"kind": "scene", "hash": digest_of([self.vocabulary, self.values, self.known_words, "1"])[:16]}

    def judge(self, instruction: str, images: Any, output: str, checks: Sequence[str]) -> Judgement:
        if not isinstance(images, Mapping):
            return Judgement(None, "error", "the scene judge needs a dict of what is on the picture")
        if not checks:
            return Judgement(None, "skipped", "there is nothing to check")
        answers = [(check, self._answer(check, images, output)) for check in checks]
        told = "; ".join(f"{check}: {answer}" for check, answer in answers)
        if any(answer == "cannot tell" for _, answer in answers):
            return Judgement(None, "undecided", told)
        return Judgement(sum(answer == "yes" for _, answer in answers) / len(answers), "ok", told)

    def _answer(self, check: str, scene: Mapping[str, Any], output: str) -> Answer:
        what, _, argument = check.partition(" ")
        if what == "names":
            return self._names(argument, output)
        if check == "invents nothing":
            return self._invents_nothing(scene, output)
        if what == "says":
            return self._says(argument, scene, output)
        if what == "max_words":
            return _yes(len(WORD.findall(output)) <= int(argument))
        if what == "json":
            return _json(argument.split(","), output)
        raise ValueError(f"there is no check {check!r}")

    def _claims(self, output: str) -> tuple[set[str], bool, bool]:
        """Return the objects that are said to be there, whether any is hedged, and whether there are unknown words."""
        found: set[str] = set()
        hedged = unknown = False
        for clause in CLAUSE.split(output.lower()):
            words = WORD.findall(clause)
            named = {self._object[w] for w in map(self._singular, words) if w in self._object}
            denied = any(word in DENIALS for word in words)
            text = f" {' '.join(words)} "
            hedged |= bool(named) and any(f" {hedge} " in text for hedge in HEDGES)
            unknown |= any(self._singular(w) not in self._object and w not in self._known for w in words)
            found |= set() if denied else named
        return found, hedged, unknown

    def _singular(self, word: str) -> str:
        return word[:-1] if word.endswith("s") and word[:-1] in self._object else word

    def _names(self, name: str, output: str) -> Answer:
        if name not in self.vocabulary:
            return "cannot tell"
        found, hedged, unknown = self._claims(output)
        if hedged:
            return "cannot tell"
        return "yes" if name in found else "cannot tell" if unknown else "no"

    def _invents_nothing(self, scene: Mapping[str, Any], output: str) -> Answer:
        found, hedged, unknown = self._claims(output)
        if hedged:
            return "cannot tell"
        if found - set(scene.get("objects", ())):
            return "no"
        return "cannot tell" if unknown else "yes"

    def _says(self, name: str, scene: Mapping[str, Any], output: str) -> Answer:
        if name not in scene or name not in self.values:
            return "cannot tell"
        said = set(WORD.findall(output.lower())) & {value.lower() for value in self.values[name]}
        if any(word in DENIALS for word in WORD.findall(output.lower())):
            return "cannot tell"
        return _yes(said == {str(scene[name]).lower()})


def _yes(whether: bool) -> Answer:
    return "yes" if whether else "no"


def _json(keys: Sequence[str], output: str) -> Answer:
    try:
        found = json.loads(output)
    except ValueError:
        return "no"
    return _yes(isinstance(found, dict) and all(key.strip() in found for key in keys))


class ImageInstructionAdherence(Evaluator):
    """Does an answer about a picture do what the instruction asked?

    (FutureAGI's template of that name judges *generated pictures*; this one judges *answers about pictures*.)

    Parameters
    ----------
    judge : Judge
    instruction : str
        What was asked. A tag called "instruction" takes its place row by row.
    checks : sequence of str
        What a scene judge is to check.
    threshold : float
        Answers with at least this score have passed.
    name : str
    """

    def __init__(
        self,
        judge: Judge,
        *,
        instruction: str = "",
        checks: Sequence[str] = (),
        threshold: float = 0.5,
        name: str = "image_instruction_adherence",
    ) -> None:
        self.name, self.threshold, self._judge = name, threshold, judge
        self.instruction, self.checks = instruction, tuple(checks)

    def settings(self) -> dict[str, Any]:
        return {"judge": self._judge.identity(), "instruction": self.instruction, "checks": list(self.checks)}

    def judge(self, output: Any, expected: Any, row: Mapping[str, Any]) -> Evaluation:
        images = row.get("images", expected if expected is not None else row.get("input"))
        said = self._judge.judge(str(row.get("instruction", self.instruction)), images, str(output), self.checks)
        if said.status != "ok" or said.score is None:
            return without_score(said.status if said.status != "ok" else "error", said.reason)
        return self.scored(said.score, said.reason)
