"""The parts a Market is made of: what is known of a coin, a stream, the connection; what changed; the View."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from exchange.events import Gap
from exchange.universe import Coin, Universe
from exchange.wire.market import BestQuotes, Book, Candle, Trade

CandleKey = tuple[str, str]
"""(coin, interval)."""


class Figures(NamedTuple):
    """A coin's figures at one moment, as in ``CoinState``."""

    mark: Decimal | None
    mid: Decimal | None
    oracle: Decimal | None
    prev_day: Decimal | None
    day_volume: Decimal | None
    base_volume: Decimal | None
    open_interest: Decimal | None
    funding: Decimal | None
    premium: Decimal | None
    impact: tuple[Decimal, Decimal] | None


@dataclass(slots=True, eq=False)
class CoinState:
    """What is known of one coin; None is "not said yet" or "the exchange says there is none".

    Prices in quote currency; ``day_volume`` in USD and ``base_volume`` in coins over 24 hours;
    ``open_interest`` in coins; ``funding`` is the running hourly rate as a fraction; ``premium`` a
    fraction; ``impact`` (bid, ask). ``prices_at`` and ``context_at`` are Unix ms of receipt:
    ``prices_at`` when mark or mid were last said, ``fast_at`` when the one-second stream said them.
    """

    coin: Coin
    mark: Decimal | None = None
    mid: Decimal | None = None
    oracle: Decimal | None = None
    prev_day: Decimal | None = None
    day_volume: Decimal | None = None
    base_volume: Decimal | None = None
    open_interest: Decimal | None = None
    funding: Decimal | None = None
    premium: Decimal | None = None
    impact: tuple[Decimal, Decimal] | None = None
    prices_at: int | None = None
    context_at: int | None = None
    fast_at: int = 0

    def figures(self) -> Figures:
        """The figures alone, without times of receipt."""
        return Figures(
            self.mark,
            self.mid,
            self.oracle,
            self.prev_day,
            self.day_volume,
            self.base_volume,
            self.open_interest,
            self.funding,
            self.premium,
            self.impact,
        )


@dataclass(slots=True)
class StreamInfo:
    """How one stream is doing: ``live``, ``stale`` or ``fallback``; ``last_received`` in Unix ms."""

    state: str = "live"
    last_received: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """Whether data comes in, since when (Unix ms, None: never yet) and, if not, why not."""

    connected: bool = False
    since: int | None = None
    reason: str = "not connected yet"


@dataclass(slots=True)
class Dirty:
    """What changed since the last look. ``books`` holds coins whose book or best quotes changed."""

    coins: set[str] = field(default_factory=set)
    books: set[str] = field(default_factory=set)
    trades: dict[str, list[Trade]] = field(default_factory=dict)
    candles: set[CandleKey] = field(default_factory=set)
    streams: bool = False
    universe: bool = False

    def __bool__(self) -> bool:
        return bool(self.coins or self.books or self.trades or self.candles or self.streams or self.universe)


@dataclass(frozen=True)
class View:
    """A frozen copy of a Market. Two are equal if they say the same of the market, whatever befell the wire."""

    universe: Universe
    coins: Mapping[str, Figures]
    books: Mapping[str, Book]
    quotes: Mapping[str, BestQuotes]
    trades: Mapping[str, tuple[Trade, ...]]
    candles: Mapping[CandleKey, tuple[Candle, ...]]
    streams: Mapping[str, str] = field(compare=False)
    connection: Connection = field(compare=False)
    gaps: tuple[Gap, ...] = field(compare=False)
