"""Asset contexts: the figures beside each market's name (API.md sections 5, 6, 8)."""

from typing import Any

from exchange.simulator.book import impact_prices
from exchange.simulator.figures import exact, floaty
from exchange.simulator.funding import MULTIPLIERS, SCALE, hourly_rate
from exchange.simulator.market import Market
from exchange.simulator.settlement import average_premium

Json = dict[str, Any]


def mid(market: Market) -> str | None:
    """Middle of the book, which may sit half a tick finer; None when the book is empty."""
    if not market.alive:
        return None
    doubled = market.ladder.price(market.bid) + market.ladder.price(market.ask)
    return exact(doubled * 5, market.listing.px_decimals + 1)


def mark(market: Market) -> str:
    return exact(market.mark, market.listing.px_decimals)


def last(market: Market) -> str:
    return exact(market.ladder.price(market.last), market.listing.px_decimals)


def perp(market: Market, now: int) -> Json:
    """``premium``, ``midPx`` and ``impactPxs`` are null for a delisted coin."""
    listing = market.listing
    coins, dollars = market.day_volume(now)
    answer = {
        "funding": "0.0",
        "openInterest": floaty(market.open_interest / listing.lots),
        "prevDayPx": exact(market.previous_day(now), listing.px_decimals),
        "dayNtlVlm": floaty(dollars),
        "premium": None,
        "oraclePx": exact(market.oracle, listing.px_decimals),
        "markPx": mark(market),
        "midPx": mid(market),
        "impactPxs": None,
        "dayBaseVlm": floaty(coins),
    }
    if market.alive:
        answer |= live_figures(market, now)
    return answer


def live_figures(market: Market, now: int) -> Json:
    bid, ask = impact_prices(market, now)
    oracle, decimals = market.oracle, market.listing.px_decimals
    premium = (max(bid - oracle, 0.0) - max(oracle - ask, 0.0)) / oracle
    rate = hourly_rate(average_premium(market), MULTIPLIERS.get(market.listing.dex, 1.0))
    return {
        "funding": exact(round(rate * SCALE), 10),
        "premium": exact(round(premium * SCALE), 10),
        "impactPxs": [exact(round(price), decimals) for price in (bid, ask)],
    }


def spot(market: Market, now: int) -> Json:
    listing = market.listing
    coins, dollars = market.day_volume(now)
    supply = 1_000_000.0 + market.seed % 999_000_000 + (market.seed % 9973) / 9973
    return {
        "prevDayPx": exact(market.previous_day(now), listing.px_decimals),
        "dayNtlVlm": floaty(dollars),
        "markPx": mark(market),
        "midPx": mid(market),
        "circulatingSupply": floaty(supply),
        "coin": listing.name,
        "totalSupply": floaty(supply * 1.0000001),
        "dayBaseVlm": floaty(coins),
    }
