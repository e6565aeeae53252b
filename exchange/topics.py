"""Topic: what a browser asks for, and what the feed publishes.

``markets`` all rows of the markets table · ``market:<coin>`` one market's header figures ·
``book:<coin>`` · ``trades:<coin>`` · ``candle:<coin>:<interval>`` · ``changes:<coin>`` over those spans of time
that an alert looks at · ``status`` the feed's own state ·
``account:<address>`` one followed account, for those who have it among their wallets.
A coin may hold ``:``, ``@``, ``#`` and ``/`` (``xyz:SP500``, ``@107``, ``PURR/USDC``).
"""

import re
from dataclasses import dataclass

INTERVALS = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "8h", "12h", "1d", "3d", "1w", "1M")
"""Candle intervals of the exchange (API.md section 6), shortest first."""

KINDS_ALONE = ("markets", "status")
ADDRESS = re.compile(r"0x[0-9a-f]{40}")
KINDS_OF_COIN = ("market", "book", "trades", "candle", "changes")


class UnknownTopic(ValueError):
    """No such topic; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic taken apart. ``str(topic)`` puts it together again."""

    kind: str
    coin: str = ""
    interval: str = ""
    address: str = ""

    def __str__(self) -> str:
        return ":".join(part for part in (self.kind, self.coin, self.interval, self.address) if part)

    @classmethod
    def parse(cls, text: str) -> "Topic":
        """Take ``text`` apart; raise UnknownTopic. Whether the coin exists is the universe's to say."""
        kind, _, rest = text.partition(":")
        if kind in KINDS_ALONE and not rest:
            return cls(kind)
        if kind == "account" and ADDRESS.fullmatch(rest):
            return cls(kind, address=rest)
        if kind not in KINDS_OF_COIN or not rest or len(rest) > 64:
            raise UnknownTopic(f"no topic {text[:80]!r}")
        if kind != "candle":
            return cls(kind, rest)
        coin, _, interval = rest.rpartition(":")
        if not coin or interval not in INTERVALS:
            raise UnknownTopic(f"a candle topic is candle:<coin>:<interval>, not {text[:80]!r}")
        return cls(kind, coin, interval)
