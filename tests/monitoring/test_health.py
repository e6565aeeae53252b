"""The health page says what was measured, and each of its lines turns when the thing behind it breaks."""

import asyncio
import time

import pytest
from django.test import AsyncClient

from exchange.clock import ManualClock
from monitoring import measure
from monitoring.health import MEMORY, UNKNOWN, Service, Upstream
from monitoring.monitor import Check, Monitor
from monitoring.monitor import monitor as of_this_process

FINE = Upstream(socket_connected=True, api_reachable=True, api_latency=42.0, age=500, epoch=7)
UP = Service(available=True, connected=True, latency=1.0)


def broken() -> Service:
    raise OSError("refused")


@pytest.fixture
def monitor(monkeypatch):
    """This process's monitor with a clock that stands still, a feed that is fine, and nothing measured yet."""
    monkeypatch.setattr(of_this_process, "clock", ManualClock())
    monkeypatch.setattr(of_this_process, "upstream", lambda: FINE)
    monkeypatch.setattr(of_this_process, "measured", None)
    for name in ("database", "replica", "redis", "told", "disk", "budget"):
        check = getattr(of_this_process, name)
        monkeypatch.setattr(of_this_process, name, Check(check.name, check.ask))
    return of_this_process


async def asked(path: str = "/api/health"):
    answer = await AsyncClient().get(path)
    return answer.status_code, answer.json()


@pytest.mark.django_db(transaction=True)
async def test_the_report_has_the_documented_shape_and_nothing_else(monitor, settings):
    await monitor.tick()
    code, body = await asked()
    assert code == 200
    assert set(body) == {"status", "timestamp", "uptime", "version", "environment", "memory", "services"}
    assert body["status"] == "healthy"
    assert body["timestamp"] == monitor.clock.now_ms()
    assert (body["version"], body["environment"]) == (settings.VERSION, "development")
    assert set(body["memory"]) == set(MEMORY)
    services = body["services"]
    assert set(services) == {"database", "redis", "websocket", "hyperliquidApi"}
    assert set(services["database"]) == set(services["redis"]) == {"available", "connected", "latency"}
    assert services["database"]["connected"] is True
    assert services["database"]["latency"] > 0
    assert services["websocket"] == {"connected": True}
    assert services["hyperliquidApi"] == {"reachable": True, "latency": 42.0}


@pytest.mark.django_db(transaction=True)
async def test_redis_is_available_only_when_one_is_configured(monitor, settings):
    await monitor.tick()
    _, body = await asked()
    configured = bool(settings.CONFIG.redis_url)
    redis = body["services"]["redis"]
    assert (redis["available"], redis["connected"], redis["latency"] is not None) == (configured,) * 3
    assert body["status"] == "healthy"


async def test_it_is_unhealthy_before_anything_was_measured(monitor):
    code, body = await asked()
    assert (code, body["status"], body["timestamp"]) == (503, "unhealthy", 0)
    assert await asked("/api/health/ready") == (503, {"status": "unhealthy"})


async def test_it_is_unhealthy_when_the_database_fails_but_ready_since_markets_are_live(monitor):
    monitor.database.ask = broken
    await monitor.tick()
    code, body = await asked()
    assert (code, body["status"]) == (503, "unhealthy")
    assert body["services"]["database"] == {"available": True, "connected": False, "latency": None}
    assert (await asked("/api/health/ready")) == (200, {"status": "unhealthy"})
    assert (await asked("/api/health/live"))[0] == 200
    await monitor.clock.advance(5.1)
    assert (await asked("/api/health/ready"))[0] == 503, "nobody measures"


@pytest.mark.parametrize(
    ("upstream", "line"),
    [
        (Upstream(socket_connected=False, api_reachable=True, api_latency=9.0, age=1), ("websocket", "connected")),
        (Upstream(socket_connected=True, api_reachable=False, age=1), ("hyperliquidApi", "reachable")),
        (UNKNOWN, ("websocket", "connected")),
    ],
)
async def test_it_is_degraded_but_ready_while_the_exchange_is_away(monitor, upstream, line):
    monitor.database.ask = lambda: UP
    monitor.upstream = lambda: upstream
    await monitor.tick()
    code, body = await asked()
    assert (code, body["status"], body["services"][line[0]][line[1]]) == (200, "degraded", False)
    assert (await asked("/api/health/ready"))[0] == 200


async def test_it_is_degraded_while_a_configured_redis_is_down(monitor):
    monitor.database.ask = lambda: UP
    monitor.redis.ask = broken
    await monitor.tick()
    code, body = await asked()
    assert (code, body["status"], body["services"]["redis"]["connected"]) == (200, "degraded", False)


async def test_it_is_unhealthy_when_nobody_measures_any_more(monitor):
    monitor.database.ask = lambda: UP
    await monitor.tick()
    await monitor.clock.advance(5.0)
    assert (await asked())[0] == 200
    await monitor.clock.advance(0.1)
    code, body = await asked()
    assert (code, body["status"]) == (503, "unhealthy")


async def test_a_service_that_hangs_counts_as_down_and_is_not_asked_again_meanwhile():
    questions = []

    def slow() -> Service:
        questions.append(time.monotonic())
        time.sleep(0.3)
        return UP

    check = Check("slow", slow)
    assert not (await check.look(0.05)).connected
    assert not (await check.look(0.05)).connected
    assert len(questions) == 1
    assert (await check.look(1.0)).connected


async def test_going_down_and_coming_back_are_logged_once_each(caplog):
    caplog.set_level("INFO")
    check = Check("The database", broken)
    await check.look(1.0)
    await check.look(1.0)
    check.ask = lambda: UP
    await check.look(1.0)
    assert [(r.levelname, r.getMessage()) for r in caplog.records if r.name == "monitoring.check"] == [
        ("ERROR", "The database is down: OSError('refused')"),
        ("INFO", "The database is back"),
    ]


async def test_one_failed_round_does_not_end_the_rounds(caplog):
    clock = ManualClock()
    monitor = Monitor(clock)
    monitor.database.ask = monitor.redis.ask = lambda: UP
    says = iter([ValueError("odd"), FINE])

    def upstream() -> Upstream:
        said = next(says)
        if isinstance(said, Exception):
            raise said
        return said

    running = asyncio.create_task(monitor.run(upstream))
    while "health measurements failed" not in caplog.text:
        await asyncio.sleep(0.01)
    assert monitor.measured is None
    await clock.advance(2.0)
    while monitor.measured is None:
        await asyncio.sleep(0.01)
    running.cancel()
    assert monitor.measured.upstream == FINE


async def test_the_page_itself_asks_the_database_nothing(monitor):
    """Without the mark ``django_db`` any query raises."""
    monitor.database.ask = lambda: UP
    await monitor.tick()
    for page in ("/api/health", "/api/health/live", "/api/health/ready"):
        assert (await asked(page))[0] == 200


def test_memory_is_measured_and_adds_up():
    before = measure.memory()
    ballast = bytearray(64 * 1024 * 1024)
    after = measure.memory()
    assert after["heapUsed"] - before["heapUsed"] == pytest.approx(64, abs=4)
    assert after["rss"] == pytest.approx(after["heapUsed"] + after["external"], abs=1)
    assert after["heapTotal"] > after["heapUsed"]
    assert len(ballast) > 0


def test_memory_that_cannot_be_measured_is_null_and_not_zero(monkeypatch, tmp_path):
    monkeypatch.setattr(measure, "PROC_STATUS", tmp_path / "missing")
    assert measure.memory() == dict.fromkeys(MEMORY)
