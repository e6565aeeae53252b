"""Order books, made when somebody looks.

A level's size is a hash of its price and of a slowly changing epoch, so that levels persist while
the best prices move through them; what trades ate from the best level is taken off.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from exchange.simulator.figures import exact
from exchange.simulator.market import Market

EPOCH_MS = 20_000
LEVELS = 20
FAST_LEVELS = 5
Level = tuple[int, int, int]


def mix(step: int, seed: int, epoch: int) -> int:
    """20 well stirred bits."""
    x = (step * 0x9E3779B1 ^ seed ^ epoch * 0x85EBCA6B) & 0xFFFFFFFF
    x = ((x ^ x >> 15) * 0x2C1B3C6D) & 0xFFFFFFFF
    x = ((x ^ x >> 12) * 0x297A2D39) & 0xFFFFFFFF
    return (x ^ x >> 15) >> 12


def level(market: Market, step: int, now: int) -> tuple[int, int]:
    """(lots, orders) that rest at a step, whoever asks, for some seconds."""
    bits = mix(step, market.seed, (now + step * 977) // EPOCH_MS)
    u = (bits >> 4) / 65536
    return 1 + int(market.depth_lots * (0.03 + 3.5 * u**4)), 1 + (bits & 15) * (bits & 3) // 5


def walk(market: Market, bids: bool, now: int) -> Iterator[Level]:
    """Levels of one side as (step, lots, orders), best first, as far as anybody cares to look."""
    if not market.alive:
        return
    best, direction = (market.bid, -1) if bids else (market.ask, 1)
    eaten = market.eaten_bid if bids else market.eaten_ask
    gap = market.spread // 2 + 1
    own = resting(market, bids) if market.resting else {}
    step = best
    while step > 0:
        if step == best or step in own or gap == 1 or mix(step, market.seed, 1) % gap == 0:
            lots, orders = level(market, step, now)
            mine, count = own.get(step, (0, 0))
            yield step, max(1, lots - (eaten if step == best else 0)) + mine, orders + count
        step += direction


def resting(market: Market, bids: bool) -> dict[int, tuple[int, int]]:
    """Step → (lots, orders) that the cast has resting on one side; triggers are not in the book."""
    found: dict[int, tuple[int, int]] = {}
    for _, order in market.resting:
        if order.buy == bids and not order.trigger:
            step = market.ladder.step(order.price)
            lots, orders = found.get(step, (0, 0))
            found[step] = (lots + order.size, orders + 1)
    return found


def side(market: Market, bids: bool, now: int, depth: int) -> list[Level]:
    """The best ``depth`` levels of one side."""
    return list(islice(walk(market, bids, now), depth))


def row(market: Market, price: int, lots: int, orders: int) -> dict[str, Any]:
    listing = market.listing
    return {"px": exact(price, listing.px_decimals), "sz": exact(lots, listing.sz_decimals), "n": orders}


def rows(market: Market, levels: list[Level]) -> list[dict[str, Any]]:
    return [row(market, market.ladder.price(step), lots, orders) for step, lots, orders in levels]


def l2_book(market: Market, now: int, figures: int | None, mantissa: int | None, fast: bool) -> dict[str, Any]:
    """The ``l2Book`` answer; ``figures`` 2..5 aggregates, which adds ``spread`` (API.md section 5)."""
    depth = FAST_LEVELS if fast else LEVELS
    answer: dict[str, Any] = {"coin": market.listing.name, "time": now, "levels": [[], []]}
    if figures is None or (figures == 5 and not mantissa):
        answer["levels"] = [rows(market, side(market, bids, now, depth)) for bids in (True, False)]
    else:
        answer["levels"] = [aggregated(market, bids, now, depth, figures, mantissa or 1) for bids in (True, False)]
    if figures is not None:
        answer["spread"] = exact(spread(market), market.listing.px_decimals)
    return answer | ({"fast": True} if fast else {})


def spread(market: Market) -> int:
    return market.ladder.price(market.ask) - market.ladder.price(market.bid) if market.alive else 0


def aggregated(
    market: Market, bids: bool, now: int, depth: int, figures: int, mantissa: int
) -> list[dict[str, Any]]:
    """Levels rounded away from the middle to ``figures`` significant figures."""
    groups: dict[int, list[int]] = {}
    for step, lots, orders in side(market, bids, now, 20 * LEVELS):
        price = market.ladder.price(step)
        width = max(1, mantissa * 10 ** max(0, len(str(price)) - figures))
        rounded = price // width * width if bids else -(-price // width) * width
        if rounded not in groups and len(groups) == depth:
            break
        group = groups.setdefault(rounded, [0, 0])
        group[0] += lots
        group[1] += orders
    return [row(market, price, lots, orders) for price, (lots, orders) in groups.items() if price > 0]


def impact_prices(market: Market, now: int) -> tuple[float, float]:
    """Average prices, in price units, at which an impact notional sells and buys."""
    dollars = 20_000 if market.listing.max_leverage >= 20 else 6_000
    return average(market, True, now, dollars), average(market, False, now, dollars)


def average(market: Market, bids: bool, now: int, dollars: int) -> float:
    want = dollars * market.listing.money
    paid = bought = 0
    for step, lots, _ in islice(walk(market, bids, now), LEVELS):
        price = market.ladder.price(step)
        take = min(lots, max(1, (want - paid) // price))
        paid += take * price
        bought += take
        if take < lots:
            break
    return paid / bought


def premium(market: Market, now: int) -> float:
    """Impact-price difference over the oracle price, as a fraction (API.md section 8)."""
    bid, ask = impact_prices(market, now)
    oracle = market.oracle
    return (max(bid - oracle, 0.0) - max(oracle - ask, 0.0)) / oracle


def book_top(market: Market, now: int) -> dict[str, Any]:
    """The ``bbo`` answer; a side without orders is null."""
    tops = [rows(market, side(market, bids, now, 1)) for bids in (True, False)]
    return {"coin": market.listing.name, "time": now, "bbo": [top[0] if top else None for top in tops]}
