"""Answers whose values pretend: they compare equal to everything, or break who reads them."""

from attacks.attack import Attack

PLAIN = "Only plain data leaves the process, made by the exact types; a class of one's own is no number."


def _returns(name: str, tries: str, value: str, before: str = "", named: str = "", stops: str = PLAIN) -> Attack:
    answer = f"{before}\ndef precision(y_true, y_pred):\n    return {value}\n"
    return Attack(name=name, tries=tries, stops=stops, named=named, answer=answer)


ATTACKS = [
    _returns(
        "equal-to-everything",
        "Returns an object with its own `__eq__`, `__sub__`, `__abs__` and `__lt__`.",
        "Same(0.123)",
        """
class Same(float):
    def __eq__(self, other): return True
    def __hash__(self): return 0
    def __lt__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __abs__(self): return 0.0
""",
        "uses a method __eq__",
    ),
    _returns(
        "converts-to-anything",
        "Returns an object whose `__float__`, `__index__` and `__array__` give another number each time.",
        "Chameleon()",
        """
class Chameleon:
    turn = 0
    def __float__(self):
        Chameleon.turn += 1
        return Chameleon.turn / 7
    def __index__(self): return 1
    def __array__(self, *args, **kwargs): return np.ones(1)
""",
        "uses a method __float__",
    ),
    _returns(
        "lying-class",
        "Returns an object that says it is a `float` (`__class__`).",
        "Lie()",
        """
class Lie:
    @property
    def __class__(self): return float
    def __eq__(self, other): return True
""",
        "uses a method __eq__",
    ),
    _returns(
        "lying-array",
        "Returns an array of a subclass that is equal to all and lists what it likes.",
        "np.zeros(3).view(Lie)",
        """
class Lie(np.ndarray):
    def __eq__(self, other): return np.bool_(True)
    def tolist(self): return 1.0
    def item(self, *args): return 1.0
""",
        "uses a method __eq__",
    ),
    _returns(
        "pickle-on-return",
        "Returns an object whose unpickling would run a command.",
        "Bomb()",
        """
import os
class Bomb:
    def __reduce__(self): return (os.system, ("touch /tmp/pickled",))
""",
        "uses a method __reduce__",
        "JSON travels, never pickles.",
    ),
    _returns(
        "endless-message",
        "Raises an exception whose text never ends, with a name of a megabyte.",
        "1 / 0",
        """
class Bad(Exception):
    def __str__(self):
        while True: pass
Bad.__name__ = Bad.__qualname__ = "B" * 1_000_000
class Raise:
    def __rtruediv__(self, other): raise Bad
""",
        "",
        "Calls have a limit of time, texts a limit of length.",
    ),
    _returns(
        "huge-answer",
        "Returns ten million numbers, to use up the grader's memory.",
        "[0.1] * 10_000_000",
        named="",
        stops="Answers are limited in values and in bytes before they are read.",
    ),
    _returns(
        "deep-answer",
        "Returns a list that is nested a hundred thousand times, and one that holds itself.",
        "deep",
        """
deep = loop = []
for _ in range(100_000):
    deep = [deep]
loop.append(loop)
""",
        "",
        "Plain data has a limit of depth, on both sides.",
    ),
    _returns(
        "special-values",
        "Returns NaN, which is unequal to everything and so passes clumsy comparisons.",
        "float('nan')",
        named="",
        stops="The judge compares NaN with NaN only.",
    ),
    _returns(
        "odd-text",
        "Returns half a character, control characters and a script, to break files, pages and the database.",
        r"'\\ud800\\x00\\x1b]0;title\\x07<script>alert(1)</script>'",
        named="",
        stops="Text from the submission is cleaned on arrival; pages escape it.",
    ),
]
