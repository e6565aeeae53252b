"""What the record says of the past, read without waiting for a database that is away."""

import asyncio
import time

import pytest
from django.db import OperationalError

from exchange.clock import ManualClock
from monitoring import uptime as module
from monitoring.line import DEGRADED, DOWN, NOT_USED, UNKNOWN, UP
from monitoring.models import HealthRollup, Incident, Span
from monitoring.uptime import DAY_MS, Count, UptimeReader, uptime
from tests.monitoring.test_sampler import BEGIN, nobody_else, sample, write


@pytest.mark.django_db
def test_a_day_counts_what_worked_and_what_nobody_could_find_out_did_not():
    states = [UP] * 6 + [DEGRADED, DOWN, UNKNOWN, NOT_USED]
    write([sample(slot, state) for slot, state in enumerate(states)], BEGIN + DAY_MS, nobody_else)
    found = uptime(BEGIN + 4 * DAY_MS).days["redis"]
    total = sum(found.values(), Count())
    assert (total, total.measured) == (Count(up=6, degraded=1, down=1, unknown=1), 9)
    assert total.share == pytest.approx(7 / 9)
    assert len(found) == 2  # the minute before midnight and the one after
    assert Count().share is None


@pytest.mark.django_db
def test_latencies_of_a_day_are_shown_by_ten_minutes_with_their_mean_and_their_worst():
    write([sample(slot, UP, latency=float(slot)) for slot in range(6)], BEGIN + DAY_MS, nobody_else)
    points = uptime(BEGIN + 60_000).latencies["redis"]
    assert [(point.mean, point.worst) for point in points] == [(2.5, 5.0)]
    assert uptime(BEGIN + 2 * DAY_MS).latencies == {}


@pytest.mark.django_db
def test_incidents_that_go_on_come_first_and_old_days_are_left_out():
    for began, ended in ((1, 2), (5, 6), (3, None)):
        Incident.objects.create(service="redis", began_at=began, last_at=began, ended_at=ended, worst=DOWN)
    HealthRollup.objects.create(span=Span.DAY, service="redis", start=BEGIN // DAY_MS * DAY_MS, up=1)
    assert [one.began_at for one in uptime(BEGIN).incidents] == [3, 5, 1]
    assert uptime(BEGIN + 89 * DAY_MS).days
    assert not uptime(BEGIN + 90 * DAY_MS).days


async def test_a_reader_waits_little_asks_seldom_and_keeps_what_it_knows(monkeypatch):
    clock, asked = ManualClock(), []
    reader = UptimeReader(clock)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.05)

    def hangs(now):
        asked.append(now)
        time.sleep(0.4)
        return f"as of {now}"

    monkeypatch.setattr(module, "_read", hangs)
    began = time.monotonic()
    assert [await reader.read(True) for _ in range(3)] == [None] * 3
    assert time.monotonic() - began < 0.4
    assert len(asked) == 1  # the question that hangs is not put again
    await asyncio.sleep(0.5)
    reader.known = None
    assert await reader.read(True) == f"as of {clock.now_ms()}"

    def fails(now):
        raise OperationalError("gone")

    class Known:
        at = clock.now_ms()

    reader.known = Known
    monkeypatch.setattr(module, "_read", fails)
    await clock.advance(60)
    assert await reader.read(True) is Known
    assert await reader.read(False) is Known
    assert await UptimeReader(clock).read(False) is None
