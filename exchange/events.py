"""Event: one thing the exchange said, typed, and when we heard it.

Events are what a Feed yields and a Market applies. Each carries ``received_at``, Unix ms by our
clock; the exchange's own time, where it sends one, is inside the payload. Those about one address
are in ``exchange.account_events``.
"""

from decimal import Decimal
from typing import Any

import msgspec

from exchange.universe import Universe
from exchange.wire import market


class Event(msgspec.Struct, frozen=True, gc=False):
    """Base of all events."""

    received_at: int


# The connection itself -----------------------------------------------------------------------


class Connected(Event, frozen=True):
    """A socket is open and its first data has come."""

    connection: str


class Disconnected(Event, frozen=True):
    """A socket is gone; what it carried is stale from ``last_data_at`` (Unix ms, None: never had data)."""

    connection: str
    reason: str
    last_data_at: int | None


class Gap(Event, frozen=True):
    """``stream`` (a topic such as ``trades:BTC``) is not known between ``start`` and ``end``, Unix ms."""

    stream: str
    start: int
    end: int
    reason: str


class StreamState(Event, frozen=True):
    """A stream went silent past its limit, came back, is carried by its fallback, or is no longer wanted.

    ``stream`` is a name of ``exchange.cadence``; ``state`` is ``live``, ``stale``, ``fallback`` or ``ended``.
    """

    stream: str
    state: str
    detail: str = ""


class UniverseChanged(Event, frozen=True):
    """A fresh reading of every dex's ``meta`` and of ``spotMeta``: the only source of valid names."""

    universe: Universe


# The market ----------------------------------------------------------------------------------


class Prices(Event, frozen=True):
    """Marks and mids of many coins (``fastAssetCtxs``): absent is unchanged, a mid of None is no mid."""

    marks: dict[str, Decimal]
    mids: dict[str, Decimal | None]


class Mids(Event, frozen=True):
    """``allMids`` of one dex (first dex: with spot and outcomes). A coin without a book shows its last trade."""

    dex: str
    mids: dict[str, Decimal]


class DexContexts(Event, frozen=True):
    """Contexts of whole dexes, by position in each dex's ``meta.universe`` (``allDexsAssetCtxs``)."""

    dexes: list[tuple[str, list[market.PerpContext]]]


class CoinContext(Event, frozen=True):
    """Context of one coin (``activeAssetCtx``, ``activeSpotAssetCtx``)."""

    coin: str
    context: market.PerpContext | market.SpotContext


class SpotContexts(Event, frozen=True):
    """Contexts of all spot pairs, each naming its coin."""

    contexts: list[market.SpotContext]


class BookChanged(Event, frozen=True):
    """A whole book, replacing the one before."""

    book: market.Book


class QuotesChanged(Event, frozen=True):
    """Best bid and ask of one coin."""

    quotes: market.BestQuotes


class Traded(Event, frozen=True):
    """Public trades of one coin; the first frame after a subscribe repeats about 30 old ones, unflagged."""

    coin: str
    trades: list[market.Trade]


class CandleChanged(Event, frozen=True):
    """The running bar of one coin and interval, or the one just closed."""

    candle: market.Candle


class OutcomesChanged(Event, frozen=True):
    """HIP-4 markets came, went or settled: a reason to read ``outcomeMeta`` again."""

    changes: list[Any]


class Unknown(Event, frozen=True):
    """A frame that tells us nothing: of a channel we do not know (new ones come without notice), or empty.

    Counted, no error.
    """

    channel: str
