"""Back-fill against the simulated exchange: all that can be had, once, and no claim that is not true."""

import asyncio
from decimal import Decimal

import pytest

from accounts.models import Wallet
from exchange.budget import Budget, Limits
from exchange.budget_memory import MemoryStore
from exchange.clock import ManualClock
from exchange.events import Gap
from exchange.info import InfoClient
from exchange.simulator import cast as actors
from exchange.simulator.faults import RestFault
from snapshots import coverage, days
from snapshots.backfill import HEARD_FIRST_MS, Backfill
from snapshots.backfill_read import SETTLED, Reading
from snapshots.backfill_streams import STREAMS
from snapshots.coverage import Span
from snapshots.models import Account, BackfillProgress, ClosedOrder, Coverage, Fill
from snapshots.record import nobody_else
from tests.exchange.info_server import info_server
from tests.snapshots.place import HISTORIES, Place, check, place, stored

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
DONE, FAILED = BackfillProgress.State.DONE, BackfillProgress.State.FAILED


@pytest.fixture(scope="module")
def here():
    with place() as one:
        yield one


def backfill(where: Place, *addresses: str) -> Backfill:
    return Backfill(where.info(), where.clock, addresses=lambda: addresses)


def read_all(one: Backfill) -> int:
    count = 0
    while one.run_once():
        count += 1
        assert count < 200
    return count


def states(address: str) -> dict[str, str]:
    return dict(BackfillProgress.objects.filter(account__address=address).values_list("stream", "state"))


@pytest.mark.parametrize(
    "address", [actors.TRADER, actors.UNIFIED, actors.SPOT_TRADER, actors.TWAP_RUNNER, actors.LIQUIDATED]
)
def test_a_new_account_is_read_whole_and_complete_from_the_very_beginning(here, address):
    assert read_all(backfill(here, address)) == len(STREAMS)
    now = here.clock.now_ms()
    assert check(here, address, now) == dict.fromkeys(HISTORIES, 0)
    assert states(address) == dict.fromkeys(STREAMS, DONE)
    for history in HISTORIES:
        assert coverage.spans(f"{history}:{address}", 0, now - SETTLED) == [Span(0, now - SETTLED, "covered")]
    assert not any(BackfillProgress.objects.values_list("is_cut", flat=True))


def test_slices_of_twaps_are_known_as_such(here):
    read_all(backfill(here, actors.TWAP_RUNNER))
    assert len(stored(actors.TWAP_RUNNER)["twaps"]) == len(here.truth(actors.TWAP_RUNNER)["twaps"]) > 0


def test_of_more_than_the_exchange_keeps_the_record_begins_where_it_does(here):
    address = actors.MARKET_MAKER
    read_all(backfill(here, address))
    missing = check(here, address, here.clock.now_ms())
    assert missing["fills"] == len(here.truth(address)["fills"]) - 10_000 > 0
    progress = BackfillProgress.objects.get(account__address=address, stream="fills")
    assert progress.is_cut
    assert progress.rows == 10_000
    oldest = min(row.time for row in stored(address)["fills"])
    first, second = coverage.spans(f"fills:{address}", 0, here.clock.now_ms() - SETTLED)
    assert (first.state, first.end, second.state) == ("before", oldest + 1, "covered")


def test_orders_that_are_closed_are_stored_and_open_ones_are_not(here):
    read_all(backfill(here, actors.TRADER))
    told = here.info().historical_orders(actors.TRADER)
    latest = {one.order.oid: one for one in sorted(told, key=lambda one: one.status_timestamp)}
    closed = {oid: one.status for oid, one in latest.items() if one.status not in ("open", "triggered")}
    assert dict(ClosedOrder.objects.values_list("oid", "status")) == closed
    assert closed


def test_what_happens_later_is_read_later_and_joins_without_a_seam():
    with place(3) as here:
        one = backfill(here, actors.MARKET_MAKER, actors.TRADER)
        read_all(one)
        before = Fill.objects.count()
        for _ in range(3):
            here.advance(120)
            BackfillProgress.objects.update(state=BackfillProgress.State.WAITING)
            read_all(one)
        assert Fill.objects.count() > before
        now = here.clock.now_ms()
        assert check(here, actors.TRADER, now)["fills"] == 0
        check(here, actors.MARKET_MAKER, now)
        states = [row.state for row in coverage.spans(f"fills:{actors.MARKET_MAKER}", 0, now - SETTLED)]
        assert states == ["before", "covered"]
        assert Coverage.objects.filter(stream=f"fills:{actors.MARKET_MAKER}").count() == 1


def test_what_the_exchange_does_not_keep_any_more_stays_a_gap(here):
    address = actors.MARKET_MAKER
    account = Account.objects.create(address=address, added_at=0)
    coverage.cover(f"fills:{address}", 0, 1000, 0)  # known long ago, then nobody listened
    BackfillProgress.objects.create(account=account, stream="fills", began_at=1, state="waiting")
    read_all(backfill(here, address))
    oldest = min(row.time for row in stored(address)["fills"])
    spans = coverage.spans(f"fills:{address}", 0, here.clock.now_ms() - SETTLED)
    assert [(span.state, span.reason) for span in spans] == [
        ("covered", ""),
        ("gap", coverage.UNREACHABLE),
        ("covered", ""),
    ]
    assert spans[1].end == oldest + 1


def test_a_gap_that_the_tracker_reports_is_filled(here):
    address = actors.TRADER
    one = backfill(here, address)
    read_all(one)
    lost = Fill.objects.order_by("time")[20:30]
    start, end = lost[0].time, lost[9].time
    Fill.objects.filter(time__gte=start, time__lte=end).delete()
    coverage.gap(f"fills:{address}", start, end + 1, "the socket was lost", here.clock.now_ms())
    assert read_all(one) == 0
    one.take(Gap(here.clock.now_ms() - 60_000, f"fills:{address}", start, end, "the socket was lost"))
    assert read_all(one) == 1
    now = here.clock.now_ms()
    assert check(here, address, now) == dict.fromkeys(HISTORIES, 0)
    assert coverage.is_complete(f"fills:{address}", 0, now - SETTLED)


def test_no_history_is_read_while_what_the_account_holds_may_still_be_heard(here):
    heard: set[str] = set()
    addresses = [actors.TRADER, actors.UNIFIED]
    one = Backfill(here.info(), here.clock, addresses=lambda: addresses, is_heard=lambda address: address in heard)
    assert not one.run_once()
    heard.add(actors.UNIFIED)
    assert read_all(one) == len(STREAMS)
    assert states(actors.TRADER) == dict.fromkeys(STREAMS, BackfillProgress.State.WAITING)
    here.advance(HEARD_FIRST_MS / 1000)
    assert read_all(one) == len(STREAMS), "nobody could say what it holds"


def test_the_fills_of_a_busy_account_that_was_just_added_leave_pages_their_weight(here):
    budget = Budget(MemoryStore(), Limits(weight=600), here.clock)
    info = InfoClient(here.exchange.url, budget, here.clock, patience=0.0)
    Backfill(info, here.clock, addresses=lambda: [actors.MARKET_MAKER]).run_once()
    assert states(actors.MARKET_MAKER)["fills"] == FAILED, "they cost more than that"
    assert budget.usage()["weight"][0] > 300
    budget.reserve(150, "a page", timeout=0.0)


@pytest.mark.parametrize("stop_after", [1, 2, 5, 20])
def test_a_reading_that_was_cut_off_goes_on_where_it_stopped(here, stop_after):
    class Killed(BaseException):
        pass

    address, count = actors.MARKET_MAKER, 0

    def killer() -> None:
        nonlocal count
        count += 1
        if count > stop_after:
            raise Killed

    with pytest.raises(Killed):
        read_all(Backfill(here.info(), here.clock, killer, lambda: [address]))
    check(here, address, here.clock.now_ms())
    progress = BackfillProgress.objects.get(account__address=address, stream="fills")
    at_first, reached = progress.rows, progress.reached
    read_all(backfill(here, address))
    now = here.clock.now_ms()
    assert check(here, address, now)["fills"] == len(here.truth(address)["fills"]) - 10_000
    progress.refresh_from_db()
    assert (progress.state, progress.is_cut) == (DONE, True)
    if 0 < at_first < 9_000:
        assert reached > 0
        assert progress.rows < 10_000 + 300  # only the last minute was read again
    assert [one.state for one in coverage.spans(f"fills:{address}", 0, now - SETTLED)] == ["before", "covered"]


def test_an_exchange_that_is_down_is_asked_again_in_a_minute_and_says_so():
    with place(5) as here:
        one = Backfill(
            InfoClient(here.exchange.url, clock=here.clock, tries=1), here.clock, addresses=lambda: [actors.TRADER]
        )
        here.fault(RestFault(answer="502"))
        read_all(one)
        assert states(actors.TRADER) == dict.fromkeys(STREAMS, FAILED)
        assert all(BackfillProgress.objects.values_list("error", flat=True))
        here.exchange.faults.clear()
        assert read_all(one) == 0
        here.advance(61)
        assert read_all(one) == len(STREAMS)
        assert states(actors.TRADER) == dict.fromkeys(STREAMS, DONE)
        assert check(here, actors.TRADER, here.clock.now_ms())["fills"] == 0


def test_too_much_is_not_asked_again_before_it_may_be():
    with info_server() as server:
        clock = ManualClock(1_000_000)
        server.will((429, b"null", {"Retry-After": "150"}))
        info = InfoClient(server.url, clock=clock)
        one = Backfill(info, clock, addresses=lambda: [actors.TRADER, actors.EMPTY])
        assert read_all(one) == 1
        assert len(server.asked) == 1, "the limit is that of all readings"
        failed = BackfillProgress.objects.get(state=FAILED)
        assert failed.retry_at == 1_150_000
        asyncio.run(clock.advance(149))
        assert read_all(one) == 0
        server.will([])
        asyncio.run(clock.advance(1))
        assert read_all(one) == 2 * len(STREAMS)
        failed.refresh_from_db()
        assert (failed.state, failed.retry_at, failed.error) == (DONE, None, "")


def test_our_own_budget_says_when_a_reading_is_tried_again():
    with info_server() as server:
        clock = ManualClock(1_000_000)
        budget = Budget(MemoryStore(), clock=clock)
        budget.reserve(900, "somebody else")
        info = InfoClient(server.url, budget, clock, patience=0.0)
        server.will([])
        one = Backfill(info, clock, addresses=lambda: [actors.EMPTY])
        account = Account.objects.create(address=actors.EMPTY, added_at=0)
        assert one.run_once()
        assert not server.asked
        failed = BackfillProgress.objects.get(account=account, state=FAILED)
        assert failed.retry_at == 1_061_000, "then the minute of the other is over"


def test_every_wallet_of_every_user_is_read_and_none_twice(here, cast):
    for user in (cast.alice, cast.bob):
        Wallet.objects.create(user=user, address=actors.TRADER)
    Wallet.objects.create(user=cast.bob, address=actors.EMPTY)
    one = Backfill(here.info(), here.clock)
    assert read_all(one) == 2 * len(STREAMS)
    assert set(Account.objects.values_list("address", flat=True)) == {actors.TRADER, actors.EMPTY}
    assert coverage.is_complete(f"fills:{actors.EMPTY}", 0, here.clock.now_ms() - SETTLED)
    Wallet.objects.create(user=cast.charlie, address=actors.UNIFIED)
    assert read_all(one) == len(STREAMS)


def test_days_are_up_to_date_after_a_reading(here):
    account = Account.objects.create(address=actors.TRADER, added_at=0)
    book = days.book(account.pk, "Europe/Berlin")
    read_all(backfill(here, actors.TRADER))
    assert days.DayBook.objects.get(pk=book.pk).dirty_from is None
    counted = sum(row.fills for row in days.DayResult.objects.filter(book=book))
    assert counted == Fill.objects.count() > 0


def raw_fill(time: int, tid: int) -> dict:
    return {
        "coin": "BTC",
        "px": "1.0",
        "sz": "1.0",
        "side": "B",
        "time": time,
        "startPosition": "0.0",
        "dir": "Open Long",
        "closedPnl": "0.0",
        "hash": "0x",
        "oid": tid,
        "crossed": True,
        "fee": "0.1",
        "tid": tid,
        "feeToken": "USDC",
        "twapId": None,
    }


def test_a_millisecond_that_fills_a_whole_page_is_a_gap_for_ever():
    with info_server() as server:
        crowd = [raw_fill(5000, tid) for tid in range(2500)]
        rows = [raw_fill(4000, 9001), *crowd, raw_fill(6000, 9002)]
        server.will(lambda body: [row for row in rows if row["time"] >= body["startTime"]][:2000])

        clock = ManualClock(1_000_000)
        account = Account.objects.create(address=actors.TRADER, added_at=0)
        progress = BackfillProgress.objects.create(account=account, stream="fills")
        Reading(progress, InfoClient(server.url, clock=clock), clock, nobody_else).run()
    assert Fill.objects.get(tid=9002).px == Decimal("1.0")
    stream = f"fills:{actors.TRADER}"
    assert coverage.spans(stream, 0, 10_000) == [
        Span(0, 5000, "covered"),
        Span(5000, 5001, "gap", coverage.CROWDED),
        Span(5001, 10_000, "covered"),
    ]
    assert coverage.first_break(stream) > 5001
