"""Alerts of the demo's trader: some fire within minutes, wherever the simulated prices wander."""

from decimal import Decimal
from typing import Any

from alerts.models import Alert, Destination
from alerts.models.destination import PAGE
from alerts.rule import ABOVE, BELOW
from alerts.transports import TRANSPORTS
from exchange.simulator import cast
from exchange.simulator.names import PERPS

TAG = ",demo,"
MINUTE = 60_000
NEAR = Decimal("0.0003")
"""So far from where every simulated exchange begins."""
D = Decimal


def price(coin: str) -> Decimal:
    """Where a simulated exchange begins, whatever its seed."""
    return D(PERPS[PERPS.index(coin) + 1])


def rules() -> list[dict[str, Any]]:
    """One of each kind that is worth a look."""
    mark, calm = price("BTC"), {"hysteresis": D("0.03"), "cooldown": MINUTE}
    mine = {"address": cast.TRADER, "coin": ""}
    return [
        {
            "metric": "mark",
            "coin": "BTC",
            "threshold": round(mark * (1 + NEAR)),
            "side": ABOVE,
            **calm,
            "note": "Breakout?",
        },
        {"metric": "mark", "coin": "BTC", "threshold": round(mark * (1 - NEAR)), "side": BELOW, **calm},
        {"metric": "move", "coin": "ETH", "window": 5 * MINUTE, "threshold": D("0.1"), "cooldown": 5 * MINUTE},
        {"metric": "funding_apr", "coin": "BTC", "threshold": D(5), "needs_crossing": False, "hysteresis": D(1)},
        {"metric": "trade", "coin": "BTC", "threshold": D(250_000), "cooldown": MINUTE},
        {"metric": "fill", **mine, "threshold": D(1000), "cooldown": MINUTE},
        {"metric": "liquidation_distance", **mine, "side": BELOW, "threshold": D(25), "needs_crossing": False},
    ]


def prepare(user: Any, now: int) -> int:
    """Give him these and a place in the site's own pages, at ``now`` (Unix ms), unless he has any; how many."""
    if user.alerts.exists() or user.destinations.exists():
        return 0
    transport = TRANSPORTS[PAGE]
    destination = Destination.objects.add(
        user, kind=PAGE, label="This site", secret={}, hint=transport.hint({}), verified_at=now
    )
    made = [Alert.objects.add(user, [destination], tags=TAG, **rule) for rule in rules()]
    return len(made)
