"""The pages of settings and sessions: what they change, and whose sessions somebody may end."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache

from accounts.models import Session

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def alice(client, cast):
    """Alice in two browsers; ``client`` is the one that looks."""
    elsewhere = type(client)()
    elsewhere.force_login(cast.alice)
    client.force_login(cast.alice)
    return cast.alice


def other_session(client, user) -> Session:
    return Session.objects.of(user).exclude(pk=client.session.session_key).get()


def test_the_page_lists_the_sessions_and_gives_no_key_away(client, alice):
    page = client.get("/account/sessions/").content.decode()
    assert page.count("This browser") == 1
    assert page.count("/end/") == 1
    assert all(row.session_key not in page for row in Session.objects.all())


def test_one_session_is_ended(client, alice):
    other = other_session(client, alice)
    client.post(f"/account/sessions/{other.handle}/end/")
    assert [row.pk for row in Session.objects.of(alice)] == [client.session.session_key]


def test_all_other_sessions_are_ended(client, alice):
    page = client.post("/account/sessions/end-others/", follow=True).content.decode()
    assert "1 other session ended." in page
    assert [row.pk for row in Session.objects.of(alice)] == [client.session.session_key]


def test_nobody_ends_a_session_of_somebody_else_or_by_a_made_up_name(client, cast, alice):
    stranger = type(client)()
    stranger.force_login(cast.charlie)
    for handle in (other_session(client, alice).handle, "0" * 16):
        assert stranger.post(f"/account/sessions/{handle}/end/").status_code == 404
    assert Session.objects.of(alice).count() == 2


def test_a_link_does_not_end_a_session(client, alice):
    assert client.get("/account/sessions/end-others/").status_code == 405
    assert Session.objects.of(alice).count() == 2


def test_settings_are_kept_and_the_theme_is_shown_at_once(client, alice):
    form = {"username": "alice-2", "timezone": "Europe/Berlin", "numbers": "comma", "theme": "light"}
    page = client.post("/account/", form, follow=True).content.decode()
    alice.refresh_from_db()
    assert {name: getattr(alice, name) for name in form} == form
    assert 'data-theme="light"' in page
    assert "alice-2" in page


def test_a_new_browser_has_the_theme_of_who_signs_in_and_the_button_has_the_last_word(client, alice):
    type(alice).objects.filter(pk=alice.pk).update(theme="dark")
    assert 'data-theme="dark"' in client.get("/account/").content.decode()
    client.cookies["theme"] = "light"
    assert 'data-theme="light"' in client.get("/account/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"timezone": "Mars/Olympus"}, "no time zone"),
        ({"username": "bob"}, "already exists"),
        ({"username": "alice@example.org"}, "may not have an @"),
        ({"username": "0x" + "a1" * 20}, "kept for the wallets"),
        ({"theme": "pink"}, "not one of the available choices"),
        ({"numbers": "roman"}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_and_not_kept(client, alice, wrong, says):
    form = {"username": "alice", "timezone": "UTC", "numbers": "point", "theme": "system"} | wrong
    response = client.post("/account/", form)
    assert response.status_code == 400
    assert says in response.content.decode()
    alice.refresh_from_db()
    assert (alice.username, alice.timezone, alice.theme) == ("alice", "UTC", "system")


def test_the_header_says_who_is_signed_in_with_which_tier(client, alice):
    signed_in = client.get("/account/sessions/").content.decode()
    signed_out = type(client)().get("/account/login/").content.decode()
    assert "Pro</span>" in signed_in
    for page, has_wallets in ((signed_in, True), (signed_out, False)):
        assert (">Wallets</a></nav>" in page) is has_wallets
    assert "Sign out" in signed_in
    assert "/account/login/?next=/account/login/" in signed_out
    assert "Sign out" not in signed_out


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York", "Europe/Berlin"])
def test_times_about_the_account_are_in_the_users_zone(client, alice, zone):
    type(alice).objects.filter(pk=alice.pk).update(timezone=zone)
    moments = [datetime(2026, month, 1, 20, 30, tzinfo=UTC) for month in (1, 7)]  # winter and summer
    for moment in moments:
        Session.objects.filter(user=alice).update(created_at=moment)
        page = client.get("/account/sessions/").content.decode()
        assert f"Opened {moment.astimezone(ZoneInfo(zone)):%-d %b %Y, %H:%M}" in page
        assert f"Times are {zone}." in page
    assert (f'data-zone="{zone}"' in page) is (zone != "UTC")
