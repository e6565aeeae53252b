"""Replay: what happens while the evaluator is not ready yet, since it reads rules and candles, is kept for it.

Then it is shown in order and with its own times, so that nothing of it is lost and nobody has waited.
"""

import asyncio
from collections import deque

from alerts.evaluate import Evaluator
from exchange.events import Event, Traded
from exchange.market import Market

MOST = 30_000
"""So many events are kept, some minutes of them."""
AT_ONCE = 100
"""Events shown before somebody else gets his turn on the event loop."""


class Replay:
    """``market`` is the one that the evaluator looks at meanwhile: the sum of the events shown so far.

    It can only be that if the events are ``is_whole``, all of them since the feed began. If they are not, prices
    are passed over: they count from the end of the replay on. Occurrences are shown in any case.
    """

    def __init__(self, is_whole: bool = True) -> None:
        self.market, self.events, self.is_whole = Market(), deque[Event](), is_whole

    def keep(self, event: Event) -> None:
        """One event, after the feed's own Market has applied it."""
        if len(self.events) >= MOST:
            self.events.clear()
            self.is_whole = False
        self.events.append(event)

    def known_until(self, now: int) -> int:
        """Up to when the past has to be read elsewhere, Unix ms."""
        return self.events[0].received_at if self.is_whole and self.events else now

    async def show(self, evaluator: Evaluator, market: Market) -> None:
        """Everything kept, also what comes meanwhile; after which ``market`` is the evaluator's, too.

        It ends without a pause after the last event, so that the next one can go to the evaluator itself.
        """
        shown = 0
        while self.events:
            event = self.events.popleft()
            if self.is_whole:
                self.market.apply(event)
            if self.is_whole or isinstance(event, Traded) or getattr(event, "user", None):
                evaluator.take(event)
            shown += 1
            if shown % AT_ONCE == 0:
                await asyncio.sleep(0)
        evaluator.move_to(market)
