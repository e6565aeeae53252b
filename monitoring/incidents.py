"""Incidents: followed from one measurement to the next, in the order of time.

One begins with the first measurement that is degraded or down, and ends with the first that is well. While nobody
could find out how a service is, an incident goes on; where nobody measured at all for longer than ``GAP_MS``, it
ends with what was last seen.
"""

from collections.abc import Iterable

from monitoring.line import DEGRADED, DOWN, UNKNOWN, badness
from monitoring.models import Incident
from monitoring.samples import SLOT_MS, Sample

GAP_MS = 60_000
BAD = (DEGRADED, DOWN)


class Incidents:
    """``open`` ones by service. ``follow`` each sample; ``changed`` are those that have to be stored."""

    def __init__(self, open_now: Iterable[Incident] = ()) -> None:
        self.open = {one.service: one for one in open_now}
        self.changed: list[Incident] = []

    def follow(self, sample: Sample) -> None:
        """The next measurement of its service."""
        line, at = sample.line, sample.at
        one = self.open.get(line.service)
        if one and at - one.last_at > GAP_MS:
            self._end(one, one.last_at + SLOT_MS)
            one = None
        if line.state in BAD:
            self._go_on(one or self._begin(sample), sample)
        elif one and line.state == UNKNOWN:
            one.last_at = at
            self._note(one)
        elif one:
            self._end(one, at)

    def _begin(self, sample: Sample) -> Incident:
        service = sample.line.service
        self.open[service] = one = Incident(service=service, began_at=sample.at, last_at=sample.at, worst="")
        return one

    def _go_on(self, one: Incident, sample: Sample) -> None:
        line = sample.line
        one.last_at = sample.at
        if not one.worst or badness(line.state) > badness(one.worst):
            one.worst, one.reason, one.detail = line.state, line.reason[:200], line.detail[:300]
        self._note(one)

    def _end(self, one: Incident, at: int) -> None:
        one.ended_at = at
        self.open.pop(one.service)
        self._note(one)

    def _note(self, one: Incident) -> None:
        if not any(one is other for other in self.changed):
            self.changed.append(one)


def follow(samples: Iterable[Sample]) -> None:
    """Bring the stored incidents up to date; in the caller's transaction."""
    incidents = Incidents(Incident.objects.filter(ended_at=None))
    for sample in samples:
        incidents.follow(sample)
    for one in incidents.changed:
        one.save()
