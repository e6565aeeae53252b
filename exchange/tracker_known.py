"""Known: which rows of one history of one account have been yielded, so that each is once and none is missed.

The four histories (fills, TWAP slices, funding, ledger) come by socket while it is open and by REST for whole
intervals. Rows are told apart by their keys (API.md section 8), never by time alone: several share a millisecond.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from exchange import account_events as said
from exchange.events import Event
from exchange.info import InfoClient
from exchange.info_account import fill_key

OVERLAP_MS = 60_000
"""So far back before what is covered REST is asked again: a row may be told late."""
SETTLED_MS = 5_000
"""What an answer of REST proves ends so long before it was asked: blocks trail the clock by up to a second."""


@dataclass(frozen=True, slots=True)
class History:
    """One kind of rows: ``call`` is its REST type, ``most`` how many rows the exchange keeps, if that is known."""

    name: str
    call: str
    rows: Callable[[Any], list[Any]]
    time: Callable[[Any], int]
    key: Callable[[Any], Hashable]
    read: Callable[[InfoClient, str, int], list[Any]]
    make: Callable[[int, str, list[Any], bool], Event]
    most: int | None = None


HISTORIES: dict[type[Event], History] = {
    said.UserFills: History(
        name="fills",
        call="userFillsByTime",
        rows=lambda event: event.fills,
        time=lambda fill: fill.time,
        key=fill_key,
        read=lambda info, user, start: list(info.user_fills_by_time(user, start)),
        make=said.UserFills,
        most=10_000,
    ),
    said.TwapSlices: History(
        name="twaps",
        call="userTwapSliceFillsByTime",
        rows=lambda event: event.slices,
        time=lambda row: row.fill.time,
        key=lambda row: fill_key(row.fill),
        read=lambda info, user, start: list(info.user_twap_slice_fills_by_time(user, start)),
        make=said.TwapSlices,
        most=10_000,
    ),
    said.UserFundings: History(
        name="fundings",
        call="userFunding",
        rows=lambda event: event.fundings,
        time=lambda row: row.time,
        key=lambda row: (row.time, row.coin),
        read=lambda info, user, start: [row.payment for row in info.user_funding(user, start)],
        make=said.UserFundings,
    ),
    said.LedgerUpdates: History(
        name="ledger",
        call="userNonFundingLedgerUpdates",
        rows=lambda event: event.updates,
        time=lambda row: row.time,
        key=lambda row: (row.time, row.hash, msgspec.json.encode(row.delta, order="sorted")),
        read=lambda info, user, start: list(info.ledger_updates(user, start)),
        make=said.LedgerUpdates,
    ),
}
BY_CALL = {history.call: history for history in HISTORIES.values()}


@dataclass(slots=True)
class Known:
    """What REST has told entirely up to ``end`` (Unix ms of the exchange), and the keys of what came since.

    It begins a little before the account was first followed; what is older is not for the tracker to tell.
    """

    history: History
    end: int
    keys: dict[Hashable, int] = field(default_factory=dict)

    @property
    def reads_from(self) -> int:
        """Where REST has to be asked from, to continue what is covered."""
        return self.end - OVERLAP_MS

    def unseen(self, rows: list[Any]) -> list[Any]:
        """Those that were not yielded before, oldest first; from now on they count as yielded."""
        fresh = []
        for row in sorted(rows, key=self.history.time):
            time, key = self.history.time(row), self.history.key(row)
            if time >= self.reads_from and key not in self.keys:
                self.keys[key] = time
                fresh.append(row)
        return fresh

    def cover(self, end: int) -> None:
        """REST has told everything up to ``end``: keys of rows that it will not tell again are forgotten."""
        self.end = max(self.end, end)
        self.keys = {key: time for key, time in self.keys.items() if time >= self.reads_from}
