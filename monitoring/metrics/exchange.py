"""Sources about the exchange: what a leader hears, and what of the budget is used."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client.core import Metric

from exchange.budget import Budget
from exchange.budget_store import LedgerLine
from exchange.clock import Clock
from exchange.hearing import Hearing
from monitoring.metrics.registry import counter, gauge

log = logging.getLogger(__name__)

LOOK_S = 5.0
SOCKET, FEATURE = "socket", ("feature", "limit")


def hearing(*heard: Hearing | None) -> Iterator[Metric]:
    """Sockets: of the market, and of accounts. Nothing of one that is not there."""
    by_name = {one.link.name: one for one in heard if one is not None}

    def each(figure: Callable[[Hearing], float]) -> dict[str, float]:
        return {name: figure(one) for name, one in by_name.items()}

    def counted(counts: Callable[[Hearing], Mapping[str, int]]) -> dict[tuple[str, ...], float]:
        return {(name, key): count for name, one in by_name.items() for key, count in list(counts(one).items())}

    yield gauge("exchange_connected", "Whether the socket is open and speaks.", each(speaks), SOCKET)
    yield gauge("exchange_subscriptions", "What it was asked for.", each(asked), SOCKET)
    yield counter("exchange_frames", "Frames received.", each(lambda one: one.frames), SOCKET)
    yield counter("exchange_events", "Events told.", each(lambda one: one.events), SOCKET)
    yield counter(
        "exchange_opens", "Sockets opened: after the first, reconnects.", each(lambda one: one.link.opened), SOCKET
    )
    bad = counted(lambda one: one.bad_frames)
    yield counter("exchange_bad_frames", "Frames that could not be read.", bad, SOCKET, "kind")
    failed = counted(lambda one: one.chores.failures)
    yield counter("exchange_chore_failures", "Work beside the socket that failed.", failed, SOCKET, "chore")


def speaks(one: Hearing) -> float:
    """Whether its socket is open and has said something."""
    return float(one.link.session is not None and one.link.session.heard_at is not None)


def asked(one: Hearing) -> int:
    """Subscriptions of its socket."""
    return len(one.link.session.asked) if one.link.session else 0


def streams(feed: Any) -> Iterator[Metric]:
    """How many streams of each kind are in which state: names of coins would be too many."""
    by_name = list(feed.streams.by_name.values()) if feed else []
    states = Counter((stream.name.partition(":")[0], stream.state) for stream in by_name)
    yield gauge("streams", "Streams by kind and state.", dict(states), "kind", "state")


class BudgetGlance:
    """What was used at the last look, since a Redis must not be asked while somebody scrapes."""

    def __init__(self, budget: Budget, clock: Clock) -> None:
        self.budget, self.clock = budget, clock
        self.usage: dict[str, tuple[int, int]] = {}
        self.ledger: list[LedgerLine] = []
        self._is_failing = False

    async def run(self) -> None:
        """Look until cancelled; a store that is away leaves nothing to be told."""
        while True:
            await self.look()
            await self.clock.sleep(LOOK_S)

    async def look(self) -> None:
        """Once, in a thread."""
        try:
            self.usage, self.ledger = await asyncio.to_thread(lambda: (self.budget.usage(), self.budget.ledger()))
            self._is_failing = False
        except Exception as error:  # Redis's, or the network's
            self.usage, self.ledger = {}, []
            if not self._is_failing:
                log.warning("the budget's use is not known: %s: %s", type(error).__name__, error)
            self._is_failing = True

    def figures(self) -> Iterator[Metric]:
        """The source."""
        used = {limit: used for limit, (used, _) in self.usage.items()}
        most = {limit: most for limit, (_, most) in self.usage.items()}
        yield gauge("budget_used", "In use now, of each limit of the exchange.", used, "limit")
        yield gauge("budget_most", "What may be in use.", most, "limit")
        lines = {(line.feature, line.limit): line for line in self.ledger}
        spent = {key: line.used for key, line in lines.items()}
        yield counter("budget_spent", "Spent, by feature.", spent, *FEATURE)
        waited = {key: line.waited / 1000 for key, line in lines.items()}
        yield counter("budget_waited_seconds", "Waited for room, by feature.", waited, *FEATURE)
        refused = {key: line.refused for key, line in lines.items()}
        yield counter("budget_refused", "Asks that found no room in time, by feature.", refused, *FEATURE)
