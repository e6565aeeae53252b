"""Rate limits: counted by tier as the server knows it, never as somebody claims, and said in the usual headers."""

import asyncio
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest
from django.test import AsyncClient, Client

from accounts import rate_middleware
from accounts.rate import WINDOW_S, Limiter, Verdict, address_key

COUNTER = """
import asyncio, sys
from accounts.rate import Limiter

async def main():
    limiter = Limiter(sys.argv[1], "test")
    await limiter.take("warm", 1)
    print("ready", flush=True)
    sys.stdin.readline()
    found = await asyncio.gather(*(limiter.take("somebody", 25) for _ in range(5)))
    print(sum(one.admitted for one in found), flush=True)

asyncio.run(main())
"""


@pytest.fixture
def limited(settings, monkeypatch):
    """Small limits, counted from nothing, in memory."""
    settings.CONFIG = replace(
        settings.CONFIG, rate_limit_enabled=True, rate_limit_free=3, rate_limit_pro=5, rate_limit_api=7
    )
    fresh = Limiter("", "test")
    monkeypatch.setattr(rate_middleware, "limiter", lambda: fresh)


async def answers(client: AsyncClient, times: int, path: str = "/", **headers: str) -> Counter[int]:
    return Counter([(await client.get(path, headers=headers)).status_code for _ in range(times)])


def asked(client: Client, times: int) -> Counter[int]:
    """With the database in the test's own thread."""
    return Counter(client.get("/").status_code for _ in range(times))


async def test_of_20_at_once_exactly_the_limit_is_admitted_in_memory():
    limiter = Limiter("", "test")
    found = await asyncio.gather(*(limiter.take("somebody", 13) for _ in range(20)))
    assert sum(one.admitted for one in found) == 13


def test_of_20_at_once_from_4_processes_exactly_what_is_left_is_admitted_on_redis(redis_url):
    async def begin() -> None:
        limiter = Limiter(redis_url, "test")
        for _ in range(15):
            assert (await limiter.take("somebody", 25)).admitted

    asyncio.run(begin())
    command = [sys.executable, "-c", COUNTER, redis_url]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(4)]
    try:
        assert [one.stdout.readline() for one in processes] == ["ready\n"] * 4
        for one in processes:
            one.stdin.write("go\n")
            one.stdin.flush()
        assert sum(int(one.stdout.readline()) for one in processes) == 10
    finally:
        for one in processes:
            one.communicate(timeout=30)


async def test_the_window_moves_and_its_reset_is_when_the_next_one_is_admitted(redis_url):
    for limiter in (Limiter("", "moves"), Limiter(redis_url, "moves")):
        first = await limiter.take("somebody", 2)
        assert first == Verdict(True, 2, 1, first.reset)
        assert (await limiter.take("somebody", 2)).remaining == 0
        refused = await limiter.take("somebody", 2)
        assert not refused.admitted
        assert 1 <= refused.reset <= WINDOW_S
        assert refused.headers["Retry-After"] == str(refused.reset)


async def test_without_redis_each_process_counts_for_itself(caplog):
    limiter = Limiter("redis://127.0.0.1:9/0", "test")
    found = [(await limiter.take("somebody", 2)).admitted for _ in range(3)]
    assert found == [True, True, False]
    assert len([one for one in caplog.records if "Redis cannot count" in one.message]) == 1


@pytest.mark.parametrize(
    ("ip", "key"),
    [
        ("192.0.2.7", "ip:192.0.2.7"),
        ("::ffff:192.0.2.7", "ip:192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "ip:2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "ip:2001:db8:1:2::/64"),
        ("", "ip:unknown"),
    ],
)
def test_an_address_counts_once_however_it_is_written(ip, key):
    assert address_key(ip) == key


@pytest.mark.django_db
@pytest.mark.parametrize(("tier", "limit"), [("free", 3), ("pro", 5), ("api", 7)])
def test_a_user_gets_the_limit_of_his_tier(limited, cast, tier, limit):
    cast.bob.tier = tier
    cast.bob.save()
    client = Client()
    client.force_login(cast.bob)
    assert asked(client, 9) == {200: limit, 429: 9 - limit}


@pytest.mark.django_db
def test_a_tier_that_is_changed_counts_from_the_next_request(limited, cast):
    client = Client()
    client.force_login(cast.bob)
    assert asked(client, 4) == {200: 3, 429: 1}
    cast.bob.tier = "pro"
    cast.bob.save()
    assert asked(client, 3) == {200: 2, 429: 1}


@pytest.mark.django_db
def test_all_sessions_of_a_user_are_counted_together(limited, cast):
    seen = Counter()
    for _ in range(3):
        client = Client()
        client.force_login(cast.alice)
        seen += asked(client, 2)
    assert seen == {200: 5, 429: 1}


async def test_somebody_without_a_sign_in_costs_no_query(limited):
    """Without the mark ``django_db`` any query is an error."""
    assert await answers(AsyncClient(), 5) == {200: 3, 429: 2}


@pytest.mark.parametrize(
    "claim",
    [
        {"X-Tier": "api"},
        {"X-User": "1", "Remote-User": "ada"},
        {"Cookie": "tier=api; theme=dark"},
        {"X-Forwarded-For": "203.0.113.9"},
    ],
)
async def test_claims_change_nothing(limited, claim):
    assert await answers(AsyncClient(), 4, **claim) == {200: 3, 429: 1}
    assert await answers(AsyncClient(), 1) == {429: 1}


@pytest.mark.django_db
def test_a_made_up_session_is_counted_by_address(limited):
    client = Client()
    client.cookies["sessionid"] = "x" * 32
    assert asked(client, 4) == {200: 3, 429: 1}


async def test_health_is_free(limited):
    assert await answers(AsyncClient(), 9, "/api/health/live") == {200: 9}
    assert await answers(AsyncClient(), 1) == {200: 1}


async def test_the_headers_count_down_and_say_when_to_come_back(limited):
    client = AsyncClient()
    for left in ("2", "1", "0"):
        response = await client.get("/")
        assert (response["RateLimit-Limit"], response["RateLimit-Remaining"]) == ("3", left)
        assert "Retry-After" not in response
    refused = await client.get("/")
    assert refused["RateLimit-Remaining"] == "0"
    assert 1 <= int(refused["Retry-After"]) <= WINDOW_S


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("/", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("/", "*/*", "text/html"),
        ("/", "application/json", "application/json"),
        ("/api/candles", "*/*", "application/json"),
        ("/api/candles", "text/html", "text/html"),
    ],
)
async def test_the_refusal_comes_as_it_was_asked_for(limited, path, accept, kind):
    client = AsyncClient()
    await answers(client, 3)
    refused = await client.get(path, headers={"Accept": accept})
    assert refused.status_code == 429
    assert refused["Content-Type"].startswith(kind)
    seconds = refused["Retry-After"]
    if kind == "application/json":
        assert refused.json()["retry_after"] == int(seconds)
    else:
        assert f"Come back in {seconds} second" in refused.content.decode()


async def test_it_can_be_switched_off(limited, settings):
    settings.CONFIG = replace(settings.CONFIG, rate_limit_enabled=False)
    response = await AsyncClient().get("/")
    assert "RateLimit-Limit" not in response
    assert await answers(AsyncClient(), 9) == {200: 9}
