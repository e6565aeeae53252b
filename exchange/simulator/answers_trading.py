"""Answers about fills, orders, TWAPs, funding and cash flows (API.md section 7)."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from exchange.simulator.accounts import Account, dex_of
from exchange.simulator.fields import Body
from exchange.simulator.figures import exact, units
from exchange.simulator.happenings import Json
from exchange.simulator.state import State

PAGE = 2000
FUNDING_PAGE = 500
FILLS_KEPT = 10_000


def account_of(state: State, body: Body) -> Account:
    """The account of the body's user; an empty one for an address never seen."""
    user = body.address()
    return state.accounts.get(user) or Account(user)


def span(state: State, body: Body) -> tuple[int, int]:
    """(startTime, endTime); the latter defaults to now."""
    start, stop = body.number("startTime"), body.maybe_number("endTime")
    return start, state.now if stop is None else stop


def kept(rows: Sequence[Json]) -> list[Json]:
    """The newest 10,000: the exchange has no others."""
    return list(rows)[-FILLS_KEPT:]


def user_fills(state: State, body: Body) -> list[Json]:
    """Newest first."""
    rows = kept(account_of(state, body).fills)
    rows = aggregated(rows) if body.flag("aggregateByTime") else rows
    return rows[-1 : -PAGE - 1 : -1]


def fills_by_time(state: State, body: Body) -> list[Json]:
    """Oldest first unless ``reversed``."""
    start, stop = span(state, body)
    rows = [row for row in kept(account_of(state, body).fills) if start <= row["time"] <= stop]
    rows = aggregated(rows) if body.flag("aggregateByTime") else rows
    return rows[::-1][:PAGE] if body.flag("reversed") else rows[:PAGE]


def aggregated(rows: list[Json]) -> list[Json]:
    """Partial fills of one crossing order in one millisecond as one; their tids are lost."""
    merged: list[Json] = []
    for _, group in groupby(
        rows, key=lambda row: (row["time"], row["coin"], row["oid"], row["crossed"], row["tid"] == 0)
    ):
        same = list(group)
        if len(same) == 1 or not same[0]["crossed"]:
            merged += same
        else:
            merged.append(merge(same))
    return merged


def merge(rows: list[Json]) -> Json:
    """One row whose size, profit and fees are the sums and whose price is the average."""
    sums = {key: sum(units(row[key], 8) for row in rows) for key in ("sz", "closedPnl", "fee")}
    paid = sum(units(row["px"], 8) * units(row["sz"], 8) for row in rows)
    return rows[0] | {key: wire8(total) for key, total in sums.items()} | {"px": wire8(paid // sums["sz"])}


def wire8(amount: int) -> str:
    return exact(amount, 8)


def slice_fills(state: State, body: Body) -> list[Json]:
    return kept(account_of(state, body).slices)[-1 : -PAGE - 1 : -1]


def slices_by_time(state: State, body: Body) -> list[Json]:
    start, stop = span(state, body)
    return [row for row in kept(account_of(state, body).slices) if start <= row["fill"]["time"] <= stop][:PAGE]


def twap_history(state: State, body: Body) -> list[Json]:
    return account_of(state, body).twap_log[::-1]


def funding(state: State, body: Body) -> list[Json]:
    start, stop = span(state, body)
    return [row for row in account_of(state, body).fundings if start <= row["time"] <= stop][:FUNDING_PAGE]


def ledger(state: State, body: Body) -> list[Json]:
    start, stop = span(state, body)
    rows = sorted(account_of(state, body).ledger, key=lambda row: row["time"])
    return [row for row in rows if start <= row["time"] <= stop][:PAGE]


def orders_of(state: State, body: Body) -> list[Any]:
    """Open orders of one dex, newest first; spot orders ride with the first (API.md section 5)."""
    dex = body.text("dex", "")
    orders = account_of(state, body).orders.values()
    return [order for order in reversed(orders) if dex_of(order.listing.name) == dex]


def historical_orders(state: State, body: Body) -> list[Json]:
    """Newest first by oid; an oid appears once for each status it had."""
    rows = sorted(account_of(state, body).order_log, key=lambda row: row["order"]["oid"], reverse=True)
    return rows[:PAGE]


def order_status(state: State, body: Body) -> Json:
    oid = body.oid("oid")
    for row in reversed(account_of(state, body).order_log):
        if oid in (row["order"]["oid"], row["order"]["cloid"]):
            return {"status": "order", "order": row}
    return {"status": "unknownOid"}


TYPES: dict[str, Callable[[State, Body], Any]] = {
    "userFills": user_fills,
    "userFillsByTime": fills_by_time,
    "userTwapSliceFills": slice_fills,
    "userTwapSliceFillsByTime": slices_by_time,
    "twapHistory": twap_history,
    "userFunding": funding,
    "userNonFundingLedgerUpdates": ledger,
    "openOrders": lambda state, body: [order.brief() for order in orders_of(state, body)],
    "frontendOpenOrders": lambda state, body: [order.full() for order in orders_of(state, body)],
    "historicalOrders": historical_orders,
    "orderStatus": order_status,
}
