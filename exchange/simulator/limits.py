"""What one client address may use of the exchange, and what it did use (API.md section 2).

Every limit counts per IP address. A refusal comes back as the text that the exchange sends;
``Usage`` keeps peaks and refusals, so that a test can prove a client stayed within its limits.
Times are seconds of the server's clock (``Clock.monotonic``).
"""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Self

MINUTE = 60.0
NO_LIMIT = 10**9

SOCKETS, OPENS, SUBSCRIPTIONS, USERS = "sockets", "opens", "subscriptions", "users"
FRAMES, POSTS, WEIGHT = "frames", "posts", "weight"


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one client address; the defaults are the documented ones."""

    sockets: int = 10
    opens: int = 30
    subscriptions: int = 1000
    users: int = 10
    frames: int = 2000
    posts: int = 100
    weight: int = 1200
    idle_seconds: float = 60.0
    """A socket to which nothing was sent for so long is dropped."""
    release_seconds: float = 2.0
    """How long the users of a closed socket still count."""
    queue_bytes: int = 8_000_000
    """What may wait for a client that does not read; beyond it the socket is dropped."""

    @classmethod
    def none(cls) -> Self:
        """Limits that nobody reaches, for runs that are not about them."""
        most = NO_LIMIT
        return cls(most, most, most, most, most, most, most)


@dataclass(slots=True)
class Usage:
    """Highest use by any one address, and refusals, each by the limit's name."""

    peak: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)

    def record(self, name: str, used: int) -> None:
        """Note that one address now uses so much of a limit."""
        self.peak[name] = max(self.peak[name], used)

    def within(self, limits: Limits) -> bool:
        """Whether no address ever used more than its limits or was refused for them."""
        return not self.rejected.total() and all(used <= getattr(limits, name) for name, used in self.peak.items())

    def as_dict(self) -> dict[str, dict[str, int]]:
        """Plain numbers for ``/control``."""
        return {"peak": dict(self.peak), "rejected": dict(self.rejected), "total": dict(self.total)}


class SlidingMinute:
    """A sum over the last sixty seconds."""

    def __init__(self) -> None:
        self._spent: deque[tuple[float, int]] = deque()
        self._sum = 0

    def used(self, now: float) -> int:
        """The sum at ``now``; older entries are forgotten."""
        while self._spent and self._spent[0][0] <= now - MINUTE:
            self._sum -= self._spent.popleft()[1]
        return self._sum

    def add(self, now: float, amount: int) -> int:
        """Spend ``amount`` and return the new sum."""
        self._spent.append((now, amount))
        self._sum += amount
        return self.used(now)


class Visitor:
    """One client address: what it holds at present. ``limits`` may be replaced while it is here."""

    def __init__(self, limits: Limits, usage: Usage) -> None:
        self.limits = limits
        self.usage = usage
        self.sockets = self.subscriptions = self.posts = 0
        self._opens, self._frames, self._weight = SlidingMinute(), SlidingMinute(), SlidingMinute()
        self._users: Counter[str] = Counter()
        self._released: dict[str, float] = {}

    def open(self, now: float) -> str | None:
        """A socket wants in; the reason for closing it with 1008, or None."""
        if self.sockets >= self.limits.sockets:
            return self._refuse(SOCKETS, f"Cannot open more than {self.limits.sockets} connections.")
        if self._opens.used(now) >= self.limits.opens:
            return self._refuse(OPENS, f"Cannot open more than {self.limits.opens} connections per minute.")
        self.sockets += 1
        self._note(SOCKETS, self.sockets)
        self._note(OPENS, self._opens.add(now, 1))
        return None

    def close(self, now: float, subscriptions: int, users: list[str]) -> None:
        """A socket went; its subscriptions are free at once, its users a little later."""
        self.sockets -= 1
        self.subscriptions -= subscriptions
        for user in users:
            self.untrack(user)
            if not self._users[user]:
                self._released[user] = now + self.limits.release_seconds

    def frame(self, now: float) -> str | None:
        """A frame came in; the error text, or None."""
        if self._frames.used(now) >= self.limits.frames:
            return self._refuse(FRAMES, f"Cannot send more than {self.limits.frames} messages per minute.")
        self._note(FRAMES, self._frames.add(now, 1))
        return None

    def subscribe(self, now: float, user: str | None, most_users: int) -> str | None:
        """A subscription, perhaps of a user's, is wanted; the error text, or None."""
        if self.subscriptions >= self.limits.subscriptions:
            return self._refuse(
                SUBSCRIPTIONS, f"Cannot subscribe to more than {self.limits.subscriptions} channels."
            )
        if user is not None and user not in (tracked := self._tracked(now)):
            if len(tracked) >= most_users:
                return self._refuse(USERS, f"Cannot track more than {most_users} total users.")
            self._note(USERS, len(tracked) + 1)
        if user is not None:
            self._users[user] += 1
        self.subscriptions += 1
        self._note(SUBSCRIPTIONS, self.subscriptions)
        return None

    def unsubscribe(self, user: str | None) -> None:
        """A subscription ended; a user's slot is free at once."""
        self.subscriptions -= 1
        if user is not None:
            self.untrack(user)

    def untrack(self, user: str) -> None:
        """One subscription less names this user."""
        self._users[user] -= 1

    def post(self) -> bool:
        """A post begins, if fewer than the limit are in flight; ``posts`` goes down when it ends."""
        if self.posts >= self.limits.posts:
            self.usage.rejected[POSTS] += 1
            return False
        self.posts += 1
        self._note(POSTS, self.posts)
        return True

    def spend(self, now: float, weight: int, surcharge: bool = False) -> bool:
        """Spend REST weight, or say False; a surcharge comes after the reply and is never refused."""
        if not surcharge and self._weight.used(now) + weight > self.limits.weight:
            self.usage.rejected[WEIGHT] += 1
            return False
        self.usage.record(WEIGHT, self._weight.add(now, weight))
        self.usage.total[WEIGHT] += weight
        return True

    def _tracked(self, now: float) -> set[str]:
        self._released = {user: until for user, until in self._released.items() if until > now}
        self._users = +self._users
        return set(self._users) | set(self._released)

    def _note(self, name: str, used: int) -> None:
        self.usage.record(name, used)
        self.usage.total[name] += 1

    def _refuse(self, name: str, text: str) -> str:
        self.usage.rejected[name] += 1
        return text
