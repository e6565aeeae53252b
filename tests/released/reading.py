"""Reads what ``rows`` wrote, after an upgrade, as people would; run with Django set up on that database."""

from decimal import Decimal

from django.test import Client
from django.test.utils import setup_test_environment

from accounts.models import User, Wallet
from alerts.models import Alert, Destination
from snapshots import coverage
from snapshots.models import Fill, TradeSnapshot, TripNote
from snapshots.store_trades import store_trades
from tests.cast import PASSWORD
from tests.released.rows import OCTOBER, SEPTEMBER


def check() -> None:
    """Raises where something is lost."""
    setup_test_environment()
    alice = User.objects.get(username="alice")
    assert alice.tier == "pro"
    assert alice.check_password(PASSWORD)
    assert Wallet.objects.get(user=alice, label="hers").address == "0x" + "c3" * 20
    assert Fill.objects.get(tid=7).px == Decimal("84143.0")
    assert TripNote.objects.get().text == "hers"
    assert Destination.objects.get().secret == {"to": "hers@example.org"}
    assert Alert.objects.get().firings.get().sentence == "hers"
    assert list(TradeSnapshot.objects.order_by("time").values_list("time", "px")) == [
        (SEPTEMBER, Decimal("64000.5")),
        (OCTOBER, Decimal("64000.5")),
    ]
    assert coverage.is_complete("trades:BTC", OCTOBER, OCTOBER + 60_000)
    look(Client(), alice)
    go_on()


def look(browser: Client, alice: User) -> None:
    """Pages that show it."""
    browser.force_login(alice)
    for path in ("/history/", "/portfolio/", "/alerts/", "/account/sessions/"):
        assert browser.get(path, follow=True).status_code == 200, path
    assert "BTC" in browser.get("/alerts/").content.decode()


def go_on() -> None:
    """The upgraded installation writes, and what it repeats is stored once."""
    row = ("BTC", OCTOBER + 1, 9, "A", Decimal(1), Decimal(1), 1, None, None, OCTOBER + 2)
    assert store_trades([row]) == 1
    assert store_trades([row, (*row[:1], OCTOBER + 40 * 86_400_000, *row[2:])]) == 1
