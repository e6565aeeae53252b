"""Sources about alerts: the evaluator's, which a leading feed has, and a deliverer's."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import Metric

from alerts.decide import FIRED
from alerts.deliver import Deliverer
from alerts.evaluate import Evaluator
from monitoring.metrics.registry import counter, gauge


def evaluator(one: Evaluator | None, restarts: int) -> Iterator[Metric]:
    """What it watches, has decided, and how far behind it is; ``restarts`` are evaluators that failed."""
    yield counter("alerts_firings", "Episodes and occurrences that were decided here.", FIRED["firings"])
    yield counter("alerts_evaluator_failures", "Evaluators that failed and were built anew.", restarts)
    if one is None:
        return
    now = one.clock.now_ms()
    oldest = one.watch.oldest
    yield gauge("alerts_rules", "Alerts that are watched.", len(one.watch))
    yield gauge("alerts_figures", "Figures that they watch.", len(one.watch.slots))
    yield counter("alerts_decided", "Alerts that were touched and decided.", one.decided)
    yield counter("alerts_undecided", "Alerts that could not be decided.", one.failures)
    behind = 0.0 if oldest is None else age(now, oldest)
    yield gauge("alerts_behind_seconds", "Age of what waits to be decided.", behind)
    yield gauge("alerts_round_age_seconds", "Since the last round.", age(now, one.round_at or one.started_at))
    heard = age(now, one.heard_at) if one.heard_at else None
    yield gauge("alerts_price_age_seconds", "Since the last price.", heard)


def age(now: int, then: int) -> float:
    """Unix ms as seconds ago."""
    return max(0, now - then) / 1000


def deliverer(one: Deliverer) -> Iterator[Metric]:
    """What it sent, what is under way, and what waits."""
    stand = one.stand
    ended = {key: float(count) for key, count in list(stand.by_kind.items())}
    yield counter("deliveries", "Tries to send a message that ended.", ended, "transport", "outcome")
    kinds = Counter(rows[0].destination.kind for rows in list(one._going.values()))
    yield gauge("deliveries_going", "Messages under way.", dict(kinds), "transport")
    yield gauge("deliveries_due", "Messages that may be sent and wait, as last counted.", stand.due)
    late = {str(share): value / 1000 for share in (0.5, 0.99) if (value := stand.quantile(share)) is not None}
    words = "From decision to receipt, of the last thousand that went at the first try."
    yield gauge("delivery_latency_seconds", words, late, "quantile")
    yield counter("delivery_round_failures", "Rounds that failed.", stand.failures)
    words = "Services that are left alone, since they are down."
    yield gauge("delivery_breakers_open", words, len(one.breakers.open))
