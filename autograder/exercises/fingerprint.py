"""A fingerprint of weights: the same for the same tensors, however they lie in a file or in memory."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._edited import mistake

PARTS = ["decoder", "encoder", "head", "neck", "proj", "stem"]


def cases(rng: np.random.Generator) -> list[Case]:
    def weights(*shape: int) -> NDArray[np.float32]:
        """So large that print shows a change of the last bit, as long as it shows the number."""
        return (rng.choice([-1, 1], shape) * rng.uniform(0.3, 0.9, shape)).astype(np.float32)

    def state() -> tuple[dict[str, NDArray[Any]], str, str, str, str]:
        """A state dict in no order, and the names of two matrices of one shape, a vector, and whole numbers."""
        third, first, second = sorted(rng.permutation(PARTS)[:3].tolist())
        rows, columns = (int(k) for k in rng.permutation(np.arange(2, 6))[:2])
        tensors: dict[str, NDArray[Any]] = {
            f"{first}.weight": weights(rows, columns),
            f"{second}.weight": weights(rows, columns),
            f"{second}.bias": weights(rows + 1),
            f"{third}.steps": rng.integers(100, 9_000, 2),
        }
        tensors[f"{second}.bias"][0] = 0
        one, other, vector, steps = tensors
        return {name: tensors[name] for name in rng.permutation(list(tensors)).tolist()}, one, other, vector, steps

    def case(*changes: str) -> tuple[dict[str, NDArray[Any]], list[str], int]:
        tensors, one, other, vector, steps = state()
        named = [change.format(one=one, other=other, vector=vector, steps=steps) for change in changes]
        return tensors, named, int(rng.integers(1, 10_000))

    def with_many(drawn: tuple[dict[str, NDArray[Any]], list[str], int]) -> tuple[Any, ...]:
        """Asked of many checkpoints as well: they differ in the tensor of whole numbers."""
        (steps,) = (name for name, array in drawn[0].items() if array.dtype.kind == "i")
        return *drawn, steps

    large, changes, seed = case("one bit of {one}", "one bit of {vector}")
    for name in large:
        if f"one bit of {name}" == changes[0]:
            large[name] = weights(int(rng.integers(33, 36)), int(rng.integers(36, 39)))
    return [
        Case("another order of the names", case("names in reverse order", "one bit of {vector}"), 0.75),
        Case(
            "other numbers",
            with_many(
                case(
                    *[f"one bit of {{{name}}}" for name in ("one", "vector", "steps")],
                    "two numbers exchanged of {other}",
                    "the sign of a zero of {vector}",
                )
            ),
            1,
        ),
        Case(
            "other names",
            case(
                "another name of {other}",
                "two tensors exchanged of {one} and {other}",
                "without the tensor of {vector}",
            ),
            0.75,
        ),
        Case("a large tensor", (large, changes, seed), 0.5),
        Case(
            "another place in memory",
            case("another order in memory", "every other place in memory", "one bit of {other}"),
            0.5,
        ),
        Case("another shape", case("rows and columns exchanged of {one}", "flattened of {other}"), 0.5),
        Case(
            "another type",
            case("the same bytes as whole numbers of {one}", "the same numbers with twice the bits of {other}"),
            0.5,
        ),
        Case("another process", case("another process", "one bit of {one}"), 0.5),
    ]


def reference(state_dict):
    """Return a fingerprint of weights: a text of hexadecimal digits, 32 at least.

    `state_dict` is a dict from the names of the tensors to NumPy arrays. (A state dict of torch becomes one by
    `{name: tensor.numpy(force=True) for name, tensor in model.state_dict().items()}`.)

    The fingerprint is the same for the same names, types (dtype), shapes and numbers, bit for bit: in whatever order
    the names come, however the arrays lie in memory (`tobytes` always gives their numbers row by row), in every process
    and on every day. It is another if one name, one type, one shape or one bit of one number is another; 0.0 and −0.0
    differ in a bit. Which bytes are hashed, in what order, and by which function of `hashlib` is up to you;
    `hashlib.sha256(…).hexdigest()` gives 64 digits.
    """
    digest = hashlib.sha256()
    for name in sorted(state_dict):
        array = state_dict[name]
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def right(state_dict):
    import hashlib

    digest = hashlib.sha256()
    for name in sorted(state_dict):
        array = state_dict[name]
        digest.update(name.encode())
        digest.update(str(array.dtype).encode())
        digest.update(str(array.shape).encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def wrong_python_hash(state_dict):
    parts = [(name, str(a.dtype), a.shape, a.tobytes()) for name, a in sorted(state_dict.items())]
    return f"{hash(tuple(parts)) % 2**64:032x}"


def wrong_apart(state_dict):
    import hashlib

    digest = hashlib.sha256(" ".join(sorted(state_dict)).encode())
    for values in sorted(f"{a.dtype} {a.shape}".encode() + a.tobytes() for a in state_dict.values()):
        digest.update(values)
    return digest.hexdigest()


def wrong_pickled(state_dict):
    import hashlib
    import pickle

    return hashlib.sha256(pickle.dumps(state_dict)).hexdigest()


def wrong_printed_dict(state_dict):
    import hashlib

    return hashlib.sha256(str(state_dict).encode()).hexdigest()


def variant_manifest(state_dict):
    import hashlib

    lines = []
    for name, array in state_dict.items():
        values = hashlib.sha256(np.ascontiguousarray(array)).hexdigest()
        lines.append(f"{name}: {array.dtype}, {array.shape}, {values}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def variant_json(state_dict):
    import hashlib
    import json

    table = {name: [str(a.dtype), a.shape, [float(x).hex() for x in a.ravel()]] for name, a in state_dict.items()}
    return hashlib.md5(json.dumps(table, sort_keys=True).encode()).hexdigest()


def variant_added_up(state_dict):
    """The sum of one hash a tensor does not depend on their order."""
    import hashlib

    total = 0
    for name, array in state_dict.items():
        about = repr((name, array.dtype.str, array.shape, array.tobytes()))
        total += int(hashlib.sha256(about.encode()).hexdigest(), 16)
    return f"{total % (1 << 256):064X}"


EXERCISE = Exercise(
    id="fingerprint",
    lesson="12_evaluating_releases",
    objective="ER.2",
    points=5,
    signature="fingerprint(state_dict)",
    cases=cases,
    reference=reference,
    misconceptions={
        "in-order": mistake(
            right,
            {"sorted(state_dict)": "state_dict"},
            "You hash the tensors in the order in which the dict holds them. Another way to save or to build the model "
            "gives another order of the same weights. Sort the names first.",
        ),
        "values-only": mistake(
            right,
            {"        digest.update(name.encode())\n": ""},
            "You leave the names out. A tensor under another name is used elsewhere in the network, and you would not "
            "see it. Hash each name together with its tensor.",
        ),
        "names-only": mistake(
            right,
            {"        digest.update(array.tobytes())\n": ""},
            "You leave the numbers out. All checkpoints of one network have the same names, types and shapes: only the "
            "numbers tell them apart. Hash their bytes, too.",
        ),
        "nothing-but-names": mistake(
            right,
            {
                "        digest.update(str(array.dtype).encode())\n": "",
                "        digest.update(str(array.shape).encode())\n": "",
                "        digest.update(array.tobytes())\n": "",
            },
            "You hash the names and nothing else. They are the same in every checkpoint of a network. What tells "
            "checkpoints apart are the numbers: hash the bytes of each array, with its dtype and its shape.",
        ),
        "no-shape": mistake(
            right,
            {"        digest.update(str(array.shape).encode())\n": ""},
            "You leave the shapes out. The same bytes as 2 × 3 and as 3 × 2 are two different tensors. Hash the shape, "
            "too.",
        ),
        "no-dtype": mistake(
            right,
            {"        digest.update(str(array.dtype).encode())\n": ""},
            "You leave the types out. The same four bytes are one number as float32 and another as int32. Hash the "
            "dtype, too.",
        ),
        "printed": mistake(
            right,
            {"array.tobytes()": "str(array).encode()"},
            "You hash what print shows of an array. Of a large one it shows the corners only, and of each number a few "
            "digits. Hash the bytes themselves: tobytes gives them.",
        ),
        "python-hash": Misconception(
            wrong_python_hash,
            "You use Python's own hash. For text and bytes it gives other numbers in every process, so a fingerprint "
            "that was written down yesterday fits nothing today. Take a function of hashlib.",
        ),
        "apart": Misconception(
            wrong_apart,
            "You sort names and tensors apart from each other. When two tensors change places, both lists stay the "
            "same. Sort by name, and hash each name together with its tensor.",
        ),
        "rounded": mistake(
            right,
            {"array.tobytes()": "np.round(array, 4).tobytes()"},
            "You round before you hash. Then two checkpoints that differ by a small step of training are the same to "
            "you, and so are two numbers on both sides of a rounding limit not. Hash every bit.",
        ),
        "added-up": mistake(
            right,
            {"array.tobytes()": "str(float(array.sum(dtype=float))).encode()"},
            "You hash a sum of each tensor. Many tensors have the same sum: two numbers need only change places. Hash "
            "the bytes of all numbers.",
        ),
        "in-memory": mistake(
            right,
            {"array.tobytes()": 'array.tobytes(order="A")'},
            "You hash the bytes in the order in which they lie in memory. The same matrix can lie there row by row or "
            "column by column. tobytes() without an argument always goes row by row.",
        ),
        "buffer": mistake(
            right,
            {"array.tobytes()": "array"},
            "You hand the array itself to hashlib. That works only if its numbers lie row by row and without gaps; of "
            "a transposed one or of a slice it does not. array.tobytes() makes them so.",
        ),
        "last-tensor": mistake(
            right,
            {"        digest.update(name.encode())": "        digest = hashlib.sha256(name.encode())"},
            "You make a new hash for every tensor, so only the last one is left at the end. Make it once, before the "
            "loop, and update it with each tensor.",
        ),
        "weights-only": mistake(
            right,
            {"sorted(state_dict)": "sorted(name for name in state_dict if name.endswith('weight'))"},
            "You look at some of the tensors only. Biases and what a normalisation remembers change the answers of a "
            "network as well: hash all that the state dict holds.",
        ),
        "position-in-memory": mistake(
            right,
            {"array.tobytes()": "str(id(array)).encode()"},
            "You hash where the array lies in memory: id says nothing of its numbers. A copy of the same weights then "
            "has another fingerprint. Hash the bytes of the numbers.",
        ),
        "names-and-bytes": mistake(
            right,
            {
                "        digest.update(str(array.dtype).encode())\n": "",
                "        digest.update(str(array.shape).encode())\n": "",
            },
            "You hash names and bytes alone. The same bytes can be 2 × 3 numbers or 3 × 2, and float32 or int32. Hash "
            "the dtype and the shape of each tensor, too.",
        ),
        "bytes-only": mistake(
            right,
            {
                "        digest.update(name.encode())\n": "",
                "        digest.update(str(array.dtype).encode())\n": "",
                "        digest.update(str(array.shape).encode())\n": "",
            },
            "You hash the bytes alone. Which tensor they belong to, in what shape, and what kind of number they are "
            "makes no difference to you. Hash name, dtype and shape of each tensor, too.",
        ),
        "pickled": Misconception(
            wrong_pickled,
            "You hash what pickle makes of the dict. It writes the tensors in the order of the dict, and each as it "
            "lies in memory; neither belongs to the weights. Sort by name, and take tobytes() of each array.",
        ),
        "printed-dict": Misconception(
            wrong_printed_dict,
            "You hash the dict as text. It is in the order of the dict, and shows of a large array its corners only. "
            "Go through the sorted names, and hash the bytes of each array.",
        ),
        "first-tensor": mistake(
            right,
            {"    return digest": "        return digest"},
            "Your return stands inside the loop, so that you stop after the first tensor. Indent it less: it belongs "
            "behind the loop.",
        ),
        "shortened": mistake(
            right,
            {"digest.hexdigest()": "digest.hexdigest()[:8]"},
            "Your fingerprint is short. With 8 digits two of some tens of thousands of checkpoints are likely to share "
            "one. Return at least 32 digits.",
        ),
    },
    variants={"manifest": variant_manifest, "json": variant_json, "added_up": variant_added_up},
    # Every way to write tensors down is right: what is compared is which changes a fingerprint sees.
    probe="autograder.exercises._fingerprint_probe",
)
