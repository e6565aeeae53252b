"""Subscription: one thing asked of a socket, and the frames that ask for it (API.md section 4)."""

from dataclasses import replace
from typing import Any

import msgspec

from exchange.topics import Topic
from exchange.universe import Universe


class Subscription(msgspec.Struct, frozen=True, omit_defaults=True):
    """What goes under ``subscription``; the defaults are those that the exchange fills in."""

    type: str
    coin: str | None = None
    interval: str | None = None
    fast: bool = False
    dex: str | None = None
    user: str | None = None

    def subscribe(self) -> bytes:
        """The frame that asks for it."""
        return msgspec.json.encode({"method": "subscribe", "subscription": self})

    def unsubscribe(self) -> bytes:
        """The frame that ends it."""
        return msgspec.json.encode({"method": "unsubscribe", "subscription": self})

    def is_known_to(self, universe: Universe) -> bool:
        """Whether what it names exists; a name that does not would kill the socket."""
        return (self.coin is None or self.coin in universe) and (self.dex is None or self.dex in universe.by_dex)

    def __str__(self) -> str:
        plain = msgspec.to_builtins(self)
        return " ".join(str(value) if value is not True else key for key, value in plain.items())


PING = b'{"method":"ping"}'


def acknowledged(echo: Any) -> Subscription | None:
    """The subscription that an acknowledgement or refusal repeats, whatever defaults were added to it."""
    try:
        said = msgspec.convert(echo, Subscription)
    except msgspec.ValidationError:
        return None
    return msgspec.structs.replace(said, dex=said.dex or None, user=said.user.lower() if said.user else None)


FED_BY: dict[str, tuple[str, ...]] = {
    **{kind: (kind,) for kind in ("market", "trades", "candle")},
    "book": ("book", "quotes"),
    **dict.fromkeys(("markets", "status", "account", "changes"), ()),
}
"""Kinds of streams, by the kind of topic that they feed; nothing for what is always on or comes another way."""


def streams_of(topic: Topic) -> tuple[str, ...]:
    """The streams (names as in ``cadence``) that somebody who holds a topic needs."""
    return tuple(str(replace(topic, kind=kind)) for kind in FED_BY[topic.kind])
