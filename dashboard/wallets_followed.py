"""Whom the account tracker follows: addresses in wallets or alerts, first those that browsers look at."""

import asyncio
import logging
from collections.abc import Callable, Set
from typing import Any

from django.db import Error, connection

from accounts.models import Wallet
from exchange.clock import Clock
from exchange.demand import Demand
from exchange.tracker import AccountTracker

log = logging.getLogger(__name__)

EVERY = 1.0


async def keep_following(
    tracker: AccountTracker, demand: Demand, clock: Clock, alerted: Callable[[], Set[str]] = frozenset
) -> None:
    """Tell the tracker once a second, until cancelled; without a database it goes on with whom it knows.

    ``alerted`` says which addresses alerts are about: an alert may outlive its wallet.
    """
    failing = False
    while True:
        try:
            roles = await asyncio.to_thread(_roles)
            tracker.follow(dict.fromkeys(alerted(), "") | roles)
        except Error as error:
            if not failing:
                log.warning("cannot read whose wallets to follow: %s", error)
            failing = True
        else:
            failing = False
        tracker.look_at({topic.address for topic in demand.wanted() if topic.address})
        await clock.sleep(EVERY)


def _roles() -> dict[str, Any]:
    """Each address with its role; the connection goes back to the pool."""
    try:
        return Wallet.objects.roles()
    finally:
        connection.close()
