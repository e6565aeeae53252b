"""``/metrics``: who may read it, that it asks nobody anything, that a part that fails does not take the rest."""

import asyncio
import time
from dataclasses import replace

import pytest
from aiohttp import ClientSession
from django.test import AsyncClient, Client
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from exchange.clock import ManualClock
from monitoring.check import Check
from monitoring.health import Service, Upstream
from monitoring.metrics.history import recorder
from monitoring.metrics.listener import Listener
from monitoring.metrics.loop import watch_loop
from monitoring.metrics.process import watch_process
from monitoring.metrics.registry import REGISTRY, gauge, sources, text
from monitoring.monitor import monitor
from tests.e2e.running import free_port

TOKEN = "a-token-of-twenty-chars"
TOLD = CollectorRegistry()
TOLD.register(sources)
UP = Service(available=True, connected=True, latency=1.5)


@pytest.fixture
def config(settings):
    """Changes the configuration: ``config(metrics_token=…)``."""

    def change(**values):
        settings.CONFIG = replace(settings.CONFIG, **values)

    change(metrics_token="", metrics_networks=())
    return change


@pytest.fixture
def source():
    """A source of the test's own, gone afterwards."""
    yield lambda read: sources.add("test", read)
    sources.remove("test")
    sources.failures.clear()


def samples(body: bytes) -> dict[str, dict[tuple, float]]:
    """Name → (labels) → value."""
    found: dict[str, dict[tuple, float]] = {}
    for family in text_string_to_metric_families(body.decode()):
        for one in family.samples:
            found.setdefault(one.name, {})[tuple(sorted(one.labels.items()))] = one.value
    return found


def get(peer: str = "127.0.0.1", client: Client | None = None, path: str = "/metrics", **headers: str):
    return (client or Client()).get(path, REMOTE_ADDR=peer, headers=headers)


@pytest.mark.django_db
def test_without_a_token_or_network_only_this_machine_may_read(config):
    assert get().status_code == 200
    assert get("::1").status_code == 200
    assert get("::ffff:127.0.0.1").status_code == 200
    for peer in ("10.0.0.7", "203.0.113.9", "2001:db8::1", "unknown"):
        assert get(peer).status_code == 404, peer


@pytest.mark.django_db
@pytest.mark.parametrize("trusted", [(), ("127.0.0.1",)])
@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.9"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-Proto": "https"},
        {"X-Forwarded-Host": "example.org"},
    ],
)
def test_what_a_proxy_of_this_machine_brings_is_not_from_this_machine(config, settings, trusted, headers):
    settings.TRUSTED_PROXIES = trusted
    assert get(**headers).status_code == 404


@pytest.mark.django_db
def test_with_a_token_it_is_for_those_who_show_it_and_for_nobody_else(config):
    config(metrics_token=TOKEN)
    for authorization in (f"Bearer {TOKEN}", f"bearer  {TOKEN} "):
        assert get("203.0.113.9", Authorization=authorization).status_code == 200
    assert get().status_code == 404, "this machine needs it too"
    for wrong in ("", TOKEN, f"Basic {TOKEN}", f"Token {TOKEN}"):
        assert get(Authorization=wrong).status_code == 404, wrong
    # as for every address that is no page of the API: its middleware knows nothing of this one
    for wrong in ("Bearer", "Bearer ä", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x"):
        assert get(Authorization=wrong).status_code == get(path="/no-such", Authorization=wrong).status_code == 403
    assert get(path=f"/metrics?token={TOKEN}").status_code == 404


@pytest.mark.django_db
def test_with_networks_it_is_for_those_and_for_clients_as_trusted_proxies_name_them(config, settings):
    config(metrics_networks=("10.1.0.0/16", "2001:db8::/32"))
    settings.TRUSTED_PROXIES = ("127.0.0.1",)
    assert get("10.1.2.3").status_code == 200
    assert get("2001:db8::5").status_code == 200
    assert get(**{"X-Forwarded-For": "10.1.2.3"}).status_code == 200
    assert get(**{"X-Forwarded-For": "10.1.2.3, 203.0.113.9"}).status_code == 404
    assert get("203.0.113.9", **{"X-Forwarded-For": "10.1.2.3"}).status_code == 404
    assert get().status_code == 404
    config(metrics_networks=("10.1.0.0/16",), metrics_token=TOKEN)
    assert get("10.1.2.3").status_code == 200
    assert get("203.0.113.9", Authorization=f"Bearer {TOKEN}").status_code == 200


@pytest.mark.django_db
def test_no_account_of_the_site_opens_it_and_nobody_else_sees_that_it_exists(config, cast):
    config(metrics_token=TOKEN)
    for user in (None, cast.alice, cast.ada):
        client = Client()
        if user:
            client.force_login(user)
        ours, none = get(client=client), get(client=client, path="/no-such-page")
        assert (ours.status_code, none.status_code) == (404, 404)
        assert ours.headers.keys() == none.headers.keys()
        assert client.post("/metrics").status_code == 404


@pytest.mark.django_db
def test_it_is_answered_under_any_host_name_without_https_session_or_limit(config, settings):
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["example.org"], True
    config(rate_limit_enabled=True, rate_limit_free=1)
    for _ in range(5):
        answer = Client().get("/metrics", headers={"Host": "10.1.2.3:8000"})
        assert answer.status_code == 200
        assert not answer.cookies
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert answer["Cache-Control"] == "no-store"


async def test_a_scrape_asks_neither_database_nor_redis_and_tells_what_health_tells(config, monkeypatch):
    """Without the mark ``django_db`` any query raises."""
    from dashboard.metrics import watch_web

    watch_process("web")
    watch_web()
    clock = ManualClock()
    monkeypatch.setattr(monitor, "clock", clock)
    monkeypatch.setattr(monitor, "measured", None)
    upstream = Upstream(socket_connected=True, api_reachable=False, api_latency=None, age=250, epoch=7, lag=40)
    monkeypatch.setattr(monitor, "upstream", lambda: upstream)
    for name, ask in {"database": lambda: UP, "redis": lambda: Service(available=True, connected=False)}.items():
        monkeypatch.setattr(monitor, name, Check(name, ask))
    monkeypatch.setattr(monitor, "told", Check("rows", lambda: UP))
    monkeypatch.setattr(
        monitor, "spent", lambda: {"limits": {"weight": {"used": 300, "most": 1200}}, "ledger": []}
    )
    await monitor.tick()
    await clock.advance(1.0)
    found = samples((await AsyncClient().get("/metrics")).content)
    up = {dict(labels)["service"]: value for labels, value in found["dashboard_service_up"].items()}
    assert (up["database"], up["redis"], up["websocket"], up["hyperliquidApi"]) == (1, 0, 1, 0)
    assert "replica" not in up
    assert found["dashboard_service_state"][("service", "redis"), ("state", "down")] == 1
    assert found["dashboard_service_latency_seconds"][(("service", "database"),)] == 0.0015
    assert found["dashboard_service_age_seconds"][(("service", "feed"),)] == 0.25
    assert found["dashboard_service_lag_seconds"][(("service", "feed"),)] == 0.04
    assert found["dashboard_health"][(("status", "degraded"),)] == 1
    assert found["dashboard_health_age_seconds"][()] == 1.0
    assert found["dashboard_budget_used"][(("limit", "weight"),)] == 300
    assert found["dashboard_budget_most"][(("limit", "weight"),)] == 1200
    assert found["dashboard_disk_free_bytes"][()] > 0
    assert found["process_resident_memory_bytes"][()] > 1e7
    assert not found.get("dashboard_metrics_failures_total"), found["dashboard_metrics_failures_total"]


async def test_a_source_that_fails_is_left_out_counted_and_logged_and_the_others_are_told(source, caplog):
    def broken():
        yield gauge("half", "Told before it fails.", 1.0)
        raise KeyError("gone")

    source(broken)
    found = samples(await text())
    assert "dashboard_half" not in found
    assert "dashboard_event_loop_lag_seconds_count" in found
    assert found["dashboard_metrics_failures_total"][(("source", "test"),)] >= 1
    assert "test cannot be told" in caplog.text


def test_what_is_not_known_is_not_told_as_nothing(source):
    source(lambda: [gauge("known", "Known.", 0.0), gauge("unknown", "Unknown.", None)])
    assert TOLD.get_sample_value("dashboard_known") == 0.0
    assert TOLD.get_sample_value("dashboard_unknown") is None
    assert list(recorder(None)) == []


async def test_a_loop_that_is_held_up_is_seen():
    def late() -> float:
        total = REGISTRY.get_sample_value("dashboard_event_loop_lag_seconds_count")
        soon = REGISTRY.get_sample_value("dashboard_event_loop_lag_seconds_bucket", {"le": "0.1"})
        return total - soon

    before, watching = late(), asyncio.create_task(watch_loop())
    await asyncio.sleep(0.05)
    time.sleep(0.6)
    ends = time.monotonic() + 30
    while late() == before and time.monotonic() < ends:
        await asyncio.sleep(0.02)
    watching.cancel()
    assert late() > before


@pytest.fixture
async def listener():
    """One that listens on a free port."""
    one = Listener("127.0.0.1", free_port())
    running = asyncio.create_task(one.run())
    while not one.port:
        await asyncio.sleep(0.01)
    yield one
    running.cancel()
    await asyncio.wait({running})


async def ask(port: int, path: str = "/metrics", **headers: str) -> tuple[int, bytes]:
    async with (
        ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}", headers=headers) as answer,
    ):
        return answer.status, await answer.read()


async def test_a_process_without_pages_tells_the_same_to_the_same_people(listener, config, settings):
    status, body = await ask(listener.port)
    assert status == 200
    assert samples(body)["process_start_time_seconds"]
    assert (await ask(listener.port, "/"))[0] == 404
    assert (await ask(listener.port, **{"X-Forwarded-For": "127.0.0.1"}))[0] == 404
    config(metrics_token=TOKEN)
    assert (await ask(listener.port))[0] == 404
    assert (await ask(listener.port, Authorization=f"Bearer {TOKEN}x"))[0] == 404
    assert (await ask(listener.port, Authorization=f"Bearer {TOKEN}"))[0] == 200
    config(metrics_token="", metrics_networks=("10.0.0.0/8",))
    settings.TRUSTED_PROXIES = ("127.0.0.1",)
    assert (await ask(listener.port, **{"X-Forwarded-For": "10.0.0.9"}))[0] == 200
    assert (await ask(listener.port, **{"X-Forwarded-For": "11.0.0.9"}))[0] == 404


async def test_a_port_that_is_taken_is_said_and_the_work_goes_on(listener, caplog):
    other = Listener("127.0.0.1", listener.port)
    running = asyncio.create_task(other.run())
    while "metrics cannot be read" not in caplog.text:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert not running.done(), "a loop that ends would end its process"
    running.cancel()
    await asyncio.wait({running})
    assert (await ask(listener.port))[0] == 200
