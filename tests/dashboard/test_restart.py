"""Processes are told to stop while everything is in use: nobody's request fails, and nothing is missed or lost."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from websockets.asyncio.client import connect

from tests.dashboard.alert_cluster import ask, away, make
from tests.dashboard.cluster import PATIENCE_S
from tests.dashboard.pair import DRAIN_S, Pair
from tests.dashboard.proxy import Proxy
from tests.dashboard.restarting import Lateness, Page, Visitors
from tests.dashboard.test_socket import Browser

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

PAGES, VISITORS = 50, 6
BACK_WITHIN_S = 3.0
TRUE = {"metric": "mark", "coin": "BTC", "threshold": "1", "needs_crossing": False, "repeats": False}


@pytest.fixture(scope="module")
def pair(tmp_path_factory, postgres_url) -> Iterator[Pair]:
    with Pair(tmp_path_factory.mktemp("pair"), postgres_url) as pair:
        yield pair


async def until(true, what: str, pair: Pair) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await asyncio.to_thread(true):
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"no {what}: {pair.words()}")


def fired(pair: Pair, numbers: list[int]) -> list[int]:
    rows = ask(pair, "SELECT id FROM alerts_firing WHERE alert_id = ANY(%s) ORDER BY fired_at, id", numbers)
    return [number for (number,) in rows]


def unacknowledged(pair: Pair) -> int:
    return ask(pair, "SELECT count(*) FROM alerts_firing WHERE acknowledged_at IS NULL")[0][0]


def ready(port: int) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health/ready", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


async def test_a_rolling_restart_fails_no_request_and_pages_come_back_soon_and_spread_and_miss_no_alert(pair):
    await asyncio.to_thread(pair.leader)
    cookie = await asyncio.to_thread(pair.cookie)
    async with Proxy(pair.ports) as proxy:
        await proxy.until_ready(2)
        visitors, late = Visitors(proxy.port, cookie), Lateness()
        pages = [Page(proxy.port, cookie, late) for _ in range(PAGES)]
        tasks = [asyncio.create_task(late.measure())]
        tasks += [asyncio.create_task(visitors.visit(keeps=bool(one % 2))) for one in range(VISITORS)]
        tasks += [asyncio.create_task(page.stay()) for page in pages]
        pair.write("UPDATE alerts_firing SET acknowledged_at = fired_at")  # those of a run that failed
        numbers = await asyncio.to_thread(make, pair, *[TRUE | {"hold": hold} for hold in range(0, 16_000, 400)])
        await until(lambda: all(page.seen for page in pages), "first alert on each page", pair)
        for place, port in enumerate(pair.ports):
            assert await pair.told_to_stop(pair.webs[place]) == 0, pair.log_of(f"web{place}")
            pair.webs[place] = pair.start_web_at(port)
            await proxy.until_ready(2)
        await until(lambda: len(fired(pair, numbers)) == len(numbers), "firing of each", pair)
        newest = fired(pair, numbers)[-1]
        await until(lambda: all(page.unacknowledged == unacknowledged(pair) for page in pages), "count", pair)
        assert all(newest in page.seen for page in pages)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert visitors.failures == []
    assert set(visitors.answers) == {200}
    assert visitors.answers[200] > 200
    assert_they_came_back_soon_and_spread(pages)
    assert "Traceback" not in pair.log_of("web0") + pair.log_of("web1")


def assert_they_came_back_soon_and_spread(pages: list[Page]) -> None:
    closes = [close for page in pages for close in page.closes]
    assert len(closes) >= PAGES
    assert {code for code, _ in closes} == {1012}
    assert all(reason.startswith("restarting, come back: spread_ms=") for _, reason in closes)
    back = sorted(moment for page in pages for moment in page.back_at)
    assert len(back) == len(closes)
    assert max(seconds for page in pages for seconds in page.away) < BACK_WITHIN_S
    at_once = max(sum(begin <= moment < begin + 0.1 for moment in back) for begin in back)
    assert at_once <= PAGES / 2, back


async def test_readiness_drops_first_and_requests_are_still_answered_until_the_pause_is_over(pair):
    port = pair.ports[0]
    await until(lambda: ready(port)[0] == 200, "readiness", pair)
    ending = asyncio.create_task(pair.told_to_stop(pair.webs[0]))
    await until(lambda: ready(port)[0] != 200, "end of readiness", pair)
    code, body = await asyncio.to_thread(ready, port)
    assert (code, body) in {(503, '{"status": "draining"}'), (0, body)}
    assert await ending == 0
    log = pair.log_of("web0").rpartition("stopping: SIGTERM")[2]
    steps = [line.split("stop: ")[1].split(" took")[0] for line in log.splitlines() if "stop: " in line]
    closing = ["threads", "channel layer", "cache", "database"]
    assert steps == ["draining", "ports", "requests", "sockets", "loops", *closing], log
    assert f"draining took {DRAIN_S * 1000:.0f} ms" in log
    pair.webs[0] = pair.start_web_at(port)


async def test_a_process_is_not_ready_while_migrations_are_pending_and_is_once_they_are_there(pair):
    await pair.told_to_stop(pair.webs[1])
    row = ask(pair, "SELECT app, name, applied FROM django_migrations WHERE app = 'monitoring' ORDER BY id")[-1]
    pair.write("DELETE FROM django_migrations WHERE app = %s AND name = %s", *row[:2])
    pair.webs[1] = pair.start_web_at(pair.ports[1])
    await until(lambda: "migrations are pending, such as monitoring." in pair.log_of("web1"), "word of it", pair)
    assert ready(pair.ports[1]) == (503, '{"status": "starting"}')
    pair.write("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", *row)
    await until(lambda: ready(pair.ports[1])[0] == 200, "readiness", pair)


async def test_a_feed_that_is_told_to_stop_has_written_every_trade_that_a_page_has_shown(pair):
    feed = await asyncio.to_thread(pair.leader)
    url = f"http://127.0.0.1:{pair.ports[0]}"
    await until(lambda: ready(pair.ports[0])[0] == 200, "readiness", pair)
    async with connect(f"{url.replace('http', 'ws')}/ws", origin=url, max_size=None) as socket:
        browser = Browser(socket)
        await browser.say(join=["trades:BTC"])
        await browser.until(lambda: browser.rows.get("trades:BTC"), PATIENCE_S)
        first = ask(pair, "SELECT max(time) FROM snapshots_tradesnapshot WHERE coin = 'BTC'")[0][0] or 0
        shown: set[str] = set()
        ending = None
        for turn in range(10**6):
            shown |= browser.rows["trades:BTC"].keys()
            fresh = {key for key in shown if int(key.split("-")[0]) > first}
            if ending is None and len(fresh) > 5:
                ending = asyncio.create_task(pair.told_to_stop(feed))
            if ending and ending.done():
                break
            if turn % 2:
                await asyncio.sleep(0)
            await browser.hear()
    assert ending.result() == 0, pair.log_of("feed")
    stored = {f"{time}-{tid}" for time, tid in ask(pair, "SELECT time, tid FROM snapshots_tradesnapshot")}
    begun = ask(pair, "SELECT min(time) FROM snapshots_tradesnapshot WHERE coin = 'BTC'")[0][0]
    assert {key for key in shown if int(key.split("-")[0]) > begun} <= stored
    assert pair.lease()[1] == 0, "given back"
    pair.feeds = [pair.start_feed()]


async def test_a_feed_that_cannot_write_what_it_holds_when_told_to_stop_says_so_by_its_exit_code(pair):
    feed = await asyncio.to_thread(pair.leader)
    await until(lambda: ask(pair, "SELECT 1 FROM alerts_evaluation WHERE rules > 0"), "evaluation", pair)
    with away(pair):
        await asyncio.sleep(1.5)
        code = await pair.told_to_stop(feed)
    last = [line for line in pair.log_of("feed").splitlines() if "exit code" in line][-1]
    assert code == 1, last
    assert "Unwritten" in last or "loops was not done" in last, last
    pair.feeds = [pair.start_feed()]


async def test_a_deliverer_that_is_told_to_stop_has_sent_and_noted_what_it_began(pair):
    numbers = await asyncio.to_thread(make, pair, *[TRUE] * 10)
    await until(lambda: len(fired(pair, numbers)) == len(numbers), "firings", pair)
    assert await pair.told_to_stop(pair.deliverer) == 0, pair.log_of("deliver")
    states = {state for (state,) in ask(pair, "SELECT state FROM alerts_delivery")}
    assert "sending" not in states
    assert "exit code 0" in pair.log_of("deliver")
