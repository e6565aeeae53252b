"""Buyers against sellers on a market's page: CVD of the stored trades, or of the tape where none are stored."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from asgiref.sync import sync_to_async
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboard.mirror import Snapshot, mirror
from dashboard.pages.freshness import clock_text, feed_now
from dashboard.pages.pressure_svg import picture
from exchange import figures
from snapshots.pressure import Pressure, of_trades, pressure_of

SPANS = {"1h": 3_600_000, "4h": 14_400_000, "24h": 86_400_000, "7d": 604_800_000}
DEFAULT_SPAN = "24h"
PATIENCE_S = 1.5
KEPT_S = 5.0
"""All readers of a coin share what was read within so many seconds; the rest comes to them by the tape."""
MOST_KEPT = 256

LATE_MS = 60_000
LATE = "The newest trades are not recorded yet."
AHEAD_MS = 60_000
"""The exchange's clock may be before ours."""

log = logging.getLogger(__name__)
_kept: dict[tuple[str, str], tuple[float, Pressure | None]] = {}


class Unreadable(Exception):
    """The record cannot be read just now; there is none, that is something else."""


async def pressure_part(request: HttpRequest) -> HttpResponse:
    """``/parts/pressure?coin=&span=``: the partial of the page, for the script to fetch each minute."""
    coin, span = request.GET.get("coin", ""), request.GET.get("span", "")
    markets = mirror.snapshot("markets")
    if markets is None or coin not in markets.rows or span not in SPANS:
        return HttpResponse("no such market or span", status=404, content_type="text/plain")
    context = await pressure_context(markets.rows[coin], span, mirror.snapshot(f"trades:{coin}"))
    response = render(request, "market/_pressure.html", {"pressure": context})
    response["Cache-Control"] = "private, no-cache"
    return response


async def pressure_context(row: Mapping[str, Any], span: str, tape: Snapshot | None) -> dict[str, Any]:
    """What ``_pressure.html`` shows of a market, whose tape is that."""
    now = feed_now(mirror.status())
    try:
        found = await _recorded(row["coin"], span, now) if now else None
    except Unreadable:
        return {**shown(None, row, span), "problem": "The record cannot be read just now."}
    heard = of_tape(tape.rows if tape else {})
    context = shown(found or heard, row, span)
    if found and heard and heard.until - found.until > LATE_MS:
        context["said"] = f"{LATE} {context['said']}".rstrip()
    return context


async def _recorded(coin: str, span: str, now: int) -> Pressure | None:
    """From the database; what was read lately is good enough. Raises Unreadable."""
    time, key = asyncio.get_running_loop().time(), (coin, span)
    at, found = _kept.get(key, (0.0, None))
    if key in _kept and time - at < KEPT_S:
        return found
    try:
        async with asyncio.timeout(PATIENCE_S):
            found = await sync_to_async(_read)(coin, now - SPANS[span], now + AHEAD_MS)
    except (Error, TimeoutError) as error:
        log.warning("trades of %s cannot be read now: %r", coin, error)
        raise Unreadable from error
    _kept.pop(key, None)
    _kept[key] = time, found
    if len(_kept) > MOST_KEPT:
        del _kept[next(iter(_kept))]
    return found


def _read(coin: str, start: int, end: int) -> Pressure | None:
    """Needs the database for a moment, not for as long as the page takes."""
    try:
        return pressure_of(coin, start, end)
    finally:
        if not connection.in_atomic_block:
            connection.close()


def of_tape(trades: Mapping[str, Mapping[str, Any]]) -> Pressure | None:
    """What the newest trades say, which is little; None without any."""
    rows = sorted(trades.values(), key=lambda trade: trade["time"])
    if not rows:
        return None
    steps = [
        of_trades(row["time"], [("B" if row["side"] == "buy" else "A", Decimal(row["sz"].replace(",", "")))])
        for row in rows
    ]
    first, last = rows[0]["time"], rows[-1]["time"]
    return Pressure(steps, first, first, last, last, is_recorded=False)


def shown(found: Pressure | None, row: Mapping[str, Any], span: str) -> dict[str, Any]:
    """The partial's texts."""
    context = {"span": span, "spans": list(SPANS), "unit": row["label"].partition("/")[0].rpartition(":")[2]}
    if found is None:
        return context
    unit, total, drawn = context["unit"], found.bought + found.sold, picture(found)
    return context | {
        "delta": signed(found.delta, unit),
        "tone": "up" if found.delta > 0 else "down" if found.delta < 0 else "",
        "bought": figures.amount(found.bought, unit),
        "sold": figures.amount(found.sold, unit),
        "share": f"{found.bought / total:.0%}" if total else "—",
        "raw": {"bought": f"{found.bought:f}", "sold": f"{found.sold:f}"},
        "since": moment(found.since),
        "until": moment(found.until),
        "is_whole": found.since <= found.asked,
        "is_recorded": found.is_recorded,
        "said": said(found),
        "proved": moment(found.proved) if found.is_recorded and found.proved > found.since else None,
        "picture": drawn,
        "high": signed(drawn["high"], ""),
        "low": signed(drawn["low"], ""),
    }


def signed(value: Decimal, unit: str) -> str:
    """``+12.34 BTC``, ``−0.5 BTC``."""
    sign = "−" if value < 0 else "+" if value > 0 else ""
    return f"{sign}{figures.amount(abs(value), unit)}"


def moment(ms: int) -> dict[str, Any]:
    """A time for the template: Unix ms, and UTC as text."""
    return {"ms": ms, "hour": f"{datetime.fromtimestamp(ms / 1000, UTC):%d %b %H:%M}", "clock": clock_text(ms)}


def said(found: Pressure) -> str:
    """What is missing, if anything is."""
    if not found.is_recorded:
        return "These trades are not recorded here: only those on the tape count."
    if not found.holes:
        return ""
    minutes = sum(hole.end - hole.start for hole in found.holes) // 60_000
    count = len(found.holes)
    return f"{count} gap{'' if count == 1 else 's'} of {minutes} min: trades may be missing there."
