"""Health says when alerts are late, and tells staff by how much; nobody else is told more than before."""

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from alerts.models import Delivery, DeliveryRound, Evaluation, Firing
from monitoring.alerts_lag import ALIVE_MS, DELIVERER_MS, EVALUATOR_MS, alerts_lag
from tests.alerts.rows import START, D, alert, destination
from tests.monitoring.test_health import monitor

__all__ = ["monitor"]


def evaluated(**values) -> None:
    rows = {"round_at": START, "seen_until": START - 500, "rules": 3} | values
    Evaluation.objects.update_or_create(name="main", defaults=rows)


def message(user, not_before: int, state: str = "waiting", key: str = "k") -> None:
    one, to = alert(user), destination(user, key)
    firing = Firing.objects.create(
        alert=one, user=user, arm=1, sentence="s", value=D(1), received_at=1, fired_at=1, decided_at=1
    )
    Delivery.objects.create(
        alert=one, firing=firing, destination=to, occasion="fired", key=key, at=1, decided_at=1,
        not_before=not_before, state=state,
    )  # fmt: skip


@pytest.mark.django_db
def test_where_nobody_has_ever_evaluated_there_is_no_lag():
    lag = alerts_lag(START)
    assert (lag.evaluator_lag, lag.deliverer_lag, lag.is_late) == (None, 0, False)


@pytest.mark.django_db
def test_an_evaluator_that_completes_no_round_or_has_trouble_is_late():
    evaluated()
    assert not alerts_lag(START + EVALUATOR_MS).is_late
    assert alerts_lag(START + EVALUATOR_MS + 1).is_late
    evaluated(trouble="alert 7: no such zone")
    assert alerts_lag(START).is_late


@pytest.mark.django_db
def test_a_message_that_could_have_been_sent_is_late_after_a_minute_and_quiet_hours_are_none(cast):
    message(cast.alice, START, key="one")
    message(cast.bob, START - 10 * DELIVERER_MS, "sent", "two")
    message(cast.charlie, START + 10 * DELIVERER_MS, key="three")
    assert not alerts_lag(START + DELIVERER_MS).is_late
    assert alerts_lag(START + DELIVERER_MS + 1).is_late
    assert alerts_lag(START + 5).deliverer_lag == 5


@pytest.mark.django_db
def test_deliverers_count_as_long_as_they_are_heard_of():
    for holder, at, trouble, slowest in (
        ("a", START, "telegram", 900),
        ("b", START - ALIVE_MS - 1, "mail", 5000),
        ("c", START - 1, "", None),
    ):
        DeliveryRound.objects.create(holder=holder, started_at=1, round_at=at, trouble=trouble, latency_99=slowest)
    lag = alerts_lag(START)
    assert (lag.deliverers, lag.delivered_at, lag.delivery_trouble) == (2, START, "telegram")
    assert (lag.latency_50, lag.latency_99) == (None, 900)


@pytest.mark.django_db(transaction=True)
async def test_the_report_is_degraded_for_all_and_says_why_to_staff(monitor, cast):
    now = monitor.clock.now_ms()
    await sync_to_async(evaluated)(round_at=now - 20_000, seen_until=now - 21_000)
    await sync_to_async(DeliveryRound.objects.create)(holder="a", started_at=1, round_at=now)
    await monitor.tick()
    for user, sees in ((None, False), (cast.alice, False), (cast.ada, True)):
        client = AsyncClient()
        if user:
            await client.aforce_login(user)
        body = (await client.get("/api/health")).json()
        assert body["status"] == "degraded"
        assert ("evaluator" in body["services"]) is sees
    assert body["services"]["evaluator"] == {
        "state": "down",
        "reason": "no round was completed for 20 s",
        "detail": "",
        "latency": None,
        "lag": 20_000,
        "lastRound": now - 20_000,
        "seenUntil": now - 21_000,
        "rules": 3,
        "trouble": "",
    }
    assert body["services"]["deliverer"]["alive"] == 1
    await sync_to_async(evaluated)(round_at=now)
    await monitor.tick()
    assert (await AsyncClient().get("/api/health")).json()["status"] == "healthy"
