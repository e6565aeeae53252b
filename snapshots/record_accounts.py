"""What the exchange says about accounts on its way into the record: rows, snapshots, and what is complete."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction

from exchange import account_events as said
from exchange.events import Gap
from exchange.wire.account import Position
from snapshots import coverage
from snapshots.coverage import COVERED, GAP, Span
from snapshots.models import (
    Account,
    CashFlow,
    ClosedOrder,
    EquitySnapshot,
    Fill,
    FundingPayment,
    PositionSnapshot,
)
from snapshots.models.equity_line import written
from snapshots.models.order import STILL_OPEN
from snapshots.record_lost import Claim
from snapshots.record_states import Observed, Seen, Worth
from snapshots.record_trades import Guard
from snapshots.store import store


@dataclass(slots=True)
class AccountBatch:
    """What one write takes: events with rows, what they prove or deny, and observed states."""

    events: list[Any] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    observed: list[Observed] = field(default_factory=list)

    def write(self, guard: Guard, now: int) -> int:
        """One transaction; how many rows were new."""
        names = {event.user.lower() for event in self.events} | {one.address for one in self.observed}
        with transaction.atomic():
            keys = {address: one.pk for address, one in Account.objects.known(sorted(names), now).items()}
            new = sum(len(store(rows)) for rows in self._rows(keys))
            coverage.write([(claim.stream, _span(claim)) for claim in self.claims], now)
            guard()
        return new

    def parts(self) -> "Iterator[AccountBatch]":
        """Each event and each observed state alone, claiming nothing."""
        yield from (AccountBatch(events=[event]) for event in self.events)
        yield from (AccountBatch(observed=[one]) for one in self.observed)

    def deny(self, guard: Guard, reason: str, now: int) -> None:
        """Some rows cannot be stored, so nothing that they would prove is proved."""
        with transaction.atomic():
            coverage.write([(claim.stream, _denied(claim, reason)) for claim in self.claims], now)
            guard()

    def _rows(self, keys: dict[str, int]) -> Iterable[list]:
        fills, payments, flows, orders = [], [], [], []
        for event in self.events:
            key, at = keys[event.user.lower()], event.received_at
            match event:
                case said.UserFills():
                    fills += [Fill.of_wire(key, fill, at) for fill in event.fills]
                case said.TwapSlices():
                    fills += [Fill.of_wire(key, one.fill, at, one.twap_id) for one in event.slices]
                case said.UserFundings():
                    payments += [FundingPayment.of_wire(key, one, at) for one in event.fundings]
                case said.LedgerUpdates():
                    flows += [CashFlow.of_wire(key, one, at) for one in event.updates]
                case said.HistoricalOrders():
                    closed = (one for one in event.orders if one.status not in STILL_OPEN)
                    orders += [ClosedOrder.of_wire(key, one, at) for one in closed]
        begins = {keys[one.address] for one in self.observed if one.is_first}
        held = PositionSnapshot.objects.held_by(begins)
        positions = [
            row
            for key, one in ((keys[one.address], one) for one in self.observed)
            for row in _positions(key, one, held.get(key, []))
        ]
        worths = [_equity(keys[one.address], one.worth) for one in self.observed if one.worth]
        return fills, payments, flows, orders, positions, worths


def _span(claim: Claim) -> Span:
    """What it says of its stream; the end of a gap belongs to it."""
    if isinstance(claim, Gap):
        return Span(claim.start, claim.end + 1, GAP, claim.reason)
    return Span(claim.start, claim.end, COVERED)


def _denied(claim: Claim, reason: str) -> Span:
    return Span(claim.start, claim.end + 1, GAP, claim.reason if isinstance(claim, Gap) else reason)


def _positions(key: int, observed: Observed, held: list[PositionSnapshot]) -> list[PositionSnapshot]:
    seen = list(observed.positions)
    if observed.is_first:  # what was held when the record last stopped, and is not held now
        now = {(one.dex, one.position.coin) for one in seen}
        for row in held:
            if (row.dex, row.coin) not in now and row.time < observed.time:
                closed = Position(row.coin, Decimal(0))
                seen.append(Seen(row.dex, closed, observed.time, observed.received_at))
    return [PositionSnapshot.of_wire(key, one.dex, one.position, one.time, one.received_at) for one in seen]


def _equity(key: int, worth: Worth) -> EquitySnapshot:
    equity, states = worth.equity, worth.states
    summaries = [state.margin_summary for state in states if state.margin_summary]
    positions = [row.position for state in states for row in state.asset_positions]
    return EquitySnapshot(
        account_id=key,
        time=worth.time,
        received_at=worth.received_at,
        mode=worth.mode[:32],
        equity=equity.total,
        reason=equity.reason[:200],
        is_estimate=equity.is_estimate,
        lines=[written(line) for line in equity.lines],
        unrealized_pnl=_sum(one.unrealized_pnl for one in positions),
        margin_used=_sum(one.total_margin_used for one in summaries),
        notional=_sum(one.total_ntl_pos for one in summaries),
        maintenance_margin=_sum(state.cross_maintenance_margin_used for state in states),
        withdrawable=_sum(state.withdrawable for state in states),
    )


def _sum(amounts: Iterable[Decimal | None]) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), Decimal(0))
