"""Subscriptions as clients write them, checked and with their defaults filled in (API.md sections 4, 5).

What the exchange cannot parse is an error frame; what parses but names something that does not
exist kills the whole socket: ``fault_of`` says which.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from exchange.simulator.world import World
from exchange.topics import INTERVALS

Json = dict[str, Any]

REQUIRED: Any = object()
UNSAID: Any = object()
"""The default of a field that is echoed only if it was sent."""

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


class Unparseable(ValueError):
    """The exchange has no such subscription: unknown type, missing field or a field of the wrong kind."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One normalised subscription; equal ones are the same stream."""

    type: str
    fields: tuple[tuple[str, Any], ...]

    def __getitem__(self, name: str) -> Any:
        return dict(self.fields).get(name)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Its type, and what the fast form of it is called where the two are told apart."""
        return (self.type, f"fast {self.type}") if self["fast"] is True else (self.type,)

    @property
    def user(self) -> str | None:
        """The tracked user, lower-case, of an account stream."""
        user: str | None = self["user"]
        return user

    @property
    def about(self) -> str:
        """The user or coin that the stream is about, or an empty text."""
        return self["user"] or self["coin"] or ""

    def echo(self) -> Json:
        """What acknowledgements and refusals repeat."""
        return {"type": self.type} | {name: value for name, value in self.fields if value is not UNSAID}

    def text(self) -> str:
        return msgspec.json.encode(self.echo()).decode()


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _address(value: Any) -> bool:
    return isinstance(value, str) and ADDRESS.fullmatch(value) is not None


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _number(value: Any) -> bool:
    return value is None or (type(value) is int and 0 <= value < 256)


def _optional_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


Field = tuple[str, Callable[[Any], bool], Any]

COIN: Field = ("coin", _text, REQUIRED)
USER: Field = ("user", _address, REQUIRED)
DEX: Field = ("dex", _text, "")

SHAPES: dict[str, tuple[Field, ...]] = {
    "allMids": (("dex", _optional_text, UNSAID),),
    "bbo": (COIN,),
    "l2Book": (COIN, ("nSigFigs", _number, None), ("mantissa", _number, None), ("fast", _flag, False)),
    "trades": (COIN,),
    "candle": (COIN, ("interval", _text, REQUIRED)),
    "activeAssetCtx": (COIN,),
    "fastAssetCtxs": (),
    "allDexsAssetCtxs": (),
    "assetCtxs": (DEX,),
    "spotAssetCtxs": (),
    "outcomeMetaUpdates": (),
    "clearinghouseState": (USER, DEX),
    "allDexsClearinghouseState": (USER,),
    "openOrders": (USER, DEX),
    "spotState": (USER, ("ignorePortfolioMargin", _flag, False)),
    "twapStates": (USER, DEX),
    "webData3": (USER,),
    "userFills": (USER, ("aggregateByTime", _flag, False)),
    "userFundings": (USER,),
    "userNonFundingLedgerUpdates": (USER,),
    "userHistoricalOrders": (USER,),
    "userTwapSliceFills": (USER,),
    "userTwapHistory": (USER,),
    "activeAssetData": (USER, COIN),
    "orderUpdates": (USER,),
    "userEvents": (USER,),
    "notification": (USER,),
}
"""Every type the exchange parses. ``webData2`` is not among them any more."""


def parse(raw: Any) -> Subscription:
    """The normalised subscription that ``raw`` asks for; unknown fields are ignored. Raises Unparseable."""
    kind = raw.get("type") if isinstance(raw, dict) else None
    shape = SHAPES.get(kind) if isinstance(kind, str) else None
    if kind is None or shape is None:
        raise Unparseable(f"no subscription of type {kind!r}")
    fields = []
    for name, fits, default in shape:
        value = raw.get(name, default)
        if value is REQUIRED or (value is not UNSAID and not fits(value)):
            raise Unparseable(f"{kind} needs a proper {name}")
        fields.append((name, value.lower() if name == "user" else value))
    return Subscription(kind, tuple(fields))


def is_invalid(subscription: Subscription) -> bool:
    """Whether it is answered with ``Invalid subscription``: a candle of no interval, perp data of no perp."""
    if subscription.type == "candle":
        return subscription["interval"] not in INTERVALS
    return subscription.type == "activeAssetData" and _is_not_perp(subscription["coin"])


def is_fatal(subscription: Subscription, world: World) -> bool:
    """Whether it names a coin, dex or precision that does not exist, which drops the whole socket."""
    coin, dex = subscription["coin"], subscription["dex"]
    if coin is not None and coin not in world.coins():
        return True
    if dex not in (None, UNSAID) and dex not in world.dexes():
        return True
    return subscription.type == "l2Book" and _is_bad_precision(subscription["nSigFigs"], subscription["mantissa"])


def _is_not_perp(coin: str) -> bool:
    return coin.startswith(("@", "#")) or "/" in coin


def _is_bad_precision(figures: int | None, mantissa: int | None) -> bool:
    if figures is not None and not 2 <= figures <= 5:
        return True
    return mantissa is not None and (figures != 5 or mantissa not in (1, 2, 5))
