"""Accounts: what an address holds and everything that ever happened to it."""

from collections import deque
from collections.abc import MutableSequence
from dataclasses import dataclass, field
from typing import Any

from exchange.simulator.orders import Order, Twap
from exchange.simulator.positions import Position

Json = dict[str, Any]
USDC = 0
Effect = tuple[int, str, int, int, int]
"""(time, coin, units gained, micro-dollars gained, micro-dollars of new money) of one thing that happened."""


@dataclass(slots=True)
class Balance:
    """A spot balance: ``total`` in 10**-8 tokens, ``cost`` in 10**-8 dollars."""

    total: int = 0
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Rates:
    """Fees in millionths of the traded notional; below zero it is a rebate."""

    taker: int = 450
    maker: int = 150
    spot_taker: int = 700
    spot_maker: int = 400


class Account:
    """One address. ``cash`` is the settled perp money per dex (what ``totalRawUsd`` counts, cross part)."""

    def __init__(
        self, address: str, *, mode: str = "default", role: str = "user", kept: int | None = None
    ) -> None:
        self.address = address
        self.mode = mode
        self.role = role
        self.master: str | None = None
        self.rates = Rates()
        self.cash: dict[str, int] = {}
        self.positions: dict[str, Position] = {}
        self.isolated: set[str] = set()
        self.leverage: dict[str, int] = {}
        self.spot: dict[int, Balance] = {}
        self.orders: dict[int, Order] = {}
        self.twaps: dict[int, Twap] = {}
        self.fills: MutableSequence[Json] = rows(kept)
        self.slices: MutableSequence[Json] = rows(kept)
        self.fundings: MutableSequence[Json] = rows(kept)
        self.ledger: list[Json] = []
        self.order_log: deque[Json] = deque(maxlen=2500)
        self.twap_log: list[Json] = []
        self.volume: dict[int, list[int]] = {}
        self.moves: list[tuple[int, int, int]] = []
        """(time, money in for the account, money in for its perp side), micro-dollars."""
        self.perp_effects: MutableSequence[Effect] = rows(kept and 0)
        self.spot_effects: MutableSequence[Effect] = rows(kept and 0)
        self.gifts: list[tuple[int, int, int, int]] = []
        """(time, token, 10**-8 tokens, their worth then in micro-dollars)."""

    @property
    def pooled(self) -> bool:
        """Money lives in the spot state only (API.md section 8)."""
        return self.mode in ("unifiedAccount", "portfolioMargin")

    def balance(self, token: int) -> Balance:
        return self.spot.setdefault(token, Balance())

    def position(self, coin: str, leverage: int) -> Position:
        if coin not in self.positions:
            self.positions[coin] = Position(coin, self.leverage.get(coin, leverage), coin in self.isolated)
        return self.positions[coin]

    def held(self, dex: str) -> list[Position]:
        """Open positions on one dex."""
        return [p for p in self.positions.values() if p.size and dex_of(p.coin) == dex]


def rows(kept: int | None) -> MutableSequence[Any]:
    """A list, or for the crowd only the newest ``kept``."""
    return [] if kept is None else deque(maxlen=kept)


def dex_of(coin: str) -> str:
    """``xyz`` of ``xyz:TSLA``; "" of a coin of the first dex."""
    return coin.partition(":")[0] if ":" in coin else ""


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything that ever happened to an account, beyond what the API still shows. Oldest first."""

    fills: list[Json] = field(default_factory=list)
    slices: list[Json] = field(default_factory=list)
    fundings: list[Json] = field(default_factory=list)
    ledger: list[Json] = field(default_factory=list)
    positions: dict[str, str] = field(default_factory=dict)
