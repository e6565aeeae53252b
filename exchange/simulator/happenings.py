"""What can happen on the simulated exchange, as small records in the order it happened.

``World.advance`` returns them; a server turns each into the frames of the channels that carry it
(API.md section 5). Every record has ``time`` (Unix ms of its block); dicts in it are JSON-ready.
"""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trades:
    """All public trades of one coin in one block, oldest first → ``trades``."""

    time: int
    coin: str
    trades: list[Json]


@dataclass(frozen=True, slots=True)
class BookChanged:
    """The top of a coin's book is not what it was → ``bbo`` (ask ``World.bbo``)."""

    time: int
    coin: str


@dataclass(frozen=True, slots=True)
class CandleChanged:
    """A coin has traded, so its running candle of every interval changed → ``candle``."""

    time: int
    coin: str


@dataclass(frozen=True, slots=True)
class Filled:
    """One fill of a user → ``userFills``, and ``user`` as ``{fills: [fill]}``."""

    time: int
    user: str
    fill: Json


@dataclass(frozen=True, slots=True)
class SliceFilled:
    """One TWAP slice ``{fill, twapId}`` → ``userTwapSliceFills`` and ``user``; never in ``userFills``."""

    time: int
    user: str
    row: Json


@dataclass(frozen=True, slots=True)
class FundingPaid:
    """One hourly payment in socket shape (no hash, no delta) → ``userFundings`` and ``user``."""

    time: int
    user: str
    row: Json


@dataclass(frozen=True, slots=True)
class LedgerChanged:
    """One ledger row ``{time, hash, delta}`` → ``userNonFundingLedgerUpdates``."""

    time: int
    user: str
    row: Json


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """An order's new status: ``update`` → ``orderUpdates``; ``record`` → ``userHistoricalOrders``."""

    time: int
    user: str
    update: Json
    record: Json


@dataclass(frozen=True, slots=True)
class CancelledByExchange:
    """Orders cancelled without the user's doing → ``user`` as ``{nonUserCancel: [{coin, oid}]}``."""

    time: int
    user: str
    cancels: list[Json]


@dataclass(frozen=True, slots=True)
class TwapChanged:
    """A TWAP began or ended; ``row`` has its time in seconds → ``userTwapHistory`` and ``user``."""

    time: int
    user: str
    row: Json


@dataclass(frozen=True, slots=True)
class Liquidated:
    """A user was liquidated → ``user`` as ``{liquidation: {...}}``."""

    time: int
    user: str
    liquidation: Json


@dataclass(frozen=True, slots=True)
class PositionChanged:
    """A user's position in a coin changed → ``activeAssetData`` of that coin."""

    time: int
    user: str
    dex: str
    coin: str


@dataclass(frozen=True, slots=True)
class Notified:
    """A text for a user → ``notification``."""

    time: int
    user: str
    text: str


@dataclass(frozen=True, slots=True)
class OutcomesChanged:
    """Outcome markets changed → ``outcomeMetaUpdates``."""

    time: int
    updates: list[Json]


Happening = (
    Trades
    | BookChanged
    | CandleChanged
    | Filled
    | SliceFilled
    | FundingPaid
    | LedgerChanged
    | OrderChanged
    | CancelledByExchange
    | TwapChanged
    | Liquidated
    | PositionChanged
    | Notified
    | OutcomesChanged
)
