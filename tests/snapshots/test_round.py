"""A round of the recorder: few statements, since each is a way to the database and back; and its bounds."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from exchange import account_events as said
from exchange.clock import ManualClock
from exchange.events import Gap, Traded
from exchange.market import Market
from snapshots import coverage
from snapshots.coverage import Span
from snapshots.models import ClosedOrder, Fill, TradeMinute
from snapshots.record import Recorder
from tests.snapshots import wires
from tests.snapshots.wires import ALICE, BOB, NOON

pytestmark = pytest.mark.django_db

COINS = [f"C{number}" for number in range(30)]
ACCOUNTS = ["0x" + f"{number:02d}" * 20 for number in range(20)]
KINDS = ("fills", "twaps", "fundings", "ledger", "orders")
MOST = 40
"""Statements of a round in which all of that has something new: a second and a half with 20 ms each way."""


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


def a_round(recorder: Recorder, number: int) -> None:
    """What may come in a second of a busy hour: trades of all coins, and everything about all accounts."""
    at = NOON + number * 1000
    for coin in COINS:
        recorder.take(Traded(at, coin, [wires.trade(number, at, coin)]))
    orders = [wires.order(oid, time=NOON) for oid in range(200)]
    for user in ACCOUNTS:
        recorder.take(said.UserFills(at, user, [wires.fill(at, number)], False))
        recorder.take(said.UserFundings(at, user, [wires.funding(at)], False))
        recorder.take(said.HistoricalOrders(at, user, orders, True))
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
    marks = [one for one in statements if "daybook" in one]
    assert len(marks) <= 2 * len(ACCOUNTS) + 1
    assert len(statements) - len(marks) <= MOST, statements
    assert Fill.objects.count() == 3 * len(ACCOUNTS)
    assert ClosedOrder.objects.count() == 200 * len(ACCOUNTS)
    assert TradeMinute.objects.filter(trades=3).count() == len(COINS)
    for user in ACCOUNTS:
        assert coverage.spans(f"orders:{user}", NOON, NOON + 3000) == [Span(NOON, NOON + 3000, "covered")]


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


def fills(user: str, *seconds: int) -> said.UserFills:
    return said.UserFills(NOON, user, [wires.fill(NOON + one * 1000, one) for one in seconds], False)


def known(user: str) -> list[tuple[float, float, str]]:
    spans = coverage.spans(f"fills:{user}", NOON, NOON + 9000)
    return [((one.start - NOON) / 1000, (one.end - NOON) / 1000, one.state) for one in spans]


def test_histories_for_which_there_is_no_room_are_counted_and_gaps_whatever_is_claimed_of_them():
    recorder = Recorder(Market(), ManualClock(NOON))
    recorder.accounts.most_rows = 3
    for event in (fills(ALICE, 1, 2), fills(ALICE, 3, 4), fills(ALICE, 5, 6), fills(BOB, 7)):
        recorder.take(event)
    recorder.take(said.Covered(NOON, f"fills:{ALICE}", NOON, NOON + 9000))
    recorder.take(said.Covered(NOON, f"fills:{BOB}", NOON, NOON + 9000))
    recorder.flush()
    assert sorted(row.time - NOON for row in Fill.objects.all()) == [1000, 2000, 7000]
    assert recorder.dropped == 4
    assert known(ALICE) == [(0, 3, "covered"), (3, 6.001, "gap"), (6.001, 9, "covered")]
    assert known(BOB) == [(0, 9, "covered")]


def test_a_claim_that_comes_a_moment_after_what_was_lost_does_not_hide_it():
    recorder = Recorder(Market(), ManualClock(NOON))
    recorder.accounts.most_rows = 0
    recorder.take(fills(ALICE, 4))
    recorder.flush()
    recorder.take(said.Covered(NOON, f"fills:{ALICE}", NOON, NOON + 9000))
    recorder.flush()
    assert known(ALICE) == [(0, 4, "covered"), (4, 4.001, "gap"), (4.001, 9, "covered")]
    recorder.take(said.Covered(NOON, f"fills:{ALICE}", NOON, NOON + 9000))
    recorder.flush()
    assert known(ALICE) == [(0, 9, "covered")], "it has been read again since"


def test_claims_that_go_on_for_days_wait_as_one():
    recorder = Recorder(Market(), ManualClock(NOON))
    for second in range(5000):
        recorder.take(said.Covered(NOON, f"fills:{ALICE}", NOON + second, NOON + second + 1))
    recorder.take(Gap(NOON, f"fills:{ALICE}", NOON + 10, NOON + 19, "lost"))
    batch = recorder.accounts.cut()
    assert [(one.start - NOON, one.end - NOON) for one in batch.claims] == [(0, 5000), (10, 19)]
