"""Stored history: every digit and every optional part comes back, identities hold, pages are stable."""

from decimal import Decimal

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from accounts.models import Wallet
from snapshots import partitions
from snapshots.models import (
    Account,
    CashFlow,
    ClosedOrder,
    EquitySnapshot,
    Fill,
    FundingPayment,
    PositionSnapshot,
    TradeSnapshot,
    TripNote,
)
from snapshots.models.trade import COLUMNS
from tests.snapshots import wires
from tests.snapshots.wires import ALICE, BOB, NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Account:
    return Account.objects.create(address=ALICE, added_at=NOON)


@pytest.fixture
def bob() -> Account:
    return Account.objects.create(address=BOB, added_at=NOON)


def test_what_the_exchange_sent_comes_back_with_every_digit(alice):
    for sent in (wires.fill(), wires.full_fill(), wires.fill(tid=None, fee=None, fee_token=None)):
        Fill.objects.all().delete()
        Fill.of_wire(alice.pk, sent, NOON).save()
        assert Fill.objects.get().wire == sent
        assert str(Fill.objects.get().px) == str(sent.px)
    for model, sent in (
        (FundingPayment, wires.funding(usdc="-0.0000000001234567890123456789")),
        (CashFlow, wires.ledger(nonce=1, nested={"a": ["1.10"]})),
        (ClosedOrder, wires.order()),
    ):
        model.of_wire(alice.pk, sent, NOON).save()
        assert model.objects.get().wire == sent


def test_a_thing_sent_twice_is_one_row(alice):
    for row in (
        lambda: Fill.of_wire(alice.pk, wires.fill(), NOON),
        lambda: Fill.of_wire(alice.pk, wires.fill(tid=None), NOON),
        lambda: FundingPayment.of_wire(alice.pk, wires.funding(), NOON),
        lambda: CashFlow.of_wire(alice.pk, wires.ledger(), NOON),
        lambda: ClosedOrder.of_wire(alice.pk, wires.order(), NOON),
    ):
        row().save()
        with pytest.raises(IntegrityError), transaction.atomic():
            row().save()


def test_many_rows_go_to_postgres_as_arrays_with_every_digit(alice, django_assert_num_queries):
    """A parameter for each cell, which psycopg looks for and Postgres parses, takes eight times as long."""
    if connection.vendor != "postgresql":
        pytest.skip("is about Postgres")
    sent = [
        wires.fill(tid=1, px=Decimal("2703997.4500000002")),
        wires.fill(tid=2, px=Decimal("0.00000000000000000001234")),
    ]
    with django_assert_num_queries(1) as asked:
        Fill.objects.bulk_create([Fill.of_wire(alice.pk, fill, NOON) for fill in sent], ignore_conflicts=True)
    assert "UNNEST" in asked.captured_queries[0]["sql"]
    assert [fill.px for fill in Fill.objects.order_by("tid")] == [fill.px for fill in sent]


def test_fills_of_one_millisecond_stay_apart(alice):
    same = [wires.fill(tid=0, oid=1), wires.fill(tid=0, oid=2), wires.fill(tid=0, oid=2, side="A")]
    Fill.objects.bulk_create(Fill.of_wire(alice.pk, one, NOON) for one in same)
    assert Fill.objects.count() == 3


def test_an_amount_is_never_compared_or_summed_by_the_database(alice):
    Fill.of_wire(alice.pk, wires.fill(), NOON).save()
    with pytest.raises(FieldError):
        Fill.objects.filter(px__gt=1).exists()
    if connection.vendor == "sqlite":
        with pytest.raises(TypeError):
            Fill.objects.aggregate(all=Sum("px"))


def test_a_number_that_is_none_is_refused(alice):
    with pytest.raises(ValueError, match="no amount"):
        Fill.of_wire(alice.pk, wires.fill(px=Decimal("NaN")), NOON).save()


def test_only_the_liquidated_side_counts_as_liquidated(alice, bob):
    for account in (alice, bob):
        Fill.of_wire(account.pk, wires.full_fill(), NOON).save()
    assert [row.account_id for row in Fill.objects.liquidations()] == [alice.pk]


def walk(model, accounts: list[int], size: int) -> list[int]:
    """All rows, page by page, each page one query."""
    shown, after = [], None
    while page := list(model.objects.page(accounts, size, after)):
        shown += [row.pk for row in page]
        after = page[-1].time, page[-1].pk
    return shown


def test_pages_of_several_accounts_show_each_row_once_newest_first(alice, bob, django_assert_num_queries):
    stranger = Account.objects.create(address="0x" + "f" * 40, added_at=NOON)
    rows = [
        Fill.of_wire(account.pk, wires.fill(NOON + number // 4, tid=number), NOON)
        for number in range(40)
        for account in (alice, bob, stranger)
    ]
    Fill.objects.bulk_create(rows)
    for accounts in ([alice.pk], [alice.pk, bob.pk]):
        wanted = Fill.objects.of(accounts).order_by("-time", "-pk")
        assert walk(Fill, accounts, 7) == [row.pk for row in wanted]
        with django_assert_num_queries(1):
            list(Fill.objects.page(accounts, 7))
    assert list(Fill.objects.page([], 7)) == []


def test_filters_hold_on_pages(alice, bob):
    Fill.objects.bulk_create(
        Fill.of_wire(account.pk, wires.fill(NOON + number, tid=number, coin=coin), NOON + number)
        for number in range(10)
        for coin in ("BTC", "ETH")
        for account in (alice, bob)
    )
    rows = Fill.objects.coin("ETH").between(NOON + 2, NOON + 8).as_of(NOON + 5).page([alice.pk, bob.pk], 50)
    assert {(row.coin, row.time - NOON) for row in rows} == {("ETH", number) for number in (2, 3, 4, 5)}
    assert len(rows) == 8


def test_positions_as_of_a_moment_are_those_that_had_been_received(alice):
    def seen(coin: str, szi: str, at: int) -> None:
        PositionSnapshot.objects.create(
            account=alice, coin=coin, szi=Decimal(szi), time=NOON + at - 50, received_at=NOON + at
        )

    minute = 60_000
    seen("BTC", "1.0", 0)
    seen("ETH", "5.0", 0)
    seen("ETH", "6.0", minute)
    seen("BTC", "0", 2 * minute)

    def held(at: int) -> list[tuple[str, Decimal]]:
        return [(row.coin, row.szi) for row in PositionSnapshot.objects.held(alice.pk, NOON + at)]

    assert held(-1) == []
    assert held(0) == [("BTC", Decimal("1.0")), ("ETH", Decimal("5.0"))]
    assert held(minute) == [("BTC", Decimal("1.0")), ("ETH", Decimal("6.0"))]
    assert held(99 * minute) == [("ETH", Decimal("6.0"))]


def test_an_equity_curve_is_the_last_snapshot_of_each_part(alice, django_assert_num_queries):
    times = [NOON + number * 60_000 for number in range(1000)]
    EquitySnapshot.objects.bulk_create(
        EquitySnapshot(account=alice, mode="default", equity=Decimal(number), time=time, received_at=time)
        for number, time in enumerate(times)
    )
    moments = [NOON + number * 600_000 for number in range(1, 101)]
    with django_assert_num_queries(1):
        rows = EquitySnapshot.objects.last([alice.pk, 99], moments, NOON)
    assert {key: [row.equity for row in some] for key, some in rows.items()} == {
        alice.pk: [Decimal(number) for number in range(9, 1000, 10)]
    }
    crowded = EquitySnapshot.objects.last([alice.pk], [NOON + 1, NOON + 2, NOON + 60_000, NOON + 60_001], NOON)
    assert [row.time for row in crowded[alice.pk]] == [NOON, NOON + 60_000], "a row is there once"
    assert EquitySnapshot.objects.last([alice.pk], moments, NOON + 1000 * 60_000) == {}
    late = EquitySnapshot.objects.last([alice.pk], moments, NOON, as_of=NOON + 125_000)
    assert [row.time for row in late[alice.pk]] == [NOON + 120_000]
    assert EquitySnapshot.objects.standing(alice.pk, NOON + 60_001).equity == Decimal(1)


def test_trades_go_into_their_month_and_come_back_newest_first():
    month = 31 * 24 * 3600 * 1000
    for number in range(3):
        values = TradeSnapshot.values_of(wires.trade(number, NOON + number * month, sz="0.5"), NOON)
        TradeSnapshot(**dict(zip(COLUMNS, values, strict=True))).save()
    small = TradeSnapshot.values_of(wires.trade(9), NOON)
    TradeSnapshot.objects.bulk_create([TradeSnapshot(**dict(zip(COLUMNS, small, strict=True)))])
    newest = list(TradeSnapshot.objects.page(2))
    assert [row.tid for row in newest] == [2, 1]
    assert [row.tid for row in TradeSnapshot.objects.page(9, (newest[-1].time, 1))] == [9, 0]
    large = TradeSnapshot.objects.coin("BTC").large(0)
    assert [(row.tid, row.notional, row.buyer, row.seller) for row in large.page(9)] == [
        (number, 42071, ALICE, BOB) for number in (2, 1, 0)
    ]
    assert TradeSnapshot.objects.get(tid=9).buyer is None
    if connection.vendor == "postgresql":
        assert len(partitions.months_before(NOON + 4 * month)) == 3  # others may have made today's


def test_an_account_is_a_users_through_his_wallets_and_nobody_elses(cast, alice):
    assert list(Account.objects.of(cast.bob)) == []
    Wallet.objects.create(user=cast.bob, address=ALICE)
    assert list(Account.objects.of(cast.bob)) == [alice]
    assert list(Account.objects.of(cast.charlie)) == []


def test_accounts_are_added_once(alice):
    known = Account.objects.known([ALICE.upper().replace("0X", "0x"), BOB], NOON + 1)
    assert known[ALICE] == alice
    assert (known[BOB].address, known[BOB].added_at) == (BOB, NOON + 1)
    assert Account.objects.known([ALICE, BOB], NOON + 2) == known
    assert Account.objects.known([], NOON) == {}


def test_a_note_keeps_its_tags_and_is_found_by_them(cast, alice):
    trip = {"coin": "BTC", "opened_at": NOON, "tid": 1, "oid": 2, "side": "B"}
    note = TripNote(user=cast.bob, account=alice, **trip)
    note.tag_list = ["Breakout", " late  entry", "a,b", "breakout", " "]
    note.save()
    assert TripNote.objects.get().tag_list == ["breakout", "late entry", "a b"]
    assert TripNote.objects.of(cast.bob).tagged("BREAKOUT").exists()
    assert not TripNote.objects.of(cast.bob).tagged("late").exists()
    assert not TripNote.objects.of(cast.charlie).exists()
