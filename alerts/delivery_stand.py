"""Stand: figures of one deliverer, kept in memory and written into its DeliveryRound every few seconds."""

from collections import Counter, deque
from collections.abc import Iterable

from alerts.delivered import Ended
from alerts.models import Delivery, DeliveryRound
from alerts.transports import Permanent

EVERY_MS = 2_000
FORGOTTEN_MS = 86_400_000
MOST_COUNTED = 10_000
"""Of those that wait: more of them are this many."""


class Stand:
    """Counts messages, not deliveries: a digest is one. ``failures``: rounds that failed.

    ``by_kind`` counts by (transport, sent, failed or again); ``due`` deliveries waited when it was last written.
    """

    def __init__(self, holder: str, now: int) -> None:
        self.holder, self.started_at = holder, now
        self.sent = self.failed = self.retried = self.failures = 0
        self.latencies: deque[int] = deque(maxlen=1000)
        self.by_kind: Counter[tuple[str, str]] = Counter()
        self.due = 0
        self._written_at = 0

    def count(self, ended: Iterable[Ended], latencies: Iterable[int]) -> None:
        """What came back, and how many ms after its decision."""
        for one in ended:
            self.sent += one.error is None
            self.failed += isinstance(one.error, Permanent)
            self.retried += one.error is not None and not isinstance(one.error, Permanent)
            outcome = "sent" if one.error is None else "failed" if isinstance(one.error, Permanent) else "again"
            self.by_kind[one.destination.kind, outcome] += 1
        self.latencies.extend(latencies)

    def is_due(self, now: int) -> bool:
        """Whether it is time to write."""
        return now - self._written_at >= EVERY_MS

    def write(self, now: int, trouble: str = "") -> None:
        """Into the database; those of deliverers that are long gone go."""
        self._written_at = now
        self.due = Delivery.objects.due(now)[:MOST_COUNTED].count()
        values = {"started_at": self.started_at, "round_at": now, "trouble": trouble[:300]}
        values |= {"sent": self.sent, "failed": self.failed, "retried": self.retried}
        values |= {"latency_50": self.quantile(0.5), "latency_99": self.quantile(0.99)}
        DeliveryRound.objects.update_or_create(holder=self.holder, defaults=values)
        DeliveryRound.objects.filter(round_at__lt=now - FORGOTTEN_MS).delete()

    def leave(self) -> None:
        """A deliverer that ends as it should is not missed."""
        DeliveryRound.objects.filter(holder=self.holder).delete()

    def quantile(self, share: float) -> int | None:
        """Of the latencies, ms; None before the first."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else None
