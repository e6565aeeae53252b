"""AlertsLag: how far evaluation and delivery of alerts are behind, as their rows in the database say."""

from dataclasses import dataclass
from typing import Any

from alerts.models import Delivery, DeliveryRound, Evaluation

EVALUATOR_MS, DELIVERER_MS, ALIVE_MS = 15_000, 60_000, 15_000
"""Past so much an evaluator or the oldest message is late; a deliverer that was silent so long is not alive."""


@dataclass(frozen=True, slots=True)
class AlertsLag:
    """Of one moment. Times are Unix ms, lags ms; None is "there is none".

    ``round_at``, ``seen_until``, ``rules`` and ``trouble`` are the evaluator's. ``due_since`` is when the oldest
    message that waits could have been sent; ``deliverers`` are alive, ``delivered_at`` is the end of their last
    round, and ``delivery_trouble`` what they say. ``latency_50`` and ``latency_99`` are of the slowest of them.
    """

    at: int
    round_at: int | None = None
    seen_until: int | None = None
    rules: int = 0
    trouble: str = ""
    due_since: int | None = None
    deliverers: int = 0
    delivered_at: int | None = None
    delivery_trouble: str = ""
    latency_50: int | None = None
    latency_99: int | None = None

    @property
    def evaluator_lag(self) -> int | None:
        """Since the last completed round."""
        return None if self.round_at is None else max(0, self.at - self.round_at)

    @property
    def deliverer_lag(self) -> int:
        """How long the oldest message that may be sent has waited."""
        return 0 if self.due_since is None else max(0, self.at - self.due_since)

    @property
    def is_delivery_late(self) -> bool:
        """Whether a message has waited too long."""
        return self.deliverer_lag > DELIVERER_MS

    @property
    def is_late(self) -> bool:
        """Whether somebody may be told too late, or not at all. Where nobody ever evaluated, there is no lag."""
        is_behind = self.evaluator_lag is not None and self.evaluator_lag > EVALUATOR_MS
        return is_behind or bool(self.trouble) or self.is_delivery_late

    def as_json(self) -> dict[str, Any]:
        """For those who run the site."""
        return {
            "evaluator": {
                "lag": self.evaluator_lag,
                "lastRound": self.round_at,
                "seenUntil": self.seen_until,
                "rules": self.rules,
                "trouble": self.trouble,
            },
            "deliverer": {
                "lag": self.deliverer_lag,
                "oldestDue": self.due_since,
                "alive": self.deliverers,
                "lastRound": self.delivered_at,
                "trouble": self.delivery_trouble,
                "latency50": self.latency_50,
                "latency99": self.latency_99,
            },
        }


NO_LAG = AlertsLag(0)
"""Before anybody has looked."""


def alerts_lag(now: int) -> AlertsLag:
    """Four small questions, each answered by an index; blocks, raises django.db.Error."""
    evaluation = Evaluation.objects.filter(name="main").first()
    due = Delivery.objects.due(now).values_list("not_before", flat=True).first()
    rounds = list(DeliveryRound.objects.order_by("-round_at")[:100])
    alive = [one for one in rounds if now - one.round_at <= ALIVE_MS]
    return AlertsLag(
        at=now,
        round_at=evaluation.round_at if evaluation else None,
        seen_until=evaluation.seen_until if evaluation else None,
        rules=evaluation.rules if evaluation else 0,
        trouble=evaluation.trouble if evaluation else "",
        due_since=due,
        deliverers=len(alive),
        delivered_at=rounds[0].round_at if rounds else None,
        delivery_trouble="; ".join(one.trouble for one in alive if one.trouble)[:300],
        latency_50=max((one.latency_50 for one in alive if one.latency_50 is not None), default=None),
        latency_99=max((one.latency_99 for one in alive if one.latency_99 is not None), default=None),
    )
