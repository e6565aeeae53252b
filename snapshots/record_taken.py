"""What the exchange says about accounts, taken at once and handed out in batches, within bounds."""

from collections import Counter
from itertools import chain
from typing import Any

from exchange import account_events as said
from exchange.events import Event, Gap
from snapshots.record_accounts import AccountBatch
from snapshots.record_lost import STREAMS, Claim, Lost, times_of
from snapshots.record_prices import Prices
from snapshots.record_states import AccountState
from snapshots.record_trades import NO_ROOM


class AccountTaker:
    """Takes events and hands out batches. Past ``most`` waiting snapshots, or ``most_rows`` of histories, new ones
    are dropped and counted. A row that is lost is a gap of its stream, whatever is claimed of it.
    """

    def __init__(self, prices: Prices, most: int, most_rows: int) -> None:
        self.prices, self.most, self.most_rows, self.dropped = prices, most, most_rows, 0
        self._states: dict[str, AccountState] = {}
        self._lost = Lost()
        self._begin()

    def _begin(self) -> None:
        self._batch, self._rows = AccountBatch(), 0
        self._claims: dict[str, list[Claim]] = {}

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
                self._lost.forget(event.user.lower())
            case said.UserFills() | said.TwapSlices() if not event.is_snapshot:
                self._filled(event)
            case said.Covered():
                self._claim(event)
            case Gap() if event.stream.startswith(tuple(STREAMS.values())):
                self._claim(event)
        if type(event) in STREAMS:
            self._keep(event)

    def _claim(self, claim: Claim) -> None:
        """One that goes on where the last of its stream ends makes that longer: an outage may last for days."""
        claims = self._claims.setdefault(claim.stream, [])
        for new in self._lost.proved(claim):
            last = claims[-1] if claims else None
            if (
                isinstance(last, said.Covered)
                and isinstance(new, said.Covered)
                and last.start <= new.start <= last.end
            ):
                claims[-1] = said.Covered(new.received_at, new.stream, last.start, max(last.end, new.end))
            else:
                claims.append(new)

    def _keep(self, event: Any) -> None:
        rows = len(times_of(event))
        if not rows or self._rows + rows <= self.most_rows:
            self._batch.events.append(event)
            self._rows += rows
            return
        self.dropped += rows
        self._lost.add(event, NO_ROOM)

    def refused(self, event: Any, reason: str) -> None:
        """The database takes some row of this event never."""
        if times_of(event):
            self._lost.add(event, reason)

    def coins(self, most: int) -> list[str]:
        """Coins in which any account has a position; if there are more than ``most``, those of most accounts."""
        states = (state for one in self._states.values() for state, _ in one.states.values())
        held = (row.position for state in states for row in state.asset_positions if row.position.szi)
        count = Counter(position.coin for position in held)
        return sorted(count, key=lambda coin: (-count[coin], coin))[:most]

    def is_heard(self, address: str) -> bool:
        """Whether all was told that the account's equity is made of."""
        state = self._states.get(address.lower())
        return state is not None and bool(state.mode and state.states) and None not in (state.spot, state.vaults)

    def cut(self) -> AccountBatch:
        """Everything taken since the last call."""
        batch = self._batch
        batch.claims = [*chain.from_iterable(self._claims.values()), *self._lost.cut()]
        self._begin()
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
