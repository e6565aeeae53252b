"""Round trips as pages read them: made from the newest fills up to a moment, and never from more than so many.

A window is ``MOST_FILLS`` fills of some accounts, or of one coin of theirs. A trip that began before it looks
cut off, and the window says so; an earlier window shows the trips that ended there. What a window held is
kept for a while and made again as soon as a row in it is new.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from django.db.models import Count, Max

from exchange.wire import cashflows as wire
from exchange.wire.fills import Fill as WireFill
from snapshots.models import Account, Fill, FundingPayment, TripNote
from snapshots.models.fill import NO_TID
from snapshots.pnl.executions import Pairs, executions
from snapshots.pnl.trips import Trip, round_trips

MOST_FILLS = 10_000
"""As many as the exchange gives of an account's past; a third of a second of work."""
MOST_PAYMENTS = 20_000
KEPT = 24
PAYMENT = wire.FundingPayment.__struct_fields__
ANCHORS = 100

Key = tuple[int, str, int, int, int, str]
"""(account, coin, opened, tid, oid, side) of the opening fill: what a TripNote names."""


@dataclass(frozen=True, slots=True)
class Journey:
    """A trip of one account without its parts, for lists. ``last`` is its newest fill; ``fills`` how many."""

    account: int
    trip: Trip
    key: Key
    last: int
    fills: int
    has_all_funding: bool

    @property
    def order(self) -> tuple[int, Key]:
        """By its newest fill: the order of pages."""
        return self.last, self.key


@dataclass(frozen=True, slots=True)
class Window:
    """``journeys`` newest first. ``since`` is the oldest fill that was read, None if there was none.

    ``is_cut`` says that older fills exist which were not read.
    """

    journeys: Sequence[Journey]
    since: int | None
    is_cut: bool


_kept: OrderedDict[Any, tuple[Any, Window]] = OrderedDict()
_lock = Lock()


def window(
    accounts: Sequence[Account], coin: str = "", until: int | None = None, pairs: Pairs | None = None
) -> Window:
    """The trips of some accounts whose newest fill is before ``until``; open ones only if that is None.

    ``pairs`` tell which tokens a spot coin is of. Two queries while nothing is new, four else.
    """
    numbers = [one.pk for one in accounts]
    fills = Fill.objects.between(None, until)
    payments = FundingPayment.objects.between(None, until)
    if coin:
        fills, payments = fills.coin(coin), payments.coin(coin)
    fills, payments = fills.page(numbers, MOST_FILLS + 1), payments.page(numbers, MOST_PAYMENTS)
    key = (tuple(sorted(numbers)), coin, until, bool(pairs))
    state = tuple(rows.aggregate(Count("pk"), Max("pk"), Max("time")).values() for rows in (fills, payments))
    state = tuple(tuple(values) for values in state)
    with _lock:
        held = _kept.get(key)
    if held is None or held[0] != state:
        held = (state, _read(accounts, fills, payments, until is None, pairs))
    with _lock:
        _kept[key] = held
        _kept.move_to_end(key)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return held[1]


def _read(accounts: Sequence[Account], fills: Any, payments: Any, with_open: bool, pairs: Pairs | None) -> Window:
    rows = list(fills)
    paid = list(payments.values_list("account", *PAYMENT))
    is_cut, rows = len(rows) > MOST_FILLS, rows[:MOST_FILLS]
    all_paid_since = paid[-1][1] + 1 if len(paid) == MOST_PAYMENTS else 0
    journeys: list[Journey] = []
    for account in accounts:
        own = [row.wire for row in reversed(rows) if row.account_id == account.pk]
        funding = [wire.FundingPayment(*values) for number, *values in paid if number == account.pk]
        trips = round_trips(executions(own, (), account.address, pairs), funding)
        journeys += [
            journey(account.pk, trip, all_paid_since) for trip in trips if with_open or trip.closed is not None
        ]
    journeys.sort(key=lambda one: one.order, reverse=True)
    return Window(journeys, rows[-1].time if rows else None, is_cut)


def journey(account: int, trip: Trip, all_paid_since: int = 0) -> Journey:
    """The trip as lists show it."""
    return Journey(
        account=account,
        trip=replace(trip, parts=()),
        key=fill_key(account, trip.parts[0].execution.fill),
        last=trip.parts[-1].execution.time,
        fills=len(trip.parts),
        has_all_funding=trip.opened >= all_paid_since,
    )


def trip_of(account: Account, key: Key, pairs: Pairs | None = None) -> tuple[Trip, bool] | None:
    """The trip that begins with a fill, else the one that holds it, and whether it was read to its end.

    A fill that flips a position ends one trip and begins another: the one that it begins is meant. A trip
    holds the fill that once began it when older history has come since. Three queries, six for such a one.
    """
    for older, is_meant in ((ANCHORS, begins_with), (MOST_FILLS, holds)):
        trips, is_whole = _trips_around(account, key, pairs, older)
        if found := [trip for trip in trips if is_meant(trip, account.pk, key)]:
            return found[-1], is_whole or found[-1].closed is not None
    return None


def begins_with(trip: Trip, account: int, key: Key) -> bool:
    """Whether the fill that the key names is the trip's first."""
    return journey(account, trip).key == key


def holds(trip: Trip, account: int, key: Key) -> bool:
    """Whether the fill that the key names is one of the trip's."""
    return any(fill_key(account, part.execution.fill) == key for part in trip.parts)


def fill_key(account: int, fill: WireFill) -> Key:
    """What names a trip that begins with this fill."""
    return account, fill.coin, fill.time, NO_TID if fill.tid is None else fill.tid, fill.oid, fill.side


def _trips_around(account: Account, key: Key, pairs: Pairs | None, older: int) -> tuple[list[Trip], bool]:
    """Trips of the key's coin, from ``older`` fills before it on: they tell the order within a millisecond."""
    _, coin, opened, *_ = key
    own = Fill.objects.of([account.pk]).coin(coin)
    rows = list(own.between(opened).in_order()[: MOST_FILLS + 1])
    is_whole, rows = len(rows) <= MOST_FILLS, rows[:MOST_FILLS]
    before = list(Fill.objects.coin(coin).between(None, opened).page([account.pk], older))[::-1]
    read = [*before, *rows]
    since, until = (read[0].time, read[-1].time + 1) if read else (opened, opened)
    paid = FundingPayment.objects.of([account.pk]).coin(coin).between(since, None if is_whole else until)
    funding = [row.wire for row in paid.order_by("time")[:MOST_PAYMENTS]]
    return round_trips(executions([row.wire for row in read], (), account.address, pairs), funding), is_whole


def notes_of(user: Any, journeys: Sequence[Journey], tag: str = "") -> dict[Key, TripNote]:
    """The user's notes on these trips, or those with a tag; one query.

    A note is about the trip that begins with its fill, or that did before older history came.
    """
    if not journeys:
        return {}
    notes = TripNote.objects.of(user).filter(
        account__in={one.account for one in journeys},
        opened_at__gte=min(one.trip.opened for one in journeys),
        opened_at__lte=max(one.last for one in journeys),
    )
    exact = {key_of(note): note for note in (notes.tagged(tag) if tag else notes)}
    found = {one.key: exact.pop(one.key) for one in journeys if one.key in exact}
    for (account, coin, moment, *_), note in exact.items():
        for one in journeys:
            if (one.account, one.trip.coin) == (account, coin) and one.trip.opened < moment <= one.last:
                found.setdefault(one.key, note)
    return found


def key_of(note: TripNote) -> Key:
    """The trip that a note is about."""
    return (note.account_id, note.coin, note.opened_at, note.tid, note.oid, note.side)
