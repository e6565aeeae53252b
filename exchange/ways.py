"""Ways: the sources of each stream, best first; the later ones are what API.md names as slower (sections 5 and 6).

Nobody could try the live exchange while this was written, so every subscription has a way around it:
another subscription, a poll by REST, or what another stream brings anyway (a way without either).
"""

from dataclasses import dataclass

from exchange.subscriptions import Subscription
from exchange.universe import Universe


@dataclass(frozen=True, slots=True)
class Way:
    """One source: ``subscriptions`` on the socket, a ``poll`` by REST each ``every`` seconds, or neither: what the
    stream ``carrier`` brings anyway.
    """

    name: str
    subscriptions: tuple[Subscription, ...] = ()
    poll: bool = False
    every: float = 0.0
    carrier: str = ""


ALWAYS_ON = ("prices", "contexts", "spot")


def ways_of(stream: str, universe: Universe) -> tuple[Way, ...]:
    """The ways of a stream, by its name (see ``cadence``)."""
    kind, _, rest = stream.partition(":")
    if kind == "candle":
        coin, _, interval = rest.rpartition(":")
        candle = Subscription("candle", coin=coin, interval=interval)
        return Way("candle", (candle,)), Way("polled candleSnapshot", poll=True, every=15.0)
    if kind == "prices":
        mids = tuple(Subscription("allMids", dex=dex or None) for dex in live_dexes(universe))
        return (
            Way("fastAssetCtxs", (Subscription("fastAssetCtxs"),)),
            Way("allMids and activeAssetCtx", mids),
            Way("polled allMids", poll=True, every=10.0),
        )
    if kind == "contexts":
        everything = Subscription("allDexsAssetCtxs")
        return Way("allDexsAssetCtxs", (everything,)), Way("polled metaAndAssetCtxs", poll=True, every=60.0)
    if kind == "spot":
        pairs = Subscription("spotAssetCtxs")
        return Way("spotAssetCtxs", (pairs,)), Way("polled spotMetaAndAssetCtxs", poll=True, every=30.0)
    return _ways_of_coin(kind, rest)


def _ways_of_coin(kind: str, coin: str) -> tuple[Way, ...]:
    match kind:
        case "book":
            return (
                Way("fast l2Book", (Subscription("l2Book", coin=coin, fast=True),)),
                Way("slow l2Book", (Subscription("l2Book", coin=coin),)),
                Way("polled l2Book", poll=True, every=5.0),
            )
        case "quotes":
            return Way("bbo", (Subscription("bbo", coin=coin),)), Way(
                "best levels of the book", carrier=carrier_of(f"quotes:{coin}")
            )
        case "trades":
            return Way("trades", (Subscription("trades", coin=coin),)), Way(
                "polled recentTrades", poll=True, every=15.0
            )
        case "market":
            return Way("activeAssetCtx", (Subscription("activeAssetCtx", coin=coin),)), Way(
                "contexts of all coins", carrier=carrier_of(f"market:{coin}")
            )
    raise ValueError(f"no stream of kind {kind!r}")


def carrier_of(stream: str) -> str:
    """The stream that brings the values of this one too, if less of them; empty if none does."""
    kind, _, coin = stream.partition(":")
    return {"quotes": f"book:{coin}", "market": "contexts"}.get(kind, "")


def live_dexes(universe: Universe) -> list[str]:
    """Dexes with at least one coin that still trades; six of ten builder dexes had none in 2026-09 (M)."""
    dexes = (dex for dex, coins in universe.by_dex.items() if any(not coin.is_delisted for coin in coins))
    return list(dexes) or [""]
