"""Alerts in the database, and work on them."""

from decimal import Decimal
from typing import Any

from alerts.decide import decide, no_guard
from alerts.figure import Figure, Seen
from alerts.models import Alert, Destination
from alerts.work import Watched, Work

D = Decimal
S = 1000
START = 1_800_000_000_000


def alert(user: Any, destinations: tuple[Destination, ...] = (), **values: Any) -> Alert:
    """An alert of the user: BTC's mark at or above 100, unless said otherwise."""
    rule = {"metric": "mark", "coin": "BTC", "threshold": D(100)} | values
    return Alert.objects.add(user, destinations, **rule)


def destination(user: Any, label: str = "mail", **values: Any) -> Destination:
    """A verified destination of the user."""
    verified = {"kind": "email", "secret": {"to": f"{user.username}@example.org"}, "verified_at": START}
    return Destination.objects.create(user=user, label=label, **verified | values)


def work(one: Alert, *values: Any, start: int = 0, last: Any = None) -> Work:
    """The figure showed these values, one each second from ``start`` on; None is no data."""
    seen = [Seen(START + (start + n) * S, None if v is None else D(v)) for n, v in enumerate(values)]
    return Work(one.pk, one.figure, None if last is None else D(last), tuple(seen))


def decided(one: Alert, *values: Any, start: int = 0, late: int = 0, guard=no_guard, last: Any = None) -> Watched:
    """Decide at the time of the last value, or ``late`` seconds after it."""
    now = START + (start + len(values) - 1 + late) * S
    return decide([work(one, *values, start=start, last=last)], now, guard)[0]


BTC = Figure("mark", "BTC")
