"""Quarantine: subscriptions that may have killed a socket wait, longer each time, while the others go on."""

from collections import Counter
from collections.abc import Iterable

from exchange.subscriptions import Subscription

WAITS = (5.0, 60.0, 600.0, 3600.0)
"""Seconds after the first, second, ... death of a socket that a subscription was suspected of."""
APART = 2.5
"""Suspects come back so many seconds apart, so that the next death names the right one."""


class Quarantine:
    """Times are seconds of the feed's monotonic clock."""

    def __init__(self) -> None:
        self._strikes: Counter[Subscription] = Counter()
        self._until: dict[Subscription, float] = {}

    def suspect(self, subscriptions: Iterable[Subscription], now: float) -> None:
        """One of these may have killed a socket."""
        for place, subscription in enumerate(subscriptions):
            self._strikes[subscription] += 1
            wait = WAITS[min(self._strikes[subscription], len(WAITS)) - 1]
            self._until[subscription] = now + wait + place * APART

    def clear(self, subscription: Subscription) -> None:
        """It spoke: it is innocent."""
        self._strikes.pop(subscription, None)
        self._until.pop(subscription, None)

    def held(self, now: float) -> set[Subscription]:
        """Those that wait."""
        return {subscription for subscription, until in self._until.items() if until > now}

    @property
    def strikes(self) -> dict[Subscription, int]:
        """How often each subscription has been suspected since it last spoke."""
        return dict(self._strikes)
