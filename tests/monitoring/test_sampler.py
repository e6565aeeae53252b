"""Measurements are written once, by one process, an outage of the database included, and their sums are theirs."""

from collections import Counter
from dataclasses import replace

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.clock import ManualClock
from monitoring.health import UNMEASURED, Measured, Service
from monitoring.lease import LeaseLost
from monitoring.line import DEGRADED, DOWN, NOT_USED, UNKNOWN, UP, Line
from monitoring.models import HealthMetric, HealthRollup, Incident, Lease, Span
from monitoring.roll_up import COUNTS, roll_up
from monitoring.sampler import Sampler, write
from monitoring.samples import SLOT_MS, Sample, Samples
from snapshots.retention import DAY, prune

BEGIN = 1_790_000_000_000 // DAY * DAY + 23 * 3_600_000 + 59 * 60_000
"""A minute before midnight, so that minutes, hours and days all change."""
STATES = (UP, DEGRADED, DOWN, UNKNOWN, NOT_USED)


def nobody_else() -> None:
    """The guard of a writer without a rival."""


def sample(
    slot: int, state: str, service: str = "redis", latency: float | None = None, reason: str = ""
) -> Sample:
    return Sample(BEGIN + slot * SLOT_MS, Line(service, state, reason, latency))


def round_of(at: int, **states: str) -> Measured:
    found = {name: Line(name, state, f"{name} is {state}") for name, state in states.items()}
    up = states.get("database", UP) == UP
    return replace(UNMEASURED, at=at, database=Service(True, up), lines=found)


measurements = st.builds(
    sample,
    st.integers(0, 60),
    st.sampled_from(STATES),
    st.sampled_from(["redis", "feed"]),
    st.one_of(st.none(), st.floats(0, 1e4, allow_nan=False)),
)


def in_order(found: list[Sample]) -> list[Sample]:
    """One of each service at a time."""
    return sorted({(one.at, one.line.service): one for one in found}.values(), key=lambda one: one.at)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(measurements, max_size=60), st.lists(st.integers(1, 12), min_size=1, max_size=20))
def test_however_they_are_cut_and_repeated_sums_are_those_of_the_measurements_and_incidents_the_same(found, cuts):
    found = in_order(found)
    with transaction.atomic():
        write(found, BEGIN + DAY, nobody_else)
        at_once = stored()
        assert at_once[0] == counted(found)
        for model in (HealthMetric, HealthRollup, Incident):
            model.objects.all().delete()
        place = 0
        for cut in cuts:  # whole slots, and each part twice, as after a crash before it could be forgotten
            times = sorted({one.at for one in found})[place : place + cut]
            part = [one for one in found if one.at in times]
            write(part, BEGIN + DAY, nobody_else)
            write(part, BEGIN + DAY, nobody_else)
            place += cut
        times = sorted({one.at for one in found})[place:]
        write([one for one in found if one.at in times], BEGIN + DAY, nobody_else)
        roll_up(one.at for one in found)
        assert stored() == at_once
        transaction.set_rollback(True)


def counted(found: list[Sample]) -> dict:
    """Straight from the samples."""
    counts: dict = {}
    for span in Span:
        for one in found:
            key = (span.value, one.line.service, one.at // span.ms * span.ms)
            counts.setdefault(key, Counter())[one.line.state] += 1
            if one.line.latency is not None:
                counts[key]["latencies"] += 1
                counts[key]["sum"] += one.line.latency
                counts[key]["max"] = max(counts[key]["max"], one.line.latency)
    return {key: rounded(count) for key, count in counts.items()}


def rounded(count: Counter) -> dict:
    return {name: round(value, 4) for name, value in count.items() if value}


def stored() -> tuple[dict, list]:
    sums = {}
    for row in HealthRollup.objects.all():
        count = Counter({state: getattr(row, column) for column, state in COUNTS.items()})
        count |= Counter({"latencies": row.latencies})
        count["sum"], count["max"] = row.latency_sum, row.latency_max or 0
        sums[row.span, row.service, row.start] = rounded(count)
    incidents = Incident.objects.order_by("service", "began_at")
    return sums, list(incidents.values_list("service", "began_at", "last_at", "ended_at", "worst"))


def incidents_of(*states: str, slots: tuple[int, ...] = ()) -> list[tuple]:
    """Of these states one after the other: (begin, end, worst) in slots."""
    places = slots or range(len(states))
    samples = [sample(slot, state, reason=state) for slot, state in zip(places, states, strict=True)]
    write(samples, BEGIN + DAY, nobody_else)
    return [
        (
            (one.began_at - BEGIN) / SLOT_MS,
            None if one.ended_at is None else (one.ended_at - BEGIN) / SLOT_MS,
            one.worst,
            one.reason,
        )
        for one in Incident.objects.order_by("began_at")
    ]


@pytest.mark.django_db
def test_an_incident_lasts_from_the_first_bad_measurement_to_the_first_good_one():
    assert incidents_of(UP, DEGRADED, DOWN, DEGRADED, UP, UP) == [(1, 4, "down", "down")]
    one = Incident.objects.get()
    assert one.lasted(BEGIN) == 3 * SLOT_MS


@pytest.mark.django_db
def test_an_incident_goes_on_while_nobody_knows_and_none_begins_with_that():
    assert incidents_of(UNKNOWN, UP, DOWN, UNKNOWN, UNKNOWN) == [(2, None, "down", "down")]


@pytest.mark.django_db
def test_an_incident_ends_with_what_was_last_seen_where_nobody_measured():
    assert incidents_of(DOWN, DOWN, DOWN, slots=(0, 1, 20)) == [(0, 2, "down", "down"), (20, None, "down", "down")]


def test_of_ten_seconds_the_worst_measurement_is_kept_and_of_equals_the_newest():
    samples = Samples()
    for seconds, state in ((0, UP), (2, DOWN), (4, UP), (10, UP), (12, UP)):
        samples.take(round_of(BEGIN + seconds * 1000, redis=state))
    assert [(one.at - BEGIN, one.line.state) for one in samples.complete(BEGIN + 19_999)] == [(0, DOWN)]
    assert [one.line.state for one in samples.complete(BEGIN + 20_000)] == [DOWN, UP]


def test_memory_is_bounded_and_what_is_lost_is_counted():
    samples = Samples(most=3)
    for slot in range(5):
        samples.take(round_of(BEGIN + slot * SLOT_MS, redis=UP))
    assert (len(samples), samples.dropped) == (3, 2)
    assert samples.complete(BEGIN + DAY)[0].at == BEGIN + 2 * SLOT_MS


async def measured_for(sampler: Sampler, clock: ManualClock, slots: int, **states: str) -> None:
    """Ten seconds at a time, as monitor and loop do it."""
    for _ in range(slots):
        sampler.take(round_of(clock.now_ms(), **states))
        await clock.advance(10)
        await sampler.run_once()


@pytest.mark.django_db(transaction=True)
async def test_an_outage_of_the_database_is_on_record_when_it_is_over(monkeypatch):
    clock = ManualClock()
    sampler = Sampler(clock)
    await measured_for(sampler, clock, 3, database=UP)
    assert await HealthMetric.objects.acount() == 3
    asked = []
    monkeypatch.setattr(sampler, "_turn", lambda now: asked.append(now))
    await measured_for(sampler, clock, 5, database=DOWN)
    assert asked == []  # nobody waits for a database that is known to be away
    monkeypatch.undo()
    await measured_for(sampler, clock, 1, database=UP)
    states = [row.status async for row in HealthMetric.objects.order_by("at")]
    assert states == [UP] * 3 + [DOWN] * 5 + [UP]
    one = await Incident.objects.aget()
    assert (one.worst, one.lasted(clock.now_ms())) == (DOWN, 5 * SLOT_MS)


@pytest.mark.django_db(transaction=True)
async def test_two_processes_write_nothing_twice_and_whoever_takes_over_leaves_no_hole():
    clock = ManualClock()
    first, second = Sampler(clock), Sampler(clock)

    async def both(slots: int, living: tuple[Sampler, ...]) -> None:
        for _ in range(slots):
            for one in living:
                one.take(round_of(clock.now_ms(), redis=UP))
            await clock.advance(10)
            for one in living:
                await one.run_once()

    await both(10, (first, second))
    assert (first.number is None, second.number is None) == (False, True)
    assert len(second.samples) <= 7  # the last minute, in case it has to take over
    await both(4, (second,))  # the first was killed
    assert second.number is not None
    times = [row.at async for row in HealthMetric.objects.order_by("at")]
    assert times == [times[0] + slot * SLOT_MS for slot in range(14)]


@pytest.mark.django_db(transaction=True)
def test_a_writer_that_was_replaced_writes_nothing():
    sampler = Sampler(ManualClock())
    assert sampler._leads(BEGIN)
    Lease.objects.update(number=10**12)
    with pytest.raises(LeaseLost):
        write([sample(0, UP)], BEGIN + DAY, sampler._check)
    assert not HealthMetric.objects.exists()
    assert not HealthRollup.objects.exists()


@pytest.mark.django_db(transaction=True)
async def test_what_could_not_be_written_is_written_the_next_time(monkeypatch, caplog):
    def fails(*_):
        raise OperationalError("the disk is full")

    clock = ManualClock()
    sampler = Sampler(clock)
    with monkeypatch.context() as broken:
        broken.setattr("monitoring.sampler.roll_up", fails)
        await measured_for(sampler, clock, 2, redis=UP)
    assert "health cannot be written now: the disk is full" in caplog.text
    assert await HealthMetric.objects.acount() == 0
    await measured_for(sampler, clock, 1, redis=UP)
    assert await HealthMetric.objects.acount() == 3


@pytest.mark.django_db
def test_measurements_sums_and_incidents_are_kept_as_long_as_configured():
    now = BEGIN + 500 * DAY
    for days in (1, 8, 31, 401):
        at = now - days * DAY
        HealthMetric.objects.create(service="redis", at=at, status=UP)
        for span in Span:
            HealthRollup.objects.create(span=span, service="redis", start=at, up=1)
        Incident.objects.create(service="redis", began_at=at - 1, last_at=at, ended_at=at, worst=DOWN)
    Incident.objects.create(service="feed", began_at=now - 402 * DAY, last_at=now, worst=DOWN)  # goes on
    config = replace(django_settings.CONFIG, retention_health_days=7, retention_health_rollups_days=400)
    gone = {one.kind: one.rows for one in prune(now, config=config)}
    assert gone.items() >= {
        "health measurements": 3, "health by minutes": 2, "health by hours and days": 2, "incidents": 1,
    }.items()  # fmt: skip
    assert HealthMetric.objects.count() == 1
    assert HealthRollup.objects.filter(span=Span.MINUTE).count() == 2
    config = replace(config, retention_health_days=0, retention_health_rollups_days=0)
    assert {one.rows for one in prune(now + 10_000 * DAY, config=config) if "hours" in one.kind} == {0}
