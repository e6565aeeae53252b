"""Market: the sum of all events, in memory. One writer applies events; others read, or take a View.

Plain attributes, synchronous, no clock: times come with the events. ``take_dirty`` says what
changed since the last look, so that nobody compares whole states.
"""

from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from exchange import events
from exchange.market_book import is_older, is_top, top_of
from exchange.market_figures import take_context, take_mids, take_prices
from exchange.market_state import CandleKey, CoinState, Connection, Dirty, StreamInfo, View
from exchange.market_tape import Bars, Tape, add_trades, new_tape, put_candle
from exchange.universe import Universe
from exchange.wire.market import BestQuotes, Book, PerpContext, SpotContext

GAPS_KEPT = 200


class Market:
    """Everything known of all markets: perps of every dex and spot, delisted ones included."""

    def __init__(self) -> None:
        self.universe = Universe()
        self.coins: dict[str, CoinState] = {}
        self.books: dict[str, Book] = {}
        self.quotes: dict[str, BestQuotes] = {}
        self.trades: dict[str, Tape] = {}
        self.candles: dict[CandleKey, Bars] = {}
        self.streams: dict[str, StreamInfo] = {}
        self.connection = Connection()
        self.gaps: deque[events.Gap] = deque(maxlen=GAPS_KEPT)
        self.refused: Counter[str] = Counter()
        self._dirty = Dirty()
        self._appliers: dict[type[events.Event], Callable[[Any], None]] = {
            events.Prices: self._prices,
            events.Mids: self._mids,
            events.DexContexts: self._dex_contexts,
            events.CoinContext: self._coin_context,
            events.SpotContexts: self._spot_contexts,
            events.BookChanged: self._book_changed,
            events.QuotesChanged: self._quotes_changed,
            events.Traded: self._traded,
            events.CandleChanged: self._candle_changed,
            events.UniverseChanged: self._universe_changed,
            events.StreamState: self._stream_state,
            events.Connected: self._connection,
            events.Disconnected: self._connection,
            events.Gap: self._gap,
        }

    def apply(self, event: events.Event) -> None:
        """Take one event in; kinds that say nothing of the market are passed over."""
        applier = self._appliers.get(type(event))
        if applier:
            applier(event)

    def take_dirty(self) -> Dirty:
        """What changed since this was last called."""
        dirty, self._dirty = self._dirty, Dirty()
        return dirty

    def view(self) -> View:
        """A copy to hand around; without times of receipt, so that two can be compared."""
        return View(
            universe=self.universe,
            coins={name: state.figures() for name, state in self.coins.items()},
            books=dict(self.books),
            quotes=dict(self.quotes),
            trades={coin: tuple(tape) for coin, tape in self.trades.items()},
            candles={key: tuple(bars[t] for t in sorted(bars)) for key, bars in self.candles.items()},
            streams={name: stream.state for name, stream in self.streams.items()},
            connection=self.connection,
            gaps=tuple(self.gaps),
        )

    def forget(self, stream: str) -> None:
        """Drop a stream that nobody reads any more, and the book, quotes, tape or bars that it filled."""
        kind, _, rest = stream.partition(":")
        if kind == "book":
            self.books.pop(rest, None)
        elif kind == "quotes":
            self.quotes.pop(rest, None)
        elif kind == "trades":
            self.trades.pop(rest, None)
        elif kind == "candle":
            coin, _, interval = rest.rpartition(":")
            self.candles.pop((coin, interval), None)
        if self.streams.pop(stream, None):
            self._dirty.streams = True

    # Prices and figures --------------------------------------------------------------------------

    def _prices(self, event: events.Prices) -> None:
        take_prices(self.coins, event, self._dirty.coins)
        self._received("prices", event.received_at)

    def _mids(self, event: events.Mids) -> None:
        take_mids(self.coins, event, self._dirty.coins)
        self._received("prices", event.received_at)

    def _dex_contexts(self, event: events.DexContexts) -> None:
        for dex, contexts in event.dexes:
            coins = self.universe.by_dex.get(dex, [])
            if len(coins) != len(contexts):  # a join by position would give figures to the wrong coins
                self.refused["contexts of another length than their dex"] += 1
                continue
            for coin, context in zip(coins, contexts, strict=True):
                self._take_context(self.coins[coin.name], context, event.received_at)
        self._received("contexts", event.received_at)

    def _spot_contexts(self, event: events.SpotContexts) -> None:
        for context in event.contexts:  # more contexts than pairs, in another order: joined by name
            if state := self.coins.get(context.coin or ""):
                self._take_context(state, context, event.received_at)
        self._received("spot", event.received_at)

    def _coin_context(self, event: events.CoinContext) -> None:
        if state := self.coins.get(event.coin):
            self._take_context(state, event.context, event.received_at)
            self._received("market:" + event.coin, event.received_at)

    def _take_context(self, state: CoinState, context: PerpContext | SpotContext, at: int) -> None:
        if take_context(state, context, at):
            self._dirty.coins.add(state.coin.name)

    # Books, tapes, bars --------------------------------------------------------------------------

    def _book_changed(self, event: events.BookChanged) -> None:
        book = event.book
        held = self.books.get(book.coin)
        self._received("book:" + book.coin, event.received_at)
        if held is None or not is_older(book, held):
            self.books[book.coin] = book
            if held is None or held.levels != book.levels:  # unchanged books are sent again and again
                self._dirty.books.add(book.coin)
            quotes = self.quotes.get(book.coin)
            if quotes is None or (quotes.time < book.time and not is_top(quotes, book)):
                self._take_quotes(top_of(book))  # no quotes are sent, or one was lost

    def _quotes_changed(self, event: events.QuotesChanged) -> None:
        self._received("quotes:" + event.quotes.coin, event.received_at)
        self._take_quotes(event.quotes)

    def _take_quotes(self, quotes: BestQuotes) -> None:
        held = self.quotes.get(quotes.coin)
        if held is None or not is_older(quotes, held):
            self.quotes[quotes.coin] = quotes
            self._dirty.books.add(quotes.coin)

    def _traded(self, event: events.Traded) -> None:
        if (tape := self.trades.get(event.coin)) is None:
            tape = self.trades[event.coin] = new_tape()
        self._received("trades:" + event.coin, event.received_at)
        if new := add_trades(tape, event.trades):
            self._dirty.trades.setdefault(event.coin, []).extend(new)

    def _candle_changed(self, event: events.CandleChanged) -> None:
        candle = event.candle
        key = (candle.s, candle.i)
        bars = self.candles.setdefault(key, {})
        self._received(f"candle:{candle.s}:{candle.i}", event.received_at)
        if put_candle(bars, candle):
            self._dirty.candles.add(key)

    # Names, streams, connection ------------------------------------------------------------------

    def _universe_changed(self, event: events.UniverseChanged) -> None:
        known, self.coins, self.universe = self.coins, {}, event.universe
        for name, coin in event.universe.coins.items():
            state = self.coins[name] = known.get(name) or CoinState(coin)
            state.coin = coin
        self._dirty.universe = True

    def _stream_state(self, event: events.StreamState) -> None:
        if event.state == "ended":
            self.forget(event.stream)
            return
        stream = self.streams.setdefault(event.stream, StreamInfo())
        stream.state, stream.detail = event.state, event.detail
        self._dirty.streams = True

    def _connection(self, event: events.Connected | events.Disconnected) -> None:
        reason = event.reason if isinstance(event, events.Disconnected) else ""
        self.connection = Connection(isinstance(event, events.Connected), event.received_at, reason)
        self._dirty.streams = True

    def _gap(self, event: events.Gap) -> None:
        self.gaps.append(event)
        self._dirty.streams = True

    def _received(self, name: str, at: int) -> None:
        stream = self.streams.get(name)
        if stream is None:
            stream = self.streams[name] = StreamInfo()
            self._dirty.streams = True
        stream.last_received = at
