"""Made: messages that bring a browser to where the mirror stands; the last one of a topic serves all who ask."""

import time
from collections.abc import Callable

import msgspec

from dashboard.lines import Message
from dashboard.mirror import Snapshot
from exchange.board import Frame, differences
from exchange.board_sources import whole

encode = msgspec.json.Encoder().encode


class Made:
    """By topic."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[Snapshot | None, Snapshot, Message]] = {}

    def difference(self, held: Snapshot | None, now: Snapshot) -> Message:
        """From what a browser holds to now; the last one made of each topic serves all who stand there."""
        made = self._made.get(now.topic)
        if made and made[0] is held and made[1] is now:
            return made[2]
        if held is None or held.epoch != now.epoch:
            return self.whole(now)
        rows = differences(dict(held.rows), whole(dict(now.rows), dict(held.rows)))  # type: ignore[arg-type]
        message = _message(now, rows, full=False, after=held.seq)
        self._made[now.topic] = held, now, message
        return message

    def whole(self, now: Snapshot) -> Message:
        """All rows."""
        made = self._made.get(now.topic)
        if made and made[0] is None and made[1] is now:
            return made[2]
        message = _message(now, now.rows, full=True, after=None)
        self._made[now.topic] = None, now, message
        return message

    def forget_old(self, newest: Callable[[str], Snapshot | None]) -> None:
        """Those of topics that have moved on serve nobody any more."""
        self._made = {topic: made for topic, made in self._made.items() if made[1] is newest(topic)}


def _message(now: Snapshot, rows: object, full: bool, after: int | None) -> Message:
    sent = time.time_ns() // 1_000_000
    frame = Frame(now.topic, now.epoch, now.seq, rows, sent, now.time, now.received, full, after)  # type: ignore[arg-type]
    return Message(encode(frame))
