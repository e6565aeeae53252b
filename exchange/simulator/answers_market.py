"""Answers about markets, as REST gives them (API.md section 6)."""

from collections.abc import Callable
from random import Random
from typing import Any

from exchange.simulator import contexts, meta, tokens
from exchange.simulator.bars import HOUR, Bar
from exchange.simulator.book import l2_book
from exchange.simulator.fields import Body, Null500
from exchange.simulator.figures import exact, floaty
from exchange.simulator.funding import hourly_rate
from exchange.simulator.intervals import LENGTHS, end
from exchange.simulator.market import Market
from exchange.simulator.settlement import average_premium
from exchange.simulator.state import State

Json = dict[str, Any]
FUNDING_ROWS = 500
RECENT = 10


def known_dex(state: State, body: Body) -> str:
    dex = body.text("dex", "")
    if dex not in state.dexes:
        raise Null500(f"dex {dex}")
    return dex


def meta_of(state: State, body: Body) -> Json:
    return meta.meta(state, known_dex(state, body))


def contexts_of(state: State, dex: str) -> list[Json]:
    return [contexts.perp(state.markets[row.name], state.now) for row in meta.listed(state, dex)]


def meta_and_contexts(state: State, body: Body) -> list[Any]:
    dex = known_dex(state, body)
    return [meta.meta(state, dex), contexts_of(state, dex)]


def spot_contexts(state: State) -> list[Json]:
    """More contexts than pairs and in another order: outcomes are among them (API.md section 9)."""
    rows = [contexts.spot(market, state.now) for market in state.markets.values() if market.listing.kind != "perp"]
    return sorted(rows, key=lambda row: str(row["coin"]))


def all_mids(state: State, dex: str) -> Json:
    """First dex with spot and outcomes; an empty book falls back to the last price."""
    return {
        name: contexts.mid(market) or contexts.last(market)
        for name, market in state.markets.items()
        if market.listing.dex == dex
    }


def book(state: State, body: Body) -> Json | None:
    market = state.markets.get(body.text("coin"))
    if market is None:
        return None
    return l2_book(market, state.now, body.maybe_number("nSigFigs"), body.maybe_number("mantissa"), False)


def recent_trades(state: State, body: Body) -> list[Json]:
    market = state.markets.get(body.text("coin"))
    return list(market.tape)[: -RECENT - 1 : -1] if market else []


def candle_row(market: Market, interval: str, bar: Bar) -> Json:
    ladder, listing = market.ladder, market.listing
    o, h, low, c = (exact(ladder.price(step), listing.px_decimals) for step in bar[1:5])
    return {
        "t": bar.t,
        "T": end(interval, bar.t) - 1,
        "s": listing.name,
        "i": interval,
        "o": o,
        "c": c,
        "h": h,
        "l": low,
        "v": floaty(bar.v / listing.lots),
        "n": bar.n,
    }


def candles(state: State, body: Body) -> list[Json]:
    request = Body(body.mapping("req"))
    coin, interval, start = request.text("coin"), request.one_of("interval", LENGTHS), request.number("startTime")
    market = state.markets.get(coin)
    if market is None:
        raise Null500(coin)
    if market.listing.delisted or market.listing.dead:
        return []
    stop = request.maybe_number("endTime")
    bars = market.candles.between(interval, start, state.now if stop is None else min(stop, state.now), state.now)
    return [candle_row(market, interval, bar) for bar in bars]


def funding_history(state: State, body: Body) -> list[Json]:
    market = state.markets.get(body.text("coin"))
    start, stop = body.number("startTime"), body.maybe_number("endTime")
    if market is None or market.listing.kind != "perp":
        raise Null500(body.text("coin"))
    if market.listing.delisted:
        return []
    begin = market.candles.history.begin_ms
    rows = state.funding.between(market.listing, begin, start, state.now if stop is None else stop, FUNDING_ROWS)
    return [
        {"coin": market.listing.name, "fundingRate": exact(rate, 10), "premium": exact(premium, 10), "time": time}
        for time, rate, premium in rows
        if time <= state.now
    ]


def predicted(state: State) -> list[Any]:
    """First dex only; ``HlPerp`` names the hour already past, the others pay per 8 or 4 hours."""
    return [[m.listing.name, venues(state, m)] for m in state.perps if not m.listing.dex]


def venues(state: State, market: Market) -> list[Any]:
    rng = Random(f"{market.listing.name}/{state.now // HOUR}")
    rate = hourly_rate(average_premium(market))
    past = state.now // HOUR * HOUR
    hours = 8 if market.listing.index % 3 else 4
    due = (past // (hours * HOUR) + 1) * hours * HOUR
    abroad: Json = {
        "fundingRate": f"{rate * hours + rng.gauss(0, 0.00002):.8f}",
        "nextFundingTime": due,
        "fundingIntervalHours": hours,
    }
    return [
        ["BinPerp", abroad],
        [
            "HlPerp",
            {"fundingRate": exact(round(rate * 10**10), 10), "nextFundingTime": past, "fundingIntervalHours": 1},
        ],
        ["BybitPerp", None if market.listing.index % 7 == 5 else abroad],
    ]


def at_cap(state: State, body: Body) -> list[str]:
    dex = known_dex(state, body)
    return [row.name for row in meta.listed(state, dex) if row.delisted][:2]


def status(state: State) -> Json:
    return {"time": state.now, "specialStatuses": None}


TYPES: dict[str, Callable[[State, Body], Any]] = {
    "meta": meta_of,
    "allPerpMetas": lambda state, body: [meta.meta(state, dex) for dex in state.dexes],
    "metaAndAssetCtxs": meta_and_contexts,
    "perpDexs": lambda state, body: meta.perp_dexs(state),
    "spotMeta": lambda state, body: meta.spot_meta(state),
    "spotMetaAndAssetCtxs": lambda state, body: [meta.spot_meta(state), spot_contexts(state)],
    "allMids": lambda state, body: all_mids(state, known_dex(state, body)),
    "l2Book": book,
    "recentTrades": recent_trades,
    "candleSnapshot": candles,
    "fundingHistory": funding_history,
    "predictedFundings": lambda state, body: predicted(state),
    "perpsAtOpenInterestCap": at_cap,
    "perpDexLimits": lambda state, body: meta.limits(state, known_dex(state, body)),
    "perpDexStatus": lambda state, body: {"totalNetDeposit": floaty(1e8 + len(known_dex(state, body)))},
    "perpCategories": lambda state, body: meta.categories(state),
    "perpConciseAnnotations": lambda state, body: [
        [coin, {"category": kind}] for coin, kind in meta.categories(state)
    ],
    "perpAnnotation": lambda state, body: {
        "category": dict(meta.categories(state)).get(body.text("coin"), "crypto"),
        "description": f"Simulated {body.text('coin')}",
    },
    "tokenDetails": tokens.details,
    "exchangeStatus": lambda state, body: status(state),
    "outcomeMeta": lambda state, body: meta.outcome_meta(state),
    "vaultSummaries": lambda state, body: [],
}
