"""What the recorder could not keep: counted, a gap of its stream, and covered by no later claim."""

import pytest

from exchange import account_events as said
from exchange.clock import ManualClock
from exchange.events import Gap
from exchange.market import Market
from snapshots import coverage
from snapshots.models import Fill
from snapshots.record import Recorder
from tests.snapshots import wires
from tests.snapshots.wires import ALICE, BOB, NOON

pytestmark = pytest.mark.django_db


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
    for _ in range(3):
        recorder.take(said.Covered(NOON, f"fills:{ALICE}", NOON, NOON + 9000))
        recorder.flush()
        assert known(ALICE) == [(0, 4, "covered"), (4, 4.001, "gap"), (4.001, 9, "covered")]
    coverage.cover(f"fills:{ALICE}", NOON + 3000, NOON + 5000, NOON)  # as the back-fill does that reads it again
    recorder.take(said.Covered(NOON, f"fills:{ALICE}", NOON, NOON + 9000))
    recorder.flush()
    assert known(ALICE) == [(0, 9, "covered")]


def test_what_the_database_refused_is_not_covered_by_a_later_claim():
    recorder = Recorder(Market(), ManualClock(NOON))
    recorder.take(said.UserFills(NOON, ALICE, [wires.fill(NOON + 4000, 10**30)], False))
    recorder.take(fills(ALICE, 5))
    recorder.flush()
    recorder.take(said.Covered(NOON, f"fills:{ALICE}", NOON, NOON + 9000))
    recorder.flush()
    assert recorder.refused == 1
    assert [row.time - NOON for row in Fill.objects.all()] == [5000]
    assert known(ALICE) == [(0, 4, "covered"), (4, 4.001, "gap"), (4.001, 9, "covered")]


def test_who_follows_an_account_again_is_told_its_rows_again_and_may_claim_them():
    recorder = Recorder(Market(), ManualClock(NOON))
    recorder.accounts.most_rows = 0
    recorder.take(fills(ALICE, 4))
    recorder.flush()
    recorder.accounts.most_rows = 10
    recorder.take(said.Following(NOON, ALICE, "ended"))
    recorder.take(fills(ALICE, 4))
    recorder.take(said.Covered(NOON, f"fills:{ALICE}", NOON, NOON + 9000))
    recorder.flush()
    assert known(ALICE) == [(0, 9, "covered")]


def test_claims_that_go_on_for_days_wait_as_one():
    recorder = Recorder(Market(), ManualClock(NOON))
    for second in range(5000):
        recorder.take(said.Covered(NOON, f"fills:{ALICE}", NOON + second, NOON + second + 1))
    recorder.take(Gap(NOON, f"fills:{ALICE}", NOON + 10, NOON + 19, "lost"))
    batch = recorder.accounts.cut()
    assert [(one.start - NOON, one.end - NOON) for one in batch.claims] == [(0, 5000), (10, 19)]
