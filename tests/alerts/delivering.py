"""Deliveries in the database, and a deliverer that a test turns."""

import asyncio
from dataclasses import replace

from django.conf import settings
from django.test import override_settings

from accounts.rate import Limiter
from alerts.breakers import Breakers
from alerts.deliver import Deliverer
from alerts.models import Alert, Delivery, Destination
from exchange.clock import ManualClock
from tests.alerts.rows import START, S, alert, decided, destination

HOUR = 3600 * S
NOW = START + HOUR


def trusting(**values):
    """With receivers on this machine."""
    return override_settings(CONFIG=replace(settings.CONFIG, **{"alerts_allow_private": True} | values))


def hook(user, url: str, label: str = "hook", **values) -> Destination:
    """A webhook of the user's."""
    secret = {"url": f"{url}/{label}", "key": "a key of the user"}
    return destination(user, label, kind="webhook", secret=secret, **values)


def due(one: Alert, count: int = 1) -> list[Delivery]:
    """So many episodes of this alert, each told of once to each destination; due at once."""
    decided(one, *[99, 101] * count)
    return list(Delivery.objects.filter(alert=one).order_by("id"))


def told(user, url: str, count: int = 1, label: str = "hook", **values) -> list[Delivery]:
    """Deliveries to a new webhook."""
    return due(alert(user, (hook(user, url, label, **values),), tells_recovery=False), count)


def deliver(now: int = NOW, breakers: Breakers | None = None, limiter: Limiter | None = None, **more) -> Deliverer:
    """Deliver what is due at this time, until nothing is."""
    values = {"threads": 8, "give_up_ms": 24 * HOUR} | more

    async def turn() -> Deliverer:
        one = Deliverer(ManualClock(now), limiter or Limiter("", "test"), breakers=breakers, **values)
        try:
            while await one.run_once():
                await one.settle()
        finally:
            await one.close()
        return one

    return asyncio.run(turn())


def state(one: Delivery) -> tuple[str, int, str]:
    """As it is in the database."""
    one.refresh_from_db()
    return one.state, one.attempts, one.error
