"""Rows of the tables of fills and funding: what the exchange sent, as people read it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from dashboard.pages.history.cells import Cell, Column, cost, gain, price, size, sum_of
from dashboard.pages.history.coins import Coins
from dashboard.pages.history.scope import Scope
from dashboard.pages.money import MINUS
from exchange import figures
from snapshots.models import Fill, FundingPayment
from snapshots.pnl.executions import USDC, dex_of, kind_of

SIDES = {"B": ("Buy", "up"), "A": ("Sell", "down")}
TIME = Column("time", "Time")
WALLET = Column("wallet", "Wallet")
COIN = Column("coin", "Coin")
FILLS = [
    TIME,
    WALLET,
    COIN,
    Column("side", "Side"),
    Column("size", "Size", True),
    Column("price", "Price", True),
    Column("value", "Value", True, "Size × price"),
    Column("fee", "Fee", True, "With the builder's fee, in the token in which it was paid"),
    Column("gain", "Realised PnL", True, "The exchange's closedPnl: of what this fill closed, before fees"),
]
FUNDING = [
    TIME,
    WALLET,
    COIN,
    Column("size", "Position", True, "Signed: a short is below zero"),
    Column("rate", "Rate", True, "Of one hour; positive: longs pay shorts"),
    Column("gain", "Payment", True, "Received with a plus, paid with a minus"),
]

Cells = dict[str, Cell]


def shown(columns: Sequence[Column], scope: Scope) -> list[Column]:
    """The columns; without the wallet's where there is but one."""
    return [column for column in columns if column is not WALLET or scope.is_many]


def place_cells(scope: Scope, account: int, time: int, coin: str = "") -> Cells:
    """When, whose, and of which market."""
    cells = {
        "time": Cell(scope.times.at(time), title=scope.times.exact(time), order=time),
        "wallet": Cell(scope.name(account), title=scope.accounts[account].address),
    }
    if coin:
        cells["coin"] = coin_cell(scope.coins, coin)
    return cells


def coin_cell(coins: Coins, coin: str, *tags: tuple[str, str]) -> Cell:
    """The market's name, leading to it."""
    return Cell(coins.label(coin), href=coins.href(coin), tags=tags)


def fill_cells(fill: Fill, scope: Scope) -> Cells:
    """One fill."""
    money = money_of(fill.coin, fill.fee_token, scope.coins)
    word, tone = SIDES.get(fill.side, (fill.side, ""))
    is_plain = fill.dir in ("Buy", "Sell", "")
    return {
        **place_cells(scope, fill.account_id, fill.time),
        "coin": coin_cell(scope.coins, fill.coin),
        "side": Cell(word, tone, tags=tuple(fill_tags(fill, scope)), under="" if is_plain else fill.dir),
        "size": size(fill.sz, scope.coins.base(fill.coin)),
        "price": price(fill.px),
        "value": sum_of(fill.px * fill.sz, money),
        "fee": cost(fill.fee, fill.fee_token or USDC, under="taker" if fill.crossed else "maker"),
        "gain": gain(fill.closed_pnl, money) if fill.closed_pnl else Cell("—", title="It closed nothing"),
    }


def fill_tags(fill: Fill, scope: Scope) -> list[tuple[str, str]]:
    """What was special about a fill."""
    tags = []
    if fill.twap_id is not None:
        tags.append(("TWAP", ""))
    if fill.liquidated_user is not None:
        is_victim = fill.liquidated_user == scope.accounts[fill.account_id].address
        tags.append(("liquidated", "warn") if is_victim else ("against a liquidation", ""))
    return tags


def money_of(coin: str, fee_token: str | None, coins: Coins) -> str:
    """The token in which a fill's value and PnL are: a pair's quote, a dex's collateral."""
    if kind_of(coin) == "perp":
        return fee_token or USDC
    return coins.pairs.get(coin, ("", USDC))[1]


def funding_cells(payment: FundingPayment, scope: Scope, tokens: Mapping[str, str]) -> Cells:
    """One payment. ``tokens``: collateral of coins of builder dexes, as far as it is known."""
    token = tokens.get(payment.coin, USDC if not dex_of(payment.coin) else "of collateral")
    return {
        **place_cells(scope, payment.account_id, payment.time, payment.coin),
        "size": signed_size(payment.szi, scope.coins.base(payment.coin)),
        "rate": Cell(figures.percent(payment.funding_rate, 4), title=figures.percent(payment.funding_rate, 9)),
        "gain": gain(payment.usdc, token),
    }


def signed_size(value: Decimal, token: str) -> Cell:
    """Coins held: short ones below zero."""
    sign = MINUS if value < 0 else "+" if value > 0 else ""
    return Cell(f"{sign}{figures.exact(abs(value))} {token}")
