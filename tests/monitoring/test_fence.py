"""Fencing: what a replaced leader still wants to write is refused; a takeover waits for what is being written."""

import threading
import time

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction

from exchange import account_events as said
from exchange.clock import ManualClock
from exchange.market import Market
from monitoring.lease import Leadership, LeaseLost
from monitoring.models import Lease
from snapshots.models import Account, Fill
from snapshots.record import Recorder
from tests.snapshots import wires
from tests.snapshots.wires import ALICE, NOON

pytestmark = pytest.mark.django_db(transaction=True)


def leader(clock: ManualClock) -> Leadership:
    one = Leadership("feed", clock)
    assert async_to_sync(one.try_once)()
    return one


def test_a_leader_that_was_replaced_writes_no_history():
    clock = ManualClock(NOON)
    old = leader(clock)
    recorder = Recorder(Market(), clock, guard=old.check)
    recorder.take(said.UserFills(NOON, ALICE, [wires.fill(tid=1)], False))
    recorder.flush()
    async_to_sync(clock.advance)(4.0)
    new = leader(clock)
    recorder.take(said.UserFills(NOON, ALICE, [wires.fill(tid=2)], False))
    with pytest.raises(LeaseLost):
        recorder.flush()
    assert [fill.tid for fill in Fill.objects.all()] == [1]
    after = Recorder(Market(), clock, guard=new.check)
    after.take(said.UserFills(NOON, ALICE, [wires.fill(tid=2)], False))
    after.flush()
    assert Fill.objects.count() == 2


def test_nobody_takes_over_between_the_check_and_the_end_of_the_transaction():
    clock = ManualClock(NOON)
    old = leader(clock)
    async_to_sync(clock.advance)(4.0)
    seen: list[int] = []

    def take_over() -> None:
        try:
            Lease.objects.take("feed", "another", clock.now_ms(), clock.now_ms() + 3000)
            seen.append(Account.objects.count())
        finally:
            connection.close()

    other = threading.Thread(target=take_over)
    with transaction.atomic():
        Account.objects.create(address=ALICE, added_at=NOON)
        old.check()
        other.start()
        time.sleep(0.3)
        assert seen == []
    other.join(20)
    assert seen == [1]
