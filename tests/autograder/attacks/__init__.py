"""What hostile students hand in: one file for each family of attacks, one entry for each attack.

Every entry is a submission of the small lesson of the tests: wrong in `precision`, right in `recall` and `caught`,
empty in `precision_recall_at`. What it earns without the attack is what it may earn with it.
"""

from attacks import answers, forging, interpreter, machine, notebooks, output, peeking
from attacks.attack import Attack

FAMILIES: dict[str, list[Attack]] = {
    "Changing the interpreter": interpreter.ATTACKS,
    "Forging results": forging.ATTACKS,
    "Answers that are no computation": answers.ATTACKS,
    "Looking for the answer": peeking.ATTACKS,
    "Reaching out of the sandbox, and using it up": machine.ATTACKS,
    "Output and messages": output.ATTACKS,
    "The files that are handed in": notebooks.ATTACKS,
}

ATTACKS = [attack for family in FAMILIES.values() for attack in family]
