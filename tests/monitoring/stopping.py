"""A command that does nothing, to be stopped by test_stopping: ``python -m tests.monitoring.stopping SCENARIO``.

It prints ``ready`` once it serves, and ``flushed`` when a handler that was registered runs.
"""

import asyncio
import gc
import os
import sys
import threading
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

import django

django.setup()

from channels.layers import get_channel_layer  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.db import connection  # noqa: E402
from redis.exceptions import ConnectionError as RedisGone  # noqa: E402

from monitoring import process  # noqa: E402
from monitoring.shutdown import Stage, shutdown  # noqa: E402


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def goes_on() -> None:
    say("ready")
    await asyncio.Event().wait()


async def fails() -> None:
    await asyncio.sleep(0.1)
    raise ValueError("odd")


async def returns() -> None:
    await asyncio.sleep(0.1)


async def ends_itself() -> None:
    await asyncio.sleep(0.1)
    raise asyncio.CancelledError


async def raises(error: Exception) -> None:
    raise error


async def forgets(error: Exception) -> None:
    """A task that nobody waits for."""
    asyncio.create_task(raises(error))  # noqa: RUF006 - that is the point
    await asyncio.sleep(0.1)
    gc.collect()
    await goes_on()


async def has_callback_that_fails() -> None:
    asyncio.get_running_loop().call_later(0.1, lambda: 1 / 0)
    await goes_on()


async def loses_thread() -> None:
    threading.Thread(target=lambda: 1 / 0, name="reader").start()
    await goes_on()


async def does_not_end() -> None:
    while True:
        try:
            await goes_on()
        except asyncio.CancelledError:
            say("no")


async def blocks_at_the_end() -> None:
    try:
        await goes_on()
    finally:
        say("blocking")
        time.sleep(1000)


async def waits_in_thread() -> None:
    asyncio.get_running_loop().run_in_executor(None, time.sleep, 1000)
    await goes_on()


def ask() -> None:
    """As everybody here does in a thread."""
    try:
        connection.ensure_connection()
    finally:
        connection.close()


async def is_connected() -> None:
    await get_channel_layer().group_add("group", "channel")
    await cache.aset("key", "value", 5)
    await asyncio.to_thread(ask)
    await goes_on()


def wait_for_word() -> None:
    say("closed")
    sys.stdin.readline()


WORKS = {
    "connected": is_connected,
    "goes on": goes_on,
    "hangs": goes_on,
    "fails": fails,
    "returns": returns,
    "ends itself": ends_itself,
    "forgets": lambda: forgets(ValueError("odd")),
    "forgets an outage": lambda: forgets(RedisGone("gone")),
    "callback": has_callback_that_fails,
    "thread": loses_thread,
    "does not end": does_not_end,
    "blocks": blocks_at_the_end,
    "waits": waits_in_thread,
}

if __name__ == "__main__":
    scenario = sys.argv[1]
    process.prepare("stopping")
    if scenario == "hangs":
        shutdown.register("stuck", lambda: time.sleep(1000), 0.5)
    shutdown.register("flush", lambda: say("flushed"), 2.0)
    if scenario == "starts":
        say("ready")
        time.sleep(1000)
    if scenario == "after the loop":
        with asyncio.Runner() as runner:
            shutdown.attach(runner.get_loop(), lambda: None)
    if scenario in ("uncaught", "after the loop"):
        raise ValueError("odd")
    if scenario == "connected":
        shutdown.total_s = 60.0
        shutdown.register("wait", lambda: shutdown.register("last", wait_for_word, 50.0, Stage.CONNECTIONS), 1.0)
    process.run({"work": WORKS[scenario]})
