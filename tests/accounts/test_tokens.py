"""API tokens: shown once, kept as a hash, good on the API alone, and never in an address."""

import html
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, User, Wallet
from accounts.models.token import MOST_TOKENS, TooManyTokens
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db
PAGE = "/account/tokens/"


@pytest.fixture
def alice(cast) -> User:
    """Of the api tier."""
    cast.alice.tier = User.Tier.API
    cast.alice.save()
    return cast.alice


@pytest.fixture
def client(alice) -> Client:
    """Signed in, and confirmed just now."""
    client = Client()
    client.force_login(alice)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


def bearer(token: str, **more: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {token}", **more}, enforce_csrf_checks=True)


def text(response, status: int = 200) -> str:
    assert response.status_code == status, response.content
    return html.unescape(response.content.decode())


def made(client: Client, **fields: str) -> str:
    """The token that the page shows."""
    page = text(client.post(f"{PAGE}create/", {"name": "bot", "can_read": "on", "days": "90", **fields}))
    (token,) = re.findall(r">(hld_[0-9a-f]{8}_[\w-]{43})<", page)
    return token


def test_a_token_is_shown_once_and_only_its_hash_is_kept(client, alice):
    token = made(client)
    row = ApiToken.objects.get(user=alice)
    assert row.prefix == token[:12]
    assert token[13:] not in "".join(str(value) for value in vars(row).values())
    page = text(client.get(PAGE))
    assert row.prefix in page
    assert token not in page
    assert timedelta(days=89) < row.expires_at - timezone.now() < timedelta(days=91)


def test_it_lets_a_program_in_and_notes_that(client, alice):
    Wallet.objects.put(alice, "0x" + "12" * 20, label="Main")
    program = bearer(made(client))
    assert program.get("/api/me").json() == {
        "username": "alice",
        "address": alice.address,
        "tier": "api",
        "timezone": "UTC",
        "scopes": ["read"],
        "wallets_most": 100,
    }
    (wallet,) = program.get("/api/wallets").json()["wallets"]
    assert (wallet["address"], wallet["label"]) == ("0x" + "12" * 20, "Main")
    used = ApiToken.objects.get().last_used_at
    assert timezone.now() - used < timedelta(minutes=1)
    program.get("/api/me")
    assert ApiToken.objects.get().last_used_at == used
    assert "last used" in text(client.get(PAGE))


def test_a_session_may_ask_the_api_too_and_nobody_may_not(client):
    assert client.get("/api/me").json()["scopes"] is None
    response = Client().get("/api/me")
    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="api"')


def refused(token: str) -> bool:
    response = bearer(token).get("/api/me")
    assert response.status_code in (200, 401)
    assert response.status_code == 200 or 'error="invalid_token"' in response["WWW-Authenticate"]
    return response.status_code == 401


def test_a_token_ends_when_it_is_revoked(client):
    token = made(client)
    assert not refused(token)
    page = text(client.post(f"{PAGE}{ApiToken.objects.get().pk}/revoke/", follow=True))
    assert "is revoked and no longer works" in page
    assert refused(token)


@pytest.mark.parametrize(
    "change",
    [
        lambda user: ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1)),
        lambda user: User.objects.filter(pk=user.pk).update(tier="pro"),
        lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    ],
    ids=["expired", "other tier", "disabled user"],
)
def test_a_token_ends_with_what_it_rests_on(client, alice, change):
    token = made(client)
    assert not refused(token)
    change(alice)
    assert refused(token)


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token[:12],
        lambda token: "hld_00000000" + token[12:],
        lambda token: token + "x",
        lambda token: "",
        lambda token: "é" * 40,
    ],
)
def test_what_is_nearly_a_token_is_none(client, forge):
    assert refused(forge(made(client)))


@pytest.mark.parametrize("field", ["token", "access_token", "anything"])
def test_in_an_address_it_counts_for_nothing_and_its_owner_is_told(client, field):
    token = made(client)
    for value in (token, token.replace("_", "%5F")):
        response = Client().get(f"/api/me?{field}={value}")
        assert "Revoke it" in text(response, 400)
    response = bearer(token).get(f"/api/me?{field}={token}")
    assert response.status_code == 400


@pytest.mark.parametrize("path", ["/", "/wallets/", "/account/", "/account/tokens/", "/account/data/", "/admin/"])
def test_it_opens_no_page(client, path):
    response = bearer(made(client)).get(path)
    assert "valid for /api/ only" in text(response, 403)


def test_it_stands_alone_cookies_beside_it_do_not_count(client, cast):
    token = made(client)
    both = bearer(token)
    both.force_login(cast.bob)
    assert both.get("/api/me").json()["username"] == "alice"
    wrong = bearer("hld_00000000_nothing")
    wrong.force_login(cast.bob)
    assert wrong.get("/api/me").status_code == 401


@pytest.mark.parametrize(
    ("scopes", "method", "path", "missing"),
    [
        ({"can_read": "on"}, "get", "/api/me", ""),
        ({"can_read": "", "can_alert": "on"}, "get", "/api/me", "read"),
        ({"can_read": "on"}, "post", "/api/alerts/new", "alerts"),
        ({"can_read": "on", "can_alert": "on"}, "post", "/api/me", "alerts"),
        ({"can_read": "on", "can_alert": "on"}, "post", "/api/alertsomething", "alerts"),
    ],
)
def test_scopes_say_what_it_may_do(client, scopes, method, path, missing):
    program = bearer(made(client, **scopes))
    response = getattr(program, method)(path)
    if missing:
        assert f"lacks the scope {missing}" in text(response, 403)
        assert 'error="insufficient_scope"' in response["WWW-Authenticate"]
    else:
        assert response.status_code == 200


def test_with_the_scope_alerts_no_form_token_is_needed(client):
    program = bearer(made(client, can_alert="on"))
    assert program.post("/api/alerts/nothing-there").status_code == 404


def test_other_tiers_are_told_and_get_none(cast):
    bob = Client(headers={"X-Tier": "api"})
    bob.force_login(cast.bob)
    bob.post("/account/reauthenticate/", {"password": PASSWORD})
    assert "Tokens are for the API tier; yours is Free." in text(bob.get(PAGE))
    refused = bob.post(f"{PAGE}create/", {"name": "x", "can_read": "on", "tier": "api"})
    assert "Only the api tier has tokens." in text(refused, 403)
    assert not ApiToken.objects.exists()


def test_making_one_needs_a_fresh_proof_of_who_it_is(alice):
    client = Client()
    client.force_login(alice)
    response = client.post(f"{PAGE}create/", {"name": "bot", "can_read": "on"})
    assert response["Location"].startswith("/account/reauthenticate/")
    page = text(client.post(response["Location"], {"password": PASSWORD}))
    assert "Copy it now" in page
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"name": ""}, {"can_read": ""}, {"days": "7000"}, {"name": "x" * 61}])
def test_a_wrong_form_makes_none(client, wrong):
    fields = {"name": "bot", "can_read": "on", "days": "90", **wrong}
    text(client.post(f"{PAGE}create/", fields), 400)
    assert not ApiToken.objects.exists()


def test_nobody_revokes_the_token_of_another(client, cast):
    row, token = ApiToken.objects.issue(cast.alice, "bot")
    stranger = Client()
    stranger.force_login(cast.charlie)
    assert stranger.post(f"{PAGE}{row.pk}/revoke/").status_code == 404
    assert not refused(token)


def test_there_are_only_so_many(alice):
    for n in range(MOST_TOKENS):
        ApiToken.objects.issue(alice, f"bot {n}")
    with pytest.raises(TooManyTokens):
        ApiToken.objects.issue(alice, "one more")
    ApiToken.objects.of(alice).revoke()
    ApiToken.objects.issue(alice, "one more")
