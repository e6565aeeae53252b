"""Board: the Market published as rows of finished values, each change formatted and serialised once.

``collect`` turns what the Market says is dirty into Changes: JSON frames that browsers get verbatim.
Numbers of a topic rise by one; rows at join + later changes == fresh rows.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from exchange.account_views import AccountViews
from exchange.board_account import AccountSource
from exchange.board_changes import ChangesOf, ChangesSource
from exchange.board_sources import Candidates, Source, Times, source_of, whole
from exchange.breaker import CLOSED
from exchange.clock import Clock
from exchange.market import Market
from exchange.market_state import Dirty
from exchange.rows import Row, Rows
from exchange.rows_status import status_rows
from exchange.topics import Topic, UnknownTopic

ALWAYS = frozenset({"markets", "status"})
HEARTBEAT_S = 1.0
_encode = msgspec.json.Encoder().encode


class Change(NamedTuple):
    """One frame for everybody who holds ``topic``: ``full`` replaces all rows, else fields merge into them."""

    topic: str
    epoch: int
    seq: int
    full: bool
    frame: bytes


class Frame(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What browsers get (``docs/socket-protocol.md``). ``time``, ``received``, ``sent`` in Unix ms.

    ``after`` is set only in a frame that stands for several: it continues from that number.
    """

    topic: str
    epoch: int
    seq: int
    rows: dict[str, Row | None]
    sent: int
    time: int | None = None
    received: int | None = None
    full: bool = False
    after: int | None = None


def merge(rows: Rows, changed: Candidates) -> Rows:
    """New rows: fields merged into rows, rows that are None taken out. What each browser does, too."""
    merged = dict(rows)
    for key, fields in changed.items():
        if fields is None:
            merged.pop(key, None)
        else:
            merged[key] = {**merged[key], **fields} if key in merged else fields
    return merged


def differences(sent: Rows, candidates: Candidates) -> dict[str, Row | None]:
    """What to send so that ``sent`` becomes the candidates: changed fields, whole new rows, None for gone."""
    changed: dict[str, Row | None] = {}
    for key, row in candidates.items():
        held = sent.get(key)
        if row is None:
            if held is not None:
                changed[key] = None
        elif held is None:
            changed[key] = row
        elif fields := {name: value for name, value in row.items() if held.get(name) != value}:
            changed[key] = fields
    return changed


class Published:
    """What has been sent of one topic: rows as a browser holds them, the number they stand at, and their times."""

    __slots__ = ("rows", "seq", "source", "times")

    def __init__(self, source: Source, seq: int) -> None:
        self.source, self.seq = source, seq
        self.rows: Rows | None = None
        self.times: Times = (None, None)


class StatusSource:
    """The feed's own state; ``sent`` once a second whatever happens, as everybody's heartbeat."""

    def __init__(self, board: "Board") -> None:
        self.board = board
        self._beat = float("-inf")

    def fresh(self) -> Rows:
        board = self.board
        now = board.clock.now_ms()
        return status_rows(board.market, now, board.network, board.epoch, board.lag_ms, board.reach, board.breaker)

    def candidates(self, dirty: Dirty, sent: Rows) -> Candidates:
        now = self.board.clock.monotonic()
        if now - self._beat < HEARTBEAT_S and not dirty.streams:
            return {}
        self._beat = now
        return whole(self.fresh(), sent)

    def times(self) -> Times:
        return None, self.board.clock.now_ms()


class Board:
    """Publishes the topics that are held. Whoever runs it sets what only he knows for ``status``: ``lag_ms``,
    how long changes waited lately, ``reach``: (does the exchange's REST answer, after how many ms), how its
    ``breaker`` stands, and ``changes_of`` a coin over spans of time."""

    def __init__(
        self, market: Market, clock: Clock, network: str, epoch: int = 0, accounts: AccountViews | None = None
    ) -> None:
        self.market, self.clock, self.network, self.epoch = market, clock, network, epoch
        self.accounts = AccountViews() if accounts is None else accounts
        self.lag_ms = 0
        self.reach: tuple[bool | None, float | None] = (None, None)
        self.changes_of: ChangesOf = lambda coin: {}
        self.breaker = CLOSED
        self._published: dict[str, Published] = {}
        self._highest = 0
        self.hold(())

    @property
    def topics(self) -> frozenset[str]:
        """The topics being published."""
        return frozenset(self._published)

    def hold(self, topics: Iterable[str]) -> None:
        """Publish these topics, ``markets`` and ``status``, and no others; malformed ones are passed over."""
        wanted = ALWAYS.union(topics)
        for topic in self._published.keys() - wanted:
            self._highest = max(self._highest, self._published.pop(topic).seq)
        for topic in wanted - self._published.keys():
            if source := self._source(topic):
                self._published[topic] = Published(source, self._highest)

    def collect(self) -> list[Change]:
        """The frames of everything that changed since the last call; a topic just held comes whole."""
        dirty = self.market.take_dirty()
        changes = (self._change(topic, published, dirty) for topic, published in self._published.items())
        return [change for change in changes if change is not None]

    def full(self, topic: str) -> Change | None:
        """All rows as last sent, under the number they stand at; None if nothing of the topic was sent yet."""
        published = self._published.get(topic)
        if published is None or published.rows is None:
            return None
        return self._frame(topic, published, {**published.rows}, full=True)

    def standing(self) -> dict[str, int]:
        """The number that each topic stands at, so that a reader can tell that it missed the last one."""
        return {topic: sent.seq for topic, sent in self._published.items() if sent.rows is not None}

    def fresh(self, topic: str) -> Rows:
        """All rows of a held topic straight from the Market: what a browser holds after the next ``collect``."""
        return self._published[topic].source.fresh()

    def _source(self, text: str) -> Source | None:
        if text == "status":
            return StatusSource(self)
        try:
            topic = Topic.parse(text)
        except UnknownTopic:
            return None
        if topic.kind == "account":
            return AccountSource(topic.address, self.accounts, self.market)
        if topic.kind == "changes":
            return ChangesSource(topic.coin, lambda coin: self.changes_of(coin), self.clock)
        return source_of(topic, self.market)

    def _change(self, topic: str, published: Published, dirty: Dirty) -> Change | None:
        source = published.source
        first = published.rows is None
        sent = published.rows or {}
        changed = differences(sent, whole(source.fresh(), sent) if first else source.candidates(dirty, sent))
        if not changed and (not first or topic == "markets"):  # who knows no market yet takes none from a page
            return None
        published.rows = merge(sent, changed)
        published.times = source.times()
        published.seq += 1
        return self._frame(topic, published, changed, full=first)

    def _frame(self, topic: str, published: Published, rows: dict[str, Row | None], full: bool) -> Change:
        time, received = published.times
        now = self.clock.now_ms()
        frame = Frame(topic, self.epoch, published.seq, rows, now, time, received, full)
        return Change(topic, self.epoch, published.seq, full, _encode(frame))
