"""Leadership by a lease: a row in the database that its holder renews each second and that is good for three.

A standby takes the lease when it has run out, so within ``GOOD_FOR`` + ``EVERY`` seconds of a leader's
death. A leader that cannot renew because the database is away leads on: nobody else can take the lease there
either, and markets stay live. If only this leader is cut off from it, another leads within seconds: mirrors keep
to its higher number, no transaction of the old one ends well (``check``), and the old one ends as soon as it hears
the other (``overruled``), or the database again.

Expiry is compared with the asking machine's wall clock: the clocks of machines that run feeds must agree within a
second (NTP does); if they do not, two may lead for as long as they differ, and readers keep to the higher number.
"""

import asyncio
import logging
import os
import socket
import uuid
from collections.abc import Callable
from typing import Any, NoReturn

from django.db import Error, connection

from exchange.clock import Clock
from monitoring.models import Lease

log = logging.getLogger(__name__)

EVERY = 1.0
GOOD_FOR = 3.0


class LeaseLost(Exception):
    """Somebody else leads, or the database could not be asked in time."""


class Leadership:
    """One process's try to lead. ``number`` is its fencing number while it does, else None.

    ``is_renewed``: the database has confirmed it lately.
    """

    def __init__(self, name: str, clock: Clock) -> None:
        self.name, self.clock = name, clock
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.number: int | None = None
        self.is_renewed = False
        self._polite_until = float("-inf")
        self._until = 0
        self._renewing: asyncio.Future[bool] | None = None

    async def acquire(self) -> int:
        """Wait for the lease, asking once a second; its fencing number."""
        while not await self.try_once():
            await self.clock.sleep(EVERY)
        assert self.number is not None
        log.info("leading as number %s (%s)", self.number, self.holder)
        return self.number

    async def try_once(self) -> bool:
        """Ask for the lease once; a database that is away is as good as no.

        When it is back, whoever led before comes first: he has heard what was said meanwhile.
        """
        began, now, is_away = self.clock.monotonic(), self.clock.now_ms(), False
        if began < self._polite_until:
            return False
        try:
            self.number = await _ask(Lease.objects.take, self.name, self.holder, now, now + round(GOOD_FOR * 1000))
        except Error as error:
            log.warning("cannot ask for the lease: %s", error)
            is_away = True
        if is_away or (self.number is None and self.clock.monotonic() - began >= GOOD_FOR):
            self._polite_until = self.clock.monotonic() + GOOD_FOR
        self.is_renewed, self._renewing = self.number is not None, None
        return self.is_renewed

    async def keep(self) -> None:
        """Renew each second for ever; raise LeaseLost when it is no longer ours."""
        while True:
            await self.clock.sleep(EVERY)
            await self.renew()

    async def renew(self) -> None:
        """Renew once; a question that hangs is waited for, and no other put on top of it."""
        if self._renewing is None:
            self._until = self.clock.now_ms() + round(GOOD_FOR * 1000)
            asked = _ask(Lease.objects.renew, self.name, self.holder, self.number, self._until)
            self._renewing = asyncio.ensure_future(asked)
        await asyncio.wait({self._renewing}, timeout=GOOD_FOR)
        if not self._renewing.done():
            self._note("it does not answer")
            return
        asked, self._renewing = self._renewing, None
        try:
            still_ours = asked.result()
        except Error as error:
            self._note(str(error))
            return
        if not still_ours:
            self.lose()
        self.is_renewed = True
        if self._until <= self.clock.now_ms():  # it took so long that the lease has run out already
            await self.renew()

    def overruled(self, number: int) -> None:
        """Another feed says that it leads as this number; raises LeaseLost if it is higher than ours."""
        if self.number is not None and number > self.number:
            self.lose()

    def lose(self) -> NoReturn:
        """Lead no more."""
        self.number, self.is_renewed = None, False
        raise LeaseLost("another feed has taken over")

    def _note(self, why: str) -> None:
        """Said once until it works again."""
        if self.is_renewed:
            log.warning("the lease cannot be renewed, leading on without: %s", why)
        self.is_renewed = False

    def check(self) -> None:
        """Last in a transaction: raise LeaseLost unless we lead; nobody else does before it has ended.

        Last, because it keeps ``renew`` waiting too.
        """
        if self.number is None or not Lease.objects.is_held(self.name, self.number):
            raise LeaseLost("another feed has taken over")

    async def give_back(self) -> None:
        """Let a standby take over at once."""
        if self.number is not None:
            number, self.number = self.number, None
            try:
                await _ask(Lease.objects.give_back, self.name, self.holder, number)
            except Error as error:
                log.warning("the lease could not be given back and will run out: %s", error)


async def _ask(statement: Callable[..., Any], *arguments: Any) -> Any:
    """Run a statement in a thread, and give its connection back to the pool."""

    def run() -> Any:
        try:
            return statement(*arguments)
        finally:
            connection.close()

    return await asyncio.to_thread(run)
