"""The histories of an account that can be read back, and how far back the exchange keeps each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from exchange.info import InfoClient
from snapshots.models import CashFlow, ClosedOrder, Fill, FundingPayment
from snapshots.models.history import History
from snapshots.models.order import STILL_OPEN

HOUR = 3_600_000
NEVER = 10**18


@dataclass(frozen=True, slots=True)
class Stream:
    """``read`` yields what the exchange has from a time on, oldest first; ``row`` makes a row of one.

    From ``cut_at`` rows on the exchange may have kept older ones back: it says 10,000 for fills, and a
    tenth less is taken. A millisecond with ``page`` rows may have more. ``every``: ms between two readings
    when nothing calls for one.
    """

    read: Callable[[InfoClient, str, int], Iterator[Any]]
    row: Callable[[int, Any, int], History]
    page: int
    cut_at: int = NEVER
    every: int = 6 * HOUR
    is_ranged: bool = True
    keeps: Callable[[Any], bool] = lambda _row: True


def _orders(info: InfoClient, user: str, since: int) -> Iterator[Any]:
    """By the time of their last word; there is no asking for a range."""
    return iter(sorted(info.historical_orders(user), key=lambda one: one.status_timestamp))


STREAMS: dict[str, Stream] = {
    "fills": Stream(
        read=lambda info, user, since: info.user_fills_by_time(user, since),
        row=Fill.of_wire,
        page=2000,
        cut_at=9_000,
    ),
    "twaps": Stream(
        read=lambda info, user, since: info.user_twap_slice_fills_by_time(user, since),
        row=lambda account, one, at: Fill.of_wire(account, one.fill, at, one.twap_id),
        page=2000,
        cut_at=9_000,
    ),
    "fundings": Stream(
        read=lambda info, user, since: (one.payment for one in info.user_funding(user, since)),
        row=FundingPayment.of_wire,
        page=500,
    ),
    "ledger": Stream(
        read=lambda info, user, since: info.ledger_updates(user, since), row=CashFlow.of_wire, page=500
    ),
    "orders": Stream(
        read=_orders,
        row=ClosedOrder.of_wire,
        page=NEVER,
        cut_at=1_900,
        every=HOUR,
        is_ranged=False,
        keeps=lambda row: row.status not in STILL_OPEN,
    ),
}
"""In the order in which they are read."""
