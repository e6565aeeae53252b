"""Evaluator: alerts in the feed. Takes each event in, decides in a thread of its own, never waits for a database.

    evaluator = Evaluator(market, clock, guard)
    since = await evaluator.start()               # all rules; up to when everything has been decided
    evaluator.show(past)                          # what candles know of the time since then
    evaluator.take(event)                         # after market.apply(event): synchronous and cheap
    await evaluator.run()                         # decides and rereads, beside the feed, until cancelled

``guard`` is called last in each transaction and raises if this process leads no more. A database that is away is
tried again; what is touched meanwhile waits, with every value that came. Tests turn it with ``round``, ``look``.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable

from alerts import reread
from alerts.account_figures import AccountFigures
from alerts.coin_figures import CoinFigures
from alerts.database_thread import DatabaseThread
from alerts.decide import Guard, Overtaken, decide, no_guard
from alerts.figure import Figure, Occurrence, Seen
from alerts.happenings import of_account, trades
from alerts.metrics import METRICS
from alerts.metrics.metric import COIN
from alerts.recent import Recent
from alerts.slot import Slot
from alerts.standing import how_far
from alerts.sweep import Sweep
from alerts.watch import Watch
from alerts.work import Watched, Work
from exchange import log_id
from exchange.clock import Clock
from exchange.events import Event, Mids, Prices, Traded
from exchange.market import Market

log = logging.getLogger(__name__)

MOST = AT_ONCE = 2000
"""Alerts decided in one transaction (of a storm: the first); rules learnt before somebody else has his turn."""
LOOK_SECONDS = 1.0


class Evaluator:
    """See the module. ``decided`` counts alerts, ``failures`` those that could not be; ``refused`` says which."""

    def __init__(self, market: Market, clock: Clock, guard: Guard = no_guard, number: int = 0) -> None:
        self.clock, self.guard, self.number = clock, guard, number
        self.watch = Watch(self._made, clock.now_ms())
        self.coins = CoinFigures(market, self.watch.touched)
        self.accounts = AccountFigures(market, self.watch.touched)
        self.started_at, self.heard_at, self.round_at = clock.now_ms(), 0, 0
        self.decided, self.failures, self.refused = 0, 0, dict[int, str]()
        self._recent, self._wake = Recent(), asyncio.Event()
        self.thread = DatabaseThread("alerts", clock)
        self.sweep = Sweep(self.watch, clock, (self.coins, self.accounts))

    def take(self, event: Event) -> None:
        """One event, once the Market has applied it."""
        at = max(event.received_at, self.watch.now)
        if isinstance(event, Prices | Mids):
            self.heard_at = at
        self.watch.pass_time(at)
        self.coins.take(event, at)
        self.accounts.take(event, at)
        if isinstance(event, Traded):
            if Figure("trade", event.coin) in self.watch.shelves:
                self._happen(trades(event), lambda what: [what.subject])
        elif getattr(event, "user", None):
            self._happen(of_account(event), self._subjects)
        if not self.watch.is_idle:
            self._wake.set()

    def show(self, past: Iterable[tuple[Figure, Seen]]) -> None:
        """What figures were while nobody looked, in order of time (from candles), before the first event.

        It should begin with what stood before the last evaluator stopped: only that proves a hold that ended then.
        """
        for figure, (at, value) in past:
            self.watch.pass_time(at)
            self.heard_at = self.watch.now
            slot = self.watch.slot(figure)
            if value != slot.value:
                self.watch.touched(slot.take(at, value))

    def round(self) -> int:
        """Decide what waits, at most ``MOST``; how many alerts that were. Overtaken, django.db.Error."""
        batch = self.watch.batch(MOST)
        if batch:
            self.watch.settle(decide(batch, self.clock.now_ms(), self.guard))
        return len(batch)

    def look(self) -> None:
        """Take note of changed rules, and write down how far everything is."""
        self._learn(reread.changed(self.clock.now_ms(), self.guard), reread.members())
        reread.note(self.guard, how_far(self, self.clock.now_ms()))

    def begin(self) -> int:
        """Read all rules; up to when everything has been decided (Unix ms, 0: nothing yet)."""
        rows, members, since = reread.rules(self.clock.now_ms(), self.guard)
        self._learn(rows, members)
        return since

    def move_to(self, market: Market) -> None:
        """This is the Market from now on; what it knows already counts."""
        self.coins.market = self.accounts.market = market
        self.watch.pass_time(self.clock.now_ms())
        self.coins.fill(self.watch.now)
        self.accounts.refresh(self.accounts.slots, self.watch.now)
        if not self.watch.is_idle:
            self._wake.set()

    # By itself -----------------------------------------------------------------------------------

    async def start(self) -> int:
        """``begin``, reading in the thread and learning bit by bit, so that nobody waits long for his turn."""
        rows, members, since = await self.thread.run(lambda: reread.rules(self.clock.now_ms(), self.guard))
        for first in range(0, len(rows) or 1, AT_ONCE):
            self._learn(rows[first : first + AT_ONCE], members)
            await asyncio.sleep(0)
        return since

    async def run(self) -> None:
        """Until cancelled, or the guard says that another leads (Overtaken, in a group)."""
        try:
            async with asyncio.TaskGroup() as work:
                work.create_task(self._decide_on(), name="alerts decide")
                work.create_task(self._look_on(), name="alerts look")
                work.create_task(self.sweep.run(), name="alerts sweep")
        finally:
            self.thread.close()

    async def _decide_on(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while batch := self.watch.batch(MOST):
                with log_id.within(f"decide.{self.decided}"):
                    await self._decide(batch)

    async def _decide(self, batch: list[Work]) -> None:
        """An alert that cannot be decided must not hold up the others: the batch is halved until it is found."""
        try:
            self.watch.settle(await self.thread.run(lambda: decide(batch, self.clock.now_ms(), self.guard)))
            self.decided += len(batch)
            for one in batch if self.refused else ():
                self.refused.pop(one.alert, None)
        except Overtaken:
            raise
        except Exception as error:
            if len(batch) > 1:
                await self._decide(batch[: len(batch) // 2])
                await self._decide(batch[len(batch) // 2 :])
                return
            alert, self.failures = batch[0].alert, self.failures + 1
            self.refused[alert] = str(error)
            log.exception("alert %s cannot be decided, and is not watched until the next sweep", alert)
            self.watch.drop({alert})

    async def _look_on(self) -> None:
        while True:
            await self.clock.sleep(LOOK_SECONDS)
            await self._look()

    async def _look(self) -> None:
        """Rules, time. No value comes between a rule's moment and its place; it is noted before it is decided."""
        alerts, members = await self.thread.run(lambda: (reread.unseen(), reread.members()))
        now = self.clock.now_ms()
        self.watch.pass_time(now)
        self._learn(reread.watched(alerts), members)
        self.accounts.refresh(self.accounts.slots, self.watch.now)
        if not self.watch.is_idle:
            self._wake.set()
        seen_at, far = self.watch.now, how_far(self, now)
        await self.thread.run(lambda: reread.note_all(self.guard, alerts, seen_at, far))
        self.round_at = self.clock.now_ms()

    def _learn(self, rows: list[Watched], members: dict[str, tuple[str, ...]]) -> None:
        self.accounts.know(members)
        for watched in rows:
            self.refused.pop(watched.alert, None)
            self.watch.put(watched)

    def _made(self, slot: Slot) -> None:
        if METRICS[slot.figure.metric].scope == COIN:
            self.coins.add(slot)
        else:
            self.accounts.add(slot)
            self.accounts.refresh([slot], self.watch.now)

    def _happen(self, happened: Iterable[Occurrence], subjects: Callable[[Occurrence], list[str]]) -> None:
        for what in happened:
            if self._recent.is_new(what.identity):
                self.watch.happen(what, subjects(what))

    def _subjects(self, what: Occurrence) -> list[str]:
        """The position, the account, and "my wallets" of those who have it."""
        address, _, coin = what.subject.partition("/")
        return [f"{who}/{which}" for who in (address, *self.accounts.owners(address)) for which in (coin, "")]
