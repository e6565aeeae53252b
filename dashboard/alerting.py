"""What a leader does for alerts: reads the rules, catches up with what was missed, and evaluates each event.

The market waits for none of it: until the evaluator is ready, events are kept for it. One that fails, or has heard
no price for so long that candles have to be asked, is built anew; one that was overtaken ends the leadership.
"""

import asyncio
import logging

from django.conf import settings

from alerts import wanted
from alerts.dead_man import DeadManSwitch
from alerts.decide import Overtaken
from alerts.evaluate import Evaluator
from alerts.missed import MissedReader
from alerts.replay import Replay
from alerts.windows import WindowFiller
from dashboard.link import forever, is_told_to_stop
from exchange import figures
from exchange.clock import Clock
from exchange.demand import Demand
from exchange.events import Event, Mids, Prices
from exchange.info import InfoClient
from exchange.market import Market
from exchange.rows import Rows
from monitoring.lease import Leadership, LeaseLost

log = logging.getLogger(__name__)

HOLDER = "alerts"
HOLD_SECONDS, PAUSE_SECONDS = 1.0, 2.0
HOLE_MS = 60_000
"""After so long without a price what happened meanwhile is looked up in candles, which tell minutes."""
SETTLE_SECONDS, SETTLE_LOOKS = 5.0, 250


class Again(Exception):
    """The evaluator has to be built anew; the message says why."""


class Alerting:
    """One leader's. ``take`` each event, ``run`` until cancelled; ``failures`` counts evaluators that failed.

    ``addresses`` are to be followed, ``coins`` are those that alerts are about, those of most alerts first.
    """

    def __init__(
        self, market: Market, demand: Demand, info: InfoClient, clock: Clock, leadership: Leadership
    ) -> None:
        self.market, self.demand, self.info, self.clock = market, demand, info, clock
        self.leadership, self.number = leadership, leadership.number or 0
        self.windows = WindowFiller(info.candles, clock)
        self.addresses: set[str] = set()
        self.coins: list[str] = []
        self.failures = 0
        self.is_live = False
        self._priced_at = 0
        self._begin(is_whole=True)

    def take(self, event: Event) -> None:
        """One event, once the Market has applied it. Never raises."""
        if self.is_live and isinstance(event, Prices | Mids):
            self._look_for_hole(event.received_at)
        if not self.is_live:
            self.replay.keep(event)
            return
        try:
            self.evaluator.take(event)
        except Exception as error:
            log.exception("the evaluator failed on %s", type(event).__name__)
            self._stop(f"it failed on {type(event).__name__}: {error!r}")

    def changes_of(self, coin: str) -> Rows:
        """Rows of the topic ``changes:<coin>``: what alerts look at over spans of time, as it is now."""
        return {
            f"{slot.figure.metric}:{slot.figure.window}": {
                "value": figures.percent(None if slot.value is None else slot.value / 100, 3),
                "n_value": figures.number(slot.value),
            }
            for slot in self.evaluator.coins.over_time.get(coin, ())
        }

    async def run(self) -> None:
        """Raises LeaseLost when somebody else leads."""
        while True:
            try:
                await self._evaluate()
            except* Overtaken as overtaken:
                raise LeaseLost(str(overtaken.exceptions[0])) from overtaken
            except* Again as again:
                log.warning("alerts are evaluated anew: %s", again.exceptions[0])
            except* Exception as failed:
                self.failures += 1
                log.exception("the evaluator failed and starts again", exc_info=failed)
                self._stop("it failed")
            if is_told_to_stop():
                raise asyncio.CancelledError
            self._begin(is_whole=False)
            await self.clock.sleep(PAUSE_SECONDS)

    def _begin(self, is_whole: bool) -> None:
        """An evaluator that knows nothing yet. ``is_whole``: it will see all events since the feed began."""
        events = self.replay.events if hasattr(self, "replay") else ()
        self.replay = Replay(is_whole)
        self.replay.events.extend(events)
        self.evaluator = Evaluator(self.replay.market, self.clock, self.leadership.check, self.number)
        self._over: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def _evaluate(self) -> None:
        """From the rules in the database to the end of this evaluator."""
        evaluator = self.evaluator
        try:
            since = await evaluator.start()
            until = self.replay.known_until(self.clock.now_ms())
            since = min(since, self._priced_at or since)
            missed = MissedReader(self.info.candles, self.clock)
            await missed.catch_up(evaluator, since, until)
            await self.replay.show(evaluator, self.market)
            self.is_live, self._priced_at = True, 0
            async with asyncio.TaskGroup() as work:
                work.create_task(evaluator.run(), name="alerts evaluate")
                work.create_task(self.windows.run(evaluator), name="alerts windows")
                work.create_task(missed.finish(evaluator), name="alerts missed")
                work.create_task(self._hold_on(evaluator), name="alerts demand")
                work.create_task(self._end(evaluator), name="alerts end")
                if url := settings.CONFIG.alerts_deadman_url:
                    work.create_task(DeadManSwitch(url, self.clock).run(evaluator), name="dead man's switch")
                await forever()
        finally:
            self.is_live = False
            evaluator.thread.close()

    def _look_for_hole(self, at: int) -> None:
        if self._priced_at and at - self._priced_at >= HOLE_MS:
            self._stop(f"no price was heard for {(at - self._priced_at) // 1000} s")
        else:
            self._priced_at = at

    def _stop(self, why: str) -> None:
        """What comes from now on is for the next evaluator."""
        self.is_live = False
        if not self._over.done():
            self._over.set_result(why)

    async def _end(self, evaluator: Evaluator) -> None:
        """Once it has to end, let it decide what it knows; raises Again."""
        why = await self._over
        for _ in range(SETTLE_LOOKS):
            if evaluator.watch.oldest is None:
                break
            await asyncio.sleep(SETTLE_SECONDS / SETTLE_LOOKS)
        else:
            log.warning("the evaluator could not decide everything before its end")
        raise Again(why)

    async def _hold_on(self, evaluator: Evaluator) -> None:
        """Say what has to be read, again and again."""
        while True:
            self.demand.hold(HOLDER, wanted.topics(evaluator.watch))
            self.addresses = wanted.addresses(evaluator.watch, evaluator.accounts)
            self.coins = wanted.coins(evaluator.watch)
            await self.clock.sleep(HOLD_SECONDS)
