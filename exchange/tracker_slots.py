"""Slots: which accounts the socket carries, and how far each has come. Synchronous, without I/O.

Where so many have no slot that REST could not tell their positions each minute, a few slots go round: an account
gets one for the moment that its opener takes to say what it holds (a *glance*): two frames, and no weight.

The exchange tracks few users per IP address (API.md section 2). Accounts that are looked at come first, then
those that have a slot, then the others in the order in which they came. Of each account one subscription, the
*opener*, is sent alone: its answer tells whether the slot is granted. Refusals do not say whom they refuse, but
answers come in the order of the questions, so each is about the oldest opener without an answer.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from exchange.following import SUBSCRIPTIONS
from exchange.subscriptions import Subscription
from exchange.tracker_slot import Slot

OPENING_SECONDS = 10.0
"""An opener without an answer for so long is asked again."""
RENEW_SECONDS = 60.0
FIRST_PAUSE, MOST_PAUSE = 60.0, 600.0
"""After a refusal no more accounts are tried for so long."""
UNAVAILABLE_SECONDS = 600.0
"""A type of subscription that the exchange does not know is left out for so long."""
GLANCES, GLANCES_FROM = 3, 100
"""So many slots go round, once so many accounts have none."""
GLANCE_SECONDS = 5.0
"""A glance that shows nothing for so long is over."""
STATES = "allDexsClearinghouseState"
STATES_BY_DEX = "clearinghouseState"
BY_DEX = ("openOrders", STATES_BY_DEX)


@dataclass(slots=True, eq=False)
class Slots:
    """``limit`` is how many we may hold; a refusal lowers it for a while to what the exchange has granted."""

    limit: int
    held: dict[str, Slot] = field(default_factory=dict)
    glances: dict[str, Slot] = field(default_factory=dict)
    going_round: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    """Accounts that the exchange refused, with its words; tried again after the pause."""
    dexes: tuple[str, ...] = ("",)
    _openers: deque[str] = field(default_factory=deque)
    _room: int | None = None
    _room_until: float = 0.0
    _pause: float = FIRST_PAUSE
    _unavailable: dict[str, float] = field(default_factory=dict)

    @property
    def most(self) -> int:
        return self.limit if self._room is None else min(self.limit, self._room)

    def wanted(self, ranked: Iterable[str], now: float) -> list[str]:
        """The first of ``ranked`` that are not refused, as many as there are slots that do not go round."""
        if self._room is not None and now >= self._room_until:
            self._room = None
            self.refused.clear()
        wanted = [address for address in ranked if address not in self.refused]
        many = len(wanted) - self.most >= GLANCES_FROM and self.most > 2 * GLANCES
        self.going_round = GLANCES if many else 0
        return wanted[: self.most - self.going_round]

    def glance(self, oldest_first: Iterable[str], now: float) -> list[str]:
        """Let the slots that go round show the next accounts; which ones. What shows nothing is given up."""
        for slot in list(self.glances.values()):
            if slot.asked_at is not None and now - slot.asked_at > GLANCE_SECONDS:
                self.give_up(slot.address)
        free = max(0, self.going_round - len(self.glances))
        others = (address for address in oldest_first if address not in self.glances.keys() | self.held.keys())
        shown = list(islice(others, free))
        self.glances |= {address: Slot(address) for address in shown}
        return shown

    def take(self, address: str) -> None:
        """An account gets a slot."""
        self.held[address] = Slot(address)

    def give_up(self, address: str) -> None:
        """An account has no slot any more."""
        self.held.pop(address, None)
        self.glances.pop(address, None)
        if address in self._openers:
            self._openers.remove(address)

    def why_not(self, address: str) -> str:
        """Why an account has no slot."""
        if address in self.held:
            return "its streams say nothing" if self.held[address].is_open else "its streams are being opened"
        if len(self.held) < self.most:
            return self.refused.get(address, "it has no slot for its streams yet")
        return self.refused.get(address, f"all {self.most} slots for streams are taken by other accounts")

    def subscriptions(self, now: float) -> set[Subscription]:
        """What the socket should carry: the opener of each account, all of those that are open."""
        self._unavailable = {kind: until for kind, until in self._unavailable.items() if until > now}
        glances = {self._opener(address) for address in self.glances}
        return glances.union(one for slot in self.held.values() for one in self._of(slot))

    def asked(self, subscription: Subscription, now: float) -> None:
        """A subscription was sent."""
        address = subscription.user or ""
        slot = self.held.get(address) or self.glances.get(address)
        if slot and not slot.is_open and subscription == self._opener(slot.address):
            slot.asked_at = slot.renewed_at = now
            self._openers.append(slot.address)

    def granted(self, address: str) -> bool:
        """An opener was answered, by word or by data; whether that opens the slot."""
        if address in self._openers:
            self._openers.remove(address)
        slot = self.held.get(address)
        if slot is None or slot.is_open or slot.asked_at is None:
            return False
        slot.is_open = True
        return True

    def refuse(self, text: str, limit: int | None, now: float) -> str | None:
        """The exchange tracks no more users; whom it refused, if that can be told."""
        self._room_until = now + self._pause
        self._pause = min(MOST_PAUSE, self._pause * 2)
        if not self._openers:
            return None
        address = self._openers.popleft()
        self.refused[address] = f"the exchange says: {text}"
        self.give_up(address)
        granted = sum(slot.is_open for slot in self.held.values()) + len(self._openers)
        self._room = granted if limit is None else min(granted, limit)
        return address

    def leave_out(self, kind: str, now: float) -> None:
        """The exchange does not know this type of subscription."""
        self._unavailable[kind] = now + UNAVAILABLE_SECONDS

    def heard(self, address: str, now: float) -> None:
        """The states of an account came over the socket: of a glance that was all."""
        if address in self.glances:
            self.give_up(address)
        if slot := self.held.get(address):
            slot.heard_at = now
            self._pause = FIRST_PAUSE if self._room is None else self._pause

    def is_streamed(self, address: str, now: float) -> bool:
        """Whether its states come over the socket."""
        slot = self.held.get(address)
        return slot is not None and slot.heard_at is not None and not slot.is_silent(now)

    def to_renew(self, now: float) -> Iterator[Subscription]:
        """Openers that got no answer, and streams that fell silent while the socket speaks: to be asked again."""
        for slot in self.held.values():
            if slot.asked_at is None or now - slot.renewed_at < OPENING_SECONDS:
                continue
            if not slot.is_open:
                slot.renewed_at = now
                if slot.address in self._openers:
                    self._openers.remove(slot.address)
                yield self._opener(slot.address)
            elif slot.is_silent(now) and now - slot.renewed_at >= RENEW_SECONDS:
                slot.renewed_at = now
                yield from self._of(slot)

    def lost(self) -> None:
        """The socket is gone: everything has to be asked for again."""
        self._openers.clear()
        self.glances.clear()
        for slot in self.held.values():
            slot.restart()

    def _kinds(self) -> list[str]:
        states = STATES_BY_DEX if STATES in self._unavailable else STATES
        return [kind for kind in (states, *SUBSCRIPTIONS[1:]) if kind not in self._unavailable]

    def _opener(self, address: str) -> Subscription:
        return Subscription(next(iter(self._kinds()), STATES), user=address)

    def _of(self, slot: Slot) -> Iterator[Subscription]:
        yield self._opener(slot.address)
        for kind in self._kinds() if slot.is_open else ():
            for dex in self.dexes if kind in BY_DEX else ("",):
                yield Subscription(kind, user=slot.address, dex=dex or None)
