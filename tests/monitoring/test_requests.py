"""Each request: its id, its line in the log, and its place in the histogram."""

import asyncio
import logging
import threading

import pytest
from asgiref.sync import iscoroutinefunction
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import AsyncClient, AsyncRequestFactory, Client
from django.urls import path
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.proxies import TrustedProxies
from exchange import log_id
from monitoring.metrics.registry import REGISTRY
from monitoring.monitor import monitor
from monitoring.requests import HEADER, Requests, user_of

log = logging.getLogger("tests.views")
seen = {}


async def asked(request, what=""):
    seen.update(id=log_id.current(), thread=threading.get_ident())
    log.warning("in the view")
    return HttpResponse("fine")


async def fails(request):
    raise ValueError("broken")


def in_a_thread(request):
    seen.update(id=log_id.current(), thread=threading.get_ident())
    return HttpResponse("fine")


urlpatterns = [
    path("asked", asked, name="asked"),
    path("asked/<str:what>", asked, name="asked-what"),
    path("fails", fails, name="fails"),
    path("thread", in_a_thread, name="thread"),
]
handler500 = "dashboard.pages.errors.server_error"


def handler404(request, exception):
    return HttpResponse("nothing", status=404)


@pytest.fixture
def site(settings, caplog):
    """A site of these views, whose requests are logged."""
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["accounts.proxies.TrustedProxies", "monitoring.requests.Requests"]
    caplog.set_level("DEBUG", "access")
    return AsyncClient(raise_request_exception=False)


def lines(caplog):
    return [record for record in caplog.records if record.name == "access"]


def counted(route: str, status: str) -> float:
    return REGISTRY.get_sample_value("dashboard_request_seconds_count", {"route": route, "status": status}) or 0.0


async def test_a_request_gets_an_id_that_its_answer_tells(site):
    first, second = await site.get("/asked"), await site.get("/asked")
    assert len(first[HEADER]) == 32
    assert seen["id"] == second[HEADER] != first[HEADER]
    assert log_id.current() == ""


async def test_the_id_of_a_trusted_proxy_is_taken_over_and_a_strangers_is_not(site, settings):
    settings.TRUSTED_PROXIES = ()
    assert (await site.get("/asked", headers={HEADER: "mine"}))[HEADER] != "mine"
    settings.TRUSTED_PROXIES = ("127.0.0.1",)
    site = AsyncClient()  # it makes its middleware anew
    assert (await site.get("/asked", headers={HEADER: "theirs-7"}))[HEADER] == "theirs-7"
    assert seen["id"] == "theirs-7"
    assert len((await site.get("/asked", headers={HEADER: "a b\tforged"}))[HEADER]) == 32
    assert len((await site.get("/asked", headers={HEADER: "x" * 500}))[HEADER]) == 32


async def test_a_view_in_a_thread_has_the_id_and_one_on_the_loop_stays_there(site):
    await site.get("/asked")
    assert seen["thread"] == threading.get_ident()
    answer = await site.get("/thread")
    assert seen["thread"] != threading.get_ident()
    assert seen["id"] == answer[HEADER]


def test_the_middleware_needs_no_thread():
    assert iscoroutinefunction(Requests(asked))
    assert not Requests.sync_capable


async def test_one_line_tells_of_a_request_without_what_stands_behind_the_question_mark(site, caplog):
    await site.get("/asked/%C3%A4%0AGET?token=hunter2")
    (record,) = lines(caplog)
    assert (record.method, record.status, record.route) == ("GET", 200, "asked-what")
    assert record.path.endswith("%A4%0AGET")
    assert 0 < record.ms < 10_000
    assert record.levelname == "INFO"
    assert not hasattr(record, "user")
    assert "hunter2" not in str(record.__dict__)
    assert "\n" not in record.getMessage()


@pytest.mark.django_db(transaction=True)
def test_the_line_has_the_users_number_and_not_his_name(cast, caplog):
    caplog.set_level("INFO", "access")
    client = Client()
    client.force_login(cast.alice)
    client.get("/account/settings/")
    (record,) = lines(caplog)
    assert record.user == cast.alice.pk
    assert cast.alice.username not in str(record.__dict__)


def test_the_line_asks_nobody_who_it_was_whom_nobody_has_asked_before(rf):
    asked = []
    request = rf.get("/")
    request.user = SimpleLazyObject(lambda: asked.append(1) or AnonymousUser())
    assert user_of(request) is None
    assert asked == []
    assert str(request.user) == "AnonymousUser"
    assert user_of(request) is None
    request.user = SimpleLazyObject(lambda: User(pk=7))
    assert user_of(request) is None
    assert request.user.is_authenticated
    assert user_of(request) == 7


async def test_polls_of_machines_are_told_only_to_who_looks_closely(caplog):
    caplog.set_level("DEBUG", "access")
    await AsyncClient().get("/api/health/live")
    assert [record.levelname for record in lines(caplog)] == ["DEBUG"]
    await AsyncClient().get("/api/health/nothing")
    assert [record.levelname for record in lines(caplog)] == ["DEBUG", "INFO"]


async def test_health_that_says_no_is_no_error_of_the_request(caplog, monkeypatch):
    monkeypatch.setattr(monitor, "measured", None)
    assert (await AsyncClient().get("/api/health/ready")).status_code == 503
    assert not [record for record in caplog.records if record.name == "django.request"]
    await AsyncClient().get("/no/such/page")
    assert [record.status_code for record in caplog.records if record.name == "django.request"] == [404]


async def test_requests_are_counted_by_route_and_class_of_status_and_never_by_address(site):
    before = counted("asked-what", "2xx"), counted("fails", "5xx"), counted("none", "4xx")
    for word in ("a", "b", "c"):
        await site.get(f"/asked/{word}")
    assert (await site.get("/fails")).status_code == 500
    await site.get("/wp-admin/setup.php")
    assert (counted("asked-what", "2xx"), counted("fails", "5xx"), counted("none", "4xx")) == (
        before[0] + 3, before[1] + 1, before[2] + 1,
    )  # fmt: skip
    routes = {s.labels["route"] for m in REGISTRY.collect() if "request_s" in m.name for s in m.samples}
    assert not any("/" in route for route in routes)


async def test_who_hangs_up_before_there_is_an_answer_is_counted_and_told(caplog):
    caplog.set_level("INFO", "access")
    began = asyncio.Event()

    async def never(request):
        began.set()
        await asyncio.Event().wait()

    before = counted("none", "4xx")
    request = AsyncRequestFactory().get("/slow")
    request.resolver_match = None
    going = asyncio.create_task(Requests(never)(request))
    await began.wait()
    assert REGISTRY.get_sample_value("dashboard_requests_going") >= 1
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    assert lines(caplog)[0].status == 499
    assert counted("none", "4xx") == before + 1


def test_a_strangers_id_is_dropped_before_anybody_sees_it(settings, rf):
    settings.TRUSTED_PROXIES = ("10.0.0.0/8",)
    requests = []
    middleware = TrustedProxies(lambda request: requests.append(request) or HttpResponse())
    for peer in ("203.0.113.9", "10.0.0.1"):
        middleware(rf.get("/", REMOTE_ADDR=peer, HTTP_X_REQUEST_ID="given"))
    assert [request.META.get("HTTP_X_REQUEST_ID") for request in requests] == [None, "given"]
