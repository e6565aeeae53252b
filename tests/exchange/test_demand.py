"""Demand: who holds which topics, and how long after the last reader left they are still wanted."""

import pytest

from exchange.clock import ManualClock
from exchange.demand import Demand
from exchange.topics import Topic


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def demand(clock: ManualClock) -> Demand:
    return Demand(clock)


def wanted(demand: Demand) -> set[str]:
    return {str(topic) for topic in demand.wanted()}


def test_what_several_holders_hold_is_united(demand: Demand) -> None:
    demand.hold("web-1", ["book:BTC", "trades:BTC"])
    demand.hold("web-2", [Topic("book", "BTC"), Topic("candle", "@107", "1m")])
    assert wanted(demand) == {"book:BTC", "trades:BTC", "candle:@107:1m"}
    assert demand.readers(Topic("book", "BTC")) == 2
    assert demand.readers(Topic("book", "ETH")) == 0


async def test_a_topic_stays_wanted_for_a_grace_time_after_its_last_reader(
    clock: ManualClock, demand: Demand
) -> None:
    demand.hold("web-1", ["book:BTC"])
    demand.hold("web-2", ["book:BTC"])
    demand.forget("web-1")
    await clock.advance(10)
    demand.hold("web-2", [])
    await clock.advance(29.9)
    assert wanted(demand) == {"book:BTC"}
    await clock.advance(0.2)
    assert wanted(demand) == set()


async def test_a_reader_that_comes_back_in_time_keeps_the_topic(clock: ManualClock, demand: Demand) -> None:
    demand.hold("web-1", ["book:BTC"])
    demand.forget("web-1")
    await clock.advance(29)
    demand.hold("web-2", ["book:BTC"])
    await clock.advance(14)
    assert wanted(demand) == {"book:BTC"}


async def test_a_holder_that_falls_silent_is_forgotten(clock: ManualClock, demand: Demand) -> None:
    demand.hold("web-1", ["book:BTC"])
    await clock.advance(15)
    wanted(demand)
    assert demand.readers(Topic("book", "BTC")) == 1
    await clock.advance(0.1)
    assert wanted(demand) == {"book:BTC"}
    assert demand.readers(Topic("book", "BTC")) == 0
    await clock.advance(29.8)
    assert wanted(demand) == {"book:BTC"}
    await clock.advance(0.2)
    assert wanted(demand) == set()


async def test_a_holder_that_speaks_again_and_again_is_kept(clock: ManualClock, demand: Demand) -> None:
    for _ in range(20):
        demand.hold("web-1", ["book:BTC"])
        await clock.advance(5)
    assert demand.readers(Topic("book", "BTC")) == 1


def test_topics_that_do_not_exist_are_logged_and_passed_over(
    demand: Demand, caplog: pytest.LogCaptureFixture
) -> None:
    demand.hold("web-1", ["book:BTC", "candle:BTC:7m", "nonsense"])
    assert wanted(demand) == {"book:BTC"}
    assert "candle:BTC:7m" in caplog.text


def test_forgetting_somebody_unknown_changes_nothing(demand: Demand) -> None:
    demand.forget("nobody")
    assert wanted(demand) == set()
