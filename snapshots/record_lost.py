"""Rows of histories that were told and not stored: gaps of their streams, whatever is claimed of them later."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from exchange import account_events as said
from exchange.events import Gap

STREAMS: dict[type, str] = {
    said.UserFills: "fills:",
    said.TwapSlices: "twaps:",
    said.UserFundings: "fundings:",
    said.LedgerUpdates: "ledger:",
    said.HistoricalOrders: "orders:",
}
"""Histories, and how their streams are named."""

Claim = said.Covered | Gap


def times_of(event: Any) -> list[int]:
    """When each row of a history happened, Unix ms."""
    match event:
        case said.UserFills():
            return [row.time for row in event.fills]
        case said.TwapSlices():
            return [row.fill.time for row in event.slices]
        case said.UserFundings():
            return [row.time for row in event.fundings]
        case said.LedgerUpdates():
            return [row.time for row in event.updates]
        case _:
            return [row.status_timestamp for row in event.orders]


class Lost:
    """By stream. The tracker tells each row once, so it can prove nothing any more about the time of a lost one;
    ``snapshots.backfill`` can, which reads anew and writes by itself.
    """

    def __init__(self) -> None:
        self._new: dict[str, Gap] = {}
        self._known: dict[str, list[tuple[int, int]]] = defaultdict(list)
        """First and last moment, Unix ms."""

    def add(self, event: Any, reason: str) -> None:
        """The rows of this event: one gap for each stream, however much of it is lost before the next ``cut``."""
        times = times_of(event)
        stream = f"{STREAMS[type(event)]}{event.user.lower()}"
        if before := self._new.get(stream):
            times += [before.start, before.end]
        self._new[stream] = Gap(event.received_at, stream, min(times), max(times), reason)

    def cut(self) -> list[Gap]:
        """What was lost since the last call. It belongs after all claims until now."""
        gaps = list(self._new.values())
        for gap in gaps:
            self._known[gap.stream].append((gap.start, gap.end))
        self._new = {}
        return gaps

    def proved(self, claim: Claim) -> Iterator[Claim]:
        """What is left of a claim."""
        if isinstance(claim, Gap) or claim.stream not in self._known:
            yield claim
            return
        at = claim.start
        for start, end in sorted(self._known[claim.stream]):
            if at < min(start, claim.end):
                yield said.Covered(claim.received_at, claim.stream, at, min(start, claim.end))
            at = max(at, end + 1)
        if at < claim.end:
            yield said.Covered(claim.received_at, claim.stream, at, claim.end)

    def forget(self, address: str) -> None:
        """Who follows this account again is told its rows again."""
        for name in STREAMS.values():
            self._known.pop(f"{name}{address}", None)
