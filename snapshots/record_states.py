"""When an account's positions and equity are written down: each minute in which they changed, at each fill, and
whole at least every 15 minutes. Only what the exchange has just said is written, so nothing stale ever is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from exchange.equity import USDC, Equity, equity_of
from exchange.wire.account import ClearinghouseState, Position, SpotState
from exchange.wire.vaults import VaultEquity

MINUTE = 60_000
WHOLE_EVERY = 14 * MINUTE
"""A minute less than promised: states come up to a minute apart."""
FRESH = 2 * MINUTE
"""Ms. Older states, balances and prices are not put beside what was just said."""

FRESH_VAULTS = 150 * MINUTE
"""Deposits in vaults are asked for each hour: they can be taken out after a day at the soonest."""

Where = tuple[str, str]
"""(dex, coin)."""


class Price(NamedTuple):
    """USD of one token, and when it was said (Unix ms; None: nobody has said it yet)."""

    usd: Decimal | None
    at: int | None


PriceAt = Callable[[str], Price | None]
"""Price of a token by its name; None if there is no market for it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A position as one state had it."""

    dex: str
    position: Position
    time: int
    received_at: int


@dataclass(frozen=True, slots=True)
class Worth:
    """Equity at one time, with the sums of the account's dexes."""

    mode: str
    equity: Equity
    time: int
    received_at: int
    states: tuple[ClearinghouseState, ...]


@dataclass(frozen=True, slots=True)
class Observed:
    """What is to be written of one account. ``is_first``: what was held before and is not here has closed."""

    address: str
    positions: list[Seen]
    worth: Worth | None
    is_first: bool
    time: int
    received_at: int


@dataclass(slots=True)
class AccountState:
    """The last said about one account; ``take`` after each of its states."""

    address: str
    mode: str = ""
    states: dict[str, tuple[ClearinghouseState, int]] = field(default_factory=dict)
    spot: tuple[SpotState, int] | None = None
    vaults: tuple[list[VaultEquity], int] | None = None
    filled_at: int = 0
    is_first: bool = True
    _written: dict[Where, Position] = field(default_factory=dict)
    _times: dict[str, int] = field(default_factory=dict)
    _at: int = 0
    _whole_at: int = 0
    _worth_at: int = 0

    def hear(self, states: list[tuple[str, ClearinghouseState]], is_all: bool, received_at: int) -> None:
        """States of some dexes, or of all that have anything."""
        if is_all:
            states = states or [("", ClearinghouseState([], received_at))]
            named = {dex for dex, _ in states}
            time = max(state.time for _, state in states)
            for dex in self.states.keys() - named:
                self.states[dex] = (ClearinghouseState([], time), received_at)
        for dex, state in states:
            if dex not in self.states or state.time >= self.states[dex][0].time:
                self.states[dex] = (state, received_at)

    def take(self, price_at: PriceAt, collateral_of: Callable[[str], str], now: int) -> Observed | None:
        """What is to be written now, if anything."""
        fresh = {dex: (state, at) for dex, (state, at) in self.states.items() if _is_fresh(state, at, now)}
        newest = max((state.time for state, _ in fresh.values()), default=0)
        if not fresh or not self._is_due(newest, now):
            return None
        is_whole = now - self._whole_at >= WHOLE_EVERY
        positions = self._changed(fresh, is_whole)
        worth = self._worth(newest, price_at, collateral_of, now) if len(fresh) == len(self.states) else None
        observed = Observed(self.address, positions, worth, self.is_first, newest, now)
        self._at, self.is_first = now, False
        self._whole_at = now if is_whole else self._whole_at
        return observed if positions or worth or observed.is_first else None

    def _is_due(self, newest: int, now: int) -> bool:
        if self.filled_at and newest >= self.filled_at:
            self.filled_at = 0
            return True
        return now - self._at >= MINUTE

    def _changed(self, fresh: dict[str, tuple[ClearinghouseState, int]], is_whole: bool) -> list[Seen]:
        """Positions that are not as they were written, and those that are gone, with a size of 0."""
        found: list[Seen] = []
        for dex, (state, at) in fresh.items():
            if state.time <= self._times.get(dex, 0):
                continue
            held = {row.position.coin: row.position for row in state.asset_positions if row.position.szi}
            for coin in [coin for (of, coin) in self._written if of == dex and coin not in held]:
                found.append(Seen(dex, Position(coin, Decimal(0)), state.time, at))
                del self._written[dex, coin]
            for coin, position in held.items():
                if is_whole or self._written.get((dex, coin)) != position:
                    found.append(Seen(dex, position, state.time, at))
                    self._written[dex, coin] = position
            self._times[dex] = state.time
        return found

    def _worth(
        self, newest: int, price_at: PriceAt, collateral_of: Callable[[str], str], now: int
    ) -> Worth | None:
        """Equity, if the mode is known and nothing that it is made of is old."""
        spot, vaults = self.spot, self.vaults
        if not (self.mode and spot and vaults) or newest <= self._worth_at:
            return None
        if now - spot[1] > FRESH or now - vaults[1] > FRESH_VAULTS:
            return None
        old: list[str] = []

        def usd(token: str) -> Decimal | None:
            price = Price(Decimal(1), now) if token == USDC else price_at(token)
            if price is not None and (price.at is None or now - price.at > FRESH):
                old.append(token)
            return price.usd if price else None

        states = [(dex, state) for dex, (state, _) in self.states.items()]
        equity = equity_of(self.mode, states, spot[0], usd, collateral_of, vaults[0])
        if old:
            return None
        self._worth_at = newest
        return Worth(self.mode, equity, newest, now, tuple(state for _, state in states))


def _is_fresh(state: ClearinghouseState, received_at: int, now: int) -> bool:
    return now - received_at <= FRESH and now - state.time <= FRESH
