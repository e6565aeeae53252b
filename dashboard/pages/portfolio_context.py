"""What a portfolio page shows, put together from live rows, stored ones, and the record's own state."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.models import Wallet
from dashboard.mirror import Snapshot
from dashboard.pages.curve_svg import curve_context
from dashboard.pages.history.scope import name_of
from dashboard.pages.history.times import Times
from dashboard.pages.holdings_rows import holdings_rows
from dashboard.pages.markets_row import tone
from dashboard.pages.moment import field_text
from dashboard.pages.portfolio_query import CURVES, RANGES, PortfolioQuery
from dashboard.pages.portfolio_record import record_context
from dashboard.pages.portfolio_words import NONE, left_out, line_name, none_text, not_streamed, order_words, tones
from exchange import figures
from snapshots.curves import Curve, curve_of
from snapshots.holdings import Holdings, holdings_of
from snapshots.models import Account
from snapshots.pnl.returns import max_drawdown

Rows = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Shown:
    """``wallets`` are all of the user's, ``one`` the only one that is asked for; ``live`` rows by address."""

    wallets: list[Wallet]
    one: Wallet | None
    query: PortfolioQuery
    live: Mapping[str, Snapshot]
    followed: list[str]
    """Addresses whose topics the page joins."""

    @property
    def chosen(self) -> list[Wallet]:
        return [self.one] if self.one else self.wallets


def portfolio_context(shown: Shown) -> dict[str, Any]:
    """All of the page; the number of queries does not depend on how many wallets there are."""
    query, times = shown.query, shown.query.times
    for wallet in shown.wallets:
        wallet.name = name_of(wallet)
    minute = times.now // 60_000 * 60_000
    missing = [wallet.address for wallet in shown.chosen if wallet.address not in shown.live]
    stored = holdings_of(missing, query.at) if missing else {}
    accounts = list(Account.objects.filter(address__in=[wallet.address for wallet in shown.chosen]))
    parts = [_part(wallet, shown, stored.get(wallet.address)) for wallet in shown.chosen]
    return {
        "section": "portfolio",
        "wallets": shown.wallets,
        "one": shown.one,
        "query": query,
        "parts": parts,
        "total": _total(parts),
        "none": {kind: none_text(kind, parts, query.at is not None) for kind in NONE},
        "not_streamed": not_streamed(part["summary"] for part in parts),
        "positions": _lines(parts, "position"),
        "orders": _orders(parts, times),
        "balances": _lines(parts, "balance"),
        "live_addresses": " ".join(shown.followed),
        "streams": "prices spot" if shown.followed else "",
        "zone": times.name,
        "at": times.at(query.at) if query.at is not None else "",
        "at_field": field_text(query.at if query.at is not None else minute, times.zone),
        "at_most": field_text(minute, times.zone),
        "same": query.address().rstrip("?"),
        "now_link": query.address(at=""),
        "kept": query.kept(),
        **_chart(shown, accounts),
        **(record_context(shown.chosen, accounts, times) if query.at is None else {}),
    }


def _part(wallet: Wallet, shown: Shown, held: Holdings | None) -> dict[str, Any]:
    """One wallet: its rows, where they come from, and how old they are."""
    live = shown.live.get(wallet.address)
    rows: Rows = live.rows if live else holdings_rows(held) if held else {}
    times = shown.query.times
    moment = shown.query.at if shown.query.at is not None else times.now
    received = live.received if live else held.received_at if held else None
    summary = rows.get("summary", {})
    return {
        "wallet": wallet,
        "rows": rows,
        "summary": summary,
        "lines": [[line_name(kind, subject), usd, why] for kind, subject, usd, why in summary.get("lines", ())],
        "is_live": live is not None,
        "is_old": not live and (held is None or held.is_old(moment)),
        "received": (times.at(received) if shown.one else times.near(received)) if received else "",
        "tone": tone(summary.get("upnl", "")),
        "count": sum(key.startswith("position:") for key in rows),
    }


def _total(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The sum of the figures that are shown; ``lacking`` wallets have none."""
    worth = [_amount(part["summary"].get("equity")) for part in parts]
    profit = [_amount(part["summary"].get("upnl")) for part in parts]
    known = [value for value in worth if value is not None]
    gain = figures.gain(sum((value for value in profit if value is not None), Decimal(0)))
    return {
        "equity": figures.money(sum(known, Decimal(0))) if known else "—",
        "upnl": gain if known else "—",
        "tone": tone(gain),
        "lacking": len(worth) - len(known),
    }


def _amount(text: str | None) -> Decimal | None:
    """``−$1,234.50`` as a number."""
    plain = (text or "").replace("−", "-").replace("$", "").replace(",", "").replace("+", "")
    return Decimal(plain) if plain and plain != "—" else None


def _lines(parts: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Rows of one kind of all wallets, the largest first."""
    lines = [
        {
            "key": f"{part['wallet'].address} {key}",
            "wallet": part["wallet"],
            "row": {**row, **left_out(row)},
            "tones": tones(row),
        }
        for part in parts
        for key, row in part["rows"].items()
        if key.startswith(f"{kind}:")
    ]
    return sorted(lines, key=lambda line: -(line["row"].get("n_value") or 0))


def _orders(parts: list[dict[str, Any]], times: Times) -> list[dict[str, Any]]:
    """Open orders, with the words that their rows are summed up in."""
    return [
        {**line, **order_words(line["row"]), "placed": times.near(line["row"]["time"])}
        for line in _lines(parts, "order")
    ]


def _chart(shown: Shown, accounts: list[Account]) -> dict[str, Any]:
    """The curve that is asked for, up to now or the moment that is asked for."""
    query = shown.query
    end = query.at if query.at is not None else query.times.now
    began = min((account.added_at for account in accounts), default=None)
    curve = curve_of(accounts, query.start(end, began), end, as_of=query.at)
    begins = _begins(shown, curve) if query.curve == "equity" else {}
    return {
        "chart": curve_context(curve.points, query.curve, begins),
        "begins": [(words, query.times.near(time)) for time, words in sorted(begins.items())],
        "curves": [(name, text, query.address(curve=name)) for name, text in CURVES.items()],
        "ranges": [(name, text, query.address(range=name)) for name, (text, _) in RANGES.items()],
        "grows": query.at is None and query.curve == "equity" and len(curve.counted) == len(shown.followed),
        "not_counted": curve.not_counted,
        "to_come": _to_come(shown, curve),
        "is_before": query.at is not None and began is not None and query.at < began,
        "performance": _performance(curve) if query.curve == "pnl" else "",
        "began": query.times.near(began) if began else "",
    }


def _to_come(shown: Shown, curve: Curve) -> int:
    """Wallets whose equity is in the figure above the curve while none of their points is stored yet."""
    if shown.query.at is not None or not curve.points:
        return 0
    worth = {address: _amount(rows.rows["summary"].get("equity")) for address, rows in shown.live.items()}
    return sum(value is not None and address not in curve.counted for address, value in worth.items())


def _performance(curve: Curve) -> str:
    """Return and drawdown of the time that is drawn; empty without two points."""
    grown = curve.growth()
    if len(grown) < 2:
        return ""
    earned, fall = figures.percent(grown[-1] - 1), figures.plain_percent(max_drawdown(grown), 2)
    return f"Return {earned}, max drawdown {fall}. "


def _begins(shown: Shown, curve: Curve) -> dict[int, str]:
    """Whose equity is in the sum from when on, as words beside the curve."""
    names = {wallet.address: wallet.name for wallet in shown.chosen}
    return {
        time: names[some[0]] if len(some) == 1 else f"{len(some)} wallets" for time, some in curve.begins.items()
    }
