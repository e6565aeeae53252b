"""A simulated exchange for pages that ask one what an address is."""

import pytest
from django.core.cache import cache

from accounts.network import introduce, network
from exchange.budget import Budget, Limits
from exchange.budget_memory import MemoryStore
from exchange.clock import SystemClock
from exchange.info import InfoClient
from tests.exchange.simulator.server_client import running


@pytest.fixture(scope="session")
def simulated():
    """Addresses and names of one that runs for the whole session."""
    with running(speed=1.0) as place:
        yield place


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Nothing that another test counted or remembered: allauth's limits by user and address are in the cache."""
    cache.clear()


@pytest.fixture
def exchange(simulated):
    """The accounts ask this exchange; gives the budget it counts in, which is large enough for every test."""
    before = network()
    budget = Budget(MemoryStore(), Limits(weight=100_000), SystemClock())
    introduce(lambda feature: InfoClient(simulated["url"], budget, feature=feature), lambda: budget)
    yield budget
    introduce(before.info, before.budget)
