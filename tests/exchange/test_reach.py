"""Whether the exchange's REST answers: by the last question of late, whatever came of it."""

import pytest

from exchange.clock import ManualClock
from exchange.errors import BudgetExhausted, Unreachable
from exchange.reach import OLDEST_SECONDS, Reach


class Info:
    """Answers, or raises what it is told to."""

    error: Exception | None = None

    def exchange_status(self) -> None:
        if self.error:
            raise self.error


@pytest.fixture
def reach() -> Reach:
    return Reach(Info(), ManualClock())


async def test_it_is_not_known_before_the_first_answer(reach):
    assert (reach.reachable, reach.latency) == (None, None)
    await reach.tick()
    assert (reach.reachable, reach.latency) == (True, 0.0)


async def test_it_is_away_when_it_does_not_answer(reach):
    reach.info.error = Unreachable("exchangeStatus", None, 1, "refused")
    await reach.tick()
    assert (reach.reachable, reach.latency) == (False, None)


async def test_an_answer_counts_until_it_is_old_where_the_budget_lets_nobody_ask(reach):
    await reach.tick()
    reach.info.error = BudgetExhausted("weight", "health", 10.0)
    await reach.clock.advance(OLDEST_SECONDS)
    await reach.tick()
    assert reach.reachable is True
    await reach.clock.advance(0.1)
    await reach.tick()
    assert reach.reachable is None
