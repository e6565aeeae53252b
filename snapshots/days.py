"""Day results: sums of fills and funding by day of a time zone, always made again from the rows themselves.

A book is one account's days in one zone. Whoever stores rows marks the books in the same transaction; whoever
reads has marked days summed first. So a day is never other than the sum of its rows, whatever came late.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, localcontext
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Case, Value, When
from django.db.models.functions import Coalesce, Greatest, Least

from snapshots.models import Account, DayBook, DayResult, Fill, FundingPayment

EVER = 99_999_999_999_999
"""The last moment that the exchange's times can say, Unix ms."""
DIGITS = 80
"""Enough for a product of two amounts and a sum of millions of them to keep every digit."""

ZERO = Decimal(0)


@dataclass(slots=True)
class _Sums:
    fills: int = 0
    volume: Decimal = ZERO
    price_pnl: Decimal = ZERO
    fees: Decimal = ZERO
    fundings: int = 0
    funding: Decimal = ZERO


def mark(times: Mapping[int, tuple[int, int]]) -> None:
    """Rows of these accounts and times (Unix ms, both included) were stored: their days must be summed again."""
    if not times:
        return
    start, end = (
        Case(*(When(account=one, then=Value(span[side])) for one, span in times.items())) for side in (0, 1)
    )
    DayBook.objects.filter(account__in=times).update(
        dirty_from=Least(Coalesce("dirty_from", start), start),
        dirty_to=Greatest(Coalesce("dirty_to", end), end),
    )


def lock(account_ids: Iterable[int]) -> None:
    """Until the transaction ends nobody else stores fills or funding of these accounts, or opens a book."""
    rows = Account.objects.select_for_update(no_key=True).filter(pk__in=set(account_ids)).order_by("pk")
    list(rows.values_list("pk"))


def book(account_id: int, zone: str) -> DayBook:
    """The account's book in this zone (an IANA name), up to date; made at the first time."""
    found = DayBook.objects.filter(account=account_id, zone=zone).first()
    if found is None:
        with transaction.atomic():
            lock([account_id])
            whole = {"dirty_from": 0, "dirty_to": EVER}
            found, _ = DayBook.objects.get_or_create(account_id=account_id, zone=zone, defaults=whole)
    return found if found.dirty_from is None else refresh(found.pk)


def refresh_marked(account_ids: Iterable[int]) -> None:
    """Sum what is marked in the books that these accounts have."""
    marked = DayBook.objects.filter(account__in=set(account_ids), dirty_from__isnull=False)
    for pk in marked.values_list("pk", flat=True):
        refresh(pk)


def refresh_next() -> None:
    """Sum one marked book, that whose rows are oldest: who writes all the time has no time for all of them."""
    marked = DayBook.objects.filter(dirty_from__isnull=False).order_by("dirty_from", "pk")
    if (pk := marked.values_list("pk", flat=True).first()) is not None:
        refresh(pk)


@transaction.atomic
def refresh(pk: int) -> DayBook:
    """Sum the marked days of a book again."""
    one = DayBook.objects.select_for_update().get(pk=pk)
    if one.dirty_from is None or one.dirty_to is None:
        return one
    zone = ZoneInfo(one.zone)
    first, last = day_of(one.dirty_from, zone), day_of(min(one.dirty_to, EVER), zone)
    start, end = start_of(first, zone), start_of(last + timedelta(days=1), zone)
    DayResult.objects.filter(book=one, day__gte=first, day__lte=last).delete()
    DayResult.objects.bulk_create(
        DayResult(
            book=one,
            day=day,
            coin=coin,
            token=token,
            **{name: getattr(sums, name) for name in _Sums.__slots__},
        )
        for (day, coin, token), sums in _summed(one.account_id, start, end, zone).items()
    )
    one.dirty_from = one.dirty_to = None
    one.save(update_fields=["dirty_from", "dirty_to"])
    return one


def _summed(account_id: int, start: int, end: int, zone: ZoneInfo) -> dict[tuple[date, str, str], _Sums]:
    found: dict[tuple[date, str, str], _Sums] = defaultdict(_Sums)
    fills = Fill.objects.of([account_id]).between(start, end)
    payments = FundingPayment.objects.of([account_id]).between(start, end)
    with localcontext(prec=DIGITS):
        for at, coin, token, px, sz, pnl, fee in fills.values_list(
            "time", "coin", "fee_token", "px", "sz", "closed_pnl", "fee"
        ).iterator():
            sums = found[day_of(at, zone), coin, token or ""]
            sums.fills += 1
            sums.volume += px * sz
            sums.price_pnl += pnl
            sums.fees += fee or ZERO
        for at, coin, usdc in payments.values_list("time", "coin", "usdc").iterator():
            sums = found[day_of(at, zone), coin, ""]
            sums.fundings += 1
            sums.funding += usdc
    return found


def day_of(moment: int, zone: ZoneInfo) -> date:
    """The day in ``zone`` in which ``moment`` (Unix ms) is."""
    return datetime.fromtimestamp(moment // 1000, UTC).astimezone(zone).date()


def start_of(day: date, zone: ZoneInfo) -> int:
    """The first moment of a day in ``zone``, Unix ms; days have 23 to 25 hours."""
    return round(datetime.combine(day, time(), zone).timestamp()) * 1000
