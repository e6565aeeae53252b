"""The wallets page: what is added, what it costs, what the exchange calls it, and whose it is."""

import html
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import User, Wallet
from accounts.network import network
from accounts.role import MOST_A_MINUTE, MOST_BY_SIGN_UP, role_of
from exchange.following import weight_a_minute, weight_at_first
from exchange.simulator import cast as actors
from tests.accounts.signing import Holder

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("exchange")]
ADD = "/wallets/add/"


@pytest.fixture
def alice(cast) -> Client:
    client = Client()
    client.force_login(cast.alice)
    return client


def text(response, status: int = 200) -> str:
    assert response.status_code == status, response.content
    return html.unescape(response.content.decode())


def listed(user: User) -> list[str]:
    return [wallet.address for wallet in Wallet.objects.of(user)]


def test_an_empty_list_says_what_it_is_for(alice):
    page = text(alice.get("/wallets/"))
    assert "No wallet yet" in page
    assert "0 of 25 in the Pro tier" in page


@pytest.mark.parametrize("where", ["simulated", "mainnet"])
def test_only_the_simulated_exchange_offers_a_sample_wallet(alice, settings, where):
    settings.CONFIG = replace(settings.CONFIG, hyperliquid_network=where)
    assert ("a sample wallet" in text(alice.get("/wallets/"))) is (where == "simulated")


def test_an_address_is_shown_with_its_cost_and_then_added(alice, cast):
    page = text(alice.get(ADD, {"address": actors.TRADER, "label": "Whale"}))
    assert listed(cast.alice) == []
    assert "0 of 10 in use: one is free" in page
    assert "9.5</span> of 100000 weight a minute" in page
    assert "680 weight for what it is" in page
    page = text(alice.post(ADD, {"address": actors.TRADER, "label": "Whale"}, follow=True))
    assert "Whale is in your list." in page
    (wallet,) = Wallet.objects.of(cast.alice)
    assert (wallet.address, wallet.label, wallet.kind, wallet.role) == (actors.TRADER, "Whale", "watched", "user")


def test_the_cost_is_that_of_the_documented_weights():
    assert weight_a_minute() == pytest.approx(2 + 2 + (20 + 20) / 10 + 4 * 20 / 60 + 20 / 120)
    assert weight_at_first() == 60 + 20 + 5 * 120


def test_without_a_free_slot_it_is_polled_and_says_so(alice, cast):
    for n in range(10):
        Wallet.objects.put(cast.alice, f"0x{n + 1:040x}")
    page = text(alice.get(ADD, {"address": actors.TRADER}))
    assert "10 of 10 in use: none is free" in page
    assert "Polled" in page


def test_slots_that_the_feed_holds_count_as_used(alice):
    network().budget().hold("users", actors.UNIFIED, "feed")
    assert "1 of 10 in use" in text(alice.get("/wallets/"))


def test_an_address_that_is_followed_already_costs_nothing_more(alice, cast):
    Wallet.objects.put(cast.bob, actors.TRADER)
    assert "Nothing more: this address is already followed here" in text(
        alice.get(ADD, {"address": actors.TRADER})
    )


@pytest.mark.parametrize(
    ("address", "says", "behind"),
    [
        (actors.AGENT, "This is an API wallet", actors.TRADER),
        (actors.SUB_ACCOUNT, "This is a sub-account", actors.TRADER),
        (actors.VAULT, "This is a vault", ""),
        (actors.MISSING, "has never seen this address", ""),
    ],
)
def test_what_is_no_plain_account_is_explained_and_its_master_offered(alice, address, says, behind):
    page = text(alice.get(ADD, {"address": address}))
    assert says in page
    assert ("Watch the account behind it" in page) == bool(behind)
    if behind:
        assert f'href="/wallets/add/?address={behind}"' in page


def test_an_agent_in_the_list_stays_explained(alice, cast):
    alice.post(ADD, {"address": actors.AGENT})
    wallet = Wallet.objects.get(user=cast.alice)
    assert (wallet.role, wallet.master) == ("agent", actors.TRADER)
    page = text(alice.get("/wallets/"))
    assert "API wallet: it signs orders for an account and owns nothing" in page
    assert f"?address={actors.TRADER}" in page


@pytest.mark.parametrize(("typed", "says"), [("0x12", "has 2, 38 missing"), ("vitalik.eth", "This is a name.")])
def test_what_is_no_address_comes_back_with_a_word_on_it(alice, typed, says):
    page = text(alice.get(ADD, {"address": typed}), 400)
    assert says in page
    assert f'value="{typed}"' in page


def test_an_address_is_listed_once(alice, cast):
    alice.post(ADD, {"address": actors.TRADER, "label": "first"})
    assert "already in your list" in text(alice.post(ADD, {"address": actors.TRADER, "label": "x"}, follow=True))
    assert Wallet.objects.get(user=cast.alice).label == "first"


def test_the_tier_limits_the_list_whatever_the_client_says(cast):
    bob = Client(headers={"X-Tier": "api"})
    bob.force_login(cast.bob)
    for n in range(3):
        Wallet.objects.put(cast.bob, f"0x{n + 1:040x}")
    assert "Full: the Free tier has 3" in text(bob.get(ADD, {"address": actors.TRADER, "tier": "api"}))
    assert "at most 3 wallets" in text(bob.post(ADD, {"address": actors.TRADER, "tier": "api"}), 409)
    assert len(listed(cast.bob)) == 3
    holder = Holder(bob)
    assert "at most 3 wallets" in holder.use("own").json()["error"]


def test_a_wallet_that_was_watched_becomes_own_by_its_signature(alice, cast):
    holder = Holder(alice)
    alice.post(ADD, {"address": holder.address, "label": "cold"})
    assert holder.use("own").json() == {"next": "/wallets/"}
    (wallet,) = Wallet.objects.of(cast.alice)
    assert (wallet.kind, wallet.label) == ("own", "cold")


def test_wallets_are_labelled_coloured_moved_and_removed_without_script(alice, cast):
    for address in (actors.TRADER, actors.UNIFIED):
        alice.post(ADD, {"address": address})
    first, second = Wallet.objects.of(cast.alice)
    assert first.colour != second.colour
    alice.post(f"/wallets/{second.pk}/change/", {"label": "Funds", "colour": "#FF0000"})
    second.refresh_from_db()
    assert (second.label, second.colour) == ("Funds", "#ff0000")
    alice.post(f"/wallets/{second.pk}/move/", {"to": "up"})
    assert listed(cast.alice) == [actors.UNIFIED, actors.TRADER]
    alice.post(f"/wallets/{second.pk}/move/", {"to": "nowhere"})
    assert "is no longer in your list" in text(alice.post(f"/wallets/{first.pk}/remove/", follow=True))
    assert listed(cast.alice) == [actors.UNIFIED]


@pytest.mark.parametrize(
    "wrong", [{"colour": "red"}, {"colour": "#12345"}, {"colour": "#123456", "label": "x" * 41}]
)
def test_a_wrong_label_or_colour_changes_nothing(alice, cast, wrong):
    wallet, _ = Wallet.objects.put(cast.alice, actors.TRADER, label="Funds", colour="#123456")
    page = text(alice.post(f"/wallets/{wallet.pk}/change/", {"label": "New", **wrong}, follow=True))
    assert 'class="said-now error"' in page
    wallet.refresh_from_db()
    assert (wallet.label, wallet.colour) == ("Funds", "#123456")


def test_labels_are_text_and_not_markup(alice, cast):
    Wallet.objects.put(cast.alice, actors.TRADER, label="<script>alert(1)</script>")
    page = alice.get("/wallets/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("act", ["change", "move", "remove", "recognise"])
def test_nobody_touches_the_wallets_of_another(alice, cast, act):
    wallet, _ = Wallet.objects.put(cast.bob, actors.TRADER, label="Bob's")
    other, _ = Wallet.objects.put(cast.bob, actors.UNIFIED)
    fields = {"label": "mine", "colour": "#ffffff", "to": "down"}
    assert alice.post(f"/wallets/{wallet.pk}/{act}/", fields).status_code == 404
    assert [(one.pk, one.label) for one in Wallet.objects.of(cast.bob)] == [(wallet.pk, "Bob's"), (other.pk, "")]


@pytest.mark.parametrize("path", ["/wallets/", ADD + "?address=0x12"])
def test_strangers_are_sent_to_sign_in(path):
    response = Client().get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/account/login/?next=/wallets/")


# What the exchange calls it -----------------------------------------------------------------------


def weight(budget) -> int:
    return budget.usage()["weight"][0]


def test_the_exchange_is_asked_once(exchange):
    assert role_of(actors.AGENT) == role_of(actors.AGENT)
    assert weight(exchange) == 60


def test_all_people_together_ask_a_few_times_a_minute_only(exchange):
    roles = [role_of(f"0x{n + 1:040x}").role for n in range(MOST_A_MINUTE + 3)]
    assert roles == ["missing"] * MOST_A_MINUTE + [""] * 3
    assert weight(exchange) == 60 * MOST_A_MINUTE


def test_strangers_who_sign_up_leave_room_for_those_who_add_a_wallet():
    for _ in range(MOST_A_MINUTE + 2):
        Holder().use()
    assert Wallet.objects.filter(role="missing").count() == MOST_BY_SIGN_UP
    assert role_of(actors.AGENT).role == "agent"


def test_what_could_not_be_asked_is_added_all_the_same_and_asked_later(alice, cast):
    cache.set("roles-asked", MOST_A_MINUTE, 60)
    assert "could not be asked just now" in text(alice.get(ADD, {"address": actors.AGENT}))
    alice.post(ADD, {"address": actors.AGENT})
    wallet = Wallet.objects.get(user=cast.alice)
    assert wallet.role == ""
    recognise = f"/wallets/{wallet.pk}/recognise/"
    assert "cannot be asked just now" in text(alice.post(recognise, follow=True))
    cache.delete("roles-asked")
    assert "This is an API wallet" in text(alice.post(recognise, follow=True))
    wallet.refresh_from_db()
    assert (wallet.role, wallet.master) == ("agent", actors.TRADER)


def test_an_exchange_that_does_not_answer_keeps_nobody_out():
    from accounts.network import introduce
    from exchange.info import InfoClient

    before = network()
    introduce(lambda feature: InfoClient("http://127.0.0.1:9", feature=feature), before.budget)
    holder = Holder()
    assert holder.use().json() == {"next": "/wallets/"}
    assert Wallet.objects.get(address=holder.address).role == ""


def test_the_page_costs_the_same_queries_for_one_wallet_and_for_twenty(alice, cast, django_assert_max_num_queries):
    for n in range(20):
        Wallet.objects.put(cast.alice, f"0x{n + 1:040x}")
    with django_assert_max_num_queries(6):
        alice.get("/wallets/")
