"""What belongs together in time: books with quotes, candles with trades, frames with the clock."""

from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any

from exchange.probe.check import Check, check
from exchange.probe.checks_prices import LEVELS, judge_book
from exchange.probe.listening import Frame
from exchange.probe.outcome import NotSeen, assume
from exchange.probe.seen import Seen

CHECKS: list[Check] = []
FAST_LEVELS = 5
TRAIL_MS = 5_000
AHEAD_MS = -1_000
MOSTLY = 0.8
FEWEST = 5
DEPTH = "API.md 5; exchange/rows_depth.py"


@check(CHECKS, "book.fast", "A fast l2Book has up to 5 levels a side and says fast.", DEPTH)
async def fast_book(seen: Seen) -> None:
    for book in (await seen.hear("l2Book.fast")).data:
        assume(book.get("fast") is True, "fast true", f"{book.get('fast')}", book)
        judge_book(book, FAST_LEVELS)


@check(CHECKS, "book.slow", "A slow l2Book has up to 20 levels a side and does not say fast.", DEPTH)
async def slow_book(seen: Seen) -> str:
    data = (await seen.hear("l2Book.slow")).data
    for book in data:
        assume(not book.get("fast"), "no fast", "fast", book)
        judge_book(book, LEVELS)
    depth = max(len(side) for book in data for side in book["levels"])
    assume(depth > FAST_LEVELS, f"more than {FAST_LEVELS} levels", f"{depth}")
    return f"{depth} levels"


def _best(book: Any) -> list[str | None]:
    return [side[0]["px"] if side else None for side in book["levels"]]


def _quotes(quotes: Any) -> list[str | None]:
    return [level and level["px"] for level in quotes["bbo"]]


@check(CHECKS, "book.quotes", "At one time, the best prices of book and bbo are the same.", DEPTH)
async def coherent_book(seen: Seen) -> str:
    books, quotes = (await seen.hear("l2Book.fast")).data, (await seen.hear("bbo")).data
    compared = []
    for book in books:
        before = [one for one in quotes if one["time"] <= book["time"]]
        if before:
            compared.append((_quotes(before[-1]), _best(book)))
    if len(compared) < FEWEST:
        raise NotSeen(f"{len(compared)} books to compare")
    same = sum(a == b for a, b in compared)
    odd = next(([a, b] for a, b in compared if a != b), None)
    assume(same >= MOSTLY * len(compared), "the same best prices", f"{same} of {len(compared)} the same", odd)
    return f"{same} of {len(compared)} the same"


@check(CHECKS, "quotes.change", "bbo speaks only when its best levels change.", "API.md 5; exchange/rows_depth.py")
async def quotes_change(seen: Seen) -> str:
    data = (await seen.hear("bbo")).data
    if len(data) < FEWEST:
        raise NotSeen(f"{len(data)} frames")
    again = sum(a["bbo"] == b["bbo"] for a, b in pairwise(data))
    assume(again * FEWEST <= len(data), "changes", f"{again} of {len(data)} frames as the one before")
    return f"{len(data)} changes in {seen.seconds:.0f} s"


@check(CHECKS, "candle.trades", "The running candle holds the trades of its minute.", "API.md 5; candles page")
async def coherent_candle(seen: Seen) -> str:
    trades, candles = await seen.hear("trades"), await seen.hear("candle")
    last = {data["t"]: frame for frame, data in zip(candles.frames, candles.data, strict=True)}
    told, tape = 0, list(zip(trades.frames, trades.data, strict=True))
    for start, frame in last.items():
        candle = frame.data
        inside = _trades_of(tape, start, candle["T"], frame.at)
        told += len(inside)
        low, high = Decimal(candle["l"]), Decimal(candle["h"])
        odd = [row for row in inside if not low <= Decimal(row["px"]) <= high]
        assume(not odd, f"prices within {low} to {high}", f"{len(odd)} trades beyond", odd[:1])
        volume = sum((Decimal(row["sz"]) for row in inside), Decimal(0))
        assume(
            volume <= Decimal(candle["v"]) * Decimal("1.001"), f"at most {candle['v']} traded", f"{volume}", candle
        )
    if told < FEWEST:
        raise NotSeen(f"{told} trades in the candles of the window")
    return f"{told} trades in {len(last)} candles"


def _trades_of(tape: list[tuple[Frame, Any]], start: int, end: int, until: float) -> list[Any]:
    """Trades of a minute, each once, that came a moment before its candle did."""
    rows = [row for frame, data in tape if frame.at <= until - 1 for row in data]
    return list({(row["time"], row["tid"]): row for row in rows if start <= row["time"] <= end}.values())


@check(CHECKS, "candle.running", "candle sends the running candle of its interval.", "API.md 5; candles page")
async def running(seen: Seen) -> None:
    heard = await seen.hear("candle")
    for frame, candle in zip(heard.frames, heard.data, strict=True):
        assume(candle["i"] == "1m", "interval 1m", candle["i"])
        now = candle["t"] - TRAIL_MS <= frame.wall <= candle["T"] + 60_000 + TRAIL_MS
        assume(now, "the minute that runs, or the one before", f"t={candle['t']} at {frame.wall}", candle)


@check(CHECKS, "clock.frames", "Times in frames trail our clock by less than 5 s.", "API.md 4; staleness, ages")
async def trail(seen: Seen) -> str:
    heard = await seen.hear("l2Book.fast")
    late = median(frame.wall - data["time"] for frame, data in zip(heard.frames, heard.data, strict=True))
    assume(AHEAD_MS < late < TRAIL_MS, "0 to 5 s behind our clock", f"{late:.0f} ms")
    return f"{late:.0f} ms"
