"""A round of the recorder: few statements, since each is a way to the database and back; all of it or nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import OperationalError, connection
from django.db.models import Sum

from exchange import account_events as said
from exchange.clock import ManualClock
from exchange.events import Traded
from exchange.market import Market
from exchange.wire.account import AssetPosition, ClearinghouseState, Position
from snapshots import coverage, days
from snapshots.coverage import Span
from snapshots.models import (
    Account,
    ClosedOrder,
    Coverage,
    DayBook,
    DayResult,
    Fill,
    PositionSnapshot,
    TradeMinute,
)
from snapshots.record import Recorder
from tests.snapshots import wires
from tests.snapshots.wires import ALICE, NOON

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

COINS = [f"C{number}" for number in range(30)]
ACCOUNTS = ["0x" + f"{number:02d}" * 20 for number in range(20)]
KINDS = ("fills", "twaps", "fundings", "ledger", "orders")
MOST = 40
"""Statements of a round in which all of that has something new: two seconds with 25 ms each way."""


@contextmanager
def counted() -> Iterator[list[str]]:
    """Statements that were sent; SQLite sums minutes in Python, coin by coin, and needs no way to get there."""
    found: list[str] = []

    def note(execute, sql, params, many, context):
        if connection.vendor == "postgresql" or "_trade" not in sql:
            found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


@contextmanager
def failing(doomed: int) -> Iterator[list[str]]:
    """The statement with this number fails, as with a database that has just gone."""
    failed: list[str] = []
    sent = iter(range(10**6))

    def fail(execute, sql, params, many, context):
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")) and next(sent) == doomed:
            failed.append(sql)
            raise OperationalError("gone")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        yield failed


def a_round(recorder: Recorder, number: int, accounts: Sequence[str] = ACCOUNTS, orders: int = 200) -> None:
    """What may come in a second of a busy hour: trades of all coins, and everything about all accounts."""
    at = NOON + number * 1000
    for coin in COINS:
        recorder.take(Traded(at, coin, [wires.trade(number, at, coin)]))
    closed = [wires.order(oid, time=NOON) for oid in range(orders)]
    for user in accounts:
        recorder.take(said.UserFills(at, user, [wires.fill(at, number)], False))
        recorder.take(said.UserFundings(at, user, [wires.funding(at)], False))
        recorder.take(said.HistoricalOrders(at, user, closed, True))
        for kind in KINDS:
            recorder.take(said.Covered(at, f"{kind}:{user}", at - 1000, at))


def test_a_round_takes_few_statements_however_much_is_in_it():
    recorder = Recorder(Market(), ManualClock(NOON), COINS)
    for number in (1, 2):
        a_round(recorder, number)
        recorder.flush()
    a_round(recorder, 3)
    with counted() as statements:
        recorder.flush()
    assert len(statements) <= MOST, statements
    assert Fill.objects.count() == 3 * len(ACCOUNTS)
    assert ClosedOrder.objects.count() == 200 * len(ACCOUNTS)
    assert TradeMinute.objects.filter(trades=3).count() == len(COINS)
    for user in ACCOUNTS:
        assert coverage.spans(f"orders:{user}", NOON, NOON + 3000) == [Span(NOON, NOON + 3000, "covered")]


def test_calendars_that_people_look_at_make_no_round_long_and_are_summed_in_time():
    recorder = Recorder(Market(), ManualClock(NOON), COINS)
    a_round(recorder, 1)
    recorder.flush()
    for account in Account.objects.all():
        days.book(account.pk, "UTC")
    a_round(recorder, 2)
    with counted() as statements:
        recorder.flush()
    assert len(statements) <= MOST, statements
    assert DayBook.objects.filter(dirty_from__isnull=False).count() == len(ACCOUNTS) - 1
    for _ in ACCOUNTS:
        recorder.flush()
    assert not DayBook.objects.filter(dirty_from__isnull=False).exists()
    assert set(DayResult.objects.exclude(token="").values_list("fills", flat=True)) == {2}


def test_a_leader_that_begins_asks_for_all_that_is_held_at_once():
    for number in (1, 2):
        recorder = Recorder(Market(), ManualClock(NOON), COINS)
        for user in ACCOUNTS:
            coins = ("BTC", "ETH") if number == 1 else ("ETH",)
            held = [AssetPosition(Position(coin, Decimal(number))) for coin in coins]
            at = NOON + number * 1000
            recorder.take(said.AccountStates(at, user, [("", ClearinghouseState(held, at))], True))
        with counted() as statements:
            recorder.flush()
        assert len(statements) <= 15, statements
    found = PositionSnapshot.objects.held_by(Account.objects.values_list("pk", flat=True))
    assert len(found) == len(ACCOUNTS)
    for key, rows in found.items():
        assert [(row.coin, row.szi) for row in rows] == [("ETH", 2)]
        assert PositionSnapshot.objects.held(key) == rows
        assert len(PositionSnapshot.objects.held(key, NOON + 1000)) == 2


def test_whichever_statement_fails_nothing_is_lost_or_stored_twice():
    recorder, number, accounts = Recorder(Market(), ManualClock(NOON), COINS), 1, ACCOUNTS[:3]
    a_round(recorder, number, accounts, 2)
    with counted() as statements:
        recorder.flush()
    for doomed in range(len(statements)):
        number += 1
        a_round(recorder, number, accounts, 2)
        with failing(doomed) as failed:
            recorder.flush()
        assert bool(recorder.error) == bool(failed)
        recorder.flush()
        assert not recorder.error
        assert Fill.objects.count() == number * len(accounts)
        assert TradeMinute.objects.aggregate(Sum("trades")) == {"trades__sum": number * len(COINS)}
        whole = [Span(NOON, NOON + number * 1000, "covered")]
        assert coverage.spans(f"fills:{ACCOUNTS[0]}", NOON, NOON + number * 1000) == whole


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such locks")
def test_claims_of_more_streams_than_postgres_has_locks_are_written():
    coverage.write([(f"fills:{number}", Span(0, 1, "covered")) for number in range(20_000)], NOON)
    assert Coverage.objects.count() == 20_000


def test_an_order_that_is_told_again_is_replaced_by_a_later_status_and_by_no_earlier_one():
    recorder = Recorder(Market(), ManualClock(NOON), COINS)
    for status, time in (("filled", 5), ("canceled", 3), ("rejected", 9), ("filled", 7)):
        recorder.take(said.HistoricalOrders(NOON, ALICE, [wires.order(1, status, NOON + time)], True))
        recorder.flush()
    assert ClosedOrder.objects.values_list("status", "time").get() == ("rejected", NOON + 9)


def test_claims_of_many_streams_are_written_as_one_after_the_other_would_be():
    claims = []
    for number, stream in enumerate(f"fills:{user}" for user in ACCOUNTS):
        claims += [
            (stream, Span(NOON, NOON + 100, "covered")),
            (stream, Span(NOON + 20, NOON + 30 + number, "gap", "lost")),
            (stream, Span(NOON + 25, NOON + 27, "covered")),
            (stream, Span(NOON + 100, NOON + 140, "covered")),
        ]
    coverage.write([("fills:x", Span(NOON, NOON, "gap", "of no time")), *claims], NOON)
    together = {stream: coverage.spans(stream, NOON, NOON + 150) for stream, _ in claims}
    for stream, span in claims:
        coverage.write([(f"{stream}'", span)], NOON)
    assert together == {stream: coverage.spans(f"{stream}'", NOON, NOON + 150) for stream, _ in claims}
    assert [(one.start - NOON, one.end - NOON, one.state) for one in together[f"fills:{ACCOUNTS[3]}"]] == [
        (0, 20, "covered"), (20, 25, "gap"), (25, 27, "covered"), (27, 33, "gap"), (33, 140, "covered"),
        (140, 150, "unknown"),
    ]  # fmt: skip
    assert coverage.spans("fills:x", NOON, NOON + 1)[0].state == "before"
