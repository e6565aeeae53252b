"""The PnL bridge of one account between two stored standings, from everything stored between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange.wire.profile import Portfolio
from snapshots.holdings import STORED_MS
from snapshots.models import Account, CashFlow, EquitySnapshot, Fill, FundingPayment, PositionSnapshot
from snapshots.pnl.bridge import Bridge, bridge
from snapshots.pnl.executions import Pairs, executions
from snapshots.pnl.flows import EXTERNAL, Flow, flow_of
from snapshots.standings import standing_at

MOST_FILLS = 50_000
WINDOWS = ("day", "week", "month", "allTime")
"""Windows of the exchange's ``portfolio``, the finest first."""


class NoBridge(Exception):
    """Why there is none."""


@dataclass(frozen=True, slots=True)
class Bridged:
    """``bridge`` from the standing of ``start`` to that of ``end`` (Unix ms).

    ``is_part``: something of the time that was asked for is missing at its beginning or end. ``vaults`` is what
    is in vaults at the end: it stays outside, moving money there is a line.
    """

    start: int
    end: int
    bridge: Bridge
    is_part: bool
    vaults: Decimal


@dataclass(frozen=True, slots=True)
class Said:
    """What the exchange says of PnL between two of its own moments, and what the record says of the same time."""

    start: int
    end: int
    pnl: Decimal
    own: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        return None if self.own is None else self.pnl - self.own


def bridge_between(account: Account, start: int, end: int, pairs: Pairs | None = None) -> Bridged:
    """From the last equity before ``start`` (or the first after it, where the record begins there) to the last
    before ``end``, Unix ms; raises NoBridge. Ten queries at most.
    """
    first = _equity(account, start) or _within(account, start, end, "time")
    last = _within(account, start, end, "-time")
    if first is None or last is None or first.time >= last.time:
        raise NoBridge("No two equities are stored of this time.")
    standings = [
        standing_at(one, PositionSnapshot.objects.held(account.pk, one.received_at)) for one in (first, last)
    ]
    if standings[0] is None or standings[1] is None:
        raise NoBridge("The equity could not be computed then, so there is nothing to start from or to end at.")
    since, until = first.time + 1, last.time + 1
    fills = list(Fill.objects.filter(account=account).between(since, until).in_order()[: MOST_FILLS + 1])
    if len(fills) > MOST_FILLS:
        raise NoBridge(f"More than {MOST_FILLS:,} fills happened in this time: too many for one page.")
    payments = FundingPayment.objects.filter(account=account).between(since, until)
    made = bridge(
        standings[0],
        standings[1],
        executions([row.wire for row in fills], owner=account.address, pairs=pairs),
        [row.wire for row in payments],
        _flows(account, since, until),
    )
    is_part = first.time > start or end - last.time > STORED_MS
    vaults = sum((line.amount for line in last.parts if line.kind == "vault" and line.amount), Decimal(0))
    return Bridged(first.time, last.time, made, is_part, vaults)


def said_between(account: Account, portfolio: Portfolio, start: int, end: int) -> Said | None:
    """The exchange's own PnL between its samples that are nearest to ``start`` and ``end``; None without two.

    The record's PnL is of exactly the time between those samples. Three queries at most.
    """
    points = _samples(portfolio, start)
    if len(points) < 2:
        return None
    (since, before), (until, after) = (
        min(points, key=lambda point: abs(point[0] - edge)) for edge in (start, end)
    )
    if since >= until:
        return None
    first, last = _equity(account, since + 1), _equity(account, until + 1)
    own = None
    if first and last and first.equity is not None and last.equity is not None:
        moved = [flow.usd for flow in _flows(account, first.time + 1, last.time + 1) if flow.line in EXTERNAL]
        own = last.equity - first.equity - sum((usd for usd in moved if usd is not None), Decimal(0))
    return Said(since, until, after - before, own)


def _samples(portfolio: Portfolio, start: int) -> Sequence[tuple[int, Decimal]]:
    """The finest window that begins before ``start``, or else the longest."""
    windows = dict(portfolio)
    found: Sequence[tuple[int, Decimal]] = ()
    for name in WINDOWS:
        points = windows[name].pnl_history if name in windows else ()
        found = points or found
        if points and points[0][0] <= start:
            return points
    return found


def _equity(account: Account, before: int) -> EquitySnapshot | None:
    """The last one before, if it is not older than what is followed ever is."""
    rows = EquitySnapshot.objects.filter(account=account, time__lt=before, time__gte=before - STORED_MS)
    return rows.order_by("-time").first()


def _within(account: Account, start: int, end: int, order: str) -> EquitySnapshot | None:
    rows = EquitySnapshot.objects.filter(account=account, time__gte=start, time__lt=end)
    return rows.order_by(order).first()


def _flows(account: Account, since: int, until: int) -> list[Flow]:
    rows = CashFlow.objects.filter(account=account).between(since, until)
    return [flow_of(row.wire, account.address) for row in rows]
