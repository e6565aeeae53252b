"""Rows of an account as it had been stored, with the fields that the rows of ``account:0x…`` have.

Orders and balances are not stored; what the balances were worth stands in the lines of the equity.
"""

from decimal import Decimal
from typing import Any

from exchange import figures
from exchange.rows import NONE
from snapshots.holdings import Holdings
from snapshots.models import EquitySnapshot, PositionSnapshot

Row = dict[str, Any]


def money(value: Decimal | None, signed: bool = False) -> str:
    """``−$12,345.60``: to the cent; ``signed`` puts a plus before gains."""
    if value is None:
        return NONE
    cents = abs(value).quantize(Decimal("0.01"), context=figures.ROUNDING)
    sign = "" if not cents else "−" if value < 0 else "+" if signed else ""
    return f"{sign}${cents:,.2f}"


def holdings_rows(holdings: Holdings) -> dict[str, Row]:
    """All rows by key: ``summary`` and ``position:<coin>``."""
    rows = {f"position:{row.coin}": position_row(row) for row in holdings.positions}
    if holdings.equity:
        rows["summary"] = summary_row(holdings.equity)
    return rows


def summary_row(equity: EquitySnapshot) -> Row:
    """What the account was worth, and its margin."""
    used, worth = equity.margin_used, equity.equity
    return {
        "equity": money(worth),
        "reason": getattr(equity, "reason", ""),
        "lines": [line_of(line) for line in equity.lines],
        "upnl": money(equity.unrealized_pnl, signed=True),
        "margin_used": money(used),
        "margin_share": share(used, worth),
        "leverage": times(equity.notional, worth),
        "withdrawable": money(equity.withdrawable),
        "mode": equity.mode,
    }


def line_of(line: list[Any]) -> list[str]:
    """[what, USD, why] of a stored line [kind, subject, amount, why]."""
    *name, amount, why = line
    return [" ".join(filter(None, name)), money(None if amount is None else Decimal(str(amount))), why]


def position_row(row: PositionSnapshot) -> Row:
    """One position at the mark that its value was told with."""
    mark = row.position_value / abs(row.szi) if row.position_value is not None and row.szi else None
    kind = f" {row.leverage_type}" if row.leverage_type else ""
    return {
        "coin": row.coin,
        "side": "long" if row.szi > 0 else "short",
        "size": figures.exact(abs(row.szi)),
        "entry": figures.price(row.entry_px, 6),
        "mark": figures.price(mark and mark.quantize(Decimal("1e-6")).normalize(), 6),
        "value": money(row.position_value),
        "upnl": money(row.unrealized_pnl, signed=True),
        "roe": figures.percent(row.return_on_equity),
        "liq": figures.price(row.liquidation_px, 6) if row.liquidation_px is not None else "none",
        "liq_distance": distance(mark, row.liquidation_px),
        "margin": money(row.margin_used),
        "leverage": f"{row.leverage}×{kind}" if row.leverage else NONE,
        "funding": money(None if row.funding_since_open is None else -row.funding_since_open, signed=True),
        "n_value": figures.number(row.position_value),
    }


def distance(mark: Decimal | None, liquidation: Decimal | None) -> str:
    """By how much the mark may move, against the position, up to its liquidation."""
    return figures.percent(liquidation / mark - 1 if mark and liquidation is not None else None)


def share(part: Decimal | None, whole: Decimal | None) -> str:
    """``12.3%`` of the whole."""
    return figures.plain_percent(part / whole if part is not None and whole and whole > 0 else None, 1)


def times(notional: Decimal | None, worth: Decimal | None) -> str:
    """``2.31×``."""
    if notional is None or not worth or worth <= 0:
        return NONE
    return f"{(notional / worth).quantize(Decimal('0.01'), context=figures.ROUNDING):,f}×"
