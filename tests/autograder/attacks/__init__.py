"""What hostile students hand in: one file for each family of attacks, one entry for each attack.

Every entry is a submission of the small lesson of the tests: wrong in `precision`, right in `recall` and `caught`,
empty in `precision_recall_at`. What it earns without the attack is what it may earn with it.
"""

from attacks import heavy, notebooks
from attacks.attack import Attack, read_attacks

FAMILIES: dict[str, list[Attack]] = {
    "Changing the interpreter": read_attacks("interpreter"),
    "Forging results": read_attacks("forging"),
    "Answers that are no computation": read_attacks("answers"),
    "Looking for the answer": read_attacks("peeking"),
    "Telling what the grade asks": read_attacks("telling"),
    "Reaching out of the sandbox, and using it up": read_attacks("machine"),
    "Output and messages": read_attacks("output"),
    "The files that are handed in": notebooks.ATTACKS,
    "What is heavy to read": heavy.ATTACKS,
}

ATTACKS = [attack for family in FAMILIES.values() for attack in family]
