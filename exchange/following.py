"""What it takes to follow one account, of the limits of this IP address (API.md sections 2 and 13).

A streamed account takes one of the few slots for users and no weight but for what is compared now and then.
One without a slot is polled: what it holds each minute, its orders and what happened, which cost ten times as
much, more seldom; its fills also as soon as what it holds is not what it was.
"""

from dataclasses import dataclass

from exchange import weights

SUBSCRIPTIONS = (
    "allDexsClearinghouseState",
    "spotState",
    "openOrders",
    "userFills",
    "userTwapSliceFills",
    "userFundings",
    "userNonFundingLedgerUpdates",
    "userHistoricalOrders",
)
"""What is subscribed to for an account with a slot; the first one tells whether the exchange grants the slot."""

HOUR = 3600.0

POLLS = {
    "clearinghouseState": 60.0,
    "spotClearinghouseState": 60.0,
    "frontendOpenOrders": 600.0,
    "userFillsByTime": 600.0,
    "userAbstraction": 2 * HOUR,
    "userTwapSliceFillsByTime": HOUR,
    "userFunding": HOUR,
    "userNonFundingLedgerUpdates": HOUR,
    "userVaultEquities": HOUR,
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
    """REST weight that a polled account on one dex costs each minute, if nothing much happens on it."""
    return sum(weights.base(kind) * 60.0 / every for kind, every in POLLS.items())


def weight_at_first() -> int:
    """The most that an account costs once, when it is added."""
    return sum(map(weights.base, FIRST_ASKED)) + FILL_PAGES * weights.worst("userFillsByTime")
