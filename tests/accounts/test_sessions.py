"""Sessions: what their rows tell, and that one which was ended stays ended whatever was under way."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.core.cache import cache
from django.utils import timezone

from accounts.models import Session
from accounts.sessions import PREFIX, SessionStore, end, end_all
from tests.cast import PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    yield
    cache.clear()


def sign_in(client, user, **headers) -> str:
    """The key of a session that has been used once from a browser."""
    client.force_login(user)
    assert client.get("/account/sessions/", **headers).status_code == 200
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def is_in(client) -> bool:
    return client.get("/account/sessions/").status_code == 200


def test_a_row_tells_whose_it_is_from_where_and_when_last_seen(client, cast):
    client.defaults |= {"HTTP_USER_AGENT": FIREFOX, "REMOTE_ADDR": "203.0.113.9"}
    EmailAddress.objects.create(user=cast.alice, email=cast.alice.email, verified=True, primary=True)
    client.post("/account/login/", {"login": "alice", "password": PASSWORD})
    row = Session.objects.get(user=cast.alice)
    assert (row.device, row.ip) == ("Firefox on Linux", "203.0.113.9")
    assert row.expire_date > timezone.now() + timedelta(days=1)


def test_being_here_is_written_once_a_minute_at_most(client, cast, django_assert_num_queries):
    key = sign_in(client, cast.alice)
    Session.objects.update(last_seen_at=timezone.now() - timedelta(hours=1))
    is_in(client)
    assert Session.objects.get(pk=key).last_seen_at < timezone.now() - timedelta(minutes=30)
    cache.delete(f"{PREFIX}seen.{key}")
    is_in(client)
    assert Session.objects.get(pk=key).last_seen_at > timezone.now() - timedelta(minutes=1)


def test_a_row_that_is_written_again_keeps_when_and_where_it_was_opened(client, cast):
    key = sign_in(client, cast.alice)
    opened = timezone.now() - timedelta(days=3)
    Session.objects.update(created_at=opened, device="Netscape on BeOS")
    store = SessionStore(key)
    store["colour"] = "blue"
    store.save()
    row = Session.objects.get(pk=key)
    assert (row.created_at, row.device, row.user) == (opened, "Netscape on BeOS", cast.alice)
    assert SessionStore(key)["colour"] == "blue"


def test_an_ended_session_is_over_at_once_although_the_cache_had_a_copy(client, cast):
    key = sign_in(client, cast.alice)
    assert cache.get(PREFIX + key)
    assert end([key]) == 1
    assert not Session.objects.filter(pk=key).exists()
    assert not is_in(client)


def test_a_reader_that_was_under_way_does_not_bring_an_ended_session_back(client, cast, monkeypatch):
    key = sign_in(client, cast.alice)
    cache.delete(PREFIX + key)
    read = SessionStore._get_session_from_db

    def read_and_then_be_overtaken(store):
        row = read(store)
        end([key])
        return row

    monkeypatch.setattr(SessionStore, "_get_session_from_db", read_and_then_be_overtaken)
    SessionStore(key).load()
    monkeypatch.undo()
    assert not is_in(client)


def test_a_writer_that_was_under_way_does_not_bring_an_ended_session_back(client, cast, monkeypatch):
    key = sign_in(client, cast.alice)
    store = SessionStore(key)
    store["colour"] = "blue"
    put = type(store._cache).set

    def be_overtaken_and_then_put(self, name, value, *rest, **more):
        if name == PREFIX + key and value != "ended":
            Session.objects.filter(pk=key).delete()
            put(self, name, "ended")
        return put(self, name, value, *rest, **more)

    monkeypatch.setattr(type(store._cache), "set", be_overtaken_and_then_put)
    store.save()
    monkeypatch.undo()
    assert not is_in(client)


def test_writing_an_ended_session_is_refused(client, cast):
    store = SessionStore(sign_in(client, cast.alice))
    store["colour"] = "blue"
    end([store.session_key])
    with pytest.raises(UpdateError):
        store.save()


def test_all_but_one_session_of_a_user_end_and_nobody_elses(client, cast):
    mine = sign_in(client, cast.alice)
    others = [sign_in(type(client)(), cast.alice) for _ in range(2)]
    bobs = sign_in(type(client)(), cast.bob)
    assert end_all(cast.alice, but=mine) == 2
    assert set(Session.objects.values_list("pk", flat=True)) == {mine, bobs}
    assert all(SessionStore(key).load() == {} for key in others)


def test_expired_rows_are_cleared_while_somebody_uses_the_site(client, cast):
    old = Session.objects.create(
        session_key="a" * 32, session_data="", expire_date=timezone.now() - timedelta(days=1)
    )
    sign_in(client, cast.alice)
    assert not Session.objects.filter(pk=old.pk).exists()


@pytest.mark.parametrize("key", ["short", "x" * 31, "ä" * 32, "x" * 400, "a b" * 11])
def test_a_key_that_was_never_ours_is_not_even_looked_up(key, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert SessionStore(key).load() == {}
