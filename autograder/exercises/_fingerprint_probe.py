"""What can be said of a fingerprint without knowing how it is made: which changes it sees, and which it does not.

Each way to write down names, types, shapes and bytes gives another hash, and all are right. So the learner's function
gets a state dict and changed copies of it, in random order. This module runs where the learner's code runs, and imports
nothing of the course but the plain observer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograder.checking.observe import observe as observe_plain

State = dict[str, Any]
DIGITS = 32
MANY = 300


def observe(function: Callable[..., Any], inputs: Sequence[list[Any]], *, seconds: float = 2.0) -> list[dict[str, Any]]:
    """Observe which changes a fingerprint sees."""
    return observe_plain(lambda *arguments: properties(function, *arguments), inputs, seconds=seconds)


def in_words(state_dict: State, *_: Any) -> str:
    """What is called, and with what."""
    tensors = ", ".join(f"{name} {value.dtype} {value.shape}" for name, value in state_dict.items())
    return f"fingerprint(state_dict), where state_dict holds {tensors},"


def properties(
    function: Callable[..., Any], state_dict: State, changes: list[str], seed: int, tensor: str | None = None
) -> State | None:
    """Whether each change gives the same answer as no change, as names and values that a learner can read."""
    import numpy as np

    # What has no name is asked again, and the answers to it must be the same. Nobody can count the calls.
    rng = np.random.default_rng(seed)
    asked = ["", *[""] * int(rng.integers(1, 4)), *changes]
    answers: list[tuple[str, str]] = []
    states: list[State] = []  # kept, so that no two lie in the same place in memory
    for i in rng.permutation(len(asked)):
        states.append(state := changed(state_dict, asked[i]))
        before = {name: value.tobytes() for name, value in state.items()}
        answer = elsewhere(function, state) if asked[i] == "another process" else function(state)
        if answer is None:
            return None
        if {name: value.tobytes() for name, value in state.items()} != before:
            raise ValueError("The state dict has been changed. A fingerprint only looks.")
        answers.append((asked[i], _text(answer)))
    first = next(text for change, text in answers if not change)
    seen = {"asked again": "the same"}
    for change, text in answers:
        if change or text != first:
            seen[change or "asked again"] = "the same" if text == first else "another"
    texts = [text for _, text in answers]
    return {
        "hexadecimal digits only": all(set(text) <= set("0123456789abcdefABCDEF") for text in texts),
        f"{DIGITS} digits or more": all(len(text) >= DIGITS for text in texts),
        **{change: seen[change] for change in ("asked again", *changes)},
        **(
            {}
            if tensor is None
            else {f"different ones among {MANY} checkpoints": _different(function, state_dict, tensor)}
        ),
    }


def _different(function: Callable[..., Any], state: State, tensor: str) -> int:
    """How many fingerprints there are of many checkpoints, which differ in a tensor of whole numbers.

    A hash that knows few answers, however many digits it has, gives one of them to two.
    """
    many = ({**changed(state, ""), tensor: state[tensor] + k} for k in range(MANY))
    return len({_text(function(one)) for one in many})


def changed(state: State, change: str) -> State:
    """A copy of a state dict, with one change. A change that needs a tensor names it at its end."""
    import numpy as np

    copy = {name: value.copy() for name, value in state.items()}
    names = list(copy)
    what, _, name = change.rpartition(" of ")
    if change == "names in reverse order":
        return {name: copy[name] for name in reversed(names)}
    if change == "another order in memory":
        return {name: np.asfortranarray(value) for name, value in copy.items()}
    if change == "every other place in memory":
        return {name: np.repeat(value, 2, axis=-1)[..., ::2] for name, value in copy.items()}
    if what == "one bit":
        # The last bit of a number in the middle.
        copy[name].reshape(-1).view(np.uint8)[copy[name].size // 2 * copy[name].itemsize] ^= 1
    elif what == "two numbers exchanged":
        flat = copy[name].reshape(-1)
        flat[[0, -1]] = flat[[-1, 0]]
    elif what == "the sign of a zero":
        copy[name][copy[name] == 0] *= -1
    elif what == "another name":
        return {f"{key}_" if key == name else key: value for key, value in copy.items()}
    elif what == "without the tensor":
        del copy[name]
    elif what == "rows and columns exchanged":
        copy[name] = copy[name].reshape(copy[name].shape[::-1])
    elif what == "flattened":
        copy[name] = copy[name].reshape(-1)
    elif what == "the same bytes as whole numbers":
        copy[name] = copy[name].view(f"int{8 * copy[name].itemsize}")
    elif what == "the same numbers with twice the bits":
        copy[name] = copy[name].astype(f"{copy[name].dtype.kind}{2 * copy[name].itemsize}")
    elif what == "two tensors exchanged":
        one, other = name.split(" and ")
        copy[one], copy[other] = copy[other], copy[one]
    return copy


def elsewhere(function: Callable[..., Any], state: State) -> Any:
    """The answer in another process. There `hash` gives other numbers for text and bytes: Python salts it anew."""
    import builtins

    before = builtins.hash
    builtins.hash = lambda value: before(value) ^ 0x5DEECE66D
    try:
        return function(state)
    finally:
        builtins.hash = before


def _text(answer: Any) -> str:
    """The answer, which must be text. Raises ValueError with words for the learner."""
    if not isinstance(answer, str):
        kind = type(answer).__name__
        raise ValueError(f"The answer must be text, and is of type {kind}. hexdigest() of a hash gives its digits.")
    return str.__str__(answer)
