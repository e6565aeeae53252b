"""``/wallets/<address>/bridge/?day=2026-11-24``: one day's PnL, line by line, with what stays unexplained."""

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Wallet
from dashboard.history import NoHistory, Past, history
from dashboard.pages.history.coins import Coins
from dashboard.pages.history.scope import now_ms
from dashboard.pages.history.times import Times, times_of
from dashboard.pages.markets_row import tone
from exchange import figures
from snapshots.bridges import Bridged, NoBridge, Said, bridge_between, said_between
from snapshots.models import Account

NAMES = {
    "deposit": "Deposits",
    "withdrawal": "Withdrawals",
    "transfer": "Transfers from and to others",
    "vault": "Vaults: paid in and taken out",
    "staking": "Staking: moved in and out",
    "realised": "Realised price PnL",
    "unrealised": "Change of unrealised PnL",
    "fee": "Fees",
    "funding": "Funding",
    "interest": "Interest",
    "reward": "Rewards",
    "tokens": "Change of price of tokens held",
}


@login_required
@require_safe
async def bridge(request: HttpRequest, address: str) -> HttpResponse:
    """The bridge of one of the user's wallets."""
    wallet = await Wallet.objects.of(request.user).filter(address=address).afirst()
    if wallet is None:
        context = {"address": address, "section": "portfolio"}
        return await sync_to_async(render)(request, "portfolio/unknown.html", context, status=404)
    request.streams = ()
    try:
        past: Past | None = await history.portfolio(wallet.address)
        problem = past.problem if past else ""
    except NoHistory as none:
        past, problem = None, str(none)
    return await sync_to_async(_show)(request, wallet, past, problem)


def _show(request: HttpRequest, wallet: Wallet, past: Past | None, problem: str) -> HttpResponse:
    times = times_of(request.user, now_ms())
    today = times.today
    asked = request.GET.get("day", "")
    day = _date(asked)
    misread = asked if asked and (day is None or day > today) else ""
    day = today if day is None or day > today else day
    context = {
        "section": "portfolio",
        "wallet": wallet,
        "zone": times.name,
        "day": day,
        "today": today,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1) if day < today else None,
        "misread": misread[:40],
        "problem": problem,
        **_figures(wallet, past, day, times),
    }
    response = render(request, "portfolio/bridge.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response


def _date(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, in no zone
    except ValueError:
        return None


def _figures(wallet: Wallet, past: Past | None, day: date, times: Times) -> dict[str, Any]:
    account = Account.objects.filter(address=wallet.address).first()
    if account is None:
        return {"none": "Nothing has been recorded of this wallet yet."}
    start, end = times.starts(day), min(times.now, times.ends(day))
    said = said_between(account, list(past.rows), start, end) if past else None
    context: dict[str, Any] = {"said": _said(said, times) if said else None}
    try:
        return context | _lines(bridge_between(account, start, end, Coins().pairs), times)
    except NoBridge as none:
        return context | {"none": str(none)}


def _lines(found: Bridged, times: Times) -> dict[str, Any]:
    made = found.bridge
    lines = [(NAMES.get(line.name, line.name), line.count, figures.gain(line.usd)) for line in made.lines]
    return {
        "start": figures.money(made.start),
        "start_at": times.at(found.start),
        "end": figures.money(made.end),
        "end_at": times.at(found.end),
        "lines": [(name, count, usd, tone(usd)) for name, count, usd in lines],
        "explained": figures.money(made.explained),
        "pnl": (pnl := figures.gain(made.pnl)),
        "pnl_tone": tone(pnl),
        "residual": figures.gain(made.residual),
        "residual_exact": f"{made.residual:f} USD".replace("-", "−"),
        "is_whole": figures.gain(made.residual) == figures.gain(Decimal(0)),
        "vaults": figures.money(found.vaults) if found.vaults else "",
        "is_part": found.is_part,
        "not_counted": [
            words if count == 1 else f"{words} ({count} times)"
            for words, count in Counter(made.not_counted).items()
        ],
    }


def _said(said: Said, times: Times) -> dict[str, str]:
    """The exchange's own figure, and ours of the same time."""
    return {
        "start": times.at(said.start),
        "end": times.at(said.end),
        "pnl": figures.gain(said.pnl),
        "own": figures.gain(said.own),
        "difference": figures.gain(said.difference),
    }
