"""The admin: who gets in, what is found, what can be done, and that it is written down."""

import re
from dataclasses import replace

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, DailyUse, PageViews, Session, User, Wallet
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db
USERS, SESSIONS = "/admin/accounts/user/", "/admin/accounts/session/"


@pytest.fixture
def admin(cast, client) -> Client:
    """Ada's browser."""
    client.force_login(cast.ada)
    return client


def browser_of(user: User, device: str = "Firefox on Linux") -> Client:
    """A signed-in browser."""
    client = Client()
    client.force_login(user)
    Session.objects.filter(user=user, device="").update(device=device)
    return client


def act(admin: Client, url: str, action: str, *chosen: object):
    return admin.post(url, {"action": action, "_selected_action": [str(one) for one in chosen]}, follow=True)


def is_signed_in(client: Client) -> bool:
    return client.get("/account/email/").status_code == 200


# Who gets in ------------------------------------------------------------------------------------


def test_strangers_are_led_to_the_sign_in_of_the_site(client):
    response = client.get(USERS, follow=True)
    assert response.redirect_chain[-1][0] == "/account/login/?next=/admin/accounts/user/"


def test_users_who_are_no_staff_are_refused(cast):
    refused = browser_of(cast.alice).get("/admin/", follow=True)
    assert refused.status_code == 403
    assert "This page is not for this account" in refused.content.decode()


@pytest.fixture
def production(settings):
    """The rule of production, on a plain connection."""
    settings.CONFIG = replace(settings.CONFIG, environment="production")


def code_of(secret: str) -> str:
    """What an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def sign_in(client: Client, name: str, **code: str):
    response = client.post("/account/login/", {"login": name, "password": PASSWORD})
    if code:
        assert response.url.startswith("/account/2fa/authenticate/"), response.url
        response = client.post(response.url, code)
    return response


def with_verified_email(user: User) -> User:
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


def test_in_production_an_admin_without_a_second_factor_is_asked_to_set_one_up(cast, production, client):
    with_verified_email(cast.ada)
    sign_in(client, "ada")
    response = client.get(USERS, follow=True)
    assert response.redirect_chain[-1][0] == "/account/2fa/"
    assert "The admin needs a second factor" in response.content.decode()


def test_in_production_the_admin_opens_after_a_code_of_the_authenticator(cast, production, client):
    secret = generate_totp_secret()
    TOTP.activate(with_verified_email(cast.ada), secret)
    sign_in(client, "ada", code=code_of(secret))
    assert client.get(USERS).status_code == 200


def test_in_production_a_session_that_has_shown_none_is_asked_for_it(cast, production, client):
    """A way in that has no second step leads to one before the admin opens."""
    secret = generate_totp_secret()
    TOTP.activate(cast.ada, secret)
    client.force_login(cast.ada, "accounts.backends.PasswordBackend")
    response = client.get(USERS, follow=True)
    asked, _ = response.redirect_chain[-1]
    assert asked == "/account/2fa/reauthenticate/?next=/admin/accounts/user/"
    response = client.post(asked, {"code": code_of(secret)}, follow=True)
    assert response.redirect_chain[-1][0] == USERS
    assert response.status_code == 200


def test_in_production_a_second_factor_that_was_taken_away_counts_no_more(cast, production, client):
    secret = generate_totp_secret()
    factor = TOTP.activate(with_verified_email(cast.ada), secret)
    sign_in(client, "ada", code=code_of(secret))
    assert any(one["method"] == "mfa" for one in client.session[AUTHENTICATION_METHODS_SESSION_KEY])
    factor.instance.delete()
    assert client.get(USERS, follow=True).redirect_chain[-1][0] == "/account/2fa/"


def test_a_way_back_to_another_site_is_not_taken(cast, admin):
    assert admin.get("/admin/login/?next=https://evil.example/").url == "/admin/"


# What is found ----------------------------------------------------------------------------------


def rows(response) -> list:
    return list(response.context["cl"].result_list)


@pytest.mark.parametrize("words", ["ali", "alice@example.org", "ALICE@example.org", "0xA1a1", " alice "])
def test_users_are_found_by_name_address_and_email(admin, cast, words):
    assert rows(admin.get(USERS, {"q": words})) == [cast.alice]


def test_users_are_filtered_by_tier(admin, cast):
    assert rows(admin.get(USERS, {"tier__exact": "pro"})) == [cast.alice]


def everything(user: User) -> dict[str, object]:
    """One of each kind of row, and the rows by the name of their list."""
    wallet = Wallet.objects.create(user=user, address="0x" + "c3" * 20, label="hedge")
    token = ApiToken.objects.create(user=user, name="bot", prefix="hl_abcdefgh", digest="d" * 64)
    PageViews.objects.create(day=timezone.now().date(), page="markets", count=3)
    DailyUse.objects.create(day=timezone.now().date(), user=user)
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    with_verified_email(user)
    return {"wallet": wallet, "apitoken": token}


LISTS = [
    "accounts/user",
    "accounts/session",
    "accounts/wallet",
    "accounts/apitoken",
    "accounts/pageviews",
    "accounts/dailyuse",
    "mfa/authenticator",
    "account/emailaddress",
    "admin/logentry",
]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_as_much_for_many_rows_as_for_few(admin, cast, name, django_assert_max_num_queries):
    for user in (cast.alice, cast.bob, cast.charlie):
        browser_of(user)
    act(admin, USERS, "make_api", cast.bob.pk, cast.charlie.pk)
    everything(cast.alice)
    with django_assert_max_num_queries(9):
        assert admin.get(f"/admin/{name}/").status_code == 200
    assert admin.get(f"/admin/{name}/", {"q": "alice"}).status_code == 200


@pytest.mark.parametrize(("name", "key"), [("wallet", "wallet"), ("apitoken", "apitoken")])
def test_what_belongs_to_users_is_looked_at_and_not_changed(admin, cast, name, key):
    row = everything(cast.alice)[key]
    page = admin.get(f"/admin/accounts/{name}/{row.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert admin.post(f"/admin/accounts/{name}/{row.pk}/change/", {"label": "x"}).status_code == 403
    assert admin.get(f"/admin/accounts/{name}/add/").status_code == 403


def test_no_page_shows_what_gives_power_over_a_user(admin, cast):
    client = browser_of(cast.alice)
    row = everything(cast.alice)["apitoken"]
    secrets = [client.session.session_key, row.digest, cast.alice.password]
    secrets += [factor.data.get("secret") or factor.data["seed"] for factor in cast.alice.authenticator_set.all()]
    assert len(secrets) == 5
    pages = [f"/admin/{name}/" for name in LISTS]
    pages += [f"{USERS}{cast.alice.pk}/change/", f"/admin/accounts/apitoken/{row.pk}/change/"]
    pages += [f"/admin/mfa/authenticator/{one.pk}/change/" for one in cast.alice.authenticator_set.all()]
    for page in pages:
        text = admin.get(page, follow=True).content.decode()
        assert [secret for secret in secrets if secret in text] == [], page


# What is done -----------------------------------------------------------------------------------


def test_a_tier_is_changed_for_many_at_once_and_written_down(admin, cast):
    act(admin, USERS, "make_api", cast.bob.pk, cast.charlie.pk)
    assert set(User.objects.filter(tier="api")) == {cast.bob, cast.charlie}
    page = admin.get("/admin/admin/logentry/").content.decode()
    assert page.count("Tier changed to API.") == 2
    assert set(LogEntry.objects.values_list("user", "object_repr")) == {
        (cast.ada.pk, "bob"),
        (cast.ada.pk, "charlie"),
    }


def test_whoever_is_disabled_is_out_at_once_and_stays_out_until_enabled(admin, cast):
    client = browser_of(with_verified_email(cast.bob))
    assert is_signed_in(client)
    act(admin, USERS, "disable", cast.bob.pk)
    assert not is_signed_in(client)
    assert not Session.objects.filter(user=cast.bob).exists()
    sign_in(client, "bob")
    assert not is_signed_in(client)
    act(admin, USERS, "enable", cast.bob.pk)
    sign_in(client, "bob")
    assert is_signed_in(client)


def test_admins_cannot_disable_themselves(admin, cast):
    act(admin, USERS, "disable", cast.ada.pk)
    assert is_signed_in(admin)


def test_all_sessions_of_a_user_are_ended(admin, cast):
    browsers = [browser_of(cast.bob) for _ in range(2)]
    other = browser_of(cast.alice)
    act(admin, USERS, "end_sessions", cast.bob.pk)
    assert [is_signed_in(one) for one in (*browsers, other)] == [False, False, True]
    assert LogEntry.objects.get().change_message == "Sessions ended."


def test_one_session_is_ended_by_a_name_that_is_not_its_key(admin, cast):
    first, second = browser_of(cast.bob), browser_of(cast.bob)
    page = admin.get(SESSIONS, {"q": "bob"}).content.decode()
    names = re.findall(r'name="_selected_action" value="([^"]+)"', page) or re.findall(
        r'value="([^"]+)"[^>]*name="_selected_action"', page
    )
    assert len(names) == 2
    row = Session.objects.get(pk=first.session.session_key)
    chosen = next(name for name in names if name.endswith(str(round(row.created_at.timestamp() * 1_000_000))))
    act(admin, SESSIONS, "end", chosen)
    assert [is_signed_in(first), is_signed_in(second)] == [False, True]
    assert LogEntry.objects.get().object_repr == "bob"


@pytest.mark.parametrize("name", ["nonsense", "1-", "-5", "1-99999999999999999999", "0-0"])
def test_a_made_up_name_ends_no_session(admin, cast, name):
    client = browser_of(cast.bob)
    assert act(admin, SESSIONS, "end", name).status_code == 200
    assert is_signed_in(client)


def test_a_token_is_revoked(admin, cast):
    row = everything(cast.alice)["apitoken"]
    act(admin, "/admin/accounts/apitoken/", "revoke", row.pk)
    assert not ApiToken.objects.active().exists()
    assert LogEntry.objects.get().change_message == "Revoked."


def test_an_address_is_not_an_admins_to_change(admin, cast):
    page = admin.get(f"{USERS}{cast.bob.pk}/change/").content.decode()
    assert cast.bob.address in page
    assert 'name="address"' not in page
    assert 'name="tier"' in page


def test_the_audit_cannot_be_changed_or_deleted(admin, cast):
    act(admin, USERS, "make_api", cast.bob.pk)
    entry = f"/admin/admin/logentry/{LogEntry.objects.get().pk}"
    assert admin.post(f"{entry}/delete/", {"post": "yes"}).status_code == 403
    assert admin.post(f"{entry}/change/", {"object_repr": "x"}).status_code == 403
    assert LogEntry.objects.get().object_repr == "bob"


def test_staff_without_superuser_rights_neither_touch_superusers_nor_give_rights(cast, client):
    from django.contrib.auth.models import Permission

    cast.charlie.is_staff = True
    cast.charlie.save()
    cast.charlie.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client.force_login(cast.charlie)
    act(client, USERS, "disable", cast.ada.pk)
    act(client, USERS, "make_api", cast.ada.pk, cast.bob.pk)
    assert User.objects.get(pk=cast.ada.pk).is_active
    assert list(User.objects.filter(tier="api")) == [cast.bob]
    assert client.post(f"{USERS}{cast.ada.pk}/change/", {"username": "x"}).status_code == 403
    assert client.post(f"{USERS}{cast.ada.pk}/password/", {}).status_code == 403
    assert client.post(f"{USERS}{cast.ada.pk}/delete/", {"post": "yes"}).status_code == 403
    assert 'name="is_superuser"' not in client.get(f"{USERS}{cast.charlie.pk}/change/").content.decode()


def test_use_is_shown_by_day_as_numbers(admin, cast):
    everything(cast.alice)
    page = admin.get("/admin/accounts/dailyuse/").content.decode()
    assert "<td>3</td><td>1</td>" in page
    assert "alice" not in page
