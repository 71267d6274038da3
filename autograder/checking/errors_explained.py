"""What an error of Python, NumPy or torch says about an answer, in words for a learner. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: How the first cell of a lesson imports what learners use without thinking of it.
_IMPORTS = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "torch": "import torch",
    "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
    "plt": "import matplotlib.pyplot as plt",
    "math": "import math",
    "copy": "import copy",
    "random": "import random",
    "Counter": "from collections import Counter",
    "defaultdict": "from collections import defaultdict",
}

_OWN_WORDS = (
    "It must ",
    "The answer must ",
    "The network must ",
    "forward must ",
    "predict needs ",
    "statistic needs ",
)

#: Type of error (any, where it is empty), what its message holds, and what that means.
_MEANINGS: tuple[tuple[str, str, str], ...] = (
    (
        "NotImplementedError",
        r'missing the required "forward"',
        "Your class has no method forward. Is its def missing, misspelled, or indented so far that it stands inside "
        "__init__? It has to be level with def __init__.",
    ),
    (
        "ZeroDivisionError",
        "",
        "You divided by zero. Check the denominator first, and return what the exercise asks for in that case.",
    ),
    (
        "AssertionError",
        "",
        "An assert in your function failed, and that raises AssertionError. Where the exercise asks for another "
        "exception, test the condition with if, and raise that one.",
    ),
    (
        "TypeError",
        r"for \^|bitwise_xor",
        "You wrote ^, which works on the bits of whole numbers. A power is written with two stars: x**2.",
    ),
    (
        "AttributeError",
        r"before Module\.__init__\(\) call",
        "The first line of your __init__ must be super().__init__(). Without it the network cannot take in any layer.",
    ),
    (
        "TypeError",
        r"(forward|__init__)\(\) takes \d+ positional arguments? but",
        "A method was given more arguments than it has. The first one is always self: def forward(self, x).",
    ),
    (
        "ValueError|RuntimeError",
        r"truth value of an array|Boolean value of Tensor",
        "Python was asked whether a whole array is true. Either an `if`, `and` or `or` was given an array: use & and | "
        "between arrays. Or a comparison beside & or | has no parentheses around it: write (a == 1) & (b == 1).",
    ),
    (
        "TypeError",
        r"for [&|]:|bitwise_(and|or)",
        "Python was asked for & or | of values that are not true or false. They come before ==, so a comparison beside "
        "them needs parentheses: write (a == 1) & (b == 1).",
    ),
    (
        "ValueError|RuntimeError",
        r"could not be broadcast|must match the size of tensor|must match except|not aligned|size mismatch",
        "Two arrays were combined whose shapes do not fit together. Print the shape of both just before that line.",
    ),
    (
        "RuntimeError",
        r"shapes cannot be multiplied|channels, but got|expected input",
        "A layer was given an input of another shape than it was made for. Print the shape of what goes into each "
        "layer, and compare it with the numbers with which you made the layer.",
    ),
    (
        "RuntimeError|NoWayBackError",
        r"does not require grad",
        "backward() found no way back to the weights: no_grad(), detach(), item() or a new tensor cuts the graph.",
    ),
    (
        "RuntimeError",
        r"second time|modified by an inplace operation",
        "backward() needed values that are gone or were changed. Call it once for each forward pass, and do not write "
        "into tensors that it still needs.",
    ),
    (
        "TypeError",
        r"[Ss]trings must be encoded|object supporting the buffer API|a bytes-like object is required",
        "A hash is taken of bytes. Text becomes bytes by .encode(), an array by .tobytes(), any other thing by way of "
        "its text: str(…).encode().",
    ),
    (
        "TypeError",
        r"not callable",
        "Round brackets stand behind something that is not a function. Elements are taken with square brackets, a "
        "product needs a *, and a name such as sum may have been given to a variable of yours.",
    ),
    (
        "TypeError",
        r"^unsupported operand type\(s\) for .*('list'|'tuple'|'map'|'zip')",
        "Lists cannot be calculated with as a whole. Make an array of it first, np.array(…), or go through its items.",
    ),
    (
        "TypeError",
        r"'NoneType'|None",
        "Something in that line is None. Often that is what a function gives back which has no return, or which "
        "changes a list in place, such as sort() and append().",
    ),
    (
        "TypeError",
        r"'str'|\bstr\b|dtype\('<U|ufunc .* did not contain a loop",
        "Text and numbers were mixed in that line. Labels can be text: compare them with == only, do not calculate.",
    ),
    (
        "TypeError",
        r"scalar|length-1 arrays|0-dimensional",
        "A function that works on one number was given a whole array. NumPy has one for arrays: np.sqrt, np.log and "
        "so on; and a position must be one whole number.",
    ),
    (
        "TypeError",
        r"indices must be|object is not subscriptable|cannot be interpreted as an integer|slice indices",
        "A position in square brackets, or a number of rounds, must be a whole number: use // for division, or int(…). "
        "And a list takes one position at a time, rows[i][j]; an array takes table[i, j].",
    ),
    (
        "TypeError",
        r"unexpected keyword argument|required positional argument|positional arguments? but",
        "A function was called with other arguments than it takes. Look at its signature: help(name) prints it.",
    ),
    (
        "TypeError",
        r"can't convert .* tensor|must be Tensor|only support|expected (Tensor|np\.ndarray)|requires_grad|numpy\(\)",
        "NumPy arrays and tensors were mixed. Stay with one of them: torch functions for tensors, np functions for "
        "arrays.",
    ),
    (
        "ValueError",
        r"convert float NaN|cannot convert",
        "A NaN was to become a whole number. It usually comes from 0/0: find out where, before you convert.",
    ),
    (
        "ValueError",
        r"invalid literal|could not convert string",
        "Text was to become a number. Labels can be text: compare them, do not convert them.",
    ),
    (
        "ValueError",
        r"math domain error",
        "math.log or math.sqrt was given a number for which it has no answer, such as the logarithm of 0 or the root "
        "of a negative number. Where does that number come from?",
    ),
    (
        "TypeError",
        r"unhashable",
        "Lists and arrays can be neither in a set nor the key of a dict. Make a tuple of each: tuple(row).",
    ),
    (
        "ValueError",
        r"unpack",
        "Another number of names stands left of the = than there are values on the right, in an assignment or in the "
        "head of a for.",
    ),
    (
        "ValueError|IndexError",
        r"empty (sequence|slice)|zero-size|arg is an empty|from an empty|iterable argument is empty",
        "You asked for the largest, smallest or first of nothing. Test first whether there is anything.",
    ),
    (
        "IndexError",
        r"too many indices",
        "You gave more positions than the array has axes. Print its shape just before that line.",
    ),
    (
        "IndexError",
        r"arrays used as indices|only integers|boolean index",
        "An array was indexed with something that is neither whole numbers nor truth values of the same length.",
    ),
    (
        "IndexError",
        "",
        "An index ran past the end of a list or an array. Positions run from 0 to length minus 1.",
    ),
    (
        "SystemExit",
        "",
        "Your function called exit(). Return the answer instead; leaving Python ends the whole notebook.",
    ),
    (
        "RecursionError",
        "",
        "Your function calls itself without end. It needs a case in which it returns without calling itself.",
    ),
    (
        "ModuleNotFoundError|ImportError",
        "",
        "A package, or a name in it, was not found. Is it spelled rightly? Every exercise can be solved with what the "
        "first cell of the lesson imports.",
    ),
)


def explained(error: Mapping[str, Any], function: str, arguments: str) -> str | None:
    """What an error says about an answer; None if nothing is known but what the error says itself.

    Parameters
    ----------
    error : mapping
        Type and message, as `observe` writes them down.
    function, arguments : str
        The name of the function that was asked for, and the names of its arguments.
    """
    name, message = error["type"], error["message"]
    if name in ("NameError", "UnboundLocalError"):
        return _unknown_name(name, message)
    if (
        name == "TypeError"
        and "argument" in message
        and re.search(rf"\b{re.escape(function)}(\.__init__)?\(\)", message)
    ):
        return f"Your function must accept these arguments, in this order: ({arguments})."
    if name == "AttributeError" and (missing := re.search(r"has no attribute '(\w+)'", message)):
        return _unknown_attribute(message, missing[1])
    if name == "KeyError":
        return f"A dict was asked for the key {message}, which it does not have. Put it in first, or use .get()."
    if name in ("TypeError", "ValueError") and message.startswith(_OWN_WORDS):
        # What our probes say of an answer is said to a learner already.
        return str(message)
    for names, pattern, meaning in _MEANINGS:
        if name in names.split("|") and re.search(pattern, message):
            return meaning
    return None


def _unknown_name(kind: str, message: str) -> str:
    found = re.search(r"'(\w+)'", message)
    name = found[1] if found else "a name"
    if kind == "UnboundLocalError":
        return (
            f"{name} is used before your function has given it a value. Is that done only in an if or a loop that did "
            "not run? Give it a first value above."
        )
    if name in _IMPORTS:
        return (
            f"{name} is not there. The first cell of the lesson has to be run, and has to hold “{_IMPORTS[name]}”; "
            "restart, and run all cells from the top."
        )
    return (
        f"{message}. There are three usual reasons: another spelling, a cell above that has not run or has stopped "
        f"with an error, or a missing import. In a class, what __init__ has stored is called self.{name}."
    )


def _unknown_attribute(message: str, attribute: str) -> str:
    if message.startswith("module"):
        return f"{message}. Is it spelled differently? Press Tab behind the dot to see what there is."
    if message.startswith("'NoneType'"):
        return (
            f"What stands before .{attribute} is None. A gradient is None until backward() has reached it, and a "
            "function without a return gives None."
        )
    if re.match(r"'(list|tuple|int|float|bool|str|range|dict)'", message):
        return f"{message}: that is a method of arrays or tensors. Make an array of it first, np.array(…)."
    return (
        f"{message}. Is it spelled differently, or is it of another kind than you think? Print type(…) of what stands "
        "before the dot. What a class uses as self.… must first be stored in __init__."
    )
