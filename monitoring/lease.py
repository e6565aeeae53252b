"""Leadership by a lease: a row in the database that its holder renews each second and that is good for three.

A standby takes the lease when it has run out, so within ``GOOD_FOR`` + ``EVERY`` seconds of a leader's
death. A leader that cannot renew because the database is away leads on: nobody else can take the lease there
either, and markets stay live. If only this leader is cut off from it, another leads within seconds: mirrors keep
to its higher number, whatever the old one says, and no transaction of the old one ends well (``check``).

Expiry is compared with the asking machine's wall clock: the clocks of machines that run feeds must agree within a
second (NTP does); if they do not, two may lead for as long as they differ, and readers keep to the higher number.
"""

import asyncio
import logging
import os
import socket
import uuid
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, InterfaceError, connection

from exchange.clock import Clock
from monitoring.models import Lease

log = logging.getLogger(__name__)

EVERY = 1.0
GOOD_FOR = 3.0


AWAY = (DatabaseError, InterfaceError, TimeoutError)


class LeaseLost(Exception):
    """Somebody else leads."""


class Leadership:
    """One process's try to lead. ``number`` is its fencing number while it does, else None."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name, self.clock = name, clock
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.number: int | None = None
        self._is_unsure = False

    async def acquire(self) -> int:
        """Wait for the lease, asking once a second; its fencing number."""
        while not await self.try_once():
            await self.clock.sleep(EVERY)
        assert self.number is not None
        log.info("leading as number %s (%s)", self.number, self.holder)
        return self.number

    async def try_once(self) -> bool:
        """Ask for the lease once; a database that is away is as good as no."""
        now = self.clock.now_ms()
        try:
            self.number = await _ask(Lease.objects.take, self.name, self.holder, now, now + round(GOOD_FOR * 1000))
        except AWAY as error:
            log.warning("cannot ask for the lease: %s", error)
        return self.number is not None

    async def keep(self) -> None:
        """Renew each second for ever; raise LeaseLost when it is no longer ours."""
        while True:
            await self.clock.sleep(EVERY)
            await self.renew()

    async def renew(self) -> None:
        """Renew once; a database that is away, or takes longer than the lease is good for, is tried again."""
        try:
            async with asyncio.timeout(GOOD_FOR):
                until = self.clock.now_ms() + round(GOOD_FOR * 1000)
                still_ours = await _ask(Lease.objects.renew, self.name, self.holder, self.number, until)
        except AWAY as error:
            if not self._is_unsure:
                log.warning("the lease cannot be renewed, leading on until somebody else does: %r", error)
            self._is_unsure = True
            return
        self._is_unsure = False
        if not still_ours:
            self.number = None
            raise LeaseLost("another feed has taken over")

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
            except AWAY as error:
                log.warning("the lease could not be given back and will run out: %s", error)


async def _ask(statement: Callable[..., Any], *arguments: Any) -> Any:
    """Run a statement in a thread, and give its connection back to the pool."""

    def run() -> Any:
        try:
            return statement(*arguments)
        finally:
            connection.close()

    return await asyncio.to_thread(run)
