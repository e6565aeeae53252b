"""Round trips: the list with its figures, a trip's own page, and notes that are nobody else's business."""

import asyncio

import pytest
from django.core.cache import cache

from dashboard.history import History
from dashboard.network import NoAddress
from dashboard.pages.history import trip as trip_page
from dashboard.pages.history import trips as trips_page
from exchange.budget import Budget, Limits
from exchange.budget_memory import MemoryStore
from exchange.clock import SystemClock
from exchange.info import InfoClient
from exchange.simulator.server import SimulatedExchange
from snapshots import trips
from snapshots.models import Account, TripNote
from snapshots.pnl.executions import executions
from snapshots.pnl.trips import Trip, round_trips
from tests.dashboard.history_stage import (
    DAY,
    HERS,
    HIS,
    NIGHT,
    SECOND,
    Stage,
    column,
    complete,
    link,
    make_stage,
    text,
)
from tests.exchange.simulator import worlds
from tests.snapshots.pnl.rows import HOUR, Trader, funding

pytestmark = pytest.mark.django_db


def nobody() -> InfoClient:
    raise NoAddress


@pytest.fixture
def stage(cast, monkeypatch) -> Stage:
    """Without an exchange to ask for candles."""
    monkeypatch.setattr(trip_page, "history", History(nobody))
    return make_stage(cast)


def address_of_first(stage: Stage) -> str:
    """The page of the newest trip in Alice's list."""
    return link(stage.alice.get("/history/trips/"), "BTC")


def test_a_trip_is_shown_from_flat_to_flat_with_all_that_it_earned(stage):
    stage.trader.buy("BTC", 2, 100, fee="0.5", at=NIGHT)
    stage.trader.sell("BTC", 1, 120, fee="0.25", at=NIGHT + 90_000, closed=20)
    stage.trader.sell("BTC", 1, 90, fee="0.25", at=NIGHT + DAY, closed=-10)
    stage.keep(stage.her, funding("BTC", "-3", at=NIGHT + 3_600_000))
    page = stage.alice.get(f"/history/trips/?wallet={HERS}")
    assert column(page, "coin") == ["BTC long"]
    assert column(page, "opened") == ["2025-11-25 00:00:00"]
    assert column(page, "closed") == ["2025-11-26 00:00:00 1 d"]
    assert column(page, "size") == ["2 BTC"]
    assert column(page, "price") == ["100 → 105"]
    assert column(page, "profit") == ["+$10.00"]
    assert column(page, "fee") == ["$1.00"]
    assert column(page, "funding") == ["−$3.00"]
    assert column(page, "gain") == ["+$6.00"]


def test_figures_are_of_whole_trips_and_say_what_they_leave_out(stage):
    stage.rounds(3)
    stage.trader.sell("ETH", 1, 100)
    stage.trader.buy("ETH", 1, 104, closed=-4)
    stage.trader.buy("SOL", 1, 7)
    stage.keep(stage.her)
    page = text(stage.alice.get("/history/trips/"))
    assert "Whole trips 4 1 open or not fully known left out" in page
    assert "Net +$24.50" in page  # 3 × 9.5 - 4
    assert "Win rate 75.0% 3 won, 1 lost" in page
    assert "Profit factor 7.12" in page  # 28.5 / 4
    assert "Largest loss −$4.00" in page


def test_what_is_not_fully_known_is_marked(stage):
    stage.trader.held["BTC"] += 5
    stage.trader.sell("BTC", 5, 100, closed=12)
    stage.trader.buy("ETH", 1, 10)
    stage.trader.held["ETH"] += 1
    stage.trader.sell("ETH", 2, 11, closed=2)
    stage.keep(stage.her)
    page = stage.alice.get("/history/trips/")
    assert column(page, "coin") == ["ETH long fills missing", "BTC long beginning unknown"]
    assert column(page, "opened")[1].endswith("or earlier")
    mine = text(stage.alice.get(link(page, "BTC")))
    assert "The beginning of this trip is not in the record" in mine


def test_filters_by_side_kind_time_and_tag(stage):
    stage.rounds(1)
    stage.trader.sell("ETH", 1, 100, at=NIGHT + DAY)
    stage.trader.buy("ETH", 1, 104, closed=-4)
    stage.trader.buy("SOL", 1, 7)
    stage.keep(stage.her)

    def coins(query: str) -> list[str]:
        return [cell.split()[0] for cell in column(stage.alice.get(f"/history/trips/?{query}"), "coin")]

    assert coins("") == ["SOL", "ETH", "BTC"]
    assert coins("side=short") == ["ETH"]
    assert coins("kind=open") == ["SOL"]
    assert coins("kind=won") == ["BTC"]
    assert coins("kind=lost") == ["ETH"]
    assert coins("to=2025-11-25") == ["BTC"]
    assert coins("from=2025-11-26") == ["SOL", "ETH"]
    assert coins("coin=BTC") == ["BTC"]
    stage.alice.post(link(stage.alice.get("/history/trips/"), "ETH"), {"text": "", "tags": "late exit"})
    assert coins("tag=late+exit") == ["ETH"]
    assert coins("tag=late") == []
    assert '<option value="late exit">' in stage.alice.get("/history/trips/").content.decode()


def test_pages_go_on_through_windows_without_losing_or_repeating_a_trip(stage, monkeypatch):
    monkeypatch.setattr(trips, "MOST_FILLS", 20)
    monkeypatch.setattr(trips_page, "SIZE", 4)
    stage.rounds(25)
    stage.keep(stage.her)
    address, seen = "/history/trips/", []
    while address:
        page = stage.alice.get(address)
        seen += column(page, "closed")
        more = b">Older</a>" in page.content
        address = "/history/trips/" + link(page, "Older") if more else ""
    assert len(seen) == len(set(seen)) == 25
    assert seen == sorted(seen, reverse=True)
    assert "Figures are of the trips in the 10,000 fills since" in text(stage.alice.get("/history/trips/"))


@pytest.mark.parametrize("after", ["x", "~", "1~2.3", "~1.2.3.4.5.6.7.8", "9" * 30 + "~", "a~b.c.d.e.f.g.h"])
def test_a_place_that_means_nothing_is_no_error(stage, after):
    stage.rounds(1)
    stage.keep(stage.her)
    assert stage.alice.get("/history/trips/", {"after": after}).status_code == 200


def test_the_page_of_a_trip_has_its_fills_and_the_coverage_of_its_time(stage):
    stage.rounds(1)
    stage.trader.buy("BTC", 1, 500, at=NIGHT + DAY)
    stage.keep(stage.her)
    complete(HERS, start=NIGHT, end=NIGHT + 3 * DAY)
    page = stage.alice.get(link(stage.alice.get("/history/trips/?kind=won"), "BTC"))
    assert column(page, "gain") == ["+$10.00", "—"]
    words = text(page)
    assert "Worst (MAE) — not known Best (MFE) — not known This process knows no exchange to ask." in words
    assert "Net +$9.50 Price PnL +$10.00 Fees $0.50 Funding $0.00 Largest size 1 BTC" in words
    assert "From 25 Nov 2025 00:00 to 25 Nov 2025 00:00: complete." in words


def traded_now(now: int) -> Trip:
    """Bought at the price of three hours ago, sold two hours later."""
    trader = Trader(now - 3 * HOUR)
    trader.buy("BTC", 1, 80_000)
    trader.sell("BTC", 1, 80_100, at=now - HOUR)
    (trip,) = round_trips(executions(trader.fills))
    return trip


async def test_the_worst_and_the_best_that_a_trip_stood_at_are_told_by_candles(monkeypatch):
    cache.clear()
    clock = SystemClock()
    async with SimulatedExchange(worlds.small(start_ms=clock.now_ms()), clock) as exchange:
        client = InfoClient(exchange.url, Budget(MemoryStore(), Limits(), clock), clock)
        monkeypatch.setattr(trip_page, "history", History(lambda: client))
        monkeypatch.setattr(trip_page, "PATIENCE_S", 60.0)
        trip = traded_now(clock.now_ms())
        reached = await trip_page.excursion_of(trip)
        bars = list(await asyncio.to_thread(lambda: list(client.candles("BTC", "1m", trip.opened, trip.closed))))
    inside = [bar for bar in bars if bar.t >= trip.opened and trip.closed > bar.T]
    assert reached.candles == len(inside) > 100
    assert reached.favourable == max(0, 100, max(bar.h for bar in inside) - 80_000)
    assert reached.adverse == min(0, min(bar.l for bar in inside) - 80_000)
    cache.clear()


def test_a_note_is_written_changed_found_and_removed_without_script(stage):
    stage.rounds(1)
    stage.keep(stage.her)
    address = address_of_first(stage)
    said = stage.alice.post(
        address, {"text": "  Too <b>early</b>.\nAgain ", "tags": "Breakout, late exit,,breakout"}
    )
    assert said.status_code == 302
    assert said.url == f"{address}#note"
    note = TripNote.objects.get()
    assert (note.user, note.text, note.tag_list) == (
        stage.cast.alice,
        "Too <b>early</b>.\nAgain",
        ["breakout", "late exit"],
    )
    page = stage.alice.get(address)
    assert "The note is saved." in text(page)
    assert b"Too &lt;b&gt;early" in page.content
    listed = stage.alice.get("/history/trips/")
    assert column(listed, "note") == ["Too <b>early</b>. Again breakout late exit"]
    stage.alice.post(address, {"text": "Other", "tags": ""})
    assert TripNote.objects.get().text == "Other"
    stage.alice.post(address, {"text": " ", "tags": " , "})
    assert not TripNote.objects.exists()


def test_a_note_that_is_too_long_is_given_back_with_a_word(stage):
    stage.rounds(1)
    stage.keep(stage.her)
    answer = stage.alice.post(
        address_of_first(stage), {"text": "kept", "tags": ",".join(["x" * 60 + str(n) for n in range(9)])}
    )
    assert answer.status_code == 400
    assert "All tags together have at most 300 letters." in text(answer)
    assert b">kept</textarea>" in answer.content
    assert not TripNote.objects.exists()


def test_two_users_of_one_address_have_a_note_each_and_strangers_none(stage):
    stage.rounds(1)
    stage.keep(stage.her)
    address = address_of_first(stage)
    stage.alice.post(address, {"text": "hers", "tags": "a"})
    for act in (stage.bob.get, stage.bob.post):
        assert act(address, {"text": "his"}).status_code == 404
    stage.cast.bob.wallets.create(address=HERS)
    assert "hers" not in text(stage.bob.get(address))
    assert column(stage.bob.get(f"/history/trips/?wallet={HERS}"), "note") == ["Add note"]
    stage.bob.post(address, {"text": "his", "tags": ""})
    assert set(TripNote.objects.values_list("user__username", "text")) == {("alice", "hers"), ("bob", "his")}


@pytest.mark.parametrize(
    "address",
    [
        f"/history/trips/{HERS}/1.2.3.B/BTC/",
        f"/history/trips/{HERS}/nonsense/BTC/",
        f"/history/trips/{SECOND}/1.2.3.B/BTC/",
        f"/history/trips/{HIS}/1.2.3.B/BTC/",
        "/history/trips/0x1/1.2.3.B/BTC/",
    ],
)
def test_no_such_trip(stage, address):
    assert stage.alice.get(address).status_code == 404
    assert stage.alice.post(address, {"text": "t"}).status_code == 404
    assert not TripNote.objects.exists()


def test_the_number_of_queries_does_not_depend_on_what_there_is(stage, django_assert_num_queries):
    """The user, wallets, accounts, four of the trips' window, notes, tags, coverage, back-fill."""
    stage.rounds(1)
    stage.keep(stage.her)
    stage.alice.get("/history/trips/")
    trips._kept.clear()
    with django_assert_num_queries(12):
        stage.alice.get("/history/trips/")
    stage.rounds(200)
    stage.keep(stage.her, *(funding("BTC", 1, at=NIGHT + n) for n in range(100)))
    others = [f"0x{n:040x}" for n in range(50)]
    Account.objects.known(others, NIGHT)
    for other in others:
        stage.cast.alice.wallets.create(address=other)
    with django_assert_num_queries(12):
        page = stage.alice.get("/history/trips/")
    assert len(column(page, "opened")) == 50
    with django_assert_num_queries(10):
        stage.alice.get("/history/trips/")
    address = link(page, "BTC")
    with django_assert_num_queries(
        10
    ):  # the user, the bell, wallets, accounts, three of the trip, note, coverage, back-fill
        stage.alice.get(address)
