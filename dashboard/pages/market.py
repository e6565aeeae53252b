"""``/markets/<coin>/``: one market's figures, chart, book, tape and funding history."""

import asyncio
from collections.abc import Awaitable, Mapping
from difflib import get_close_matches
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from dashboard.history import NoHistory, Past, history
from dashboard.mirror import Snapshot, mirror
from dashboard.pages.candle_svg import candle_picture, newest_bar
from dashboard.pages.cookies import favourites
from dashboard.pages.freshness import clock_text, feed_now
from dashboard.pages.funding import funding_context
from dashboard.pages.markets import next_hour
from dashboard.pages.markets_row import badge, stream, tone
from dashboard.pages.pressure import DEFAULT_SPAN, SPANS, pressure_context
from exchange.rows import BOOK_KEY
from exchange.topics import INTERVALS

DEFAULT_INTERVAL = "1h"
BLANK = ("", "", "", 0)
FIRST_PAINT_S = 1.5
"""How long a page waits for what it shows first; what comes later, the script fetches."""
LEVELS = (5, 14)
"""Lines of the book a side, at least and at most: the exchange's fast book has 5, its slow one 20."""
TAPE = 36
NO_BOOK, NO_ORDERS = "The order book has not come yet.", "Nobody offers anything."


async def market(request: HttpRequest, coin: str) -> HttpResponse:
    """The market as it stands now; scripts then join its topics. ``?interval=`` chooses the candles."""
    markets = mirror.snapshot("markets")
    if markets is None or not markets.rows:
        return render(request, "market/waiting.html", {"coin": coin}, status=503)
    if coin not in markets.rows:
        return unknown(request, coin, markets.rows)
    asked = request.GET.get("interval") or DEFAULT_INTERVAL
    interval = asked if asked in INTERVALS else DEFAULT_INTERVAL
    known = markets.rows[coin]
    topics = {name: f"{name}:{coin}" for name in ("market", "book", "trades")} | {
        "candle": f"candle:{coin}:{interval}"
    }
    request.streams = ("prices", stream(known))
    if not known["delisted"]:
        request.streams += (topics["book"], topics["trades"], topics["candle"])
    span = request.GET.get("cvd", "")
    context = await first_paint(coin, interval, topics, known, span if span in SPANS else DEFAULT_SPAN)
    context |= {
        "streams": " ".join(request.streams),
        "topics": topics,
        "interval": interval,
        "intervals": INTERVALS,
        "misread": "" if asked == interval else asked[:20],
        "pressed": "true" if coin in favourites(request) else "false",
        "address": request.get_full_path(),
    }
    response = render(request, "market/page.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response


async def first_paint(
    coin: str, interval: str, topics: Mapping[str, str], known: Mapping[str, Any], span: str
) -> dict[str, Any]:
    """Everything that the page shows, as far as it comes in time; all is asked for at once."""
    figures, book, trades, _, (candles, no_candles), (funding, no_funding) = await asyncio.gather(
        *(in_mirror(topics[name], known) for name in ("market", "book", "trades", "candle")),
        in_time(history.candles(coin, interval)),
        in_time(history.funding(coin) if known["kind"] == "perp" else nothing()),
    )
    row = {**known, **(figures.rows.get(coin, {}) if figures else {})}
    now = feed_now(mirror.status())
    return {
        "section": "markets",
        "row": row,
        "badge": badge(row),
        "stream": stream(row),
        "tones": {name: tone(row[name]) for name in ("change", "funding")},
        "book": book_context(book.rows.get(BOOK_KEY) if book else None),
        "trades": newest(trades.rows if trades else {}),
        "pressure": None if known["delisted"] else await pressure_context(row, span, trades),
        "picture": candle_picture(candles) if candles else None,
        "bar": newest_bar(candles, row.get("px_decimals", 2)) if candles else None,
        "no_candles": no_candles,
        "funding_history": funding_context(funding),
        "no_funding": no_funding,
        "next_funding": next_hour(now),
        "as_of": clock_text(row.get("prices_at") or now),
    }


async def in_mirror(topic: str, known: Mapping[str, Any]) -> Snapshot | None:
    """The topic's rows, if they come in time; a delisted coin has figures and nothing else."""
    if known["delisted"] and not topic.startswith("market:"):
        return None
    return await mirror.wait(topic, FIRST_PAINT_S)


async def in_time(asked: Awaitable[Past | None]) -> tuple[Past | None, str]:
    """What was asked for, or None and why it is not here."""
    try:
        async with asyncio.timeout(FIRST_PAINT_S):
            return await asked, ""
    except TimeoutError:
        return None, "The exchange has not answered yet."
    except NoHistory as none:
        return None, str(none)


async def nothing() -> None:
    """Spot pairs have no funding."""


def book_context(book: Mapping[str, Any] | None) -> dict[str, Any]:
    """The book for ``_book.html``: as many lines on both sides, which then stay; asks worst first."""
    is_heard = book is not None
    book = book or {"asks": [], "bids": [], "spread": "—", "spread_pct": "—"}
    fewest, most = LEVELS
    count = max(fewest, min(most, max(len(book["asks"]), len(book["bids"]))))
    asks, bids = ([*book[side][:count], *[BLANK] * (count - len(book[side]))] for side in ("asks", "bids"))

    def lines(levels: list[Any]) -> list[dict[str, Any]]:
        return [{"px": px, "sz": sz, "total": total, "bar": f"{depth:.1%}"} for px, sz, total, depth in levels]

    return {
        "has_orders": bool(book["asks"] or book["bids"]),
        "none": NO_ORDERS if is_heard else NO_BOOK,
        "asks": lines(asks[::-1]),
        "bids": lines(bids),
        "spread": book["spread"],
        "spread_pct": book["spread_pct"],
    }


def newest(trades: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The newest TAPE trades first, blank lines after them."""
    latest = sorted(trades.items(), key=lambda item: (item[1]["time"], item[0]), reverse=True)[:TAPE]
    return [row for _, row in latest] + [{}] * (TAPE - len(latest))


def unknown(request: HttpRequest, coin: str, rows: Mapping[str, Mapping[str, Any]]) -> HttpResponse:
    """404 with the markets whose names are near."""
    return render(request, "market/unknown.html", {"coin": coin, "near": near(coin, rows)}, status=404)


def near(name: str, rows: Mapping[str, Mapping[str, Any]], most: int = 6) -> list[Mapping[str, Any]]:
    """Markets whose label or name is like ``name``: first those that contain it, then those spelt alike."""
    wanted = name.strip("/").casefold()
    spelt = {row["label"].rpartition(":")[2].casefold(): row for row in rows.values() if row["dex"]}
    spelt |= {text.casefold(): row for row in rows.values() for text in (row["coin"], row["label"])}
    containing = [text for text in sorted(spelt, key=len) if wanted and wanted in text]
    alike = get_close_matches(wanted, spelt, n=most, cutoff=0.55)
    return list({spelt[text]["coin"]: spelt[text] for text in containing[:most] + alike}.values())[:most]


async def candles(request: HttpRequest) -> JsonResponse:
    """``/api/candles?coin=&interval=``: bars for the chart, with the time at which they were read."""
    coin, interval = request.GET.get("coin", ""), request.GET.get("interval", "")
    markets = mirror.snapshot("markets")
    if interval not in INTERVALS:
        return JsonResponse({"error": f"interval is one of {', '.join(INTERVALS)}"}, status=400)
    if markets is None or coin not in markets.rows:
        return JsonResponse({"error": "no such market"}, status=404)
    try:
        past = await history.candles(coin, interval)
    except NoHistory as none:
        after = {"Retry-After": str(round(max(1, min(60, none.retry_after))))}
        return JsonResponse({"error": str(none)}, status=503, headers=after)
    body = {"coin": coin, "interval": interval, "bars": past.rows, "as_of": past.as_of, "problem": past.problem}
    return JsonResponse(body, headers={"Cache-Control": "private, no-cache"})
