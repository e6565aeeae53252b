"""How often somebody may ask: a moving window of 60 seconds for each user, or each address without a sign-in.

Counted by the library ``limits``: in Redis by one Lua script for all processes, or in this process's
memory. While Redis cannot be asked, each process counts for itself.
"""

import asyncio
import ipaddress
import logging
import time
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter as RedisWindow
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter as MemoryWindow
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

WINDOW_S = 60
PATIENCE_S = 1.0
"""How long Redis may take to count one request."""
RESPITE_S = 5.0
"""After Redis has failed it is left alone for so long, so that not every request waits for it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request is admitted. ``reset`` is in how many seconds the oldest one counted falls out."""

    admitted: bool
    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """The usual three, and when to come back."""
        usual = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }
        return usual if self.admitted else {**usual, "Retry-After": str(self.reset)}


class Window(RateLimitItemPerSecond):
    """So many requests in ``WINDOW_S``; counted by the key alone, so that another tier goes on counting."""

    def key_for(self, *identifiers: str) -> str:
        return "/".join(identifiers)


class Limiter:
    """Counts requests by key. ``redis_url`` may be empty; ``prefix`` keeps installations apart."""

    def __init__(self, redis_url: str, prefix: str) -> None:
        self.redis_url, self.prefix = redis_url, prefix
        self._memory = MemoryWindow(MemoryStorage())
        # A connection belongs to the event loop that opened it.
        self._windows: WeakKeyDictionary[Any, RedisWindow] = WeakKeyDictionary()
        self._silent_until = 0.0

    async def take(self, key: str, limit: int) -> Verdict:
        """Count one request of ``key``, unless ``limit`` of them were counted within the window."""
        item = Window(limit, WINDOW_S)
        if self.redis_url and time.monotonic() >= self._silent_until:
            try:
                window = self._window()
                admitted = await window.hit(item, key)
                return verdict(limit, admitted, await window.get_window_stats(item, key))
            except (RedisError, OSError) as error:
                self._silent_until = time.monotonic() + RESPITE_S
                log.warning("Redis cannot count requests, this process does for %g s: %s", RESPITE_S, error)
        admitted = self._memory.hit(item, key)
        return verdict(limit, admitted, self._memory.get_window_stats(item, key))

    def _window(self) -> RedisWindow:
        loop = asyncio.get_running_loop()
        if loop not in self._windows:
            self._windows[loop] = RedisWindow(self._storage())
        return self._windows[loop]

    def _storage(self) -> RedisStorage:
        patience: dict[str, Any] = {
            "socket_timeout": PATIENCE_S,
            "socket_connect_timeout": PATIENCE_S,
            "retry": Retry(NoBackoff(), 1),  # a connection that Redis closed meanwhile is no failure
        }
        uri = f"async+{self.redis_url}".replace("async+unix:", "async+redis+unix:")
        return RedisStorage(uri, implementation="redispy", key_prefix=f"{self.prefix}:rate", **patience)


def verdict(limit: int, admitted: bool, stats: Any) -> Verdict:
    """The library's answer, whole seconds rounded up: whoever waits so long is admitted."""
    left = stats.reset_time - time.time()
    remaining = max(0, stats.remaining) if admitted else 0
    return Verdict(admitted, limit, remaining, min(WINDOW_S, max(1, int(left) + 1)))


def address_key(ip: str) -> str:
    """What requests without a sign-in are counted by: the address, of IPv6 the network that one line gets."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "ip:unknown"
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return f"ip:{mapped or ipaddress.ip_network((address, 64), strict=False)}"
    return f"ip:{address}"
