"""Firings of somebody on the running installation, as the evaluator would have written them."""

from tests.e2e.running import Installation

FIRE = """
import time
from accounts.models import User
from alerts.models import Alert, Delivery, Destination, Firing
now = time.time_ns() // 1_000_000
user = User.objects.get(username={user!r})
alert = Alert.objects.filter(user=user).first()
alert = alert or Alert.objects.add(user, metric="mark", coin="BTC", threshold=86000)
for number in range({count}):
    arm = Firing.objects.filter(alert=alert).count() + 1
    firing = Firing.objects.create(
        alert=alert, user=user, arm=arm, sentence="the mark price of BTC is at or above 86000, each time",
        value="86012.5", received_at=now, fired_at=now, decided_at=now,
    )
    for place in Destination.objects.usable().filter(user=user):
        Delivery.objects.create(
            alert=alert, firing=firing, destination=place, occasion="fired",
            key=f"{{alert.pk}}.{{arm}}.fired.0.{{place.pk}}",
            at=now, value="86012.5", decided_at=now, not_before=now,
        )
"""


def fire(site: Installation, user: str, count: int = 1) -> None:
    """So many episodes of one alert, each told at all the user's destinations."""
    site.manage("shell", "-c", FIRE.format(user=user, count=count))
