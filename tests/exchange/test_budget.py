"""The Budget keeps every limit, whoever asks; the same for the store in memory and the one in Redis."""

import asyncio
import threading
import uuid

import pytest
from redis import Redis

from exchange import weights
from exchange.budget import Budget, Limits, Priority
from exchange.budget_memory import MemoryStore
from exchange.budget_redis import RedisStore
from exchange.budget_store import Ask, LedgerLine
from exchange.clock import FastClock, ManualClock, SystemClock
from exchange.errors import BudgetExhausted
from tests import servers

INTERACTIVE, SOON, BACKGROUND = Priority


@pytest.fixture(scope="module")
def redis_url():
    with servers.redis() as url:
        yield url


@pytest.fixture(params=["memory", "redis"])
def store(request):
    if request.param == "memory":
        return MemoryStore()
    return RedisStore(Redis.from_url(request.getfixturevalue("redis_url")), prefix=uuid.uuid4().hex)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def budget(store, clock, **limits) -> Budget:
    return Budget(store, Limits(**{"weight": 100, "window": 60.0, "interactive_share": 0.2} | limits), clock)


async def test_what_was_spent_comes_back_when_the_minute_has_passed(store, clock) -> None:
    b = budget(store, clock)
    b.reserve(60, "page", timeout=0)
    await clock.advance(30)
    b.reserve(40, "page", timeout=0)
    assert b.usage()["weight"] == (100, 100)
    with pytest.raises(BudgetExhausted) as caught:
        b.reserve(10, "page", timeout=0)
    assert caught.value.retry_after == 30
    assert (caught.value.limit, caught.value.feature) == ("weight", "page")
    assert "come back in 30.0 s" in str(caught.value)
    await clock.advance(30)
    assert b.usage()["weight"] == (40, 100)
    b.reserve(60, "page", timeout=0)


async def test_it_says_when_enough_comes_back_not_when_something_does(store, clock) -> None:
    b = budget(store, clock)
    for _ in range(4):
        b.reserve(25, "page", timeout=0)
        await clock.advance(10)
    with pytest.raises(BudgetExhausted) as caught:
        b.reserve(60, "page", timeout=0)
    assert caught.value.retry_after == 40  # three of four have to leave: the third at 20 + 60 - 40


async def test_the_worst_case_is_set_aside_and_corrected(store, clock) -> None:
    b = budget(store, clock)
    reservation = b.reserve(90, "fills", timeout=0)
    with pytest.raises(BudgetExhausted):
        b.reserve(20, "page", timeout=0)
    reservation.correct(30)
    b.reserve(20, "page", timeout=0).correct(25)
    assert b.usage()["weight"] == (55, 100)
    assert b.ledger() == [
        LedgerLine("fills", "weight", used=30, corrected=60),
        LedgerLine("page", "weight", used=25, refused=1, corrected=-5),
    ]


async def test_a_correction_after_the_minute_changes_the_ledger_alone(store, clock) -> None:
    b = budget(store, clock)
    late = b.reserve(90, "fills", timeout=0)
    await clock.advance(61)
    b.reserve(1, "page", timeout=0)
    late.correct(30)
    assert b.usage()["weight"] == (1, 100)
    assert b.ledger()[0] == LedgerLine("fills", "weight", used=30, corrected=60)


async def test_the_last_part_is_for_those_who_look_at_a_page(store, clock) -> None:
    b = budget(store, clock)
    b.reserve(80, "recorder", BACKGROUND, timeout=0)
    with pytest.raises(BudgetExhausted):
        b.reserve(1, "recorder", BACKGROUND, timeout=0)
    b.reserve(20, "page", INTERACTIVE, timeout=0)


async def test_background_waits_while_somebody_at_a_page_waits(store, clock) -> None:
    b = budget(store, clock)
    held = b.reserve(70, "page", timeout=0)
    waiting = asyncio.create_task(b.areserve(40, "page", INTERACTIVE, timeout=5))
    await asyncio.sleep(0.05)
    with pytest.raises(BudgetExhausted) as caught:
        b.reserve(5, "recorder", BACKGROUND, timeout=0)
    assert caught.value.retry_after == 0.1
    held.correct(10)
    await clock.advance(0.5)
    await waiting
    b.reserve(5, "recorder", BACKGROUND, timeout=0)
    line = next(line for line in b.ledger() if line.feature == "page")
    assert line.waited == 500


async def test_what_is_soon_looked_at_goes_before_background_but_leaves_the_last_part_alone(store, clock) -> None:
    b = budget(store, clock)
    held = b.reserve(70, "fills", SOON, timeout=0)
    waiting = asyncio.create_task(b.areserve(30, "fills", SOON, timeout=5))
    await asyncio.sleep(0.05)
    with pytest.raises(BudgetExhausted):
        b.reserve(5, "recorder", BACKGROUND, timeout=0)
    b.reserve(30, "page", INTERACTIVE, timeout=0)
    held.correct(10)
    await clock.advance(0.5)
    await waiting
    assert b.usage()["weight"] == (70, 100)


async def test_somebody_who_went_away_does_not_hold_background_back(store, clock) -> None:
    b = budget(store, clock)
    b.reserve(70, "page", timeout=0)
    lost = Ask("weight", 40, 100, "page", True, "lost")
    assert store.take(lost, 60_000, clock.now_ms(), 0) == 60_000
    with pytest.raises(BudgetExhausted):
        b.reserve(5, "recorder", BACKGROUND, timeout=0)
    await clock.advance(2)
    b.reserve(5, "recorder", BACKGROUND, timeout=0)


async def test_giving_up_lets_background_go_on_at_once(store, clock) -> None:
    b = budget(store, clock)
    b.reserve(70, "page", timeout=0)
    with pytest.raises(BudgetExhausted):
        b.reserve(40, "page", timeout=0)
    b.reserve(5, "recorder", BACKGROUND, timeout=0)


async def test_more_than_there_can_be_is_refused_at_once(store, clock) -> None:
    b = budget(store, clock)
    for amount, priority in ((101, INTERACTIVE), (81, BACKGROUND)):
        with pytest.raises(BudgetExhausted) as caught:
            b.reserve(amount, "page", priority, timeout=1000)
        assert caught.value.retry_after == float("inf")


async def test_a_coroutine_waits_no_longer_than_it_said(store, clock) -> None:
    b = budget(store, clock)
    b.reserve(100, "page", timeout=0)
    waiting = asyncio.create_task(b.areserve(10, "page", timeout=3))
    for _ in range(40):
        await asyncio.sleep(0.005)
        await clock.advance(0.1)
    with pytest.raises(BudgetExhausted) as caught:
        await waiting
    assert 56 < caught.value.retry_after <= 57.1


def test_a_thread_waits_until_there_is_room(store) -> None:
    clock = FastClock(1_795_502_940_000, speed=300)
    b = budget(store, clock)
    began = clock.monotonic()
    b.reserve(100, "page", timeout=0)
    b.reserve(10, "page", timeout=9_000)
    assert clock.monotonic() - began > 59


async def test_opens_and_frames_are_counted_by_the_minute_too(store, clock) -> None:
    b = budget(store, clock, opens=3, messages=5, interactive_share=0.0)
    for _ in range(3):
        b.reserve(1, "feed", limit="opens", timeout=0)
    b.reserve(5, "feed", limit="messages", timeout=0)
    for limit in ("opens", "messages"):
        with pytest.raises(BudgetExhausted):
            b.reserve(1, "feed", limit=limit, timeout=0)
    assert b.usage()["opens"] == (3, 3)
    assert b.usage()["weight"] == (0, 100)


# Leases ------------------------------------------------------------------------------------------


async def test_a_user_tracked_twice_counts_once(store, clock) -> None:
    one, two = budget(store, clock, users=2), budget(store, clock, users=2)
    one.hold("users", "0xa", "page")
    two.hold("users", "0xa", "page")
    two.hold("users", "0xb", "page")
    assert one.usage()["users"] == (2, 2)
    with pytest.raises(BudgetExhausted):
        one.hold("users", "0xc", "page")
    two.release("users", "0xa")
    assert one.usage()["users"] == (2, 2)
    one.release("users", "0xa")
    one.hold("users", "0xc", "page")
    assert [line for line in one.ledger() if line.limit == "users"] == [
        LedgerLine("page", "users", used=3, refused=1)
    ]


async def test_a_sockets_subscriptions_are_one_lease_that_grows_and_shrinks(store, clock) -> None:
    b = budget(store, clock, subscriptions=100, interactive_share=0.0)
    b.hold("subscriptions", "socket-1", "feed", amount=70)
    b.hold("subscriptions", "socket-2", "feed", amount=30)
    with pytest.raises(BudgetExhausted):
        b.hold("subscriptions", "socket-1", "feed", amount=71)
    assert b.usage()["subscriptions"] == (100, 100)  # as before
    b.hold("subscriptions", "socket-1", "feed", amount=10)
    assert b.usage()["subscriptions"] == (40, 100)
    with pytest.raises(BudgetExhausted):
        b.hold("subscriptions", "socket-3", "feed", amount=61)
    assert b.usage()["subscriptions"] == (40, 100)


async def test_a_lease_of_a_dead_holder_runs_out(store, clock) -> None:
    dead, alive = budget(store, clock, sockets=1), budget(store, clock, sockets=1)
    dead.hold("sockets", "s1", "feed")
    await clock.advance(29)
    with pytest.raises(BudgetExhausted):
        alive.hold("sockets", "s2", "feed")
    await clock.advance(1)
    alive.hold("sockets", "s2", "feed")
    assert alive.usage()["sockets"] == (1, 1)


async def test_renewed_leases_stay_and_lost_ones_are_named(store, clock) -> None:
    b = budget(store, clock)
    b.hold("sockets", "s1", "feed")
    b.hold("users", "0xa|b", "feed")
    for _ in range(5):
        await clock.advance(20)
        assert b.renew() == []
    assert b.usage()["sockets"][0] == 1
    await clock.advance(31)
    assert b.renew() == [("sockets", "s1"), ("users", "0xa|b")]
    assert b.renew() == []
    assert b.usage()["sockets"][0] == 0


async def test_background_may_open_the_last_socket_but_not_track_the_last_user(store, clock) -> None:
    b = budget(store, clock, sockets=1, users=2, interactive_share=0.5)
    b.hold("sockets", "s", "feed", BACKGROUND)
    b.hold("users", "0xa", "recorder", BACKGROUND)
    with pytest.raises(BudgetExhausted):
        b.hold("users", "0xb", "recorder", BACKGROUND)
    b.hold("users", "0xb", "page")


def test_limits_are_those_of_the_exchange_and_can_be_set() -> None:
    limits = Limits()
    assert (limits.weight, limits.sockets, limits.opens, limits.subscriptions) == (1200, 10, 30, 1000)
    assert (limits.users, limits.messages, limits.posts) == (10, 2000, 100)
    assert limits.ceiling("weight", BACKGROUND) == 900
    assert Limits(users=15).ceiling("users", INTERACTIVE) == 15
    assert Budget(MemoryStore()).limits == limits
    assert isinstance(Budget(MemoryStore()).clock, SystemClock)


@pytest.mark.parametrize(
    ("kind", "rows", "cost"),
    [
        ("clearinghouseState", 0, 2), ("userRole", 0, 60), ("meta", 300, 20), ("userFills", 2000, 120),
        ("candleSnapshot", 5000, 104), ("fundingHistory", 500, 45), ("userFills", 1, 21), ("brandNew", 9, 20),
    ],
)  # fmt: skip
def test_weights_are_those_of_the_official_page(kind, rows, cost) -> None:
    assert weights.actual(kind, rows) == cost
    assert weights.worst(kind) >= cost
    assert weights.worst(kind, rows) == cost


def test_the_worst_case_knows_how_many_rows_there_can_be() -> None:
    assert [weights.worst(kind) for kind in ("userFills", "candleSnapshot", "fundingHistory")] == [120, 104, 45]
    assert weights.worst("candleSnapshot", 10**9) == 104


def test_threads_that_hammer_one_limit_never_pass_it(store) -> None:
    b = Budget(store, Limits(weight=50, window=600.0, interactive_share=0.0), SystemClock())
    granted: list[int] = []

    def hammer() -> None:
        for _ in range(40):
            try:
                b.reserve(3, "page", timeout=0)
                granted.append(3)
            except BudgetExhausted:
                pass

    threads = [threading.Thread(target=hammer) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 48
    assert b.usage()["weight"] == (48, 50)
