"""Market shapes, as sockets and REST both send them (API.md sections 5, 6 and 8)."""

from decimal import Decimal

from exchange.wire import Integer, Millis, Wire


class Level(Wire, frozen=True):
    """One price of a book: price, size in coins, number of orders there."""

    px: Decimal
    sz: Decimal
    n: Integer


class Book(Wire, frozen=True):
    """An order book, whole: ``levels`` is (bids, asks), each best first, at most 20 (fast: 5) a side."""

    coin: str
    time: Millis
    levels: tuple[list[Level], list[Level]]
    spread: Decimal | None = None
    fast: bool | None = None


class BestQuotes(Wire, frozen=True):
    """Best bid and ask; a side without orders is ``None`` (or missing: a one-element list was seen)."""

    coin: str
    time: Millis
    bbo: list[Level | None]


class Trade(Wire, frozen=True, rename=None):
    """A public trade; ``side`` is the aggressor's: B bought, A sold. Identity: (coin, time, tid)."""

    coin: str
    side: str
    px: Decimal
    sz: Decimal
    time: Millis
    tid: Integer
    hash: str = ""
    users: tuple[str, str] | None = None


class Candle(Wire, frozen=True, rename=None):
    """One bar: ``t`` open and ``T`` close time in ms, ``v`` in coins, ``n`` trades. Key: (s, i, t)."""

    t: Millis
    T: Millis
    s: str
    i: str
    o: Decimal
    c: Decimal
    h: Decimal
    l: Decimal
    v: Decimal
    n: Integer


class PerpContext(Wire, frozen=True):
    """Figures of a perp: hourly ``funding`` as a fraction, ``open_interest`` in coins, volumes of 24 h."""

    funding: Decimal
    open_interest: Decimal
    prev_day_px: Decimal
    day_ntl_vlm: Decimal
    oracle_px: Decimal
    mark_px: Decimal
    mid_px: Decimal | None = None
    premium: Decimal | None = None
    impact_pxs: tuple[Decimal, Decimal] | None = None
    day_base_vlm: Decimal | None = None


class SpotContext(Wire, frozen=True):
    """Figures of a spot pair; join on ``coin`` (REST sends more contexts than pairs, in another order)."""

    prev_day_px: Decimal
    day_ntl_vlm: Decimal
    mark_px: Decimal
    coin: str | None = None
    mid_px: Decimal | None = None
    day_base_vlm: Decimal | None = None
    circulating_supply: Decimal | None = None
    total_supply: Decimal | None = None


class PerpAsset(Wire, frozen=True):
    """One entry of ``meta.universe``; its position in the list is its asset id and never shifts."""

    name: str
    sz_decimals: Integer
    max_leverage: Integer
    margin_table_id: Integer | None = None
    only_isolated: bool | None = None
    is_delisted: bool | None = None
    margin_mode: str | None = None
    growth_mode: str | None = None
    last_growth_mode_change_time: str | None = None


class MarginTier(Wire, frozen=True):
    """Above ``lower_bound`` USD of notional the leverage is at most ``max_leverage``."""

    lower_bound: Decimal
    max_leverage: Integer


class MarginTable(Wire, frozen=True):
    """Leverage tiers; ids below 50 are flat tables of that leverage and are not listed."""

    description: str
    margin_tiers: list[MarginTier]


class Meta(Wire, frozen=True):
    """All perps of one dex, delisted ones included."""

    universe: list[PerpAsset]
    margin_tables: list[tuple[Integer, MarginTable]] | None = None
    collateral_token: Integer | None = None


class SpotToken(Wire, frozen=True):
    """A token; ``index`` is what pairs and balances refer to."""

    name: str
    sz_decimals: Integer
    wei_decimals: Integer
    index: Integer
    token_id: str
    is_canonical: bool | None = None
    full_name: str | None = None
    deployer_trading_fee_share: Decimal | None = None


class SpotPair(Wire, frozen=True):
    """A spot pair: ``tokens`` is (base, quote) by token index; ``name`` is what topics and orders use."""

    tokens: tuple[Integer, Integer]
    name: str
    index: Integer
    is_canonical: bool | None = None


class SpotMeta(Wire, frozen=True):
    """All spot pairs and tokens."""

    universe: list[SpotPair]
    tokens: list[SpotToken]


class FundingRate(Wire, frozen=True):
    """An hour's funding: ``funding_rate`` hourly, ``premium`` in 8-hour units, stamped just after the hour."""

    coin: str
    funding_rate: Decimal
    premium: Decimal
    time: Millis


class PerpFigures(Wire, frozen=True, array_like=True):
    """``metaAndAssetCtxs``: perps and their figures, joined by position."""

    meta: Meta
    contexts: list[PerpContext]


class SpotFigures(Wire, frozen=True, array_like=True):
    """``spotMetaAndAssetCtxs``: not joined by position, but on ``coin``."""

    meta: SpotMeta
    contexts: list[SpotContext]
