"""The first three steps: done, left out, gone on with, and never shown again."""

import pytest
from django.urls import reverse

from accounts.models import User, Wallet
from dashboard.pages import welcome as page
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db
ADDRESS = "0x" + "ab" * 20
URL = "/welcome/"


@pytest.fixture
def client(client, cast, monkeypatch):
    """Charlie, who has just signed up."""
    monkeypatch.setattr(
        page, "role_of", lambda _: type("Known", (), {"role": "", "master": ""})
    )  # no exchange here
    User.objects.filter(pk=cast.charlie.pk).update(welcome_step=page.WALLET)
    client.login(username="charlie", password=PASSWORD)
    return client


def step() -> int:
    return User.objects.get(username="charlie").welcome_step


def test_a_wallet_that_is_followed_leads_on_and_to_an_alert_about_its_positions(client):
    assert client.post(URL, {"step": 1, "address": ADDRESS, "label": "Nest"})["Location"] == URL
    assert Wallet.objects.get(user__username="charlie").label == "Nest"
    assert b"Step 2 of 3" in client.get(URL).content
    client.post(URL, {"step": 2, "act": "skip"})
    assert b"how far the nearest one is now" in client.get(URL).content  # of its past nothing is kept
    answer = client.post(URL, {"step": 3})
    assert answer["Location"].startswith(reverse("alert-new") + "?metric=liquidation_distance")
    assert b'value="10"' in client.get(answer["Location"]).content
    assert step() == page.DONE


def test_favourites_make_the_suggestion_and_the_first_page(client):
    client.post(URL, {"step": 1, "act": "skip"})
    client.cookies["favourites"] = "ETH|BTC"
    client.post(URL, {"step": 2, "act": "skip"})
    assert b"the price of ETH falls by 5%" in client.get(URL).content
    assert client.post(URL, {"step": 3, "act": "skip"})["Location"] == "/markets/?kind=favourites"


@pytest.mark.parametrize("at", [1, 2, 3])
def test_steps_that_were_left_are_never_shown_again(client, at):
    User.objects.filter(username="charlie").update(welcome_step=at)
    assert client.post(URL, {"step": at, "act": "leave"})["Location"] == "/markets/"
    assert client.get(URL)["Location"] == "/markets/"
    assert step() == page.DONE


def test_what_is_no_address_is_refused_with_the_reason_and_the_step_stays(client):
    answer = client.post(URL, {"step": 1, "address": "0x12"})
    assert answer.status_code == 400
    assert b'role="alert"' in answer.content
    assert step() == page.WALLET


def test_a_form_that_is_sent_twice_does_not_skip_the_next_step(client):
    for _ in range(2):
        client.post(URL, {"step": 1, "act": "skip"})
    assert step() == page.FAVOURITES


def test_signing_in_goes_on_where_somebody_was_but_not_past_a_page_that_he_was_on_the_way_to(client):
    client.post(URL, {"step": 1, "act": "skip"})
    client.logout()
    User.objects.filter(username="charlie").update(email="")  # or a code would be asked for first
    given = {"login": "charlie", "password": PASSWORD}
    assert client.post(reverse("account_login"), given)["Location"] == URL
    assert b"Step 2 of 3" in client.get(URL).content
    client.logout()
    assert client.post(reverse("account_login"), {**given, "next": "/alerts/"})["Location"] == "/alerts/"


def test_who_was_there_before_is_not_led_round(client, cast):
    assert cast.bob.welcome_step == page.DONE
