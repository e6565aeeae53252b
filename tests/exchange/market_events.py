"""Small events for tests of the Market and of what listens to it; every figure is made up."""

from decimal import Decimal

from exchange.universe import Universe
from exchange.wire.market import (
    BestQuotes,
    Book,
    Candle,
    Level,
    Meta,
    PerpAsset,
    PerpContext,
    SpotContext,
    SpotMeta,
    SpotPair,
    SpotToken,
    Trade,
)

T0 = 1_800_000_000_000
MINUTE = 60_000


def universe(*extra: str) -> Universe:
    """Two dexes that share a coin's name, a delisted perp, two spot pairs; ``extra`` perps come last."""
    perps = [PerpAsset("BTC", 5, 40), PerpAsset("MATIC", 1, 20, is_delisted=True), PerpAsset("ETH", 4, 25)]
    perps += [PerpAsset(name, 2, 5) for name in extra]
    builder = [PerpAsset("xyz:SP500", 3, 10), PerpAsset("xyz:BTC", 4, 10)]
    tokens = [
        SpotToken("USDC", 8, 8, 0, "0x0"),
        SpotToken("PURR", 0, 5, 1, "0x1"),
        SpotToken("HYPE", 2, 8, 150, "0x2"),
    ]
    spot = SpotMeta([SpotPair((1, 0), "PURR/USDC", 0), SpotPair((150, 0), "@107", 107)], tokens)
    return Universe.build([("", Meta(perps)), ("xyz", Meta(builder))], spot)


def context(mark: str = "100", mid: str | None = "100.5", oi: str = "7") -> PerpContext:
    """A perp's context."""
    return PerpContext(
        funding=Decimal("0.0000125"),
        open_interest=Decimal(oi),
        prev_day_px=Decimal("90"),
        day_ntl_vlm=Decimal("12345.6"),
        oracle_px=Decimal("99.9"),
        mark_px=Decimal(mark),
        mid_px=Decimal(mid) if mid else None,
        premium=Decimal("0.0001") if mid else None,
        impact_pxs=(Decimal("99"), Decimal("101")) if mid else None,
        day_base_vlm=Decimal("123"),
    )


def spot_context(coin: str, mark: str = "5") -> SpotContext:
    """A spot pair's context."""
    return SpotContext(Decimal("4"), Decimal("1000"), Decimal(mark), coin, Decimal(mark), Decimal("200"))


def book(time: int = T0, bid: str = "99", ask: str = "101", coin: str = "BTC", fast: bool = True) -> Book:
    """A book of one level a side."""
    return Book(coin, time, ([level(bid)], [level(ask)]), fast=fast or None)


def level(px: str) -> Level:
    """One coin at a price."""
    return Level(Decimal(px), Decimal("1"), 1)


def quotes(time: int = T0, bid: str = "99", ask: str = "101", coin: str = "BTC") -> BestQuotes:
    """Best bid and ask."""
    return BestQuotes(coin, time, [level(bid), level(ask)])


def trade(tid: int, time: int | None = None, coin: str = "BTC", sz: str = "1", px: str = "100") -> Trade:
    """A trade; without a time, one second after that of the tid before."""
    return Trade(coin, "B", Decimal(px), Decimal(sz), T0 + tid * 1000 if time is None else time, tid)


def candle(minute: int = 0, n: int = 1, coin: str = "BTC", v: str = "1", close: str = "100") -> Candle:
    """A one-minute bar, ``minute`` minutes after T0."""
    t = T0 + minute * MINUTE
    px = Decimal("100")
    return Candle(t, t + MINUTE - 1, coin, "1m", px, Decimal(close), px, px, Decimal(v), n)
