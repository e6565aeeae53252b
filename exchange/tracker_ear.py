"""The tracker's ear: what frames, silence and a lost socket mean for its accounts. Synchronous, without I/O."""

from collections import Counter

import msgspec

from exchange import account_events as said
from exchange.clock import Clock
from exchange.controls import Ack, Control, ErrorText, Pong
from exchange.events import Event
from exchange.link import Link
from exchange.quarantine import Quarantine
from exchange.refusals import ALREADY, OTHER, REFUSED, TOO_MANY_USERS, Refusal, understand
from exchange.session import Session
from exchange.subscriptions import Subscription, acknowledged
from exchange.tracker_account import ALL_DEXES, PART_OF, Followed
from exchange.tracker_slots import Slots

SOCKET_SILENT_SECONDS = 30.0
"""A socket with open slots speaks at least every 5 s; silent for so long it is dropped."""
REFUSED_PAUSE_SECONDS = 60.0


class TrackerEar:
    """Methods return the events to be yielded. ``now`` is the tracker's monotonic clock."""

    def __init__(self, followed: dict[str, Followed], slots: Slots, link: Link, clock: Clock) -> None:
        self.errors: Counter[str] = Counter()
        self.quarantine = Quarantine()
        self._followed, self._slots, self._link, self._clock = followed, slots, link, clock

    def subscriptions(self, now: float) -> set[Subscription]:
        """What the socket should carry."""
        return self._slots.subscriptions(now) - self.quarantine.held(now)

    def leave(self, address: str) -> None:
        """An account loses its slot: what its streams did not tell any more is read by REST."""
        self._slots.give_up(address)
        if followed := self._followed.get(address):
            followed.has_slot = False
            followed.look_back()

    # Frames --------------------------------------------------------------------------------------

    def heard(self, event: Event, now: float) -> list[Event]:
        """Data came: the events to pass on, each row of a history once."""
        user = getattr(event, "user", "").lower()
        followed = self._followed.get(user)
        if followed is None:
            return []
        if user != event.user:  # type: ignore[attr-defined]
            event = msgspec.structs.replace(event, user=user)
        if isinstance(event, said.AccountStates):
            self._slots.heard(user, now)
            self._grant(user)
        elif isinstance(event, said.OpenOrders) and event.dex:
            self.quarantine.clear(Subscription("openOrders", dex=event.dex, user=user))
        if part := PART_OF.get(type(event)):
            is_whole = isinstance(event, said.AccountStates) and event.is_all
            followed.tell(ALL_DEXES if is_whole else part, now)
        return followed.once(event)

    def controlled(self, session: Session, control: Control, now: float) -> None:
        """The connection speaks of itself."""
        if isinstance(control, Pong):
            session.pong()
        elif isinstance(control, ErrorText):
            self._error(session, understand(control.text), control.text, now)
        elif isinstance(control, Ack) and control.method == "subscribe":
            subscription = acknowledged(control.subscription)
            if subscription is not None:
                session.acknowledge(subscription)
                self._grant(subscription.user or "")

    def _grant(self, user: str) -> None:
        """After its streams have begun, what happened before is read: so nothing can lie between."""
        if self._slots.granted(user) and (followed := self._followed.get(user)):
            followed.look_back()

    def _error(self, session: Session, refusal: Refusal, text: str, now: float) -> None:
        self.errors[refusal.kind] += 1
        if refusal.kind == TOO_MANY_USERS:
            if address := self._slots.refuse(text, refusal.limit, now):
                self.leave(address)
        elif refusal.kind == REFUSED and refusal.subscription:
            session.forget(refusal.subscription)
            self._slots.leave_out(refusal.subscription.type, now)
        elif refusal.kind == ALREADY and refusal.subscription:
            session.acknowledge(refusal.subscription)
            self._grant((refusal.subscription.user or "").lower())
        elif refusal.kind != OTHER:
            session.send_again(now, REFUSED_PAUSE_SECONDS)

    # Silence -------------------------------------------------------------------------------------

    def judge(self, now: float) -> list[Event]:
        """Once a second: renew what is silent, drop a dead socket; accounts that are followed otherwise now."""
        session = self._link.session
        if session is not None:
            if any(slot.is_open for slot in self._slots.held.values()):
                silence = now - max(session.opened_at, session.heard_at or 0.0)
                if silence > SOCKET_SILENT_SECONDS:
                    self._link.drop(f"silent for {silence:.0f} s")
            for subscription in list(self._slots.to_renew(now)):
                session.renew(subscription)
        return self._changes(now)

    def _changes(self, now: float) -> list[Event]:
        changes: list[Event] = []
        lost = "" if self._link.session else f"no socket: {self._link.reason}"
        for address, followed in self._followed.items():
            view, is_streamed = followed.view, self._slots.is_streamed(address, now)
            if is_streamed and view.how != "streamed":
                followed.look_back()
            why_not = lost if followed.has_slot and lost else self._slots.why_not(address)
            how, why = followed.how(is_streamed, why_not, address in self._slots.refused)
            if (how, why) != (view.how, view.why):
                changes.append(said.Following(self._clock.now_ms(), address, how, why))
        return changes

    def lost(self, session: Session | None) -> None:
        """The socket is gone, or did not open."""
        now = self._clock.monotonic()
        if session is not None:
            self.quarantine.suspect(session.suspects(now, lambda one: False), now)
        self._slots.lost()
