"""The pages of destinations: added, verified by a code, tried, changed, stopped and resumed, removed."""

import re
from dataclasses import replace

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client

from alerts.models import Alert, Delivery, Destination
from alerts.verify import GOOD_FOR_MS, MOST_TRIES, is_verified, send_code
from tests.alerts.test_push import KEY, Browser, running
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db
LIST = "/alerts/destinations/"
NOW = 1_800_000_000_000


@pytest.fixture
def bob(cast) -> Client:
    """Bob's browser, of the free tier, who has just proven who he is."""
    cache.clear()
    EmailAddress.objects.create(user=cast.bob, email=cast.bob.email, verified=True, primary=True)
    client = Client()
    client.force_login(cast.bob)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


@pytest.fixture
def hook(settings):
    settings.CONFIG = replace(settings.CONFIG, alerts_allow_private=True, vapid_private_key=KEY)
    with running() as server:
        yield server


def add(client: Client, kind: str, **fields: str):
    return client.post(f"{LIST}add/{kind}/", fields, follow=True)


def act(client: Client, destination: Destination, what: str, **fields: str) -> str:
    return text(client.post(f"{LIST}{destination.pk}/{what}/", fields, follow=True))


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def sent_code() -> str:
    return re.search(r"The code is (\d{6})\.", mail.outbox[-1].body)[1]


def test_an_address_is_used_only_after_its_code_was_typed(bob):
    page = text(add(bob, "email", label="Desk", to="desk@example.org"))
    destination = Destination.objects.get()
    assert "Not verified yet" in page
    assert "desk@example.org" not in page, "shown masked"
    assert not destination.is_usable
    assert mail.outbox[-1].to == ["desk@example.org"]
    assert "Send a test" not in page
    assert "is verified" in act(bob, destination, "verify", code=f" {sent_code()[:3]} {sent_code()[3:]} ")
    assert Destination.objects.get().is_usable
    assert "Send a test" in text(bob.get(LIST))


def test_nothing_but_the_code_is_sent_to_an_address_that_nobody_has_verified(bob):
    add(bob, "email", label="Desk", to="desk@example.org")
    act(bob, Destination.objects.get(), "test")
    assert len(mail.outbox) == 1


def test_the_code_is_kept_as_a_hash_that_is_worth_nothing_elsewhere(bob, cast):
    add(bob, "email", label="Desk", to="desk@example.org")
    add(bob, "email", label="Home", to="home@example.org")
    desk, home = Destination.objects.order_by("pk")
    assert sent_code() not in desk.digest + home.digest
    Destination.objects.filter(pk=desk.pk).update(digest=home.digest)
    assert "not the code" in act(bob, desk, "verify", code=sent_code())


def test_a_code_is_good_for_few_tries(bob):
    add(bob, "email", label="Desk", to="desk@example.org")
    destination, code = Destination.objects.get(), sent_code()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(MOST_TRIES):
        assert "not the code" in act(bob, destination, "verify", code=wrong)
    assert "not the code" in act(bob, destination, "verify", code=code)
    assert "A new code" in act(bob, destination, "code")
    assert "not the code" in act(bob, destination, "verify", code=code) or code == sent_code()
    act(bob, destination, "verify", code=sent_code())
    assert Destination.objects.get().is_usable


def test_a_code_is_good_for_ten_minutes_and_once(cast):
    destination = Destination.objects.add(
        cast.bob, kind="email", label="Desk", secret={"to": "d@example.org"}, hint="d…@example.org"
    )
    assert send_code(destination, NOW) == ""
    late = Destination.objects.get()
    assert not is_verified(late, sent_code(), NOW + GOOD_FOR_MS)
    assert is_verified(late, sent_code(), NOW + GOOD_FOR_MS - 1)
    assert not is_verified(Destination.objects.get(), sent_code(), NOW + 1)
    assert not is_verified(Destination.objects.get(), "", NOW + 1)


def test_codes_cannot_be_made_to_rain_on_somebody(bob):
    add(bob, "email", label="Desk", to="victim@example.org")
    destination = Destination.objects.get()
    pages = [act(bob, destination, "code") for _ in range(4)]
    assert "Too many messages" in pages[-1]
    assert len(mail.outbox) == 3


def test_the_accounts_own_address_is_offered_and_needs_no_code(bob, cast):
    assert "Your email" in text(bob.get(LIST))
    page = text(add(bob, "email", own="1", to=cast.bob.email))
    assert mail.outbox == []
    assert Destination.objects.get().is_usable
    assert "Your email" not in page
    assert "Ready" in page


def test_another_users_address_is_not_verified_by_his_having_verified_it(bob, cast):
    EmailAddress.objects.create(user=cast.alice, email=cast.alice.email, verified=True, primary=True)
    add(bob, "email", own="1", to=cast.alice.email)
    assert not Destination.objects.get().is_usable


def test_an_address_of_the_account_that_is_not_verified_is_not_offered(bob, cast):
    EmailAddress.objects.filter(user=cast.bob).update(verified=False)
    assert "Your email" not in text(bob.get(LIST))
    add(bob, "email", own="1", to=cast.bob.email)
    assert not Destination.objects.get().is_usable


def test_what_was_typed_wrongly_is_said_beside_it_and_kept(bob):
    response = add(bob, "email", label="Desk", to="no address")
    assert response.status_code == 400
    assert "This is not an email address." in text(response)
    assert 'value="no address"' in text(response)
    again = add(bob, "webhook", label="", url="http://127.0.0.1/x")
    assert "private network" in text(again)
    assert Destination.objects.count() == 0


def test_a_name_is_the_users_once(bob):
    add(bob, "email", label="Desk", to="a@example.org")
    response = add(bob, "email", label="Desk", to="b@example.org")
    assert "You have a destination of this name already." in text(response)
    assert Destination.objects.count() == 1


def test_the_limit_of_the_tier_holds_on_the_server(bob, settings):
    settings.CONFIG = replace(settings.CONFIG, destinations_free=2)
    for number in range(2):
        add(bob, "webhook", label=f"Hook {number}", url="https://example.org/hook", key="k" * 20)
    response = add(bob, "webhook", label="One more", url="https://example.org/hook")
    assert response.status_code == 409
    assert "The Free tier has at most 2 destinations." in text(response)
    assert "2 of 2" in text(bob.get(LIST))


def test_a_made_signing_key_is_shown_once(bob):
    page = text(add(bob, "webhook", label="Bot", url="https://example.org/hook"))
    key = Destination.objects.get().secret["key"]
    assert key in page
    assert key not in text(bob.get(LIST))


def test_a_test_says_in_words_what_the_receiver_answered(bob, hook):
    add(bob, "webhook", label="Bot", url=f"{hook.url}/hook", key="k" * 20)
    destination = Destination.objects.get()
    assert "was accepted there" in act(bob, destination, "test")
    assert b"test" in hook.taken[-1][1]
    hook.status = 503
    assert "The server answered 503" in act(bob, destination, "test")
    assert Destination.objects.get().is_usable


def test_a_test_that_fails_for_good_stops_the_destination_until_it_is_resumed(bob, hook):
    add(bob, "webhook", label="Bot", url=f"{hook.url}/hook", key="k" * 20)
    destination, hook.status = Destination.objects.get(), 410
    page = act(bob, destination, "test")
    assert "Stopped" in page
    assert "gone for good" in page
    assert not Destination.objects.get().is_usable
    hook.status = 200
    assert "Ready" in act(bob, destination, "resume")
    assert Destination.objects.get().is_usable


def test_tests_are_limited(bob, hook):
    add(bob, "webhook", label="Bot", url=f"{hook.url}/hook", key="k" * 20)
    pages = [act(bob, Destination.objects.get(), "test") for _ in range(6)]
    assert "Too many messages" in pages[-1]
    assert len(hook.taken) == 5


def test_a_browser_is_added_by_what_it_says_of_itself_and_told(bob, hook):
    browser = Browser()
    page = text(add(bob, "push", **browser.subscription(f"{hook.url}/send/abcd")))
    destination = Destination.objects.get()
    assert destination.is_usable
    assert "…abcd" in page
    assert destination.secret["auth"] not in page
    assert "was accepted there" in act(bob, destination, "test")
    assert browser.read(hook.taken[-1][1])["title"] == "Test of your alerts"


def test_a_broken_subscription_is_refused_in_the_list(bob):
    assert "public key of P-256" in text(add(bob, "push", endpoint="https://example.org", p256dh="x", auth="y"))


def test_the_open_pages_are_one_destination(bob):
    add(bob, "page")
    destination = Destination.objects.get()
    assert destination.is_usable
    assert destination.secret == {"user": destination.user_id}
    assert "in your list already" in text(add(bob, "page"))
    assert Destination.objects.count() == 1


def test_name_and_rate_are_changed_and_wrong_ones_are_not(bob):
    add(bob, "page")
    destination = Destination.objects.get()
    act(bob, destination, "change", label="Screens", per_minute="7")
    destination.refresh_from_db()
    assert (destination.label, destination.per_minute) == ("Screens", 7)
    for label, rate in (("", "7"), ("Screens", "0"), ("Screens", "61"), ("x" * 61, "7")):
        act(bob, destination, "change", label=label, per_minute=rate)
    destination.refresh_from_db()
    assert (destination.label, destination.per_minute) == ("Screens", 7)


def test_the_rate_can_be_changed_while_the_secret_stays(bob):
    add(bob, "webhook", label="Bot", url="https://example.org/hook", key="k" * 20)
    act(bob, Destination.objects.get(), "change", label="Bot", per_minute="7")
    assert Destination.objects.get().secret == {"url": "https://example.org/hook", "key": "k" * 20}


def test_what_is_removed_is_gone(bob):
    add(bob, "page")
    assert "is removed" in act(bob, Destination.objects.get(), "remove")
    assert Destination.objects.count() == 0


def test_the_list_says_when_something_arrived_last(bob, cast):
    add(bob, "page")
    destination = Destination.objects.get()
    alert = Alert.objects.add(cast.bob, [destination], metric="mark", coin="BTC", threshold=1)
    told = {
        "alert": alert,
        "destination": destination,
        "occasion": "fired",
        "at": 1,
        "decided_at": 1,
        "not_before": 1,
    }
    Delivery.objects.create(key="a", state="sent", sent_at=NOW, **told)
    Delivery.objects.create(key="b", state="failed", **told)
    assert "Last told 15 Jan" in text(bob.get(LIST))


def test_more_destinations_cost_no_more_queries(bob, django_assert_num_queries):
    add(bob, "page")
    bob.get(LIST)
    with django_assert_num_queries(4):  # user, firings not acknowledged, destinations, his email
        bob.get(LIST)
    for number in range(4):
        add(bob, "webhook", label=f"Hook {number}", url="https://example.org/hook", key="k" * 20)
    with django_assert_num_queries(4):
        bob.get(LIST)


def test_a_kind_that_does_not_exist_or_is_not_set_up_is_not_found(bob, settings):
    settings.CONFIG = replace(settings.CONFIG, vapid_private_key="")
    assert bob.get(f"{LIST}add/pigeon/").status_code == 404
    assert add(bob, "push").status_code == 404


def test_only_where_nobody_else_could_be_told_is_it_not_asked_again_who_it_is(cast):
    cache.clear()
    EmailAddress.objects.create(user=cast.bob, email=cast.bob.email, verified=True, primary=True)
    client = Client()
    client.force_login(cast.bob)
    add(client, "page")
    add(client, "email", own="1", to=cast.bob.email.upper())
    assert Destination.objects.usable().count() == 2
    for kind, fields in {
        "email": {"own": "1", "to": cast.alice.email},
        "webhook": {"label": "Bot", "url": "https://example.org/"},
    }.items():
        response = client.post(f"{LIST}add/{kind}/", fields)
        assert response.url.startswith("/account/reauthenticate/")
    assert Destination.objects.count() == 2
