"""``/trades/large/``: large public trades of the recorded coins, newest first, above a threshold for each coin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.address import short_address
from accounts.models import Wallet
from dashboard.pages.history.cells import Cell, Column, price, size, sum_of
from dashboard.pages.history.coins import Coins
from dashboard.pages.history.coverage import coverage_of
from dashboard.pages.history.lists import owned
from dashboard.pages.history.query import CURSOR
from dashboard.pages.history.rows import SIDES, coin_cell
from dashboard.pages.history.scope import name_of, now_ms
from dashboard.pages.history.table_html import lines_html
from dashboard.pages.history.times import Times, times_of
from snapshots import large
from snapshots.covered import recorded
from snapshots.models import TradeSnapshot
from snapshots.models.trade import LARGE

SIZE = 100
STEPS = (10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000)
OFF = 0
SHARE = 10_000
"""Unless somebody chooses, a trade is large that is worth this part of its coin's volume of 24 hours."""
USUAL = 100_000
STREAM = "trades:"
COLUMNS = [
    Column("time", "Time"),
    Column("coin", "Coin"),
    Column("side", "Side", meaning="Of who took the order that was there"),
    Column("price", "Price", True),
    Column("size", "Size", True),
    Column("gain", "Value", True),
    Column("buyer", "Buyer"),
    Column("seller", "Seller"),
]


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which worth on a coin's trades are shown; OFF: none of them."""

    coin: str
    label: str
    least: int
    is_chosen: bool

    @property
    def name(self) -> str:
        return f"over.{self.coin}"

    @property
    def options(self) -> list[tuple[int, str, bool]]:
        """Steps for the select: value, text, whether it is this one."""
        steps = [(step, f"${step:,}", step == self.least) for step in sorted({*STEPS, self.least} - {OFF})]
        return [*steps, (OFF, "none", self.least == OFF)]


@owned
def large_trades(request: HttpRequest) -> HttpResponse:
    """The trades, and how complete the record of each coin is; four queries."""
    coins, times = Coins(), times_of(request.user, now_ms())
    record = recorded(STREAM)
    names = sorted({stream.removeprefix(STREAM) for stream in record} | large.coins_of_late())
    thresholds = [threshold(coin, request.GET, coins) for coin in names]
    found = CURSOR.match(request.GET.get("after", ""))
    after = (int(found[1]), int(found[2])) if found else None
    over = {one.coin: one.least for one in thresholds if one.least}
    rows = list(large.large_trades(over).page(SIZE + 1, after))
    last = rows[SIZE - 1] if len(rows) > SIZE else None
    known = {wallet.address: name_of(wallet) for wallet in Wallet.objects.of(request.user)}
    context = {
        "section": "trades",
        "tab": "trades",
        "title": "Large trades",
        "times": times,
        "path": request.path,
        "thresholds": thresholds,
        "columns": COLUMNS,
        "rows": rows[:SIZE],
        "lines": lines_html(COLUMNS, (trade_cells(row, coins, times, known) for row in rows[:SIZE])),
        "older": address(thresholds, f"{last.time}-{last.tid}") if last else "",
        "newest": address([one for one in thresholds if one.is_chosen]) if after else "",
        "is_narrowed": any(one.is_chosen for one in thresholds),
        "coverage": coverage_of([(coins.label(coin), [STREAM + coin]) for coin in names], times, record=record),
    }
    response = render(request, "trades/large.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response


def threshold(coin: str, given: Mapping[str, str], coins: Coins) -> Threshold:
    """What the address says of the coin, else a part of its volume."""
    text = given.get(f"over.{coin}", "")
    if text.isdecimal() and len(text) <= 12:
        least = int(text)
        return Threshold(coin, coins.label(coin), max(least, LARGE) if least else OFF, True)
    volume = (coins.rows.get(coin) or {}).get("n_volume")
    fitting = USUAL if volume is None else max((step for step in STEPS if step <= volume / SHARE), default=LARGE)
    return Threshold(coin, coins.label(coin), fitting, False)


def address(thresholds: list[Threshold], after: str = "") -> str:
    """``?…`` with these thresholds, so that they stay while volumes move."""
    parts = [*((one.name, str(one.least)) for one in thresholds), *([("after", after)] if after else [])]
    return "?" + urlencode(parts, safe=":@/")


def trade_cells(row: TradeSnapshot, coins: Coins, times: Times, known: Mapping[str, str]) -> dict[str, Cell]:
    """One trade."""
    word, tone = SIDES.get(row.side, (row.side, ""))
    money = coins.pairs.get(row.coin, ("", "USDC"))[1]
    return {
        "time": Cell(times.at(row.time), title=times.exact(row.time)),
        "coin": coin_cell(coins, row.coin),
        "side": Cell(word, tone),
        "price": price(row.px),
        "size": size(row.sz, coins.base(row.coin)),
        "gain": sum_of(row.px * row.sz, money),
        "buyer": party(row.buyer, known),
        "seller": party(row.seller, known),
    }


def party(address: str | None, known: Mapping[str, Any]) -> Cell:
    """Who it was: by the user's own name for it, else by the ends of the address."""
    if not address:
        return Cell("—", title="Nobody said")
    if address in known:
        return Cell(known[address], title=address, href=f"/wallets/{address}/", tags=(("in your list", ""),))
    return Cell(short_address(address), title=address, href=f"/wallets/{address}/")
