"""Words of portfolio pages; ``static/js/portfolio.js`` and ``portfolio_table.js`` have the same ones."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from accounts.address import short_address
from dashboard.pages.markets_row import tone

NONE = {"position": "No open position", "order": "No open order", "balance": "No balance"}
HEARD = {"position": "positions_at", "order": "orders_at", "balance": "spot_at"}
LINES = {
    "perp": "Perps",
    "spot": "Spot",
    "unrealized": "Unrealised PnL",
    "vault": "Vault",
    "moved": "Moved since",
}


def line_name(kind: str, subject: str) -> str:
    """What a line of the equity is called."""
    short = short_address(subject) if len(subject) > 20 else subject
    return " ".join(filter(None, (LINES.get(kind, kind), short or ("first dex" if kind == "perp" else ""))))


def order_words(row: Mapping[str, Any]) -> dict[str, str]:
    """What kind of order it is, and what hangs on it."""
    filled = f"{row['filled']} filled" if re.search("[1-9]", row["filled"]) else ""
    words = (row["type"], row["tif"] if row["tif"] != "—" else "", row["reduce_only"] and "reduce only", filled)
    return {"words": " · ".join(filter(None, words)), "hanging": " · ".join(row["children"])}


def none_text(kind: str, parts: list[dict[str, Any]], is_past: bool) -> str:
    """What an empty table says: that there is nothing, or that not all is known."""
    if is_past:
        return f"{NONE[kind]} was known then."
    silent = sum(part["summary"].get(HEARD[kind]) is None for part in parts)
    if kind == "position":
        silent = sum(not part["is_live"] and part["is_old"] for part in parts)
    if not silent:
        return f"{NONE[kind]}."
    return f"{NONE[kind]} is known; of {silent} wallet{'' if silent == 1 else 's'} nothing was received yet."


def not_streamed(summaries: Iterable[Mapping[str, Any]]) -> str:
    """``Not streamed: 2 (…), 1 (…)``: of how many wallets figures come more seldom than they could, and why."""
    whys = Counter(one["why"] for one in summaries if one.get("why"))
    return f"Not streamed: {', '.join(f'{count} ({why})' for why, count in whys.most_common())}" if whys else ""


def left_out(row: Mapping[str, Any]) -> dict[str, str]:
    """Second lines that would say nothing."""
    names = {"position": ("roe", "distance"), "order": ("value",), "balance": ("upnl",)}
    return {name: "" for name in names[row["kind"]] if row[name] == "—"}


def tones(row: Mapping[str, Any]) -> dict[str, str]:
    """Classes of the signed figures of a row."""
    return {name: tone(row[name]) for name in ("upnl", "roe", "funding") if name in row}
