"""Each line of the health page says how its service is, and why it is no better."""

import asyncio
import os
import socket
import time
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from django.test import AsyncClient

from monitoring import lines, measure, replica
from monitoring.alerts_lag import AlertsLag
from monitoring.disk import Disk, disks
from monitoring.health import NOTHING, UNKNOWN, Service, Upstream
from monitoring.line import PUBLIC, SERVICES
from monitoring.models import Heartbeat, Lease
from monitoring.monitor import PATIENCE_SECONDS
from monitoring.told import Told
from tests.monitoring.test_health import FINE, UP, monitor

__all__ = ["monitor"]

NOW = 1_000_000
HELD = Told(NOW, leader=7, leads_until=NOW + 2_000)
SILENT = Upstream(socket_connected=False, api_reachable=False, age=9_000, epoch=7)
GONE = Service(available=True, connected=False, why="OSError('db-7.internal refused')")


def said(line) -> tuple[str, str]:
    return line.state, line.reason


@pytest.mark.parametrize(
    ("service", "words"),
    [
        (UP, ("up", "")),
        (NOTHING, ("not used", "none is configured")),
        (GONE, ("down", "it does not answer")),
    ],
)
def test_a_server_is_up_down_or_not_used_and_only_staff_read_the_error(service, words):
    line = lines.server_line("redis", service)
    assert said(line) == words
    assert line.detail == service.why
    assert "internal" not in line.reason


def test_a_replica_that_pages_are_not_read_from_is_degraded_and_says_why():
    assert said(lines.replica_line(replace(UP, lag=4_000))) == ("up", "")
    late = replace(UP, lag=31_000, why="is too far behind: 31 s")
    assert said(lines.replica_line(late)) == ("degraded", "it is too far behind: 31 s")
    assert lines.replica_line(late).figures == {"lag": 31_000}
    lost = replace(UP, why="follows no other: it is a primary itself")
    assert said(lines.replica_line(lost)) == ("degraded", "it follows no other: it is a primary itself")
    assert said(lines.replica_line(GONE)) == ("down", "it does not answer")


@pytest.mark.parametrize(
    ("upstream", "socket_says", "api_says"),
    [
        (FINE, ("up", ""), ("up", "")),
        (UNKNOWN, ("unknown", "the feed is not heard"), ("unknown", "the feed is not heard")),
        (SILENT, ("unknown", "the feed is not heard"), ("unknown", "the feed is not heard")),
        (
            replace(FINE, socket_connected=False, reason="10.0.0.7 refused"),
            ("down", "the feed has no connection"),
            ("up", ""),
        ),
        (
            replace(FINE, socket_connected=False, was_connected=False),
            ("unknown", "it is being opened for the first time"),
            ("up", ""),
        ),
        (replace(FINE, silence=6_000), ("up", ""), ("up", "")),
        (replace(FINE, silence=6_001), ("degraded", "it is open, but nothing has come for 6 s"), ("up", "")),
        (replace(FINE, silence=15_001), ("down", "it is open, but nothing has come for 15 s"), ("up", "")),
        (replace(FINE, stale=("prices",)), ("degraded", "silent: prices"), ("up", "")),
        (replace(FINE, api_reachable=False), ("up", ""), ("down", "it does not answer")),
        (
            replace(FINE, api_reachable=False, was_asked=False),
            ("up", ""),
            ("unknown", "it has not been asked of late"),
        ),
    ],
)
def test_the_exchange_is_as_the_feed_says_while_the_feed_is_heard(upstream, socket_says, api_says):
    assert said(lines.websocket_line(upstream)) == socket_says
    assert said(lines.api_line(upstream)) == api_says


@pytest.mark.parametrize(
    ("upstream", "told", "redis", "words"),
    [
        (FINE, Told(0), NOTHING, ("up", "")),
        (SILENT, HELD, UP, ("degraded", "one leads, but nothing of it has come here for 9 s")),
        (SILENT, HELD, GONE, ("up", "one leads; it cannot be heard here while Redis is away")),
        (UNKNOWN, HELD, UP, ("unknown", "one leads; it has not been heard here yet")),
        (UNKNOWN, Told(NOW), UP, ("down", "none has ever led")),
        (SILENT, replace(HELD, leads_until=NOW - 4_000), UP, ("down", "none has led for 4 s")),
        (SILENT, replace(HELD, leads_until=NOW - 900_000), UP, ("down", "none has led for 15 min")),
        (SILENT, replace(HELD, leads_until=0), UP, ("down", "the last one that led has stopped")),
        (
            SILENT,
            replace(HELD, at=0),
            UP,
            ("unknown", "it is not heard, and the database cannot be asked who leads"),
        ),
    ],
)
def test_a_silent_feed_is_judged_by_its_lease(upstream, told, redis, words):
    assert said(lines.feed_line(upstream, told, NOW, redis)) == words


def of_alerts(**values) -> Told:
    return Told(NOW, alerts=AlertsLag(NOW, **values))


@pytest.mark.parametrize(
    ("told", "evaluator", "deliverer"),
    [
        (Told(NOW), "not used", "not used"),
        (Told(0), "unknown", "unknown"),
        (of_alerts(round_at=NOW - 1), "up", "down"),
        (of_alerts(round_at=NOW - 6_001, delivered_at=NOW - 6_000), "degraded", "up"),
        (of_alerts(round_at=NOW - 15_001, delivered_at=NOW - 6_001), "down", "degraded"),
        (of_alerts(round_at=NOW, delivered_at=NOW - 15_001), "up", "down"),
        (of_alerts(round_at=NOW, delivered_at=NOW, due_since=NOW - 60_001), "up", "degraded"),
        (of_alerts(round_at=NOW, delivered_at=NOW, trouble="alert 7: no such zone"), "degraded", "up"),
        (of_alerts(round_at=NOW, delivered_at=NOW, delivery_trouble="webhook 3"), "up", "up"),
    ],
)
def test_alerts_are_late_after_six_seconds_and_down_after_fifteen(told, evaluator, deliverer):
    """The server of one user's webhook that is away is no trouble of the site's."""
    assert lines.evaluator_line(told, NOW).state == evaluator
    assert lines.deliverer_line(told, NOW).state == deliverer


@pytest.mark.parametrize(("age", "state"), [(6_000, "up"), (6_001, "degraded"), (15_001, "down")])
def test_history_is_as_old_as_the_last_completed_round_of_the_recorder(age, state):
    told = Told(NOW, beats={"snapshots": Heartbeat(name="snapshots", at=NOW - age, detail={"dropped": 3})})
    line = lines.snapshots_line(told, NOW)
    assert line.state == state
    assert line.figures == {"lag": age, "dropped": 3}
    assert lines.snapshots_line(Told(NOW), NOW).state == "not used"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([Disk(Path("/a"), 5_000, 9_000, False)], ("up", "")),
        ([Disk(Path("/a"), 5_000, 9_000, False), Disk(Path("/b"), 99, 9_000, False)], ("down", "99 MB are free")),
        ([Disk(Path("/a"), 1_023, 9_000, False)], ("degraded", "1023 MB are free")),
        ([Disk(Path("/a"), 5_000, 9_000, True)], ("down", "it cannot be written")),
        ([], ("not used", "nothing is kept on a disk of this machine")),
        (None, ("down", "it does not answer")),
    ],
)
def test_a_disk_is_low_and_then_full(found, words):
    assert said(lines.disk_line(found, 1_024, 100)) == words


def test_the_disk_is_measured_as_the_operating_system_sees_it(tmp_path):
    one = disks([tmp_path, tmp_path / "none"])[0]
    assert one.free_mb == pytest.approx(
        os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize / 2**20, abs=50
    )
    assert disks([tmp_path / "none"]) == []


@pytest.mark.django_db(transaction=True)
async def test_staff_see_every_line_and_everybody_else_the_four_that_were_asked_for(monitor, cast):
    await Lease.objects.acreate(name="feed", number=7, expires_at=NOW * 10**6)
    detail = {"feed": {"breaker_open": True}, "accounts": {"breaker_open": False}}
    await Heartbeat.objects.acreate(name="feed", at=1, detail=detail)
    await monitor.tick()
    bodies = []
    for user in (None, cast.alice, cast.ada):
        client = AsyncClient()
        if user:
            await client.aforce_login(user)
        bodies.append((await client.get("/api/health")).json())
    assert [set(body["services"]) for body in bodies] == [set(PUBLIC), set(PUBLIC), set(SERVICES)]
    assert bodies[1].keys() == bodies[0].keys() == bodies[2].keys() - {"budget", "breakers", "buffers"}
    staff = bodies[2]
    assert staff["services"]["database"].items() >= {"available": True, "connected": True, "state": "up"}.items()
    assert staff["services"]["replica"]["state"] == "not used"
    assert staff["services"]["feed"].items() >= {"state": "up", "age": 500, "epoch": 7, "lease": 7}.items()
    assert staff["breakers"].items() >= {"feed socket": "open", "accounts socket": "closed"}.items()


@pytest.mark.django_db(transaction=True)
async def test_a_replica_is_measured_where_one_is_configured(monitor, monkeypatch):
    assert measure.replica() is NOTHING
    monkeypatch.setattr(replica, "is_configured", lambda: True)
    monkeypatch.setattr(replica, "ALIAS", "default")
    found = []
    for answer in ("1, 0, 3000", "1, 0, 9000", "1, 0, NULL", "1, 1, 9000", "0, NULL, NULL"):
        monkeypatch.setattr(replica, "THERE", f"SELECT {answer} WHERE %s <> ''")
        await monitor.tick()
        line = monitor.measured.lines["replica"]
        found.append((line.state, line.figures.get("lag")))
    degraded = [("degraded", 9_000), ("degraded", None), ("up", 0), ("degraded", None)]
    assert found == [("up", 3_000), *degraded], "DATABASE_REPLICA_MAX_LAG is 5 s"


@pytest.fixture
def black_hole():
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


async def test_no_poll_waits_for_a_database_that_takes_connections_and_never_answers(monitor, black_hole):
    def ask() -> Service:
        psycopg.connect(f"postgresql://u@127.0.0.1:{black_hole}/d", connect_timeout=60).close()
        return UP

    monitor.database.ask = monitor.told.ask = ask
    measuring = asyncio.create_task(monitor.run(lambda: FINE))
    while monitor.measured is None:
        await asyncio.sleep(0.05)
    client, took = AsyncClient(), []
    for _ in range(200):
        began = time.perf_counter()
        answer = await client.get("/api/health")
        took.append(time.perf_counter() - began)
        await asyncio.sleep(0.005)
    measuring.cancel()
    assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")
    assert answer.json()["services"]["database"] == {"available": True, "connected": False, "latency": None}
    took.sort()  # on a machine that has nothing else to do all are under 50 ms
    assert took[len(took) // 2] < 0.05
    assert took[-1] < PATIENCE_SECONDS / 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("low", "full", "state"), [(0, 0, "up"), (10**9, 0, "degraded"), (10**9, 10**9, "down")])
async def test_how_much_room_is_enough_is_configured(monitor, settings, low, full, state):
    settings.CONFIG = replace(settings.CONFIG, disk_low_mb=low, disk_full_mb=full)
    await monitor.tick()
    assert monitor.measured.lines["disk"].state == state
