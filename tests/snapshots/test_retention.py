"""Retention: what is older than configured goes, nothing else does, and nothing is claimed about it afterwards."""

from dataclasses import replace
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from exchange.clock import SystemClock
from snapshots import coverage, partitions
from snapshots.models import Account, EquitySnapshot, Fill, PositionSnapshot, TradeMinute, TradeSnapshot
from snapshots.retention import DAY, KINDS, prune
from snapshots.store_trades import store_trades
from tests.snapshots import wires
from tests.snapshots.wires import ALICE, NOON

pytestmark = pytest.mark.django_db
AGES = (1, 50, 89, 91, 150, 200, 400)


def keep(**days: int):
    return replace(settings.CONFIG, **{f"retention_{name}_days": count for name, count in days.items()})


@pytest.fixture
def account() -> Account:
    """Something of every kind at each of the ages, in days before noon."""
    account = Account.objects.create(address=ALICE, added_at=0)
    for number, age in enumerate(AGES):
        time = NOON - age * DAY
        store_trades([TradeSnapshot.values_of(wires.trade(number, time), time)])
        PositionSnapshot.objects.create(account=account, coin="BTC", szi=1, time=time, received_at=time)
        EquitySnapshot.objects.create(account=account, mode="default", equity=1, time=time, received_at=time)
        Fill.of_wire(account.pk, wires.fill(time, tid=number), time).save()
        TradeMinute.objects.create(coin="BTC", time=time, trades=1, bought=1, sold=0, turnover=1)
    coverage.cover("trades:BTC", NOON - 400 * DAY, NOON, 0)
    coverage.cover(f"fills:{ALICE}", 0, NOON, 0)
    return account


def ages(model) -> list[int]:
    return sorted((NOON - time) // DAY for time in model.objects.values_list("time", flat=True))


def test_what_is_older_than_configured_goes_and_histories_stay(account):
    list(prune(NOON, config=keep(trades=90, positions=180, equity=0)))
    assert all(age <= 90 + 31 for age in ages(TradeSnapshot))
    assert {1, 50, 89} <= set(ages(TradeSnapshot))
    assert ages(PositionSnapshot) == [1, 50, 89, 91, 150]
    assert ages(EquitySnapshot) == ages(Fill) == ages(TradeMinute) == list(AGES)


def test_nothing_is_claimed_about_what_is_gone(account):
    (trades, *_) = list(prune(NOON, config=keep(trades=90)))
    assert [(span.start, span.end, span.state) for span in coverage.spans("trades:BTC", 0, NOON)] == [
        (0, trades.before, "before"),
        (trades.before, NOON, "covered"),
    ]
    assert not TradeSnapshot.objects.filter(time__lt=trades.before).exists()
    assert coverage.is_complete(f"fills:{ALICE}", 0, NOON)


def test_a_dry_run_says_the_same_and_deletes_nothing(account):
    config = keep(trades=90, positions=180, equity=30)
    said = list(prune(NOON, dry_run=True, config=config))
    for kind in KINDS[:3]:
        assert ages(kind.model) == list(AGES)
    assert coverage.is_complete("trades:BTC", NOON - 400 * DAY, NOON)
    assert list(prune(NOON, config=config)) == said
    assert not any(one.rows for one in prune(NOON, config=config))
    assert {one.kind: one.rows for one in said[:3]} == {
        "trades": len(AGES) - len(ages(TradeSnapshot)),
        "positions": 2,
        "equity": 6,
    }


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_on_postgres_whole_months_are_dropped(account):
    before = len(partitions.months_before(NOON + 40 * DAY))
    list(prune(NOON, config=keep(trades=90)))
    left = partitions.months_before(NOON + 40 * DAY)
    assert before == len({partitions.name_of(NOON - age * DAY) for age in AGES}) == 6
    assert left == sorted({partitions.name_of(NOON - age * DAY) for age in (1, 50, 89)})
    assert connection.vendor == "postgresql"


def test_more_rows_than_one_transaction_takes_go_too(account, monkeypatch):
    monkeypatch.setattr("snapshots.retention.CHUNK", 2)
    list(prune(NOON, config=keep(positions=40)))
    assert ages(PositionSnapshot) == [1]


def test_the_command_says_what_it_did(account):
    now = SystemClock().now_ms()
    PositionSnapshot.objects.create(account=account, coin="BTC", szi=1, time=now - 181 * DAY, received_at=now)
    PositionSnapshot.objects.create(account=account, coin="BTC", szi=1, time=now - 179 * DAY, received_at=now)
    PositionSnapshot.objects.filter(time__lte=NOON).delete()
    for options, verb in ((["--dry-run"], "would be deleted"), ([], "deleted")):
        out = StringIO()
        call_command("prune", *options, stdout=out)
        assert f"UTC {verb}" in out.getvalue()
        assert "positions: 1 rows from before" in out.getvalue()
        assert "equity: kept for ever" in out.getvalue()
    assert PositionSnapshot.objects.count() == 1
