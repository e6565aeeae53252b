"""Back-fill: reads what happened to the wallets' accounts before anybody listened, and what was missed since.

An account is read when it appears among the wallets, then what the tracker reports as a gap, then all of it
now and then. What a reconnect may have hidden the tracker asks for itself (``account_events.Covered``); only
what it could not fill comes here. One history is read at a time, as a background use of the Budget; the fills of
an account that was just added go before the background, but leave alone what is kept for pages. What an account
holds now comes before its histories: they wait until it was heard (``is_heard``), but not for long.
"""

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from django.db import Error, connection
from django.db.models import Case, F, Q, QuerySet, When

from accounts.models import Wallet
from exchange.budget import Priority
from exchange.clock import Clock
from exchange.errors import BudgetExhausted, CallFailed, RateLimited
from exchange.events import Event, Gap
from exchange.info import InfoClient
from snapshots.backfill_read import Reading
from snapshots.backfill_streams import STREAMS
from snapshots.models import Account, BackfillProgress
from snapshots.record import nobody_else
from snapshots.record_trades import Guard

log = logging.getLogger(__name__)

State = BackfillProgress.State
URGENCY = Case(When(state=State.WAITING, then=0), When(state=State.FAILED, then=1), default=2)
IDLE = 2.0
RETRY_MS, MOST_RETRY_MS = 60_000, 3_600_000
"""Ms after which a failure is tried again where nobody said when, and at most."""
JUST_ADDED_MS = 300_000
"""So long after it was added an account's fills are urgent; many added at once then go on in the background."""
HEARD_FIRST_MS = 15_000
"""So long after an account appeared its histories wait for what it holds: they would take its weight."""
LET_IT_BE_WRITTEN = 10_000
"""Ms until a gap is read: the recorder writes that there is one first, and the reading then that it is filled."""


class Stopped(Exception):
    """Nobody waits for the reading any more."""


def bookmarked() -> Iterable[str]:
    """Every address that any user has among his wallets."""
    return Wallet.objects.addresses()


class Backfill:
    """One leader's. ``run`` until cancelled, or ``run_once`` in a thread; ``take`` hears of gaps.

    After a 429 nothing is read until it may be: the limit is that of the whole IP address.
    """

    def __init__(
        self,
        info: InfoClient,
        clock: Clock,
        guard: Guard = nobody_else,
        addresses: Callable[[], Iterable[str]] = bookmarked,
        is_heard: Callable[[str], bool] = lambda _address: True,
    ) -> None:
        self.info = info.on_behalf_of("backfill", Priority.BACKGROUND)
        self.urgent = info.on_behalf_of("backfill", Priority.SOON)
        self.clock, self.guard, self.addresses, self.is_heard = clock, guard, addresses, is_heard
        self._appeared: dict[str, int] = {}
        """When each account did."""
        self._gaps: deque[tuple[int, str, str]] = deque()
        self._quiet_until = 0
        self._has_begun = self._is_stopped = False

    def take(self, event: Event) -> None:
        """A gap in an account's history is read again soon. Synchronous and cheap."""
        if isinstance(event, Gap):
            stream, _, address = event.stream.partition(":")
            if stream in STREAMS:
                self._gaps.append((event.received_at + LET_IT_BE_WRITTEN, address, stream))

    async def run(self) -> None:
        """Read whatever is due, for ever. Raises what the guard raises."""
        try:
            while True:
                if not await asyncio.to_thread(self._in_thread):
                    await self.clock.sleep(IDLE)
        finally:
            self._is_stopped = True  # a reading under way ends with its next chunk

    def _in_thread(self) -> bool:
        try:
            return self.run_once()
        except Error as error:
            log.warning("the past cannot be read now: %s", error)
            return False
        finally:
            connection.close()

    def run_once(self) -> bool:
        """Read one history that is due; whether there was one."""
        accounts = self._accounts()
        self._mark_gaps()
        if self.clock.now_ms() < self._quiet_until:
            return False
        progress = self._due(accounts).select_related("account").first()
        if progress is None:
            return False
        try:
            Reading(progress, self._client(progress), self.clock, self._check).run()
        except (CallFailed, BudgetExhausted) as error:  # waiting for weight is no news: the page shows it
            level = logging.DEBUG if isinstance(error, BudgetExhausted) else logging.WARNING
            log.log(level, "%s of %s cannot be read now: %s", progress.stream, progress.account, error)
            self._fail(progress, str(error), error.retry_after)
            if isinstance(error, RateLimited):
                self._quiet_until = progress.retry_at or 0
        except (ValueError, ArithmeticError, TypeError) as error:
            log.exception("%s of %s cannot be stored", progress.stream, progress.account)
            self._fail(progress, f"cannot be stored: {error}")
        return True

    def _client(self, progress: BackfillProgress) -> InfoClient:
        age = self.clock.now_ms() - progress.account.added_at
        return self.urgent if progress.stream == "fills" and age < JUST_ADDED_MS else self.info

    def _check(self) -> None:
        if self._is_stopped:
            raise Stopped
        self.guard()

    def _accounts(self) -> list[int]:
        """The accounts that may be read now, each with a row of progress for each history."""
        now = self.clock.now_ms()
        known = Account.objects.known(self.addresses(), now)
        self._appeared = {address: self._appeared.get(address, now) for address in known}
        keys = [one.pk for one in known.values()]
        rows = BackfillProgress.objects.filter(account__in=keys)
        have = set(rows.values_list("account", "stream"))
        missing = [(key, stream) for key in keys for stream in STREAMS if (key, stream) not in have]
        if missing:
            new = [BackfillProgress(account_id=key, stream=stream) for key, stream in missing]
            BackfillProgress.objects.bulk_create(new, ignore_conflicts=True)
        if not self._has_begun:  # whoever was reading is gone
            rows.filter(state=State.RUNNING).update(state=State.FAILED, ended_at=0, retry_at=None)
            self._has_begun = True
        return [one.pk for address, one in known.items() if not self._must_wait(address, now)]

    def _must_wait(self, address: str, now: int) -> bool:
        """Whether what the account holds is not heard yet and may well be soon."""
        return now - self._appeared[address] < HEARD_FIRST_MS and not self.is_heard(address)

    def _mark_gaps(self) -> None:
        now = self.clock.now_ms()
        while self._gaps and self._gaps[0][0] <= now:
            _, address, stream = self._gaps.popleft()
            rows = BackfillProgress.objects.filter(account__address=address, stream=stream)
            rows.filter(state=State.DONE).update(state=State.WAITING)

    def _due(self, accounts: list[int]) -> "QuerySet[BackfillProgress]":
        """Those that wait first, the never read before others; then failures; then whatever was read long ago."""
        now = self.clock.now_ms()
        due: Any = Q(state=State.WAITING) | Q(state=State.FAILED, retry_at=None)
        due |= Q(state=State.FAILED, retry_at__lte=now)
        for name, stream in STREAMS.items():
            due |= Q(state=State.DONE, stream=name, ended_at__lte=now - stream.every)
        found = BackfillProgress.objects.filter(due, account__in=accounts)
        return found.order_by(URGENCY, F("began_at").asc(nulls_first=True), "pk")

    def _fail(self, progress: BackfillProgress, why: str, after: float | None = None) -> None:
        """Tried again from where it stopped, in ``after`` seconds if that was said."""
        now = self.clock.now_ms()
        pause = RETRY_MS if after is None else math.ceil(min(MOST_RETRY_MS, after * 1000))
        progress.state, progress.error = State.FAILED, why[:300]
        progress.ended_at, progress.retry_at = now, now + pause
        progress.save(update_fields=["state", "error", "ended_at", "retry_at"])
