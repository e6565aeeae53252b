"""Source: where one topic's rows come from in the Market, and how to tell cheaply that they may have changed.

``fresh`` makes all rows. ``candidates`` makes only those that may differ from what was sent, with
None for those that are gone; the Board compares field by field, so a candidate too many costs time only.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Protocol

from exchange import rows_depth, rows_market
from exchange.market import Market
from exchange.market_state import Dirty
from exchange.rows import TRADES_KEPT, Row, Rows
from exchange.subscriptions import streams_of
from exchange.topics import Topic

Candidates = Mapping[str, Row | None]
Times = tuple[int | None, int | None]
"""(exchange's time of the newest row, when we received it), Unix ms."""


class Source(Protocol):
    """What the Board asks of a topic's kind."""

    def fresh(self) -> Rows: ...

    def candidates(self, dirty: Dirty, sent: Rows) -> Candidates: ...

    def times(self) -> Times: ...


def source_of(topic: Topic, market: Market) -> Source:
    """The source of a topic of the market; ``status`` is not of the market (``board_status.py``)."""
    if topic.kind == "markets":
        return MarketsSource(market)
    kinds: dict[str, type[CoinSource]] = {
        "market": MarketSource,
        "book": BookSource,
        "trades": TradesSource,
        "candle": CandleSource,
    }
    return kinds[topic.kind](market, topic)


def whole(rows: Rows, sent: Rows) -> Candidates:
    """All rows as candidates: those sent before and no longer there are gone."""
    return {**dict.fromkeys(sent.keys() - rows.keys()), **rows}


def received(market: Market, *streams: str) -> int | None:
    """When the newest of these streams last brought something."""
    times = (market.streams[name].last_received for name in streams if name in market.streams)
    return max((time for time in times if time is not None), default=None)


class MarketsSource:
    """All coins of the universe."""

    def __init__(self, market: Market) -> None:
        self.market = market

    def fresh(self) -> Rows:
        return {
            name: {**rows_market.markets_static(state.coin), **rows_market.markets_live(state)}
            for name, state in self.market.coins.items()
        }

    def candidates(self, dirty: Dirty, sent: Rows) -> Candidates:
        if dirty.universe:
            return whole(self.fresh(), sent)
        coins = self.market.coins
        return {name: rows_market.markets_live(coins[name]) for name in dirty.coins if name in coins}

    def times(self) -> Times:
        return None, received(self.market, "prices", "contexts", "spot")


class CoinSource(ABC):
    """Base of the sources of one coin; ``state`` is what was last made into rows."""

    def __init__(self, market: Market, topic: Topic) -> None:
        self.market, self.topic, self.coin = market, topic, topic.coin
        self.made_of: Any = None

    def now(self) -> Any:
        """What the rows are made of; they are made anew when it has another value."""
        return None

    @abstractmethod
    def fresh(self) -> Rows:
        """All rows of the topic."""

    def times(self) -> Times:
        return None, received(self.market, *streams_of(self.topic))

    def candidates(self, dirty: Dirty, sent: Rows) -> Candidates:
        now = self.now()
        if now == self.made_of and not dirty.universe:
            return {}
        self.made_of = now
        return whole(self.fresh(), sent)


class MarketSource(CoinSource):
    """A market's header figures."""

    def now(self) -> Any:
        state = self.market.coins.get(self.coin)
        if state is None:
            return None
        book, quotes = self.market.books.get(self.coin), self.market.quotes.get(self.coin)
        return state.figures(), state.prices_at, state.context_at, rows_market.best(book, quotes)

    def fresh(self) -> Rows:
        state = self.market.coins.get(self.coin)
        book, quotes = self.market.books.get(self.coin), self.market.quotes.get(self.coin)
        return {self.coin: rows_market.market(state, book, quotes)} if state else {}

    def times(self) -> Times:
        state = self.market.coins.get(self.coin)
        times = [] if state is None else [state.prices_at, state.context_at]
        return None, max((time for time in times if time is not None), default=None)


class BookSource(CoinSource):
    """A book, whole: told apart by identity, because each frame of the exchange is a new one."""

    def candidates(self, dirty: Dirty, sent: Rows) -> Candidates:
        book = self.market.books.get(self.coin)
        if book is self.made_of and not dirty.universe:
            return {}
        self.made_of = book
        return whole(self.fresh(), sent)

    def fresh(self) -> Rows:
        state, book = self.market.coins.get(self.coin), self.market.books.get(self.coin)
        return rows_depth.book_rows(book, state.coin) if state and book else {}

    def times(self) -> Times:
        book = self.market.books.get(self.coin)
        return book.time if book else None, received(self.market, str(self.topic))


class TradesSource(CoinSource):
    """The newest trades: only those not sent yet are made into rows."""

    def fresh(self) -> Rows:
        return {key: row for key, row in self._rows({}).items() if row is not None}

    def candidates(self, dirty: Dirty, sent: Rows) -> Candidates:
        tape = self.market.trades.get(self.coin)
        if self.coin not in dirty.trades and not dirty.universe and (tape or not sent):
            return {}
        return self._rows(sent, anew=dirty.universe)

    def _rows(self, sent: Rows, anew: bool = False) -> Candidates:
        state = self.market.coins.get(self.coin)
        tape = list(self.market.trades.get(self.coin, ()))[-TRADES_KEPT:] if state else []
        newest = {rows_depth.trade_key(trade): trade for trade in tape}
        rows: dict[str, Row | None] = dict.fromkeys(sent.keys() - newest.keys())
        for key, trade in newest.items():
            if state and (anew or key not in sent):
                rows[key] = rows_depth.trade_row(trade, state.coin)
        return rows

    def times(self) -> Times:
        tape = self.market.trades.get(self.coin)
        return tape[-1].time if tape else None, received(self.market, str(self.topic))


class CandleSource(CoinSource):
    """The newest bars of one interval."""

    def now(self) -> Any:
        return dict(self.market.candles.get((self.coin, self.topic.interval), {}))

    def fresh(self) -> Rows:
        state = self.market.coins.get(self.coin)
        bars = self.market.candles.get((self.coin, self.topic.interval), {}) if state else {}
        return {str(bars[t].t): rows_depth.candle_row(bars[t], state.coin) for t in sorted(bars) if state}
