"""Prices and books by REST: ticks, sizes, levels, and the exchange's clock."""

from decimal import Decimal
from typing import Any

import msgspec

from exchange.probe.check import Check, check
from exchange.probe.outcome import assume
from exchange.probe.seen import HELLO, Seen
from exchange.universe import Coin, Universe
from exchange.wire.market import Meta, SpotMeta

CHECKS: list[Check] = []
TICKS = "API.md 3; exchange/universe.py: Coin.tick"
LEVELS = 20
CLOCKS_APART = 5_000


async def coin_of(seen: Seen, what: str) -> Coin:
    """The coin of a name, from the answers that the universe is built from."""
    name = seen.name(what)
    spot = msgspec.convert((await seen.answer(type="spotMetaAndAssetCtxs"))[0], SpotMeta)
    dex = name.partition(":")[0] if ":" in name else ""
    body = {"dex": dex} if dex else {}
    meta = msgspec.convert((await seen.answer(type="metaAndAssetCtxs", **body))[0], Meta)
    return Universe.build([(dex, meta)], spot).coins[name]


async def levels_of(seen: Seen, what: str) -> list[dict[str, Any]]:
    """All levels of a book."""
    book = await seen.answer(type="l2Book", coin=seen.name(what))
    return [level for side in book["levels"] for level in side]


def _ticks(what: str, called: str) -> None:
    @check(
        CHECKS, f"tick.{what}", f"Prices of {called} have 5 significant figures and the allowed decimals.", TICKS
    )
    async def run(seen: Seen) -> None:
        coin = await coin_of(seen, what)
        for level in await levels_of(seen, what):
            price = Decimal(level["px"])
            step = coin.tick(price)
            assume(price % step == 0, f"multiples of {step} for {coin.name}", level["px"])

    @check(CHECKS, f"size.{what}", f"Sizes of {called} have at most szDecimals decimals.", TICKS)
    async def sizes(seen: Seen) -> None:
        coin = await coin_of(seen, what)
        step = Decimal(1).scaleb(-coin.sz_decimals)
        for level in await levels_of(seen, what):
            assume(Decimal(level["sz"]) % step == 0, f"multiples of {step} for {coin.name}", level["sz"])


_ticks("perp", "the busiest perp")
_ticks("builder_perp", "a builder dex's perp")
_ticks("spot", "a spot pair")


def judge_book(book: dict[str, Any], most: int) -> None:
    """Assume a book of at most so many levels a side, best first, and not crossed."""
    bids, asks = ([Decimal(level["px"]) for level in side] for side in book["levels"])
    assume(max(len(bids), len(asks)) <= most, f"at most {most} levels", f"{len(bids)} and {len(asks)}")
    assume(
        bids == sorted(bids, reverse=True), "bids from the highest", "another order", [str(p) for p in bids[:4]]
    )
    assume(asks == sorted(asks), "asks from the lowest", "another order", [str(p) for p in asks[:4]])
    if bids and asks:
        assume(bids[0] < asks[0], "bid below ask", f"{bids[0]} and {asks[0]}")


@check(CHECKS, "book.rest", "l2Book has up to 20 levels a side, best first.", "API.md 6; exchange/rows_depth.py")
async def book(seen: Seen) -> str:
    found = await seen.answer(type="l2Book", coin=seen.name("perp"))
    judge_book(found, LEVELS)
    return f"{len(found['levels'][0])} and {len(found['levels'][1])} levels"


@check(
    CHECKS, "clock.rest", "exchangeStatus tells the time to within 5 s of ours.", "API.md 6; staleness, heartbeat"
)
async def clock(seen: Seen) -> str:
    reply = await seen.desk.reply(HELLO)
    ahead = reply.data["time"] - reply.came, reply.asked - reply.data["time"]
    apart = max(*ahead, 0)
    assume(apart < CLOCKS_APART, "less than 5 s between the clocks", f"{apart} ms", reply.text)
    return f"{reply.came - reply.data['time']} ms behind our clock"
