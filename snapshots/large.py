"""Large public trades: of each coin those above a threshold of its own."""

from collections.abc import Mapping
from functools import reduce
from operator import or_

from django.db.models import Q

from snapshots.models import TradeSnapshot
from snapshots.models.trade import LARGE, TradeQuerySet

NEWEST = 500


def coins_of_late() -> set[str]:
    """Coins of the newest large trades: those that are recorded, before anything is claimed about their record."""
    newest = TradeSnapshot.objects.large(LARGE).order_by("-time", "-tid")
    return set(newest.values_list("coin", flat=True)[:NEWEST])


def large_trades(least: Mapping[str, int]) -> TradeQuerySet:
    """Trades of these coins, each worth at least so many USD (never below ``LARGE``)."""
    if not least:
        return TradeSnapshot.objects.none()
    wanted = reduce(or_, (Q(coin=coin, notional__gte=worth) for coin, worth in least.items()))
    return TradeSnapshot.objects.large(LARGE).filter(wanted)
