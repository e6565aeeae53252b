"""Which database a request reads from; with real servers: ``test_degradation``."""

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.models import User, Wallet
from alerts.models import Alert
from dashboard import reading
from dashboard.reading import COOKIE, Reads, ReadYourWrites, Router, current
from monitoring.models import Lease
from snapshots.models import Fill

router = Router()


@pytest.fixture(autouse=True)
def replica(monkeypatch) -> None:
    """There is one, and it is well."""
    monkeypatch.setattr(reading, "is_configured", lambda: True)
    monkeypatch.setattr(reading, "is_there", lambda: True)


def reads(model) -> str:
    return router.db_for_read(model)


def test_whatever_is_no_request_is_the_primarys():
    assert current.get() is None
    assert reads(Fill) == "default"


def test_history_and_alerts_are_read_from_the_copy_and_who_somebody_is_never():
    before = current.set(Reads(may_use_copy=True))
    try:
        assert {reads(model) for model in (Fill, Alert)} == {"replica"}
        assert {reads(model) for model in (User, Wallet, Lease)} == {"default"}
        assert router.db_for_write(User) == "default"
        assert reads(Fill) == "replica", "that he was here is nothing that he would read there"
        assert router.db_for_write(Alert) == "default"
        assert reads(Fill) == "default", "what was written is read where it is"
    finally:
        current.reset(before)


async def seen(method: str = "get", cookies: dict | None = None, writes: bool = False, **options) -> tuple:
    """From where a request reads, and whether its answer says that it wrote."""

    async def view(request) -> HttpResponse:
        if writes:
            router.db_for_write(Alert)
        return HttpResponse(reads(Fill))

    request = getattr(RequestFactory(), method)("/alerts/")
    request.COOKIES.update(cookies or {})
    request.api_token = options.get("token")
    answer = await ReadYourWrites(view)(request)
    return answer.content.decode(), answer.cookies


async def test_who_wrote_stays_at_the_primary_by_a_cookie_that_nobody_can_make_for_himself():
    assert await seen() == ("replica", {})
    read, cookies = await seen("post")
    assert (read, set(cookies)) == ("default", {COOKIE})
    assert cookies[COOKIE]["httponly"]
    assert await seen(cookies={COOKIE: cookies[COOKIE].value}) == ("default", {})
    assert await seen(cookies={COOKIE: "1"}) == ("replica", {})
    read, cookies = await seen(writes=True)
    assert (read, set(cookies)) == ("default", {COOKIE})
    assert await seen(token=object()) == ("default", {}), "a program has no cookie"
    assert current.get() is None


def test_a_page_that_loses_the_copy_in_the_middle_is_made_again_from_the_primary():
    middleware, tries = ReadYourWrites(None), []

    def view(request, name: str) -> HttpResponse:
        tries.append(reads(Fill))
        if tries[-1] == "replica":
            raise OperationalError("canceling statement due to conflict with recovery")
        return HttpResponse(name)

    request = RequestFactory().get("/alerts/")
    request.resolver_match = (view, ("it",), {})
    before = current.set(Reads(may_use_copy=True))
    try:
        with pytest.raises(OperationalError) as lost:
            view(request, "it")
        again = middleware.process_exception(request, lost.value)
        assert (again.content, tries) == (b"it", ["replica", "default"])
        assert middleware.process_exception(request, lost.value) is None, "the primary's own trouble is the page's"
    finally:
        current.reset(before)
