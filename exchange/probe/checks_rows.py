"""Orders, pages and times of rows: what is newest first, how many come, and when they are stamped."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from exchange.probe.check import Check, check
from exchange.probe.outcome import NotSeen, assume
from exchange.probe.rest_types import BY_ID, HOUR
from exchange.probe.seen import Seen

CHECKS: list[Check] = []
MINUTE = 60_000
FUNDING_PAGE, FILLS_PAGE = 500, 2000
STAMP_SLACK = 5_000
"""Funding is stamped 1 to 118 ms after the hour; more than this would confuse hours."""

Key = Callable[[Any], int]


async def rows(seen: Seen, id: str, fewest: int = 2) -> list[Any]:
    """Rows of an answer; NotSeen when there are too few to say anything."""
    kind = BY_ID[id]
    for need in kind.needs:
        seen.name(need)
    found = await seen.answer(**kind.body(seen.names, seen.began))
    if len(found) < fewest:
        raise NotSeen(f"only {len(found)} rows of {id}")
    return list(found)


def in_order(found: list[Any], key: Key, newest_first: bool) -> None:
    """Assume an order of rows; ties are fine."""
    times = [key(row) for row in found]
    wanted = sorted(times, reverse=newest_first)
    word, other = ("newest", "oldest") if newest_first else ("oldest", "newest")
    if times != wanted:
        came = f"the {other} first" if times == wanted[::-1] else "no order"
        at = next(i for i, (a, b) in enumerate(zip(times, wanted, strict=True)) if a != b)
        assume(False, f"rows the {word} first", came, times[max(0, at - 1) : at + 3])


def _time(row: Any) -> int:
    return int(row["time"])


def _order_check(id: str, newest_first: bool, key: Key, leans_on: str) -> None:
    word = "newest" if newest_first else "oldest"

    @check(CHECKS, f"order.{id}", f"{id} has the {word} row first.", leans_on)
    async def run(seen: Seen) -> str | None:
        in_order(await rows(seen, id), key, newest_first)
        return None


_order_check("candleSnapshot", False, lambda row: int(row["t"]), "API.md 6; candles page")
_order_check("fundingHistory", False, _time, "API.md 6; funding history")
_order_check("recentTrades", True, _time, "API.md 6; exchange/fallback.py: trades")
_order_check("userFills", True, _time, "API.md 7; fills")
_order_check("userFillsByTime", False, _time, "API.md 7; fills: back-filling a gap")
_order_check("userFunding", False, _time, "API.md 7; funding payments")
_order_check("userNonFundingLedgerUpdates", False, _time, "API.md 7; cash flows")
_order_check("historicalOrders", True, lambda row: int(row["order"]["oid"]), "API.md 7; order history")


@check(CHECKS, "page.fundingHistory", "A long fundingHistory is cut at 500 rows.", "API.md 6; funding history")
async def funding_page(seen: Seen) -> None:
    found = await rows(seen, "fundingHistory")
    hours = (seen.began - found[0]["time"]) // HOUR + 1
    if hours < FUNDING_PAGE:
        raise NotSeen(f"{seen.names.perp} has only {hours} hours of history")
    assume(len(found) == FUNDING_PAGE, f"{FUNDING_PAGE} rows", f"{len(found)}")


@check(CHECKS, "page.userFills", "userFills has at most 2000 rows.", "API.md 7; fills")
async def fills_page(seen: Seen) -> str:
    found = await rows(seen, "userFills")
    assume(len(found) <= FILLS_PAGE, f"at most {FILLS_PAGE} rows", f"{len(found)}")
    return f"{len(found)} rows"


@check(CHECKS, "identity.userFills", "(time, coin, tid, oid, side) names one fill.", "API.md 8; fills")
async def fill_identity(seen: Seen) -> None:
    found = await rows(seen, "userFills")
    keys = [(row["time"], row["coin"], row["tid"], row["oid"], row["side"]) for row in found]
    twice = len(keys) - len(set(keys))
    assume(twice == 0, "no two fills with one key", f"{twice} of {len(keys)} repeat another")


@check(
    CHECKS, "candle.grid", "A candle runs from t, a whole minute, to T = t + 59,999 ms.", "API.md 6; candles page"
)
async def candle_grid(seen: Seen) -> None:
    for row in await rows(seen, "candleSnapshot", 1):
        right = row["t"] % MINUTE == 0 and row["T"] == row["t"] + MINUTE - 1
        assume(right, "t on the minute and T its last ms", f"t={row['t']}, T={row['T']}", row)


@check(CHECKS, "candle.start", "A startTime inside a candle returns that candle too.", "API.md 6; candles page")
async def candle_start(seen: Seen) -> None:
    start = BY_ID["candleSnapshot"].body(seen.names, seen.began)["req"]["startTime"]
    first = (await rows(seen, "candleSnapshot", 1))[0]
    if first["t"] > start + MINUTE:
        raise NotSeen("no trade in the minute of startTime")
    assume(first["t"] <= start <= first["T"], f"a candle around {start}", f"first t={first['t']}", first)


@check(CHECKS, "candle.range", "High and low of a candle hold open and close.", "API.md 6; candles page")
async def candle_range(seen: Seen) -> None:
    for row in await rows(seen, "candleSnapshot", 1):
        low, high = float(row["l"]), float(row["h"])
        inside = all(low <= float(row[key]) <= high for key in "oc")
        assume(inside, "l <= o, c <= h", f"l={row['l']} o={row['o']} c={row['c']} h={row['h']}", row)


@check(
    CHECKS,
    "funding.hour",
    "Funding is stamped within moments after the full hour, hourly.",
    "API.md 6, 8; funding",
)
async def funding_hour(seen: Seen) -> str:
    found = await rows(seen, "fundingHistory")
    late = [row["time"] % HOUR for row in found]
    assume(max(late) < STAMP_SLACK, "times just after the hour", f"up to {max(late)} ms after", found[-1])
    hours = sorted(row["time"] // HOUR for row in found)
    steps = [b - a for a, b in pairwise(hours)]
    missing = sum(step != 1 for step in steps)
    assume(
        missing * 20 <= len(steps), "a row for each hour", f"{missing} of {len(steps)} steps are other", hours[:4]
    )
    return f"{min(late)} to {max(late)} ms after the hour"


@check(
    CHECKS, "portfolio.windows", "portfolio has eight windows, four of them perps alone.", "API.md 7; equity curve"
)
async def portfolio_windows(seen: Seen) -> None:
    names = [row[0] for row in await rows(seen, "portfolio", 1)]
    plain = ["day", "week", "month", "allTime"]
    wanted = plain + [f"perp{name[0].upper()}{name[1:]}" for name in plain]
    assume(names == wanted, ", ".join(wanted), ", ".join(names))
