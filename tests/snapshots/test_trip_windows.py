"""Round trips as pages read them: windows of fills, what is kept, the trip that a key names, notes."""

import pytest

from accounts.models import User
from snapshots import trips
from snapshots.models import Account, Fill, FundingPayment, TripNote
from snapshots.trips import notes_of, trip_of, window
from tests.snapshots.pnl.rows import HOUR, OWNER, D, Trader, funding

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    trips._kept.clear()
    return Account.objects.create(address=OWNER, added_at=0)


def store(account: Account, trader: Trader, *payments) -> None:
    Fill.objects.bulk_create(Fill.of_wire(account.pk, fill, 0) for fill in trader.fills)
    FundingPayment.objects.bulk_create(FundingPayment.of_wire(account.pk, one, 0) for one in payments)
    trader.fills.clear()


def traded(rounds: int) -> Trader:
    """So many whole trips of BTC, each of two fills and with a gain of 10."""
    trader = Trader()
    for _ in range(rounds):
        trader.buy("BTC", 1, 100)
        trader.sell("BTC", 1, 110, closed=10)
    return trader


def test_trips_come_newest_first_with_their_fills_counted_and_their_funding(account):
    trader = traded(3)
    store(account, trader, funding("BTC", "-1.5", at=3500))
    held = window([account])
    assert [(one.trip.opened, one.last, one.fills, one.trip.net) for one in held.journeys] == [
        (5000, 6000, 2, 10),
        (3000, 4000, 2, D("8.5")),
        (1000, 2000, 2, 10),
    ]
    assert (held.since, held.is_cut) == (1000, False)


def test_an_open_trip_is_the_newest_and_an_older_window_leaves_it_out(account):
    trader = traded(1)
    trader.sell("ETH", 2, 50)
    store(account, trader)
    assert [(one.trip.coin, one.trip.closed) for one in window([account]).journeys] == [
        ("ETH", None),
        ("BTC", 2000),
    ]
    assert [one.trip.coin for one in window([account], until=3001).journeys] == ["BTC"]
    assert [one.trip.coin for one in window([account], "ETH").journeys] == ["ETH"]


def test_what_was_made_is_kept_until_a_row_is_new(account, django_assert_num_queries):
    trader = traded(2)
    store(account, trader)
    with django_assert_num_queries(4):
        first = window([account])
    with django_assert_num_queries(2):
        assert window([account]) is first
    trader.buy("BTC", 1, 100)
    store(account, trader)
    assert len(window([account]).journeys) == 3


def test_older_history_that_comes_later_is_seen(account):
    trader = traded(1)
    late = trader.fills[1:]
    first = trader.fills[0]
    trader.fills[:] = late
    store(account, trader)
    assert window([account]).journeys[0].trip.cut_off
    Fill.of_wire(account.pk, first, 0).save()
    assert not window([account]).journeys[0].trip.cut_off


def test_a_window_reads_no_more_fills_than_it_may_and_the_one_before_it_goes_on(account, monkeypatch):
    monkeypatch.setattr(trips, "MOST_FILLS", 5)
    store(account, traded(4))
    newest = window([account])
    assert (newest.is_cut, newest.since) == (True, 4000)
    assert [(one.trip.closed, one.trip.cut_off) for one in newest.journeys] == [
        (8000, False),
        (6000, False),
        (4000, True),
    ]
    before = window([account], until=newest.since)
    assert [(one.trip.closed, one.trip.cut_off) for one in before.journeys] == [(2000, False)]
    assert not before.is_cut


def test_funding_that_was_not_all_read_is_not_said_to_be_all(account, monkeypatch):
    monkeypatch.setattr(trips, "MOST_PAYMENTS", 2)
    trader = traded(2)
    payments = [funding("BTC", 1, at=at) for at in (1500, 3200, 3500)]
    store(account, trader, *payments)
    assert [one.has_all_funding for one in window([account]).journeys] == [False, False]
    assert [one.has_all_funding for one in window([account], until=3100).journeys] == [True]


def test_a_key_finds_its_trip_with_all_fills_and_funding(account, django_assert_num_queries):
    trader = traded(3)
    store(account, trader, funding("BTC", 2, at=3500), funding("BTC", 9, at=HOUR))
    journey = window([account]).journeys[1]
    with django_assert_num_queries(3):
        found, is_whole = trip_of(account, journey.key)
    assert (found.opened, found.closed, len(found.parts), found.funding, is_whole) == (3000, 4000, 2, 2, True)
    assert trip_of(account, (*journey.key[:3], 77, *journey.key[4:])) is None


def test_the_key_of_a_flip_finds_the_trip_that_it_begins(account):
    trader = Trader()
    trader.buy("BTC", 1, 100)
    trader.sell("BTC", 3, 110, closed=10)
    trader.buy("BTC", 2, 105, closed=10)
    store(account, trader)
    short, long = window([account]).journeys
    assert (short.trip.side, long.trip.side) == ("short", "long")
    assert trip_of(account, short.key)[0].side == "short"
    assert trip_of(account, long.key)[0].side == "long"


def test_a_trip_among_fills_of_one_millisecond_is_found_again(account):
    trader = Trader()
    trader.buy("BTC", 1, 100)
    for number in range(6):
        side = trader.sell if number % 2 == 0 else trader.buy
        side("BTC", 2, 100, at=5000)
    store(account, trader)
    for one in window([account]).journeys:
        found, _ = trip_of(account, one.key)
        assert (found.side, found.opened, found.closed) == (one.trip.side, one.trip.opened, one.trip.closed)


def test_notes_and_tags_are_found_by_the_trips_they_are_about_and_only_the_users_own(account, cast):
    store(account, traded(2))
    journeys = window([account]).journeys

    def note(user: User, journey, tags: list[str]) -> TripNote:
        names = ("account_id", "coin", "opened_at", "tid", "oid", "side")
        note = TripNote(user=user, text="t", **dict(zip(names, journey.key, strict=True)))
        note.tag_list = tags
        note.save()
        return note

    hers = note(cast.alice, journeys[0], ["Late exit", "b"])
    note(cast.bob, journeys[1], ["late exit"])
    assert notes_of(cast.alice, journeys) == {journeys[0].key: hers}
    assert notes_of(cast.alice, journeys, "late exit") == {journeys[0].key: hers}
    assert notes_of(cast.alice, journeys, "late") == {}
    assert notes_of(cast.charlie, journeys, "b") == {}
    assert notes_of(cast.alice, []) == {}


def test_a_trip_keeps_its_address_and_its_note_when_older_history_comes(account, cast):
    trader = Trader()
    first = trader.buy("BTC", 1, 100)
    trader.buy("BTC", 1, 102)
    trader.sell("BTC", 2, 110, closed=9)
    trader.fills.remove(first)
    store(account, trader)
    early = window([account]).journeys[0]
    names = ("account_id", "coin", "opened_at", "tid", "oid", "side")
    note = TripNote.objects.create(user=cast.alice, text="t", **dict(zip(names, early.key, strict=True)))
    Fill.of_wire(account.pk, first, 0).save()
    (whole,) = window([account]).journeys
    assert (early.trip.opened, whole.trip.opened) == (2000, 1000)
    assert notes_of(cast.alice, [whole]) == {whole.key: note}
    found, _ = trip_of(account, early.key)
    assert (found.opened, found.cut_off, len(found.parts)) == (1000, False, 3)
