"""The feed's ear: what frames, silence and a lost socket mean for its streams. Synchronous, without I/O."""

from collections import Counter
from collections.abc import Iterable

from exchange import events
from exchange.clock import Clock
from exchange.controls import Ack, Control, ErrorText, Pong
from exchange.events import Event
from exchange.gaps import Tapes
from exchange.link import Link
from exchange.quarantine import Quarantine
from exchange.refusals import ALREADY, OTHER, REFUSED, TOO_MANY_USERS, understand
from exchange.session import Session
from exchange.stream import Stream, stream_name
from exchange.streams import Streams
from exchange.subscriptions import Subscription, acknowledged
from exchange.topics import Topic
from exchange.universe import Universe

CONNECTION = "market"
REFUSED_PAUSE_SECONDS = 60.0


class Ear:
    """Methods return the events to be yielded. ``now`` is the feed's monotonic clock."""

    def __init__(self, streams: Streams, link: Link, clock: Clock) -> None:
        self.universe: Universe | None = None
        self.tapes = Tapes()
        self.quarantine = Quarantine()
        self.errors: Counter[str] = Counter()
        self.unknown_channels: Counter[str] = Counter()
        self.doubts: set[str] = set()
        """Names heard that the universe does not have, or dexes of another length: it must be read again."""
        self.healthy_at = clock.monotonic()
        self.streams, self._link, self._clock, self._answering = streams, link, clock, ""
        self._not_names: set[str] = set()
        self._said: str | None = None

    # Names and demand ----------------------------------------------------------------------------

    def learn(self, universe: Universe) -> list[Event]:
        """A fresh universe; names that are still unknown to it are no names (closed pairs have contexts too)."""
        self._not_names = self.doubts - universe.coins.keys()
        self.doubts = set()
        known, self.universe = self.universe, universe
        self.streams.renamed(universe)
        if session := self._link.session:  # what waits to be sent may name what is gone
            session.want({one for one in session.asked if one.is_known_to(universe)})
        if known is not None and len(universe) > len(known):
            self.renew(self.streams.by_name.get("prices"))  # its first frame has the new coins' prices
        return [events.UniverseChanged(self._clock.now_ms(), universe)]

    def follow(self, topics: Iterable[Topic], now: float) -> list[Event]:
        """Make streams and subscriptions follow the demand."""
        if self.universe is None:
            return []
        at = self._clock.now_ms()
        begun, ended = self.streams.update(topics, self.universe)
        for name in begun:
            if name.startswith("trades:"):
                self.tapes.begin(name.removeprefix("trades:"), at)
        for name in ended:
            self.tapes.end(name.removeprefix("trades:"))
        self._doubt(self.streams.unknown)
        if self._link.session is not None:
            self._link.session.want(self.streams.subscriptions() - self.quarantine.held(now))
        return [events.StreamState(at, name, "ended") for name in ended]

    def asked(self, subscription: Subscription) -> None:
        """A subscription was sent."""
        for stream in self.streams.of(subscription):
            stream.asked_at = self._clock.monotonic()

    def renew(self, stream: Stream | None) -> None:
        """Ask for a stream again, for the sake of its first frame."""
        if stream is not None and self._link.session is not None:
            stream.asked_at = self._clock.monotonic()
            for subscription in stream.subscriptions():
                self._link.session.renew(subscription)

    # Silence -------------------------------------------------------------------------------------

    def judge(self, now: float) -> list[Event]:
        """Streams that fell silent are renewed or replaced, a silent socket is dropped; states that changed."""
        limit = self.streams.pulse_limit()
        for action, stream in list(self.streams.judge(now, now - self.healthy_at <= limit)):
            if action == "renew":
                self.renew(stream)
            else:
                stream.fall_back(now, "stays silent")
        session = self._link.session
        if session and (silence := now - max(session.opened_at, self.healthy_at)) > 2 * limit:
            self._link.drop(f"silent for {silence:.0f} s")
        return self._states()

    def _states(self) -> list[Event]:
        at = self._clock.now_ms()
        return [events.StreamState(at, s.name, state, s.detail) for s, state in self.streams.changed()]

    def lost(self, session: Session | None, reason: str) -> list[Event]:
        """The socket is gone, or did not open."""
        now = self._clock.monotonic()
        if session is not None:
            self.quarantine.suspect(session.suspects(now, self._has_opened), now)
        for stream in self.streams.by_name.values():
            stream.restart()
            if stream.name.startswith("trades:"):
                self.tapes.interrupt(stream.name.removeprefix("trades:"), reason)
        if self._said == reason or (session is not None and session.heard_at is None and self._said):
            return []
        self._said = reason
        last = session.heard_ms if session else None
        return [events.Disconnected(self._clock.now_ms(), CONNECTION, reason, last)]

    def _has_opened(self, subscription: Subscription) -> bool:
        return all(stream.has_opened for stream in self.streams.of(subscription))

    # Frames --------------------------------------------------------------------------------------

    def heard(self, session: Session, event: Event, now: float) -> list[Event]:
        """Data came: the events to pass on, of streams that are wanted."""
        name = stream_name(event)
        if name is None:
            if isinstance(event, events.Unknown):
                self._unnamed(event, now)
            return []
        if (stream := self.streams.by_name.get(name)) is None:
            return []
        said = self._greet(event) if session.heard_at is None else []
        session.heard_at, session.heard_ms = now, event.received_at
        self.healthy_at = now
        stream.heard(event, now)
        if self.quarantine.strikes:
            for subscription in stream.way.subscriptions:
                self.quarantine.clear(subscription)
        return [*said, *self.passed_on(event)]

    def _unnamed(self, event: events.Unknown, now: float) -> None:
        """Trades of no coin: nobody ever traded the one whose subscribe was answered last."""
        stream = self.streams.by_name.get(self._answering) if event.channel == "trades" else None
        if stream is None:
            self.unknown_channels[event.channel] += 1
        elif not stream.has_opened:
            stream.heard(event, now)

    def passed_on(self, event: Event, replayed: int = 30) -> list[Event]:
        """An event with what it tells besides: a hole in the tape, names that nobody knows."""
        if isinstance(event, events.Traded):
            gap = self.tapes.see(event.coin, event.trades, event.received_at, replayed)
            return [gap, event] if gap else [event]
        if self.universe is not None and isinstance(event, events.Prices):
            self._doubt(event.marks.keys() - self.universe.coins.keys())
        elif self.universe is not None and isinstance(event, events.DexContexts):
            lengths = {dex: len(coins) for dex, coins in self.universe.by_dex.items()}
            self._doubt({f"dex {dex}" for dex, contexts in event.dexes if lengths.get(dex, 0) != len(contexts)})
        return [event]

    def _greet(self, event: Event) -> list[Event]:
        self._link.backoff.data()
        self._said = None
        return [events.Connected(event.received_at, CONNECTION)]

    def _doubt(self, names: Iterable[str]) -> None:
        self.doubts |= {name for name in names if name[:1] != "#"} - self._not_names  # "#N" are outcomes

    def controlled(self, session: Session, control: Control, now: float) -> Stream | None:
        """The connection speaks of itself; a stream whose past should be filled from REST."""
        if isinstance(control, Pong):
            session.pong()
        elif isinstance(control, ErrorText):
            self._refused(session, control.text, now)
        elif isinstance(control, Ack) and control.method == "subscribe":
            subscription = acknowledged(control.subscription)
            return self._acknowledged(session, subscription) if subscription else None
        return None

    def _acknowledged(self, session: Session, subscription: Subscription) -> Stream | None:
        session.acknowledge(subscription)
        for stream in self.streams.of(subscription):
            if subscription.type == "trades":  # the next frame is a replay: it has to overlap what is held
                self.tapes.interrupt(subscription.coin or "", "subscribed anew")
                self._answering = stream.name
            if subscription.type == "candle" and stream.heard_at is not None:
                return stream
        return None

    def _refused(self, session: Session, text: str, now: float) -> None:
        refusal = understand(text)
        self.errors[refusal.kind] += 1
        if refusal.kind == ALREADY and refusal.subscription:
            session.acknowledge(refusal.subscription)
        elif refusal.kind == REFUSED and refusal.subscription:
            session.forget(refusal.subscription)
            for stream in self.streams.of(refusal.subscription):
                stream.fall_back(now, "was refused")
        elif refusal.kind not in (ALREADY, REFUSED, OTHER, TOO_MANY_USERS):
            session.send_again(now, REFUSED_PAUSE_SECONDS)
