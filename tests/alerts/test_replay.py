"""What happens while the evaluator is not ready is shown to it afterwards, as if it had been."""

import pytest

from alerts import replay
from alerts.evaluate import Evaluator
from alerts.models import Alert, Firing
from alerts.replay import Replay
from exchange import events
from exchange.clock import ManualClock
from exchange.market import Market
from tests.alerts.rig import S
from tests.alerts.rows import D, alert
from tests.alerts.test_run import hang_up
from tests.exchange.market_events import T0, trade, universe

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["hang_up"]


class Late:
    """A leader's Market, and an evaluator that becomes ready after ``events``."""

    def __init__(self) -> None:
        self.market, self.replay, self.clock = Market(), Replay(), ManualClock(T0)
        self.evaluator = Evaluator(self.replay.market, self.clock)
        self.at = T0
        self.hear(events.UniverseChanged(T0, universe()))

    def hear(self, event: events.Event) -> None:
        self.market.apply(event)
        self.replay.keep(event)

    def mark(self, *marks: object) -> None:
        """One a second."""
        for mark in marks:
            self.hear(events.Prices(self.at, {"BTC": D(str(mark))}, {}))
            self.at += S

    async def decide(self) -> None:
        await self.replay.show(self.evaluator, self.market)
        await self.evaluator.thread.run(self._rounds)

    def _rounds(self) -> None:
        while self.evaluator.round():
            pass


@pytest.fixture
def late(cast) -> Late:
    alert(cast.alice)
    alert(cast.alice, metric="trade", threshold=D(1))
    one = Late()
    one.evaluator.begin()
    Alert.objects.update(seen_at=T0)
    yield one
    one.evaluator.thread.close()


async def fired_marks() -> list[tuple[int, object]]:
    rows = Firing.objects.filter(alert__metric="mark").order_by("fired_at").values_list("fired_at", "value")
    return [row async for row in rows]


async def test_a_price_that_came_and_went_meanwhile_has_fired_at_its_own_time(late):
    late.mark(99, 101, 99, 102, 98)
    await late.decide()
    assert await fired_marks() == [(T0 + S, D(101)), (T0 + 3 * S, D(102))]
    assert late.evaluator.coins.market is late.market


async def test_more_than_can_be_kept_costs_prices_of_the_past_and_no_trade(late, monkeypatch):
    monkeypatch.setattr(replay, "MOST", 3)
    late.mark(99, 101, 99, 98, 97)
    assert not late.replay.is_whole
    assert late.replay.known_until(T0 + 9 * S) == T0 + 9 * S
    late.hear(events.Traded(late.at, "BTC", [trade(1, late.at)]))
    await late.decide()
    assert await fired_marks() == []
    assert await Firing.objects.filter(alert__metric="trade").acount() == 1
    assert late.evaluator.watch.slots[(await Alert.objects.aget(metric="mark")).figure].value == D(97)
