"""What it takes to follow one account, of the limits of this IP address (API.md sections 2 and 13).

A streamed account takes one of the few slots for users and no weight. One without a slot is polled: its
margin, positions and balances each minute, its orders and new fills, which cost ten times as much, each ten.
"""

from dataclasses import dataclass

from exchange import weights

SUBSCRIPTIONS = ("allDexsClearinghouseState", "spotState", "userFills", "openOrders")
"""What is subscribed to for an account with a slot."""

POLLS = {
    "clearinghouseState": 60.0,
    "spotClearinghouseState": 60.0,
    "frontendOpenOrders": 600.0,
    "userFillsByTime": 600.0,
}
"""Seconds between two askings about an account without a slot."""

FIRST_ASKED = ("userRole", "userAbstraction")
FILL_PAGES = 5
"""Once, when an account is added: who it is, and at most so many full pages of fills."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Slots for streamed accounts: ``used`` of ``most``; may be more when the limit was lowered."""

    used: int
    most: int

    @property
    def free(self) -> int:
        return max(0, self.most - self.used)


def weight_a_minute() -> float:
    """REST weight that a polled account costs each minute, if nothing much happens on it."""
    return sum(weights.base(kind) * 60.0 / every for kind, every in POLLS.items())


def weight_at_first() -> int:
    """The most that an account costs once, when it is added."""
    return sum(map(weights.base, FIRST_ASKED)) + FILL_PAGES * weights.worst("userFillsByTime")
