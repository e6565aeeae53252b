"""Stored history of the user's wallets: fills, funding payments, equity; and the positions that they held."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from dashboard.api.paging import OfWallets, Page, Spanned, history_page, page, scope_for
from dashboard.api.problems import Problem
from dashboard.api.values import Address, Amount, AnAddress, CoinName, Ms, Text, row_of
from dashboard.pages.history.lists import LETTERS
from snapshots.models import EquitySnapshot, Fill, FundingPayment, PositionSnapshot
from snapshots.models.fill import NO_TID

router = Router(tags=["History"])


class FillRow(Schema):
    """One execution; ``twap_id`` says that it is a slice of that TWAP. ``side``: B bought, A sold."""

    id: int
    wallet: Address
    time: Ms
    coin: CoinName
    side: Annotated[str, Field(examples=["B"])]
    px: Amount
    sz: Amount
    start_position: Amount
    dir: Text
    closed_pnl: Amount
    fee: Amount | None
    fee_token: str | None
    builder_fee: Amount | None
    crossed: bool
    oid: int
    tid: int | None
    hash: Text
    cloid: str | None
    twap_id: int | None
    liquidated_user: str | None
    liquidation_mark_px: Amount | None
    liquidation_method: str | None
    received_at: Ms


class AskedFills(OfWallets):
    """Also by side, or liquidations alone."""

    side: Annotated[str | None, Field(pattern="^(buy|sell)$", examples=["buy"])] = None
    liquidations: bool = False


@router.get("/fills", response={200: Page[FillRow], 404: Problem})
def fills(request: HttpRequest, asked: Query[AskedFills]) -> Any:
    """Executions, newest first; three queries."""
    scope, rows = scope_for(request, asked.wallet), Fill.objects.all()
    if asked.coin:
        rows = rows.coin(asked.coin)
    if asked.side:
        rows = rows.filter(side=LETTERS[asked.side])
    if asked.liquidations:
        rows = rows.liquidations()
    found, following = history_page(rows, scope, asked)
    return page(
        (
            row_of(row, FillRow, wallet=address(scope, row), tid=None if row.tid == NO_TID else row.tid)
            for row in found
        ),
        following,
    )


class Payment(Schema):
    """An hour's funding of a position: ``usdc`` below zero was paid; in the coin's collateral."""

    id: int
    wallet: Address
    time: Ms
    coin: CoinName
    usdc: Amount
    szi: Amount
    funding_rate: Amount
    received_at: Ms


@router.get("/funding", response={200: Page[Payment], 404: Problem})
def funding(request: HttpRequest, asked: Query[OfWallets]) -> Any:
    """Funding payments, newest first; three queries."""
    scope, rows = scope_for(request, asked.wallet), FundingPayment.objects.all()
    if asked.coin:
        rows = rows.coin(asked.coin)
    found, following = history_page(rows, scope, asked)
    return page((row_of(row, Payment, wallet=address(scope, row)) for row in found), following)


class Line(Schema):
    """A part of an equity; an ``amount`` of null is not in it, ``why`` says so."""

    kind: Text
    subject: Text
    amount: Amount | None
    why: Text


class Equity(Schema):
    """What an account was worth, USD; null could not be computed, for ``reason``."""

    id: int
    wallet: Address
    time: Ms
    mode: Text
    equity: Amount | None
    reason: str
    is_estimate: bool
    unrealized_pnl: Amount | None
    margin_used: Amount | None
    maintenance_margin: Amount | None
    notional: Amount | None
    withdrawable: Amount | None
    lines: list[Line]
    received_at: Ms


class AskedEquity(Spanned):
    """Of all wallets, or of one."""

    wallet: Annotated[AnAddress | None, Field(description="One of your wallets; all of them without.")] = None


@router.get("/equity", response={200: Page[Equity], 404: Problem})
def equity(request: HttpRequest, asked: Query[AskedEquity]) -> Any:
    """Stored equity, newest first; three queries."""
    scope = scope_for(request, asked.wallet)
    found, following = history_page(EquitySnapshot.objects.all(), scope, asked)
    return page((equity_row(row, address(scope, row)) for row in found), following)


def equity_row(row: EquitySnapshot, wallet: str) -> Any:
    """With its lines."""
    lines = [{"kind": one.kind, "subject": one.subject, "amount": one.amount, "why": one.why} for one in row.parts]
    return row_of(row, Equity, wallet=wallet, lines=lines)


class Position(Schema):
    """As it was last stored; ``szi`` below zero is short. A ``liquidation_px`` of null: there is none."""

    wallet: Address
    time: Ms
    dex: str
    coin: CoinName
    szi: Amount
    entry_px: Amount | None
    position_value: Amount | None
    unrealized_pnl: Amount | None
    return_on_equity: Amount | None
    liquidation_px: Amount | None
    margin_used: Amount | None
    leverage: int | None
    leverage_type: str
    funding_since_open: Amount | None
    received_at: Ms


class Positions(Schema):
    """All that are open; there is no second page."""

    rows: list[Position]


@router.get("/positions", response={200: Positions, 404: Problem})
def positions(
    request: HttpRequest,
    wallet: Annotated[AnAddress | None, Field(description="One of your wallets.")] = None,
    at: Annotated[Ms | None, Field(description="As had been received by this moment; now without.")] = None,
) -> Any:
    """Open positions as stored, each minute in which they changed; live ones come by the socket."""
    scope = scope_for(request, wallet)
    held = PositionSnapshot.objects.held_by(scope.numbers, at)
    rows = (row for some in held.values() for row in some)
    return {"rows": [row_of(row, Position, wallet=address(scope, row)) for row in rows]}


def address(scope: Any, row: Any) -> str:
    """Whose row it is."""
    found: str = scope.accounts[row.account_id].address
    return found
