"""Alerts for ``benchmarks.alerts_whole``: ``python -m benchmarks.alerts_whole_rows KIND`` < marks (JSON).

``far``: 100,000 that no price reaches. ``near``: a ladder above and below the price of some coins, so that
the market crosses one after the other. ``storm``: 10,000 a hair above the price of one coin. The near ones and
those of the storm have a webhook (``HOOK``) each, since one place is not told more often than its limit.
"""

import json
import os
import sys
from decimal import Decimal

ALERTS, PROBES, STORM = 100_000, 400, 10_000
STORM_COIN = "BTC"
STEPS = [Decimal(step) / 100_000 for step in range(-200, 201, 10) if step]
APART = 10
"""One coin of so many has near ones: all move once a second, and few that fire are asked about here."""


def fill(what: str, marks: dict[str, Decimal]) -> None:
    """The rows of one kind."""
    from accounts.models import User
    from alerts.models import Alert, Destination

    user, _ = User.objects.get_or_create(username="bench", defaults={"tier": "api"})
    rules = list({"far": far, "near": near, "storm": storm}[what](marks))
    alerts = Alert.objects.bulk_create(
        [
            Alert(user=user, metric="mark", repeats=False, tells_recovery=False, note=what, **rule)
            for rule in rules
        ],
        batch_size=5000,
    )
    if what == "far":
        return
    hook = {"kind": "webhook", "secret": {"url": os.environ["HOOK"], "key": "k" * 32}, "verified_at": 1}
    destinations = Destination.objects.bulk_create(
        [Destination(user=user, label=f"{what} {n}", per_minute=100_000, **hook) for n in range(len(alerts))],
        batch_size=2000,
    )
    through = Alert.destinations.through
    through.objects.bulk_create(
        [through(alert=alert, destination=one) for alert, one in zip(alerts, destinations, strict=True)],
        batch_size=5000,
    )


def far(marks: dict[str, Decimal]):
    """Spread over all coins, 20 % and more above."""
    coins = list(marks)
    for number in range(ALERTS):
        coin = coins[number % len(coins)]
        yield {"coin": coin, "threshold": marks[coin] * (120 + number % 400) / 100}


def near(marks: dict[str, Decimal]):
    """A ladder around each price."""
    for coin, mark in list(marks.items())[::APART]:
        for step in STEPS:
            yield {"coin": coin, "threshold": mark * (1 + step), "side": 1 if step > 0 else -1}


def storm(marks: dict[str, Decimal]):
    """All at one price."""
    threshold = marks[STORM_COIN] * Decimal("1.00001")
    for _ in range(STORM):
        yield {"coin": STORM_COIN, "threshold": threshold}


if __name__ == "__main__":
    import django

    django.setup()
    fill(sys.argv[1], {coin: Decimal(mark) for coin, mark in json.load(sys.stdin).items()})
