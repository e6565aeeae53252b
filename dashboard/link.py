"""Link: one process's membership of one group on the channel layer; and how loops outlive a Redis that is away."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

log = logging.getLogger(__name__)

JOIN_AGAIN = 3600.0
"""Seconds after which group membership is renewed: Channels forgets members after a day."""
SILENT = 4.0
"""So is it after so many seconds without a message: a Redis that was restarted has forgotten it, and nobody has
noticed where a command was tried again until the new one answered."""
PAUSE = 1.0


def is_told_to_stop() -> bool:
    """If our task was cancelled: what fails in its last moments may have taken the place of that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def forever() -> None:
    """Wait until cancelled: the last line within a TaskGroup whose task asks ``is_told_to_stop`` afterwards.

    Up to Python 3.12 a group whose part fails while nothing is left but to wait for it cancels its own task and
    never takes that back, so that the task would seem to have been told to stop.
    """
    await asyncio.Event().wait()


async def tend(what: str, turn: Callable[[], Awaitable[None]]) -> None:
    """Turn a loop until cancelled; an error is logged once until it works again, and tried again after a pause.

    A Redis client whose time is up in the moment of the cancellation turns that into an error of its own.
    """
    failing = False
    while True:
        if is_told_to_stop():
            raise asyncio.CancelledError
        try:
            await _turned(turn)
        except Exception as error:
            if is_told_to_stop():
                raise asyncio.CancelledError from error
            if not failing:
                log.warning("%s fails, going on with what is in memory: %s: %s", what, type(error).__name__, error)
            failing = True
            await asyncio.sleep(PAUSE)
        else:
            if failing:
                log.warning("%s works again", what)
            failing = False


async def _turned(turn: Callable[[], Awaitable[None]]) -> None:
    """One turn. Told to stop, it is told again each second until it has.

    A Redis client that tries again in the moment of the cancellation forgets it, and then waits at a quiet channel
    for ever.
    """
    task = asyncio.ensure_future(turn())
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=PAUSE)
        if not task.cancelled():
            task.exception()  # seen: what fails now is nobody's concern any more
        raise
    task.result()


class Link:
    """One subscription of this process. Every method may raise what the layer raises."""

    def __init__(self, layer: Any, group: str) -> None:
        self.layer, self.group = layer, group
        self._channel = ""
        self._joined_at = float("-inf")

    async def receive(self) -> dict[str, Any]:
        """The next message; joins the group first, and again after an error or a silence."""
        while (message := await self._receive()) is None:
            self._joined_at = float("-inf")
        return message

    async def _receive(self) -> dict[str, Any] | None:
        """None after a silence."""
        try:
            if time.monotonic() - self._joined_at > JOIN_AGAIN:
                await self._join()
            hearing = asyncio.timeout(SILENT)
            try:
                async with hearing:
                    message: dict[str, Any] = await self.layer.receive(self._channel)
            except TimeoutError:
                if hearing.expired():
                    return None
                raise
        except Exception:
            self._joined_at = float("-inf")
            raise
        return message

    async def _join(self) -> None:
        # Not named by the group: a layer reads all of a process's channels of one name together, but those
        # of different names one after the other, and a quiet group would keep the others from hearing.
        self._channel = self._channel or await self.layer.new_channel()
        await self.layer.group_add(self.group, self._channel)
        self._joined_at = time.monotonic()

    async def leave(self) -> None:
        """Leave the group; a layer that is gone is no reason to hang."""
        try:
            async with asyncio.timeout(PAUSE):
                if self._channel:
                    await self.layer.group_discard(self.group, self._channel)
        except Exception as error:
            log.info("could not leave the group %s: %s", self.group, error)
