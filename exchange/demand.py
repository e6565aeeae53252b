"""Demand: which topics somebody looks at, records or has an alert on; the feed asks for no others.

Holders (web processes, the alert evaluator, the recorder) say again and again what they hold: on
change and every few seconds. One that falls silent is forgotten; a topic stays wanted for a grace
time after its last reader left, so that a reload of a page costs the exchange nothing.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from exchange.clock import Clock
from exchange.topics import Topic, UnknownTopic

log = logging.getLogger(__name__)

GRACE_SECONDS = 30.0
SILENCE_SECONDS = 15.0


@dataclass(slots=True)
class _Holder:
    topics: frozenset[Topic]
    heard_at: float


class Demand:
    """The union of what all holders hold. ``grace`` and ``silence`` are seconds of the clock."""

    def __init__(self, clock: Clock, grace: float = GRACE_SECONDS, silence: float = SILENCE_SECONDS) -> None:
        self._clock = clock
        self._grace = grace
        self._silence = silence
        self._holders: dict[str, _Holder] = {}
        self._left_at: dict[Topic, float] = {}

    def hold(self, holder: str, topics: Iterable[Topic | str]) -> None:
        """``holder`` now holds exactly these topics; unknown ones are logged and passed over."""
        self._release(holder, self._clock.monotonic())
        self._holders[holder] = _Holder(frozenset(_parsed(topics)), self._clock.monotonic())

    def forget(self, holder: str) -> None:
        """``holder`` is gone."""
        self._release(holder, self._clock.monotonic())

    def wanted(self) -> set[Topic]:
        """Topics somebody holds, or held less than the grace time ago."""
        now = self._clock.monotonic()
        for name, holder in list(self._holders.items()):
            if now - holder.heard_at > self._silence:
                self._release(name, holder.heard_at + self._silence)
        self._left_at = {topic: at for topic, at in self._left_at.items() if now - at <= self._grace}
        return set(self._left_at).union(*(holder.topics for holder in self._holders.values()))

    def readers(self, topic: Topic) -> int:
        """How many holders hold ``topic``."""
        return sum(topic in holder.topics for holder in self._holders.values())

    def _release(self, name: str, at: float) -> None:
        holder = self._holders.pop(name, None)
        for topic in holder.topics if holder else ():
            self._left_at[topic] = max(at, self._left_at.get(topic, at))


def _parsed(topics: Iterable[Topic | str]) -> Iterable[Topic]:
    for topic in topics:
        try:
            yield topic if isinstance(topic, Topic) else Topic.parse(topic)
        except UnknownTopic as error:
            log.warning("a holder asks for a topic that does not exist: %s", error)
