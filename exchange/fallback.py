"""Polls: what REST can say in a stream's place, and what it can fill in afterwards (API.md section 6).

Methods block and raise the errors of ``exchange.errors``; they are called in threads. All of it is
background work to the budget: pages that people wait for go first.
"""

from exchange.budget import Priority
from exchange.clock import Clock
from exchange.events import BookChanged, CandleChanged, DexContexts, Event, Mids, SpotContexts, Traded
from exchange.info import INTERVAL_MS, InfoClient
from exchange.market_tape import BARS_KEPT
from exchange.universe import Universe
from exchange.ways import live_dexes
from exchange.wire.market import Candle

FEATURE = "feed"


class Polls:
    """The REST side of the feed. The exchange's time is taken to be the clock's."""

    def __init__(self, info: InfoClient, clock: Clock) -> None:
        self._info = info.on_behalf_of(FEATURE, Priority.BACKGROUND)
        self._urgent = info.on_behalf_of(FEATURE, Priority.INTERACTIVE)
        self._clock = clock

    def universe(self) -> Universe:
        """A fresh reading of all names: without it there is no feed, so it goes first."""
        return self._urgent.universe()

    def poll(self, stream: str, universe: Universe) -> list[Event]:
        """What the stream would have said, as its own events."""
        kind, _, rest = stream.partition(":")
        match kind:
            case "prices":
                mids = [(dex, self._info.all_mids(dex)) for dex in live_dexes(universe)]
                return [Mids(self._now(), dex, prices) for dex, prices in mids]
            case "contexts":
                contexts = [(dex, self._info.meta_and_contexts(dex).contexts) for dex in live_dexes(universe)]
                return [DexContexts(self._now(), contexts)]
            case "spot":
                return [SpotContexts(self._now(), self._info.spot_meta_and_contexts().contexts)]
            case "book":
                book = self._info.l2_book(rest)
                return [BookChanged(self._now(), book)] if book else []
            case "trades":
                trades = self._info.recent_trades(rest)[::-1]  # newest first, also within one block
                return [Traded(self._now(), rest, trades)] if trades else []
            case "candle":
                coin, _, interval = rest.rpartition(":")
                return self.bars(coin, interval, 2)
        raise ValueError(f"{stream} cannot be polled")

    def bars(self, coin: str, interval: str, count: int = BARS_KEPT) -> list[Event]:
        """The newest bars, the running one included."""
        now = self._clock.now_ms()
        start = now - (count - 1) * INTERVAL_MS[interval]
        bars = list(self._info.candles(coin, interval, start, now))[-count:]
        return [CandleChanged(self._now(), bar) for bar in bars]

    def minutes(self, coin: str, start: int, end: int) -> list[Candle]:
        """One-minute bars that began and ended within the interval."""
        return [bar for bar in self._info.candles(coin, "1m", start, end) if start <= bar.t and end > bar.T]

    def _now(self) -> int:
        return self._clock.now_ms()
