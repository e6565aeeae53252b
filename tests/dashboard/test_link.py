"""Loops beside a Redis that fails: they go on, and they end when they are told to."""

import asyncio
import logging

import pytest

from dashboard import link
from dashboard.link import tend


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
