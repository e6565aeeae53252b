"""Day results are always the sum of their rows, in any zone, whatever comes late and in whatever order."""

from datetime import date
from decimal import Decimal, localcontext
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from snapshots import days
from snapshots.models import Account, DayBook, DayResult, Fill, FundingPayment
from snapshots.store import store
from tests.snapshots import wires
from tests.snapshots.wires import ALICE, BOB, NOON

HOUR = 3_600_000
ZONES = ("UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")

amounts = st.decimals(-(10**12), 10**12, places=9)
fills = st.builds(
    lambda hours, tid, coin, token, px, pnl, fee: wires.fill(
        NOON + hours * HOUR, tid, coin=coin, fee_token=token, px=px, closed_pnl=pnl, fee=fee
    ),
    st.integers(-300, 300),
    st.integers(0, 10**6),
    st.sampled_from(["BTC", "xyz:GOLD"]),
    st.sampled_from(["USDC", "USDH", None]),
    amounts,
    amounts,
    st.none() | amounts,
)
payments = st.builds(
    lambda hours, coin, usdc: wires.funding(NOON + hours * HOUR, coin, f"{usdc:f}"),
    st.integers(-300, 300),
    st.sampled_from(["BTC", "xyz:GOLD"]),
    amounts,
)
batches = st.lists(st.tuples(st.lists(fills, max_size=6), st.lists(payments, max_size=4)), max_size=5)


def summed(account: Account, zone: str) -> dict:
    """The truth: every stored row, one by one."""
    tz, found = ZoneInfo(zone), {}
    with localcontext(prec=200):
        for row in Fill.objects.of([account.pk]):
            key = (days.day_of(row.time, tz), row.coin, row.fee_token or "")
            sums = found.setdefault(key, [0, Decimal(0), Decimal(0), Decimal(0), 0, Decimal(0)])
            for place, value in enumerate((1, row.px * row.sz, row.closed_pnl, row.fee or 0)):
                sums[place] += value
        for row in FundingPayment.objects.of([account.pk]):
            key = (days.day_of(row.time, tz), row.coin, "")
            sums = found.setdefault(key, [0, Decimal(0), Decimal(0), Decimal(0), 0, Decimal(0)])
            sums[4] += 1
            sums[5] += row.usdc
    return found


def booked(account: Account, zone: str) -> dict:
    book = days.book(account.pk, zone)
    return {
        (row.day, row.coin, row.token): [
            row.fills,
            row.volume,
            row.price_pnl,
            row.fees,
            row.fundings,
            row.funding,
        ]
        for row in DayResult.objects.filter(book=book)
    }


class AnyHistory(TestCase):
    """Batches of rows in any order."""

    @given(batches, st.sampled_from(ZONES))
    @settings(max_examples=60, deadline=None)
    def test_days_are_the_sum_of_their_rows(self, batches, zone):
        Account.objects.all().delete()
        account, other = (Account.objects.create(address=one, added_at=NOON) for one in (ALICE, BOB))
        for number, (some, paid) in enumerate(batches):
            if number == 1:
                days.book(account.pk, zone)  # a book that exists while rows come
            store([Fill.of_wire(account.pk, one, NOON) for one in some])
            store([FundingPayment.of_wire(account.pk, one, NOON) for one in paid])
            store([Fill.of_wire(other.pk, one, NOON) for one in some])
            if number % 2:
                days.refresh_marked([account.pk])
        assert booked(account, zone) == summed(account, zone)


@pytest.mark.django_db
def test_rows_that_are_known_already_make_no_day_dirty():
    account = Account.objects.create(address=ALICE, added_at=NOON)
    store([Fill.of_wire(account.pk, wires.fill(), NOON)])
    days.book(account.pk, "UTC")
    store([Fill.of_wire(account.pk, wires.fill(), NOON)])
    assert DayBook.objects.get().dirty_from is None
    store([Fill.of_wire(account.pk, wires.fill(NOON + 5, tid=2), NOON)])
    assert (DayBook.objects.get().dirty_from, DayBook.objects.get().dirty_to) == (NOON + 5, NOON + 5)


@pytest.mark.django_db
def test_days_of_23_and_25_hours_hold_what_happened_in_them():
    account = Account.objects.create(address=ALICE, added_at=NOON)
    zone = ZoneInfo("America/New_York")
    for day, hours in ((date(2026, 3, 8), 23), (date(2026, 11, 1), 25)):
        start = days.start_of(day, zone)
        store([FundingPayment.of_wire(account.pk, wires.funding(start + n * HOUR), NOON) for n in range(-3, 30)])
        days.book(account.pk, zone.key)
        row = DayResult.objects.days([account.pk], zone.key, day, day).get()
        assert row.fundings == hours
        assert row.funding == hours * Decimal("-1.25")
