"""What the exchange says about accounts on its way into the record: rows, snapshots, and what is complete."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction

from exchange import account_events as said
from exchange.events import Event, Gap
from exchange.wire.account import Position
from snapshots import coverage, days
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
from snapshots.record_prices import Prices
from snapshots.record_states import AccountState, Observed, Seen, Worth
from snapshots.record_trades import Guard
from snapshots.store import store


@dataclass(slots=True)
class AccountBatch:
    """What one write takes: events with rows, what they prove or deny, and observed states."""

    events: list[Any] = field(default_factory=list)
    claims: list[said.Covered | Gap] = field(default_factory=list)
    observed: list[Observed] = field(default_factory=list)

    def write(self, guard: Guard, now: int) -> int:
        """One transaction; how many rows were new."""
        names = {event.user.lower() for event in self.events} | {one.address for one in self.observed}
        with transaction.atomic():
            keys = {address: one.pk for address, one in Account.objects.known(sorted(names), now).items()}
            new = sum(len(store(rows)) for rows in self._rows(keys))
            for claim in self.claims:
                if isinstance(claim, said.Covered):
                    coverage.cover(claim.stream, claim.start, claim.end, now)
                else:
                    coverage.gap(claim.stream, claim.start, claim.end + 1, claim.reason, now)
            guard()
        days.refresh_marked(keys.values())
        return new

    def parts(self) -> "Iterator[AccountBatch]":
        """Each event and each observed state alone, claiming nothing."""
        yield from (AccountBatch(events=[event]) for event in self.events)
        yield from (AccountBatch(observed=[one]) for one in self.observed)

    def deny(self, guard: Guard, reason: str, now: int) -> None:
        """Some rows cannot be stored, so nothing that they would prove is proved."""
        with transaction.atomic():
            for claim in self.claims:
                why = claim.reason if isinstance(claim, Gap) else reason
                coverage.gap(claim.stream, claim.start, claim.end + 1, why, now)
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
        positions = [row for one in self.observed for row in _positions(keys[one.address], one)]
        worths = [_equity(keys[one.address], one.worth) for one in self.observed if one.worth]
        return fills, payments, flows, orders, positions, worths


def _positions(key: int, observed: Observed) -> list[PositionSnapshot]:
    seen = list(observed.positions)
    if observed.is_first:  # what was held when the record last stopped, and is not held now
        now = {(one.dex, one.position.coin) for one in seen}
        for row in PositionSnapshot.objects.held(key):
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


HISTORIES = (said.UserFills, said.TwapSlices, said.UserFundings, said.LedgerUpdates, said.HistoricalOrders)
STREAMS = ("fills:", "twaps:", "fundings:", "ledger:", "orders:")


class AccountTaker:
    """Takes events and hands out batches. Past ``most`` waiting snapshots new ones are dropped and counted.

    Histories are never dropped: the exchange tells some of them once.
    """

    def __init__(self, prices: Prices, most: int) -> None:
        self.prices, self.most, self.dropped = prices, most, 0
        self._states: dict[str, AccountState] = {}
        self._batch = AccountBatch()

    @property
    def waiting(self) -> int:
        """Observations and histories that were taken and not cut yet."""
        return len(self._batch.observed) + len(self._batch.events)

    def take(self, event: Event) -> None:
        """One event about an account; others are passed over."""
        match event:
            case said.AccountStates():
                self._observe(event)
            case said.SpotState():
                self._of(event.user).spot = (event.state, event.received_at)
            case said.VaultDeposits():
                self._of(event.user).vaults = (event.equities, event.received_at)
            case said.AccountMode():
                self._of(event.user).mode = event.mode
            case said.Following(how="ended"):
                self._states.pop(event.user.lower(), None)
            case said.UserFills() | said.TwapSlices() if not event.is_snapshot:
                self._filled(event)
            case said.Covered():
                self._batch.claims.append(event)
            case Gap() if event.stream.startswith(STREAMS):
                self._batch.claims.append(event)
        if isinstance(event, HISTORIES):
            self._batch.events.append(event)

    def coins(self, most: int) -> list[str]:
        """Coins in which any account has a position; if there are more than ``most``, those of most accounts."""
        states = (state for one in self._states.values() for state, _ in one.states.values())
        held = (row.position for state in states for row in state.asset_positions if row.position.szi)
        count = Counter(position.coin for position in held)
        return sorted(count, key=lambda coin: (-count[coin], coin))[:most]

    def cut(self) -> AccountBatch:
        """Everything taken since the last call."""
        batch, self._batch = self._batch, AccountBatch()
        return batch

    def _of(self, user: str) -> AccountState:
        return self._states.setdefault(user.lower(), AccountState(user.lower()))

    def _filled(self, event: said.UserFills | said.TwapSlices) -> None:
        rows = event.fills if isinstance(event, said.UserFills) else [one.fill for one in event.slices]
        if rows:
            state = self._of(event.user)
            state.filled_at = max(state.filled_at, *(fill.time for fill in rows))

    def _observe(self, event: said.AccountStates) -> None:
        state = self._of(event.user)
        state.hear(event.states, event.is_all, event.received_at)
        observed = state.take(self.prices.of, self.prices.collateral_of, event.received_at)
        if observed is None:
            return
        if len(self._batch.observed) >= self.most:
            self.dropped += len(observed.positions) + bool(observed.worth)
            self._states.pop(state.address, None)  # begins anew, with everything that is held
            return
        self._batch.observed.append(observed)
