"""Rows in every table that people care about; run in a database of one's own, with Django set up."""

from decimal import Decimal

from django.test.utils import setup_test_environment

from snapshots import coverage
from snapshots.models import Account, EquitySnapshot, Fill
from snapshots.store_trades import store_trades
from tests.cast import make_cast
from tests.dashboard.access import make_world

SEPTEMBER, OCTOBER = 1_788_350_400_000, 1_790_942_400_000
"""Unix ms in 2026, in two months: of trades each has a table of its own on Postgres."""


def make_rows() -> None:
    """Alice owns one of everything; there are trades of two months, and what her account was worth."""
    setup_test_environment()
    world = make_world(make_cast())
    account = Account.objects.get()
    for number, time in enumerate((SEPTEMBER, OCTOBER)):
        row = ("BTC", time, number + 1, "B", Decimal("64000.5"), Decimal("0.25"), 16000)
        store_trades([(*row, None, None, time + 7)])
        EquitySnapshot.objects.create(
            account=account, time=time, received_at=time, mode="default", equity=Decimal("1234.5")
        )
        coverage.cover("trades:BTC", time, time + 60_000, time + 60_000)
    assert isinstance(Fill.objects.get().px, Decimal)
    assert world.alert.pk
