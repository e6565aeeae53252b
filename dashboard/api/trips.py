"""Round trips as the page of that name makes them, window by window."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from dashboard.api.paging import page, scope_for
from dashboard.api.problems import MEND, Problem, problem
from dashboard.api.values import MOST_ROWS, NO_ZERO, Address, Amount, AnAddress, CoinName, Ms, Text
from dashboard.pages.history.trips import Cursor, is_kind
from snapshots.trips import Journey, notes_of, window

router = Router(tags=["History"])


class Trip(Schema):
    """From flat to flat. Amounts are in ``quote``, sizes in coins; ``net`` is price PnL less fees, with funding.

    ``cut_off``: its beginning is not in the record; ``holes``: fills are missing in it.
    """

    wallet: Address
    coin: CoinName
    kind: Text
    dex: str
    quote: Text
    side: Literal["long", "short"]
    opened: Ms
    closed: Ms | None
    last: Ms
    fills: int
    size: Amount
    peak: Amount
    entry: Amount | None
    exit: Amount | None
    price_pnl: Amount | None
    fees: Amount
    builder_fees: Amount
    funding: Amount
    has_all_funding: bool
    net: Amount | None
    cut_off: bool
    holes: bool
    liquidated: bool
    note: str
    tags: list[str]


class Trips(Schema):
    """``next`` as everywhere: what to send as ``after``."""

    rows: list[Trip]
    next: str | None


class Asked(Schema):
    """Filters of the page."""

    wallet: Annotated[AnAddress | None, Field(description="One of your wallets; all of them without.")] = None
    coin: CoinName = ""
    side: Literal["", "long", "short"] = ""
    kind: Annotated[Literal["", "open", "won", "lost"], Field(description="Still open, or how it ended.")] = ""
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 100
    after: Annotated[str, Field(max_length=160, pattern=NO_ZERO, description="The `next` of the page before.")] = (
        ""
    )


@router.get("/trips", response={200: Trips, 404: Problem})
def trips(request: HttpRequest, asked: Query[Asked]) -> Any:
    """Round trips by their opening, newest first. Older windows of 10,000 fills follow the first."""
    cursor = Cursor.of(asked.after)
    if asked.after and (str(cursor) != asked.after or not is_sane(cursor)):
        return problem(422, MEND, [{"where": "query.after", "what": "It is the `next` of no page."}])
    scope = scope_for(request, asked.wallet)
    held = window(list(scope.accounts.values()), asked.coin, cursor.until, scope.coins.pairs)
    journeys = sorted((one for one in held.journeys if wanted(one, asked)), key=order, reverse=True)
    if cursor.key is not None:
        journeys = [one for one in journeys if order(one) < (cursor.last, cursor.key)]
    shown = journeys[: asked.limit]
    following = None
    if len(journeys) > asked.limit:
        following = str(Cursor(cursor.until, shown[-1].trip.opened, shown[-1].key))
    elif held.is_cut and held.since is not None:
        following = str(Cursor(held.since))
    notes = notes_of(request.user, shown)
    return page((trip_row(one, scope, notes.get(one.key)) for one in shown), following)


def order(one: Journey) -> tuple[int, Any]:
    """By what never changes of a trip, so that none is missed that goes on while pages are read."""
    return one.trip.opened, one.key


def is_sane(cursor: Cursor) -> bool:
    """Numbers that a database can hold."""
    numbers = [cursor.until, cursor.last, *(part for part in cursor.key or () if isinstance(part, int))]
    return all(number is None or -1 <= number < 2**63 for number in numbers)


def wanted(one: Journey, asked: Asked) -> bool:
    """As the page filters."""
    return (not asked.side or one.trip.side == asked.side) and (not asked.kind or is_kind(one, asked.kind))


def trip_row(one: Journey, scope: Any, note: Any) -> dict[str, Any]:
    """The trip with its owner's note."""
    more = {
        "wallet": scope.accounts[one.account].address,
        "last": one.last,
        "fills": one.fills,
        "has_all_funding": one.has_all_funding,
        "note": note.text if note else "",
        "tags": note.tag_list if note else [],
    }
    return {name: getattr(one.trip, name) for name in Trip.model_fields if name not in more} | more
