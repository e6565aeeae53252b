"""History in the admin: everything can be looked at, nothing can be changed, and notes stay private."""

from datetime import date

import pytest
from django.apps import apps
from django.contrib import admin

from snapshots import days
from snapshots.models import (
    Account,
    BackfillProgress,
    CashFlow,
    ClosedOrder,
    Coverage,
    DayResult,
    EquitySnapshot,
    Fill,
    FundingPayment,
    PositionSnapshot,
    PruneRun,
    TradeMinute,
    TradeSnapshot,
    TripNote,
)
from snapshots.store_trades import store_trades
from tests.snapshots import wires
from tests.snapshots.wires import ALICE, NOON

pytestmark = pytest.mark.django_db
MODELS = list(apps.get_app_config("snapshots").get_models())


@pytest.fixture
def ada(cast, client):
    """Her browser, and one row of everything."""
    account = Account.objects.create(address=ALICE, added_at=NOON)
    for model, wire in (
        (Fill, wires.full_fill()),
        (FundingPayment, wires.funding()),
        (CashFlow, wires.ledger()),
        (ClosedOrder, wires.order()),
    ):
        model.of_wire(account.pk, wire, NOON).save()
    seen = {"account": account, "time": NOON, "received_at": NOON}
    PositionSnapshot.objects.create(coin="BTC", szi=1, **seen)
    EquitySnapshot.objects.create(mode="default", equity=None, reason="cannot compute", **seen)
    store_trades([TradeSnapshot.values_of(wires.trade(1, sz="2.0"), NOON)])
    TradeMinute.objects.create(coin="BTC", time=NOON, trades=1, bought=1, sold=0, turnover=1)
    Coverage.objects.create(stream="trades:BTC", start=0, end=9, state="covered", updated_at=NOON)
    BackfillProgress.objects.create(account=account, stream="fills")
    PruneRun.objects.create(began_at=NOON, ended_at=NOON, deleted={"trades": 7})
    DayResult.objects.create(book=days.book(account.pk, "UTC"), day=date(2026, 1, 1), coin="BTC")
    TripNote.objects.create(
        user=cast.alice, account=account, coin="BTC", opened_at=1, tid=1, oid=1, side="B", text="my secret plan"
    )
    client.force_login(cast.ada)
    return client


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_row_can_be_looked_at_and_none_can_be_edited(ada, model):
    base = f"/admin/snapshots/{model._meta.model_name}/"
    row = model.objects.first()
    assert ada.get(base).status_code == 200
    assert f"{base}{row.pk}/change/" in ada.get(base).content.decode()
    page = ada.get(f"{base}{row.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert ada.get(f"{base}add/").status_code == 403
    assert ada.post(f"{base}{row.pk}/change/", {}).status_code == 403
    if model is not TripNote:
        assert ada.post(f"{base}{row.pk}/delete/", {"post": "yes"}).status_code == 403
        assert model.objects.filter(pk=row.pk).exists()


def test_every_model_is_in_the_admin(ada):
    assert [model.__name__ for model in MODELS if not admin.site.is_registered(model)] == []


def test_rows_are_found_by_the_accounts_address(ada):
    for model in (Fill, FundingPayment, CashFlow, ClosedOrder, PositionSnapshot, EquitySnapshot, DayResult):
        base = f"/admin/snapshots/{model._meta.model_name}/"
        assert "/change/" in ada.get(base, {"q": ALICE}).content.decode()
        assert "/change/" not in ada.get(base, {"q": "0x" + "9" * 40}).content.decode()
    assert "/change/" in ada.get("/admin/snapshots/tradesnapshot/", {"q": "BTC"}).content.decode()
    assert "/change/" not in ada.get("/admin/snapshots/tradesnapshot/", {"q": "ETH"}).content.decode()


def test_what_a_user_writes_down_is_not_shown_to_admins(ada):
    note = TripNote.objects.get()
    for page in ("/admin/snapshots/tripnote/", f"/admin/snapshots/tripnote/{note.pk}/change/"):
        assert "secret" not in ada.get(page).content.decode()


def test_a_long_list_takes_the_same_few_queries(ada, django_assert_max_num_queries):
    account = Account.objects.get()
    Fill.objects.bulk_create(Fill.of_wire(account.pk, wires.fill(tid=n), NOON) for n in range(100, 300))
    with django_assert_max_num_queries(8):
        page = ada.get("/admin/snapshots/fill/").content.decode()
    assert page.count("/change/") == 50
