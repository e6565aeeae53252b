"""Toasts: what a user has to see of his alerts, in all his open pages (topic ``alerts`` of the socket).

The rows are those of the database: ``count`` and the newest firings that are not acknowledged. They are read again
when a process says that they changed (``alerts.announce``), when there is a new firing, and for everybody once
in a while, in case a word was lost. What a destination of the kind ``page`` tells comes beside them, at once.
"""

import asyncio
import itertools
import logging
import time
from collections.abc import Iterable
from typing import Any

import msgspec
from channels.layers import get_channel_layer
from django.db import connection

from alerts.announce import GROUP, Home
from dashboard.fanout import Browser, Fanout
from dashboard.holders import users_of
from dashboard.lines import Message
from dashboard.link import Link, tend
from dashboard.toasts_rows import newest_firing, rows_of
from exchange import log_id

log = logging.getLogger(__name__)

TOPIC = "alerts"
NOT_SIGNED_IN = "alerts are for those who are signed in"
LOOK_EVERY = 1.0
ALL_EVERY = 15
"""In so many looks everybody's rows are read again."""


class Toasts:
    """The users of this process's browsers, and what they are shown."""

    def __init__(self, fanout: Fanout) -> None:
        self.fanout = fanout
        self.users: dict[Browser, int] = {}
        self.browsers: dict[int, set[Browser]] = {}
        self._waiting: dict[int, list[dict[str, Any]]] = {}
        self._wants = asyncio.Event()
        self._numbers = itertools.count(time.time_ns() // 1_000_000)
        self._newest: int | None = None

    async def join(self, browser: Browser) -> str:
        """Show a browser its user's alerts from now on; why not, or nothing. django.db.Error."""
        user = (await in_thread(users_of, [browser.holder])).get(browser.holder)
        if user is None or browser not in self.fanout.browsers:
            return NOT_SIGNED_IN
        self.users[browser] = user
        self.browsers.setdefault(user, set()).add(browser)
        self.want(user)
        return ""

    def leave(self, browser: Browser) -> None:
        """No more of them."""
        if (user := self.users.pop(browser, None)) is not None:
            self.browsers[user].discard(browser)
            if not self.browsers[user]:
                del self.browsers[user]

    def want(self, user: int, told: dict[str, Any] | None = None) -> None:
        """Read a user's rows again, and tell him something beside them."""
        if user in self.browsers:
            self._waiting.setdefault(user, []).extend([told] if told else [])
            self._wants.set()

    async def recheck(self) -> None:
        """Take alerts away from sockets whose session is over: the word of it may have been lost."""
        known = await in_thread(users_of, {one.holder for one in self.users})
        for browser, user in list(self.users.items()):
            if known.get(browser.holder) != user:
                self.leave(browser)
                self.fanout.leave(browser, TOPIC)
                self.fanout.say([browser], {"error": NOT_SIGNED_IN, "topic": TOPIC})

    # Loops ---------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled."""
        Home.loop = asyncio.get_running_loop()
        link = Link(get_channel_layer(), GROUP)

        async def hear() -> None:
            message = await link.receive()
            with log_id.bound(
                message.get("id") or log_id.current()
            ):  # the message's key, or the request that acted
                log.debug(
                    "user %s has %d pages open here", message["user"], len(self.browsers.get(message["user"], ()))
                )
                self.want(message["user"], message["told"])

        try:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(tend("hearing of alerts", hear))
                loops.create_task(tend("showing alerts", self.show))
                loops.create_task(tend("looking for new firings", self.look))
        finally:
            Home.loop = None
            await link.leave()

    async def show(self) -> None:
        """To all whose rows are wanted; several wishes of one user are one."""
        await self._wants.wait()
        self._wants.clear()
        waiting, self._waiting = self._waiting, {}
        for user, told in waiting.items():
            for one in told:  # first: that does not need the database
                self.write(user, {"told": one})
        for user in waiting:
            rows = await in_thread(rows_of, user)
            sent = time.time_ns() // 1_000_000
            number = next(self._numbers)
            frame = {"topic": TOPIC, "epoch": 0, "seq": number, "full": True, "sent": sent, "rows": rows}
            if not self.write(user, frame):
                asyncio.get_running_loop().call_later(LOOK_EVERY, self.want, user)

    async def look(self) -> None:
        """The evaluator says nothing to us: its firings are found in the order of their numbers."""
        for turn in range(ALL_EVERY):
            await asyncio.sleep(LOOK_EVERY)
            if not self.browsers:
                self._newest = None
                continue
            if not turn:
                await self.recheck()
            self._newest, users = await in_thread(newest_firing, self._newest)
            for user in users if turn else list(self.browsers):
                self.want(user)

    def write(self, user: int, what: dict[str, Any]) -> bool:
        """To all browsers of the user; whether each line took it."""
        message = Message(msgspec.json.encode(what))
        taken = [one.line.write(message) for one in tuple(self.browsers.get(user, ()))]
        return all(taken)


async def in_thread(work: Any, *arguments: Any) -> Any:
    """Ask the database."""
    return await asyncio.to_thread(_asked, work, arguments)


def _asked(work: Any, arguments: Iterable[Any]) -> Any:
    try:
        return work(*arguments)
    finally:
        connection.close()
