"""Session: what one socket has been asked for, in which order, and what it has acknowledged.

Pure bookkeeping: it says which frames are due, its owner sends them at the pace and within the budget.
A socket that dies without a word may have been killed by a wrong name (API.md section 4): names that
were sent in its last seconds and never acknowledged are its suspects.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from exchange.subscriptions import PING, Subscription

PING_SECONDS = 30.0
PONG_SECONDS = 10.0
SUSPECT_SECONDS = 2.0


@dataclass(slots=True)
class Asked:
    """When a subscription was sent (None: it waits to be) and whether it was acknowledged or spoke."""

    sent_at: float | None = None
    acknowledged: bool = False


@dataclass(slots=True)
class Session:
    """One open socket, by its number. Times are seconds of the feed's monotonic clock."""

    name: str
    opened_at: float
    heard_at: float | None = None
    heard_ms: int | None = None
    asked: dict[Subscription, Asked] = field(default_factory=dict)
    outbox: deque[tuple[str, Subscription]] = field(default_factory=deque)
    pinged_at: float = 0.0
    waiting_for_pong: bool = False
    paused_until: float = 0.0

    def __post_init__(self) -> None:
        self.pinged_at = self.opened_at

    def want(self, wanted: set[Subscription]) -> None:
        """Make what is asked for equal to ``wanted``."""
        for subscription in self.asked.keys() - wanted:
            if self.asked.pop(subscription).sent_at is None:
                self.outbox.remove(("subscribe", subscription))
            else:
                self.outbox.append(("unsubscribe", subscription))
        for subscription in sorted(wanted - self.asked.keys(), key=_base_first):
            self.asked[subscription] = Asked()
            self.outbox.append(("subscribe", subscription))

    def renew(self, subscription: Subscription) -> None:
        """End a subscription and ask for it again, for the sake of its first frame."""
        if (asked := self.asked.get(subscription)) and asked.sent_at is not None:
            self.asked[subscription] = Asked()
            self.outbox += [("unsubscribe", subscription), ("subscribe", subscription)]

    def take(self, count: int, now: float) -> list[tuple[Subscription, bytes]]:
        """Up to ``count`` frames to send now; those it returns count as sent."""
        frames: list[tuple[Subscription, bytes]] = []
        while self.outbox and len(frames) < count and now >= self.paused_until:
            method, subscription = self.outbox.popleft()
            if method == "unsubscribe":
                frames.append((subscription, subscription.unsubscribe()))
            elif asked := self.asked.get(subscription):  # else it was refused while it waited to be renewed
                asked.sent_at = now
                frames.append((subscription, subscription.subscribe()))
        return frames

    def acknowledge(self, subscription: Subscription) -> None:
        """The exchange repeated a subscription, or data of it came."""
        if asked := self.asked.get(subscription):
            asked.acknowledged = True

    def send_again(self, now: float, after: float) -> None:
        """Frames were refused for being too many: after a pause, ask again for all that was not acknowledged."""
        self.paused_until = now + after
        for subscription, asked in self.asked.items():
            if asked.sent_at is not None and not asked.acknowledged:
                asked.sent_at = None
                self.outbox.append(("subscribe", subscription))

    def ping(self, now: float) -> bytes | None:
        """A ping, if one is due."""
        if now - self.pinged_at < PING_SECONDS or self.waiting_for_pong:
            return None
        self.pinged_at, self.waiting_for_pong = now, True
        return PING

    def pong(self) -> None:
        """The ping was answered."""
        self.waiting_for_pong = False

    def is_dead(self, now: float) -> bool:
        """Whether a ping has gone unanswered too long."""
        return self.waiting_for_pong and now - self.pinged_at > PONG_SECONDS

    def forget(self, subscription: Subscription) -> None:
        """The exchange refused it: there is nothing to unsubscribe from."""
        self.asked.pop(subscription, None)

    def suspects(self, now: float, has_spoken: Callable[[Subscription], bool]) -> list[Subscription]:
        """Subscriptions that may have killed the socket: sent just now, and silent. A name must be in them."""
        silent = [
            (subscription, asked.acknowledged)
            for subscription, asked in self.asked.items()
            if asked.sent_at is not None and now - asked.sent_at <= SUSPECT_SECONDS
            if (subscription.coin or subscription.dex) and not has_spoken(subscription)
        ]
        unanswered = [subscription for subscription, acknowledged in silent if not acknowledged]
        return unanswered or [subscription for subscription, _ in silent]


def _base_first(subscription: Subscription) -> tuple[bool, str]:
    return subscription.coin is not None, str(subscription)
