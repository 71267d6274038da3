"""Data for the lessons, generated from seeded recipes: nothing is downloaded and nobody's mail is in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Mailbox(NamedTuple):
    """E-mails and their labels.

    Attributes
    ----------
    texts : list of str
        One e-mail each.
    labels : numpy.ndarray of shape (n,), int64
        1 for spam, 0 for not spam.
    """

    texts: list[str]
    labels: NDArray[np.int64]


# A slot such as {day} is filled with one of these words.
SLOTS: dict[str, tuple[str, ...]] = {
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
    "month": ("January", "March", "May", "July", "September", "November"),
    "paper": ("report", "invoice", "contract", "budget", "timetable", "agenda"),
    "event": ("meeting", "lunch", "concert", "workshop", "match", "birthday"),
    "goods": ("phone", "watch", "holiday", "gift card", "laptop", "ticket"),
}

# What anybody writes, spam or not.
COMMON = (
    "Please answer before {day}.",
    "Thank you for your time.",
    "You find all details below.",
    "Your {paper} for {month} is attached.",
    "Let me know if {day} suits you.",
    "This message is about your account.",
    "Please read the attached {paper}.",
    "We wrote to you in {month}.",
    "Have a good week.",
    "Please confirm your address.",
)

# What people and shops write. Shops have offers, too, so no single word gives spam away.
GENUINE = (
    "The {event} is moved to {day}.",
    "Can you send me the {paper} by {day}?",
    "Are you free for the {event} on {day}?",
    "The team has read your {paper} and likes it.",
    "Your order of a {goods} has left our shop.",
    "Members get a free {goods} with their order until {day}.",
    "Here is our offer for the {event}, as we discussed.",
    "Your password was changed on {day}.",
    "Grandma sends her love and asks about the {event}.",
    "I have booked the {goods} for the {event}.",
)

# What spam wants.
BAIT = (
    "You have won a free {goods}, claim it by {day}.",
    "Click here to claim your {goods}.",
    "Confirm your password or your account will be closed.",
    "A secret offer for you alone: the {goods} at half price.",
    "Your payment is waiting, send us your bank details.",
    "Earn money from home, no work at all.",
    "Act now, this offer ends on {day}.",
    "Your order could not be paid, click here to pay again.",
)


def mailbox(n: int = 2000, spam_rate: float = 0.05, seed: int = 0) -> Mailbox:
    """A generated mailbox in which few e-mails are spam.

    Every e-mail has three to six sentences. Half of them, on average, are what anybody writes (`COMMON`). The others
    come from `GENUINE` in real mail, or in one case of fifty from `BAIT`, as when a friend quotes spam; in spam three
    of four come from `BAIT`, and the fourth is camouflage from `GENUINE`. The two kinds share most of their words, and
    some spam holds no bait at all, so a classifier that learns from words is good but not perfect.

    Parameters
    ----------
    n : int
        How many e-mails.
    spam_rate : float
        Share of spam. The mailbox holds exactly ``round(n * spam_rate)`` spam messages, in random places.
    seed : int
        The same seed gives the same mailbox.

    Returns
    -------
    Mailbox
        `n` texts and `n` labels.

    Raises
    ------
    ValueError
        If `n` is negative or `spam_rate` lies outside 0 to 1.

    Examples
    --------
    >>> mail = mailbox(n=200, spam_rate=0.05)
    >>> len(mail.texts), int(mail.labels.sum())
    (200, 10)
    """
    if n < 0:
        raise ValueError(f"n must not be negative, got {n}")
    if not 0 <= spam_rate <= 1:
        raise ValueError(f"spam_rate must lie between 0 and 1, got {spam_rate}")
    rng = np.random.default_rng(seed)
    labels = np.zeros(n, dtype=np.int64)
    labels[: round(n * spam_rate)] = 1
    labels = rng.permutation(labels)
    return Mailbox([_message(rng, spam=bool(label)) for label in labels], labels)


def _message(rng: np.random.Generator, *, spam: bool) -> str:
    bait_rate = 0.75 if spam else 0.02
    sentences = []
    for _ in range(rng.integers(3, 7)):
        source: Sequence[str] = COMMON
        if rng.random() < 0.5:
            source = BAIT if rng.random() < bait_rate else GENUINE
        sentences.append(_fill(rng, _pick(rng, source)))
    return " ".join(sentences)


def _fill(rng: np.random.Generator, sentence: str) -> str:
    return sentence.format(**{slot: _pick(rng, words) for slot, words in SLOTS.items()})


def _pick(rng: np.random.Generator, options: Sequence[str]) -> str:
    return options[int(rng.integers(len(options)))]
