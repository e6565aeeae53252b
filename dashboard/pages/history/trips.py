"""``/history/trips/``: round trips, newest first unless a heading is asked, with their owner's notes and tags."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from dashboard.pages.history.frame import Page, choice, page_of
from dashboard.pages.history.lists import SIZE, owned
from dashboard.pages.history.order import headings, ordered
from dashboard.pages.history.rows import shown
from dashboard.pages.history.rows_trips import TRIP_VALUES, TRIPS, trip_cells
from dashboard.pages.history.statistics import figures_of
from snapshots.models import TripNote
from snapshots.pnl.statistics import statistics
from snapshots.trips import MOST_FILLS, Journey, Key, Window, notes_of, window

SIDES = (("", "Longs and shorts"), ("long", "Longs"), ("short", "Shorts"))
KINDS = (("", "All trips"), ("open", "Still open"), ("won", "Won"), ("lost", "Lost"))


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page goes on: in the window up to ``until``, behind the trip of ``last`` and ``key``."""

    until: int | None = None
    last: int | None = None
    key: Key | None = None

    @classmethod
    def of(cls, text: str) -> "Cursor":
        """From ``after`` of an address; what cannot be read is the newest page."""
        until, _, rest = text.partition("~")
        try:
            moment = int(until) if until else None
            if not rest:
                return cls(moment)
            last, account, opened, tid, oid, side, coin = rest.split(".", 6)
            return cls(moment, int(last), (int(account), coin, int(opened), int(tid), int(oid), side))
        except ValueError:
            return cls()

    def __str__(self) -> str:
        if self.key is None:
            return f"{self.until or ''}~"
        account, coin, opened, tid, oid, side = self.key
        return f"{self.until or ''}~{self.last}.{account}.{opened}.{tid}.{oid}.{side}.{coin}"


@owned
def trips(request: HttpRequest) -> HttpResponse:
    """The trips of a window of fills; the last page of one window leads to the window before it."""
    known = {"side": ("long", "short"), "kind": ("open", "won", "lost"), "tag": None}
    page = page_of(request, "history-trips", known, TRIP_VALUES)
    scope, query, cursor = page.scope, page.query, Cursor.of(page.query.after)
    end = page.span[1] if cursor.until is None else cursor.until
    held = window(list(scope.accounts.values()), query.coin, end, scope.coins.pairs)
    found = wanted(held.journeys, page)
    rest = behind(found, cursor, query.sort)
    rows = rest[:SIZE]
    notes = notes_of(request.user, rows)
    context = {
        "columns": headings(shown(TRIPS, scope), query, TRIP_VALUES),
        "rows": [trip_cells(one, scope, notes.get(one.key)) for one in rows],
        "older": older(page, cursor, end, held, rest),
        "newest": query.address() if query.after else "",
        "choices": choices(page),
        "oldest": rows[-1].trip.opened if rows else None,
        "totals": figures_of(statistics([one.trip for one in found], scope.coins.price)),
        "totals_note": note(page, held),
    }
    return page.answer("history/list.html", context)


def behind(found: Sequence[Journey], cursor: Cursor, sort: str) -> Sequence[Journey]:
    """What is left of the window behind a cursor, in the order that is asked for; all of it from its beginning."""
    if sort:
        found = ordered(found, sort, TRIP_VALUES)
        at = next((n for n, one in enumerate(found) if one.key == cursor.key), -1)
        return found[at + 1 :]
    return found if cursor.key is None else [one for one in found if one.order < (cursor.last, cursor.key)]


def wanted(journeys: Sequence[Journey], page: Page) -> list[Journey]:
    """Those that the filters ask for; a trip belongs to the time of its newest fill."""
    query, start = page.query, page.span[0]
    side, kind, tag = (query.word(name) for name in ("side", "kind", "tag"))
    keys = notes_of(page.request.user, journeys, tag) if tag else None
    return [
        one
        for one in journeys
        if (start is None or one.last >= start)
        and (not side or one.trip.side == side)
        and (not kind or is_kind(one, kind))
        and (keys is None or one.key in keys)
    ]


def is_kind(one: Journey, kind: str) -> bool:
    """Open, or over with a gain or a loss."""
    if kind == "open" or one.trip.closed is None:
        return kind == "open" and one.trip.closed is None
    net = one.trip.net
    return net is not None and (net > 0 if kind == "won" else net < 0)


def older(page: Page, cursor: Cursor, end: int | None, held: Window, rest: Sequence[Journey]) -> str:
    """The next page of this window, or the first one of the window before it."""
    if len(rest) > SIZE:
        last = rest[SIZE - 1]
        return page.query.address(after=str(Cursor(cursor.until, last.last, last.key)))
    start = page.span[0]
    if held.is_cut and held.since is not None and (start is None or held.since > start):
        return page.query.address(after=str(Cursor(held.since)))
    return ""


def choices(page: Page) -> list[dict[str, Any]]:
    """The selects of this page; tags are those that the user has given."""
    tags = sorted({tag for note in TripNote.objects.of(page.request.user).only("tags") for tag in note.tag_list})
    found = [choice(page.query, "side", "Side", SIDES), choice(page.query, "kind", "Kind", KINDS)]
    if tags or page.query.word("tag"):
        given = [(tag, tag) for tag in dict.fromkeys([*tags, page.query.word("tag")]) if tag]
        found.append(choice(page.query, "tag", "Tag", [("", "Any tag"), *given]))
    return found


def note(page: Page, held: Window) -> str:
    """What the figures above the table are about."""
    times = page.scope.times
    if held.since is None:
        return ""
    if held.is_cut:
        return (
            f"Figures are of the trips in the {MOST_FILLS:,} fills since {times.near(held.since)}; "
            "“Older” leads to those before."
        )
    return f"Figures are of all these trips, from {times.near(held.since)} on."
