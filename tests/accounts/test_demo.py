"""The demo: its users are ready on the simulated exchange, and nowhere else."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from accounts import demo
from accounts.models import User, Wallet
from alerts.demo import NEAR, price
from exchange.simulator import cast
from exchange.simulator.profile import SMALL
from exchange.simulator.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def simulated(settings):
    settings.CONFIG = replace(settings.CONFIG, hyperliquid_network="simulated", environment="development")


def sign_in(client, name: str) -> bool:
    client.post("/account/login/", {"login": name, "password": demo.PASSWORD})
    return client.get("/account/").status_code == 200


def test_both_sign_in_with_the_password_that_is_printed(simulated, client, capsys):
    call_command("demo_users")
    said = capsys.readouterr().out
    assert "trader (pro) or admin (admin)" in said
    assert said.split()[-1] == "hyperliquid-demo"
    assert sign_in(client, "admin")
    assert client.get("/admin/").status_code == 200
    client.post("/account/logout/")
    assert sign_in(client, "trader")
    assert client.get("/admin/", follow=True).status_code == 403


def test_the_trader_is_a_pro_with_wallets_that_the_exchange_knows(simulated):
    call_command("demo_users")
    trader = User.objects.get(username="trader")
    assert trader.tier == "pro"
    wallets = list(Wallet.objects.of(trader))
    assert [one.address for one in wallets if one.kind == "own"] == [cast.TRADER]
    known = {value for name, value in vars(cast).items() if name.isupper()}
    assert {one.address for one in wallets} <= known - {cast.MISSING, cast.EMPTY}
    assert len({one.colour for one in wallets}) == len(wallets)


def test_running_it_again_changes_nothing_but_a_password_that_was_changed(simulated, client):
    call_command("demo_users")
    trader = User.objects.get(username="trader")
    Wallet.objects.of(trader).last().delete()
    before = list(User.objects.values_list("password", flat=True))
    call_command("demo_users")
    assert list(User.objects.values_list("password", flat=True)) == before
    assert Wallet.objects.count() == len(demo.WALLETS) - 1
    trader.set_password("something else")
    trader.save()
    call_command("demo_users")
    assert sign_in(client, "trader")


@pytest.mark.parametrize(
    "place",
    [{"hyperliquid_network": "mainnet"}, {"hyperliquid_network": "testnet"}, {"environment": "production"}],
)
def test_elsewhere_it_refuses_and_the_sign_in_page_names_nobody(simulated, settings, client, place):
    call_command("demo_users")
    assert "hyperliquid-demo" in client.get("/account/login/").content.decode()
    settings.CONFIG = replace(settings.CONFIG, **place)
    User.objects.all().delete()
    with pytest.raises(CommandError):
        call_command("demo_users")
    assert not User.objects.exists()
    User.objects.create_user("trader", password="mine, on a real exchange")
    assert "hyperliquid-demo" not in client.get("/account/login/").content.decode()


def test_without_demo_users_the_sign_in_page_names_none(simulated, client):
    assert "hyperliquid-demo" not in client.get("/account/login/").content.decode()


def test_the_trader_has_alerts_with_a_place_where_he_is_told_and_keeps_what_he_makes_of_them(simulated):
    call_command("demo_users")
    trader = User.objects.get(username="trader")
    assert {one.metric for one in trader.alerts.all()} >= {"mark", "move", "funding_apr", "trade", "fill"}
    place = trader.destinations.get()
    assert (place.kind, place.is_usable, place.secret) == ("page", True, {"user": trader.pk})
    assert all(list(one.destinations.all()) == [place] for one in trader.alerts.all())
    trader.alerts.first().delete()
    count = trader.alerts.count()
    call_command("demo_users")
    assert trader.alerts.count() == count
    assert not User.objects.get(username="admin").alerts.exists()


def test_the_trader_may_begin_without_alerts(simulated):
    call_command("demo_users", without_alerts=True)
    assert not User.objects.get(username="trader").alerts.exists()


def test_prices_near_which_alerts_wait_are_those_at_which_every_simulated_exchange_begins():
    for seed in (7, 11):
        mids = World(seed=seed, start_ms=1_800_000_000_000, profile=SMALL).all_mids()
        assert abs(Decimal(mids["BTC"]) / price("BTC") - 1) < NEAR / 3
