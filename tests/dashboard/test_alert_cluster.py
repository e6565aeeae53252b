"""Feeds that are killed, a table that hangs, a database that is away: each alert is decided exactly once."""

import asyncio
from collections.abc import Iterator

import pytest
import redis

from tests.dashboard.alert_cluster import ask, away, counts, locked, make, now_ms, phases
from tests.dashboard.cluster import Cluster
from tests.dashboard.test_cluster import in_thread, page, replace_feed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

TRUE = {"metric": "mark", "coin": "BTC", "threshold": "1", "needs_crossing": False, "repeats": False}
"""Is true of every price: it fires once, and never again."""
EACH = 20


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, postgres_url) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("alerts"), postgres_url) as cluster:
        yield cluster


def all_once(cluster: Cluster, numbers: list[int]) -> bool:
    """Whether each has fired; none may have done so twice, nor told it twice."""
    found = counts(cluster, numbers)
    assert set(found) <= {(0, 0), (1, 1)}
    return set(found) == {(1, 1)}


async def test_a_feed_that_is_killed_while_alerts_hold_is_replaced_and_each_fires_once(cluster):
    for _ in range(2):
        leader = await in_thread(cluster.leader)
        numbers = await in_thread(make, cluster, *[TRUE | {"hold": 8000}] * EACH)
        await in_thread(cluster.until, lambda n=numbers: phases(cluster, n) == {"holding"}, "holding")
        epoch = cluster.lease()[0]
        leader.kill()
        await in_thread(cluster.until, lambda n=numbers: all_once(cluster, n), "firings")
        assert cluster.lease()[0] > epoch
        leader.wait()
        await replace_feed(cluster, leader)
        rows = ask(
            cluster, "SELECT fired_at - received_at, late_by FROM alerts_firing WHERE alert_id = ANY(%s)", numbers
        )
        assert {late for _, late in rows} == {0}


async def test_feeds_that_are_killed_at_any_moment_decide_nothing_twice_and_forget_nothing(cluster):
    numbers: list[int] = []
    for _ in range(4):
        leader = await in_thread(cluster.leader)
        numbers += await in_thread(make, cluster, *[TRUE | {"hold": hold} for hold in range(0, 4000, 200)])
        leader.kill()  # while they are noted, decided, or wait
        leader.wait()
        await replace_feed(cluster, leader)
    await in_thread(cluster.until, lambda: all_once(cluster, numbers), "firings")
    evaluation = ask(cluster, "SELECT number, trouble FROM alerts_evaluation")
    await in_thread(
        cluster.until,
        lambda: ask(cluster, "SELECT number FROM alerts_evaluation")[0][0] == cluster.lease()[0],
        "round",
    )
    assert evaluation[0][1] == ""


async def test_while_the_evaluators_tables_hang_the_market_goes_on_and_nothing_is_lost(cluster):
    leader = await in_thread(cluster.leader)
    numbers = await in_thread(make, cluster, {"metric": "trade", "coin": "BTC", "threshold": "1"})
    await in_thread(cluster.until, lambda: counts(cluster, numbers)[0][0], "a trade")
    epoch = cluster.lease()[0]
    with locked(cluster, "alerts_alert"):
        began = now_ms()
        async with page(cluster) as browser:
            await browser.moves(epoch)
            async with asyncio.timeout(60):
                while now_ms() < began + 8000:
                    await browser.moves(epoch)
        ended = now_ms()
    assert cluster.lease() == (epoch, leader.pid), "it has led all the time"
    query = "SELECT count(*) FROM alerts_firing WHERE alert_id = %s AND received_at BETWEEN %s AND %s"
    await in_thread(
        cluster.until, lambda: ask(cluster, query, numbers[0], began, ended - 1000)[0][0], "late firings"
    )


async def test_a_database_that_is_away_is_waited_for_and_each_alert_fires_once(cluster):
    await in_thread(cluster.leader)
    held = await in_thread(make, cluster, *[TRUE | {"hold": 6000}] * EACH)
    await in_thread(cluster.until, lambda: phases(cluster, held) == {"holding"}, "holding")
    with away(cluster):
        await asyncio.sleep(8)
    await in_thread(cluster.until, lambda: all_once(cluster, held), "firings")
    later = await in_thread(make, cluster, TRUE)
    await in_thread(cluster.until, lambda: all_once(cluster, later), "a firing")


async def test_a_redis_that_forgets_everything_costs_no_alert_and_doubles_none(cluster):
    await in_thread(cluster.leader)
    numbers = await in_thread(make, cluster, *[TRUE | {"hold": 4000}] * EACH)
    await in_thread(cluster.until, lambda: phases(cluster, numbers) == {"holding"}, "holding")
    with redis.from_url(cluster.environment["REDIS_URL"]) as store:
        store.flushall()
    await in_thread(cluster.until, lambda: all_once(cluster, numbers), "firings")
    later = await in_thread(make, cluster, TRUE)
    await in_thread(cluster.until, lambda: all_once(cluster, later), "a firing")
