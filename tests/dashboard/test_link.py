"""Loops beside a Redis that fails: they go on, and they end when they are told to."""

import asyncio
import logging
import uuid

import pytest
from channels_redis.core import RedisChannelLayer
from redis.asyncio import Redis

from dashboard import link
from dashboard.link import Link, tend


async def test_a_loop_goes_on_after_errors_and_says_so_once(monkeypatch, caplog) -> None:
    monkeypatch.setattr(link, "PAUSE", 0.0)
    turns = 0

    async def turn() -> None:
        nonlocal turns
        turns += 1
        await asyncio.sleep(0)
        if turns < 5:
            raise ConnectionError("away")

    with caplog.at_level(logging.WARNING):
        task = asyncio.create_task(tend("turning", turn))
        while turns < 10:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert [record.getMessage().split(",")[0] for record in caplog.records] == [
        "turning fails",
        "turning works again",
    ]


@pytest.mark.parametrize("error", [TimeoutError, None])
async def test_a_cancellation_that_a_client_takes_for_its_own_timeout_still_ends_the_loop(error) -> None:
    async def turn() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            if error:
                raise error from None

    task = asyncio.create_task(tend("turning", turn))
    await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=10)
    assert done
    assert task.cancelled()


async def test_a_client_that_forgets_the_cancellation_and_waits_on_is_told_again(monkeypatch) -> None:
    monkeypatch.setattr(link, "PAUSE", 0.05)
    told = 0

    async def turn() -> None:
        nonlocal told
        while told < 3:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                told += 1
        await asyncio.sleep(60)

    task = asyncio.create_task(tend("turning", turn))
    await asyncio.sleep(0.01)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=10)
    assert done
    assert task.cancelled()
    assert told == 3


async def test_a_membership_that_redis_has_forgotten_without_a_word_is_renewed_after_a_silence(
    redis_url, monkeypatch
) -> None:
    monkeypatch.setattr(link, "SILENT", 0.3)
    prefix = uuid.uuid4().hex
    layer = RedisChannelLayer(hosts=[redis_url], prefix=prefix)
    member = Link(layer, "mirrors")

    async def hears() -> None:
        hearing = asyncio.create_task(member.receive())
        async with asyncio.timeout(30):
            while not hearing.done():
                await layer.group_send("mirrors", {"type": "said"})
                await asyncio.wait([hearing], timeout=0.05)
        assert hearing.result() == {"type": "said"}

    await hears()
    async with Redis.from_url(redis_url) as redis:
        forgotten = await redis.keys(f"{prefix}*")
        assert forgotten
        await redis.delete(*forgotten)
    await hears()
    await member.leave()
    await layer.close_pools()
