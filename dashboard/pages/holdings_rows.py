"""Rows of an account as it had been stored, with the fields of the rows of ``account:0x…`` (``exchange/rows.py``).

Orders and balances are not stored; what the balances were worth stands in the lines of the equity.
"""

from decimal import Context
from typing import Any

from exchange import figures
from exchange.account_marks import ZERO, Held
from exchange.equity import USDC
from exchange.rows import NONE
from exchange.rows_account import position_row
from exchange.wire.account import CumulativeFunding, Leverage, Position
from snapshots.holdings import Holdings
from snapshots.models import EquitySnapshot, PositionSnapshot
from snapshots.standings import collaterals

Row = dict[str, Any]
MARK = Context(prec=6)
"""A mark that is worked out of a value which was cut is not exact."""


def holdings_rows(holdings: Holdings) -> dict[str, Row]:
    """All rows by key: ``summary`` and ``position:<coin>``."""
    tokens = collaterals(holdings.equity) if holdings.equity else {}
    rows: dict[str, Row] = {
        f"position:{row.coin}": position_row(held(row, tokens.get(row.dex, USDC)), None)
        for row in holdings.positions
    }
    if holdings.equity:
        rows["summary"] = summary_row(holdings.equity)
    return rows


def held(row: PositionSnapshot, token: str) -> Held:
    """The position at the mark that its value was told with."""
    mark = MARK.divide(row.position_value, abs(row.szi)) if row.position_value is not None else None
    return Held(row.dex, token, position_of(row), mark, is_live=False, moved=ZERO)


def position_of(row: PositionSnapshot) -> Position:
    """What the exchange had said, as far as it is stored."""
    paid = row.funding_since_open
    return Position(
        coin=row.coin,
        szi=row.szi,
        leverage=Leverage(row.leverage_type, row.leverage) if row.leverage else None,
        entry_px=row.entry_px,
        position_value=row.position_value,
        unrealized_pnl=row.unrealized_pnl,
        return_on_equity=row.return_on_equity,
        liquidation_px=row.liquidation_px,
        margin_used=row.margin_used,
        cum_funding=None if paid is None else CumulativeFunding(paid, paid, paid),
    )


def summary_row(equity: EquitySnapshot) -> Row:
    """What the account was worth, and its margin."""
    used, worth = equity.margin_used, equity.equity
    usage = used / worth if used is not None and worth is not None and worth > 0 else None
    return {
        "equity": figures.money(worth),
        "reason": equity.reason,
        "is_estimate": equity.is_estimate,
        "lines": [[line.kind, line.subject, figures.money(line.amount), line.why] for line in equity.parts],
        "upnl": figures.gain(equity.unrealized_pnl),
        "notional": figures.money(equity.notional),
        "margin": figures.money(used),
        "usage": figures.plain_percent(usage, 2),
        "health": NONE,
        "withdrawable": figures.money(equity.withdrawable),
        "mode": equity.mode,
    }
