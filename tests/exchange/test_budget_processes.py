"""Several processes hammer one Budget in Redis: at no time is more in use than the exchange allows."""

import multiprocessing
import random
import time
import uuid
from collections import defaultdict

import pytest
from redis import Redis

from exchange.budget import Budget, Limits, Priority
from exchange.budget_redis import RedisStore
from exchange.errors import BudgetExhausted
from tests import servers

LIMITS = Limits(weight=100, sockets=3, window=0.4, lease=5.0)
SECONDS = 2.5


def make(url: str, prefix: str) -> Budget:
    return Budget(RedisStore(Redis.from_url(url), prefix), LIMITS)


def spend(url: str, prefix: str, seed: int, results) -> None:
    """Ask for more than there is, and note what was granted when."""
    budget, draw, granted = make(url, prefix), random.Random(seed), []
    end = time.time() + SECONDS
    while time.time() < end:
        amount, asked = draw.randrange(1, 30), time.time_ns() // 1_000_000
        try:
            budget.reserve(amount, f"p{seed}", Priority(seed % 2), timeout=draw.choice((0.0, 0.05)))
        except BudgetExhausted:
            continue
        granted.append((asked, time.time_ns() // 1_000_000, amount))
    results.put(granted)


def hold(url: str, prefix: str, seed: int, results) -> None:
    """Take and give back sockets, and note from when to when each was certainly held."""
    budget, draw, held = make(url, prefix), random.Random(seed), []
    end = time.time() + SECONDS
    while time.time() < end:
        name = uuid.uuid4().hex
        try:
            budget.hold("sockets", name, "feed")
        except BudgetExhausted:
            continue
        since = time.monotonic_ns()
        time.sleep(draw.random() * 0.01)
        until = time.monotonic_ns()
        budget.release("sockets", name)
        held.append((since, until))
    results.put(held)


def hammer(job, url: str, processes: int) -> tuple[list, Budget]:
    context, prefix = multiprocessing.get_context("spawn"), uuid.uuid4().hex
    results = context.Queue()
    workers = [context.Process(target=job, args=(url, prefix, seed, results)) for seed in range(processes)]
    for worker in workers:
        worker.start()
    rows = [row for _ in workers for row in results.get(timeout=60)]
    for worker in workers:
        worker.join()
    return rows, make(url, prefix)


@pytest.fixture(scope="module")
def redis_url():
    with servers.redis() as url:
        yield url


def test_no_window_holds_more_weight_than_the_limit(redis_url) -> None:
    granted, budget = hammer(spend, redis_url, processes=4)
    # Each was granted between asking and noting; what counts is certainly inside of a window, to the ms.
    window = round(LIMITS.window * 1000) - 2
    granted.sort()
    for index, (start, _, _) in enumerate(granted):
        inside = sum(amount for _, noted, amount in granted[index:] if noted < start + window)
        assert inside <= LIMITS.weight
    assert sum(amount for _, _, amount in granted) > LIMITS.weight * 3  # the limit was reached again and again
    used = defaultdict(int)
    for line in budget.ledger():
        used["used"] += line.used
        used["refused"] += line.refused
    assert used["used"] == sum(amount for _, _, amount in granted)
    assert used["refused"] > 10


def test_no_moment_has_more_sockets_than_the_limit(redis_url) -> None:
    held, budget = hammer(hold, redis_url, processes=4)
    moments = sorted([(since, 1) for since, _ in held] + [(until, -1) for _, until in held])
    open_now = most = 0
    for _, step in moments:
        open_now += step
        most = max(most, open_now)
    assert most == LIMITS.sockets
    assert budget.usage()["sockets"] == (0, 3)
