"""Stream: one thing the feed wants to hear, by which way it comes at present, and how long it has been silent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exchange import events
from exchange.cadence import OPENING_SECONDS, QUIET_SECONDS, cadence
from exchange.events import Event
from exchange.subscriptions import Subscription
from exchange.ways import Way

FIRST_TRIAL_SECONDS = 300.0
MOST_TRIAL_SECONDS = 3600.0


@dataclass(slots=True, eq=False)
class Stream:
    """Times are seconds of the feed's monotonic clock. ``at`` is the way in use, ``ways[0]`` the best."""

    name: str
    ways: tuple[Way, ...]
    at: int = 0
    detail: str = ""
    stale: bool = False
    by_poll: bool = False
    published: str = "opening"
    asked_at: float | None = None
    heard_at: float | None = None
    tries: int = 0
    quiet: float = QUIET_SECONDS
    trial_since: float | None = None
    trial_at: float = 0.0
    trial_pause: float = FIRST_TRIAL_SECONDS
    polled_at: float | None = None

    @property
    def way(self) -> Way:
        return self.ways[self.at]

    @property
    def polled_way(self) -> Way | None:
        """The way by REST, if there is one: in use when no other works, or no socket does."""
        return next((way for way in self.ways if way.poll), None)

    def subscriptions(self) -> tuple[Subscription, ...]:
        """What the socket should carry for this stream: its way's, and the best way's while that is on trial."""
        if self.trial_since is not None:
            return (*self.ways[0].subscriptions, *self.way.subscriptions)
        return self.way.subscriptions

    def limit(self) -> float | None:
        """The age in seconds past which what it said is stale; None: it may be silent for long."""
        row = cadence(self.name)
        if self.way.poll or self.by_poll:
            return max(4 * (self.polled_way or self.way).every, row.fallback_limit or 0.0)
        return row.limit if self.at == 0 else row.fallback_limit

    @property
    def is_event_driven(self) -> bool:
        """Whether it has spoken before, over a socket, and may now be silent for long."""
        return self.limit() is None and bool(self.way.subscriptions) and self.heard_at is not None

    def is_too_old(self, now: float) -> bool:
        """Whether its last word has passed the limit."""
        limit = None if self.way.carrier else self.limit()
        return limit is not None and self.heard_at is not None and now - self.heard_at > limit

    @property
    def has_opened(self) -> bool:
        """Whether anything came since it was asked for."""
        return self.heard_at is not None and self.asked_at is not None and self.heard_at >= self.asked_at

    @property
    def state(self) -> str:
        """``opening`` before the first word, then ``live``, ``stale`` or ``fallback``."""
        if self.stale:
            return "stale"
        if self.at > 0 or self.by_poll:
            return "fallback"
        return "opening" if self.heard_at is None else "live"

    def silence(self, now: float) -> float:
        """Seconds since it last spoke, or was last asked to."""
        since = [at for at in (self.asked_at, self.heard_at) if at is not None]
        return now - max(since) if since else 0.0

    def heard(self, event: Event, now: float) -> None:
        """It spoke, over the socket."""
        if self.has_opened and now - (self.asked_at or 0.0) > OPENING_SECONDS:
            self.quiet = QUIET_SECONDS
        self.heard_at, self.tries, self.stale, self.by_poll = now, 0, False, False
        if self.trial_since is not None and proves_best(event):
            self.at, self.trial_since, self.trial_pause = 0, None, FIRST_TRIAL_SECONDS

    def heard_by_poll(self, now: float) -> None:
        """REST answered in its place."""
        self.heard_at, self.stale, self.by_poll = now, False, True

    def carried(self, carrier: "Stream") -> None:
        """Another stream brings its values too: it is as fresh as that one."""
        self.stale = carrier.stale
        if carrier.heard_at is not None:
            self.heard_at = max(self.heard_at or 0.0, carrier.heard_at)

    def fall_back(self, now: float, why: str) -> None:
        """Use the next way, or end a trial. The last way is one that cannot be refused."""
        if self.trial_since is not None:
            self.trial_since, self.trial_pause = None, min(self.trial_pause * 2, MOST_TRIAL_SECONDS)
        elif self.at + 1 < len(self.ways):
            self.at += 1
            self.detail = f"{self.way.name}, because {self.ways[self.at - 1].name} {why}"
            self.tries, self.polled_at, self.stale = 0, None, False
            self.asked_at = now if self.way.poll else None
        self.trial_at = now + self.trial_pause

    def restart(self) -> None:
        """The socket is gone: what it carried has to be asked for again."""
        self.asked_at = self.asked_at if self.way.poll else None
        self.trial_since, self.tries, self.quiet = None, 0, QUIET_SECONDS


def proves_best(event: Event) -> bool:
    """Whether the event can only have come by a stream's best way, not by its second subscription."""
    if isinstance(event, events.BookChanged):
        return bool(event.book.fast)
    return not isinstance(event, events.Mids)


def stream_name(event: Event) -> str | None:
    """The stream that an event belongs to, or None."""
    namer = _NAMERS.get(type(event))
    return namer(event) if namer else None


_NAMERS: dict[type[Event], Callable[[Any], str]] = {
    events.Prices: lambda e: "prices",
    events.Mids: lambda e: "prices",
    events.DexContexts: lambda e: "contexts",
    events.SpotContexts: lambda e: "spot",
    events.CoinContext: lambda e: "market:" + e.coin,
    events.BookChanged: lambda e: "book:" + e.book.coin,
    events.QuotesChanged: lambda e: "quotes:" + e.quotes.coin,
    events.Traded: lambda e: "trades:" + e.coin,
    events.CandleChanged: lambda e: f"candle:{e.candle.s}:{e.candle.i}",
}
