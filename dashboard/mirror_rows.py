"""Replica: one topic in a mirror. Applies frames in order, holds back those after a hole until it is filled."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from exchange.board import Frame, merge

MOST_HELD_BACK = 500
_decode = msgspec.json.Decoder(Frame).decode


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All rows of a topic as they stand at ``seq`` of ``epoch`` (field lists: ``exchange/rows.py``).

    ``time`` is the exchange's own time of the newest row, ``received`` ours, Unix ms; None: not known.
    """

    topic: str
    epoch: int
    seq: int
    rows: Mapping[str, Mapping[str, Any]]
    time: int | None
    received: int | None


class Applied(NamedTuple):
    """A frame that was applied, and the snapshots before and after it."""

    frame: bytes
    before: Snapshot | None
    after: Snapshot


Listener = Callable[[list[Applied]], None]
"""Gets what one message of the feed changed, in order."""


class Replica:
    """The newest snapshot of a topic; ``filled`` is set once it has rows."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.snapshot: Snapshot | None = None
        self.filled = asyncio.Event()
        self._held_back: dict[tuple[int, int], bytes] = {}
        self._known = (0, 0)

    @property
    def is_broken(self) -> bool:
        """Nothing came yet, frames wait behind a hole, or the newest one was lost."""
        now = self.snapshot
        return now is None or bool(self._held_back) or (now.epoch, now.seq) < self._known

    def should_be_at(self, epoch: int, seq: int) -> bool:
        """The feed says that it has sent so far; whether something is missing here."""
        self._known = (epoch, seq)
        return self.is_broken

    def apply(self, raw: bytes) -> list[Applied]:
        """Take a frame of the feed; what could be applied now, in order: nothing, if it is old or after a hole."""
        frame = _decode(raw)
        now = self.snapshot
        if now is not None and (frame.epoch, frame.seq) <= (now.epoch, now.seq):
            return []
        if not frame.full and (now is None or (frame.epoch, frame.seq - 1) != (now.epoch, now.seq)):
            self._held_back[frame.epoch, frame.seq] = raw
            if len(self._held_back) > MOST_HELD_BACK:
                del self._held_back[min(self._held_back)]
            return []
        after = self._put(frame)
        return [Applied(raw, now, after), *self._catch_up()]

    def adopt(self, raw: bytes) -> list[Applied]:
        """Take a whole Board from the cache, if it is newer, and what was held back after it."""
        return self.apply(raw) or self._catch_up()

    def _put(self, frame: Frame) -> Snapshot:
        held = self.snapshot.rows if self.snapshot and not frame.full else {}
        rows = merge(held, frame.rows)  # type: ignore[arg-type]
        self.snapshot = after = Snapshot(self.topic, frame.epoch, frame.seq, rows, frame.time, frame.received)
        if rows:
            self.filled.set()
        return after

    def _catch_up(self) -> list[Applied]:
        """Frames held back whose turn has come; those that are older now are thrown away."""
        now = self.snapshot
        if now is None:
            return []
        self._held_back = {key: raw for key, raw in self._held_back.items() if key > (now.epoch, now.seq)}
        raw = self._held_back.pop((now.epoch, now.seq + 1), None)
        return self.apply(raw) if raw else []
