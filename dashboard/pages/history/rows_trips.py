"""Rows of the table of round trips: from flat to flat, what each earned, and what its owner wrote about it."""

from urllib.parse import quote

from django.urls import reverse

from dashboard.pages.history.cells import Cell, Column, cost, gain, price, size
from dashboard.pages.history.coins import Coins
from dashboard.pages.history.order import Values
from dashboard.pages.history.rows import WALLET, Cells
from dashboard.pages.history.scope import Scope
from dashboard.pages.history.times import duration
from exchange.rows import NONE
from snapshots.models import TripNote
from snapshots.pnl.trips import Trip
from snapshots.trips import Journey, Key

TRIPS = [
    Column("coin", "Coin"),
    WALLET,
    Column("opened", "Opened"),
    Column("closed", "Closed"),
    Column("size", "Largest size", True),
    Column("price", "Entry and exit", True, "Average prices"),
    Column("profit", "Price PnL", True, "Of what was closed, before fees and funding"),
    Column("fee", "Fees", True),
    Column("funding", "Funding", True, "Received with a plus, paid with a minus"),
    Column("gain", "Net", True, "Price PnL less fees, with funding"),
    Column("note", "Notes"),
]
TRIP_VALUES: Values[Journey] = {
    "coin": lambda one: one.trip.coin,
    "opened": lambda one: one.trip.opened,
    "closed": lambda one: one.trip.closed,
    "profit": lambda one: one.trip.price_pnl,
    "fee": lambda one: one.trip.fees,
    "funding": lambda one: one.trip.funding if one.has_all_funding else None,
    "gain": lambda one: one.trip.net if one.has_all_funding else None,
}
"""What a window of trips can be sorted by: not by sizes and prices, which are of different coins."""
SIDES = {"long": "up", "short": "down"}
MOST_TEXT = 60


def trip_cells(one: Journey, scope: Scope, note: TripNote | None) -> Cells:
    """One trip."""
    trip, times = one.trip, scope.times
    held = (trip.closed or times.now) - trip.opened
    funding = trip.funding if one.has_all_funding else None
    net = trip.net if one.has_all_funding else None
    address = scope.accounts[one.account].address
    return {
        "coin": coin_cell(trip, scope.coins, href_of(address, one.key)),
        "wallet": Cell(scope.name(one.account), title=address),
        "opened": Cell(
            times.at(trip.opened), title=times.exact(trip.opened), under="or earlier" if trip.cut_off else ""
        ),
        "closed": Cell("open" if trip.closed is None else times.at(trip.closed), under=duration(held)),
        "size": size(trip.peak, scope.coins.base(trip.coin)),
        "price": Cell(price(trip.entry).text, under=f"→ {price(trip.exit).text}" if trip.exit else ""),
        "profit": gain(trip.price_pnl, trip.quote)
        if trip.exit or trip.closed
        else Cell("—", title="nothing was closed"),
        "fee": cost(trip.fees, trip.quote),
        "funding": gain(funding, trip.quote) if funding or funding is None else Cell("—", title="none"),
        "gain": gain(net, trip.quote),
        "note": note_cell(note, href_of(address, one.key)),
    }


def coin_cell(trip: Trip, coins: Coins, href: str = "") -> Cell:
    """The market, which way, and what is special about the trip."""
    return Cell(coins.label(trip.coin), href=href, tags=((trip.side, SIDES[trip.side]), *warnings(trip)))


def warnings(trip: Trip) -> list[tuple[str, str]]:
    """What a reader must know before he believes the numbers."""
    found = []
    if trip.liquidated:
        found.append(("liquidated", "warn"))
    if trip.cut_off:
        found.append(("beginning unknown", "warn"))
    if trip.holes:
        found.append(("fills missing", "warn"))
    if "twap" in trip.ways:
        found.append(("TWAP", ""))
    return found


def note_cell(note: TripNote | None, href: str) -> Cell:
    """Tags and the beginning of the text, leading to the trip's page."""
    if note is None:
        return Cell("Add note", "off-paper", href=f"{href}#note")  # nothing that paper can do
    text = " ".join(note.text.split())
    short = text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"
    return Cell(short or "Tagged", href=f"{href}#note", tags=tuple((tag, "") for tag in note.tag_list))


def href_of(address: str, key: Key) -> str:
    """The trip's own page."""
    _, coin, opened, tid, oid, side = key
    return reverse("trip", args=[address, f"{opened}.{tid}.{oid}.{side}", quote(coin, safe="@:/")])


def averages(trip: Trip) -> tuple[str, str]:
    """Entry and exit."""
    return price(trip.entry).text, price(trip.exit).text if trip.exit is not None else NONE
