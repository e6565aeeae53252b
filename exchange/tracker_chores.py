"""What the tracker asks by REST: the most urgent parts of all accounts first, a few at a time."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from exchange.account_events import Covered
from exchange.call import TRANSIENT
from exchange.chores import Chores
from exchange.clock import Clock
from exchange.errors import BudgetExhausted, CallFailed
from exchange.events import Event, Gap
from exchange.tracker_account import ALL_DEXES, FILLS, HELD, Followed
from exchange.tracker_known import BY_CALL, HISTORIES, SETTLED_MS
from exchange.tracker_polls import AccountPolls

AT_ONCE, AT_ONCE_LOOKED_AT = 4, 2
"""In the background, and besides for accounts that are looked at: these wait for no others."""
TROUBLE_SECONDS = 15.0
"""Nothing more is asked for so long after the exchange did not answer, or said that it is too much."""
KIND_OF = {history.call: kind for kind, history in HISTORIES.items()}


class TrackerChores:
    """``look`` once a second, ``start_due`` whenever there may be room; answers become events for ``deliver``.

    It has threads of its own: a call may wait long for its budget, and must not keep others from theirs.
    """

    def __init__(
        self,
        polls: AccountPolls,
        followed: dict[str, Followed],
        chores: Chores,
        clock: Clock,
        deliver: Callable[[list[Event]], None],
    ) -> None:
        self.dexes: Sequence[str] = ("",)
        self._polls, self._followed, self._chores, self._clock = polls, followed, chores, clock
        self._deliver = deliver
        self._threads = ThreadPoolExecutor(AT_ONCE + AT_ONCE_LOOKED_AT, "accounts")
        self._due: dict[bool, deque[tuple[str, str]]] = {}
        self._running: dict[tuple[str, str], bool] = {}
        self._paused_until = float("-inf")

    def look(self, now: float) -> None:
        """See what is due, in the order of its urgency."""
        for lane in (True, False):
            accounts = [one for one in self._followed.values() if one.is_looked_at is lane]
            due = sorted((urgency, one.address, part) for one in accounts for urgency, part in one.due(now))
            self._due[lane] = deque((at, part) for _, at, part in due if (at, part) not in self._running)

    def start_due(self) -> None:
        """Start as much as may run at a time."""
        if self._clock.monotonic() < self._paused_until:
            return
        for lane, due in self._due.items():
            most = AT_ONCE_LOOKED_AT if lane else AT_ONCE
            while due and sum(running is lane for running in self._running.values()) < most:
                address, part = due.popleft()
                followed = self._followed.get(address)
                if followed and self._chores.start(f"{part} {address}", partial(self._ask, followed, part)):
                    self._running[address, part] = lane

    def stop(self) -> None:
        """Ask for nothing more."""
        self._due.clear()

    def close(self) -> None:
        """End the threads; calls under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, followed: Followed, part: str) -> None:
        try:
            await (self._read(followed, part) if part in KIND_OF else self._poll(followed, part))
        except BudgetExhausted:
            followed.wait(part, self._clock.monotonic())
            raise
        except CallFailed as error:
            followed.fail(part, self._clock.monotonic())
            if isinstance(error, TRANSIENT):
                self._paused_until = self._clock.monotonic() + TROUBLE_SECONDS
            raise
        finally:
            del self._running[followed.address, part]
            self.start_due()

    async def _poll(self, followed: Followed, part: str) -> None:
        dexes = self.dexes if part == ALL_DEXES else followed.view.used_dexes()
        ask = partial(self._polls.part, part, followed.address, dexes, followed.is_looked_at)
        answer = await self._in_thread(ask)
        if self._followed.get(followed.address) is not followed:
            return
        followed.tell(part, self._clock.monotonic())
        self._deliver(answer)
        if part in (*HELD, ALL_DEXES) and followed.has_changed() and not followed.has_slot:
            followed.wanted.add(FILLS)

    async def _read(self, followed: Followed, call: str) -> None:
        """A history from where it is covered: each row that was not heard yet, and what is covered now."""
        kind, history = KIND_OF[call], BY_CALL[call]
        known, at = followed.known[kind], self._clock.now_ms()
        followed.wanted.discard(call)
        start = known.reads_from
        rows = await self._in_thread(
            partial(self._polls.rows, call, followed.address, start, followed.is_looked_at)
        )
        if self._followed.get(followed.address) is not followed:
            return
        wanted_again = call in followed.wanted  # a slot changed hands meanwhile
        followed.tell(call, self._clock.monotonic())
        if wanted_again:
            followed.wanted.add(call)
        now, stream = self._clock.now_ms(), f"{history.name}:{followed.address}"
        told = followed.once(history.make(now, followed.address, rows, False))
        first = history.time(rows[0]) if rows else start
        if history.most is not None and len(rows) >= history.most and first > start:
            told.append(
                Gap(now, stream, start, first, f"more than the {history.most} rows that the exchange keeps")
            )
            start = first
        known.cover(at - SETTLED_MS)
        self._deliver([*told, Covered(now, stream, start, known.end)])

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
