"""The frames that a feed holds on mainnet with 20 watched coins, at the cadences of API.md section 5.

They come from the simulated exchange, seeded, so that each kind is there as often and as large as it
is on the wire: prices of all coins, contexts of all dexes, and for each watched coin both books,
quotes, trades, the minute's candle and its context.
"""

from collections import Counter
from typing import Any

import msgspec

from exchange.events import UniverseChanged
from exchange.simulator.profile import MAINNET_LIKE
from exchange.simulator.stream_hub import Hub
from exchange.simulator.stream_names import parse
from exchange.simulator.world import World
from exchange.universe import Universe
from exchange.wire.market import Meta, SpotMeta

SECONDS = 60
WARM_UP_MS = 120_000
WATCHED = 20
PER_COIN: list[dict[str, Any]] = [
    {"type": "l2Book", "fast": True},
    {"type": "l2Book", "fast": False},
    {"type": "bbo"},
    {"type": "trades"},
    {"type": "candle", "interval": "1m"},
    {"type": "activeAssetCtx"},
]
FOR_ALL: list[dict[str, Any]] = [{"type": "fastAssetCtxs"}, {"type": "allDexsAssetCtxs"}, {"type": "allMids"}]


class Recording(msgspec.Struct):
    """Frames in their order, the coins watched, and the universe that they speak of."""

    frames: list[bytes]
    coins: list[str]
    universe: UniverseChanged

    def mix(self) -> Counter[str]:
        """How many frames of each channel."""
        return Counter(frame[12 : frame.index(b'"', 12)].decode() for frame in self.frames)

    @property
    def mean_size(self) -> float:
        """Bytes a frame."""
        return sum(map(len, self.frames)) / len(self.frames)


class _Listener:
    """Somebody for the hub to send to."""


def record(seconds: int = SECONDS) -> Recording:
    """What comes in so many seconds, after the first frames of each subscription."""
    world = World(seed=7, profile=MAINNET_LIKE)
    universe = _universe(world)
    coins = [coin.name for coin in universe.by_dex[""] if not coin.is_delisted][:WATCHED]
    world.advance(world.now_ms + WARM_UP_MS)
    hub, listener = Hub(world, seed=7), _Listener()
    frames = []
    for ask in [*FOR_ALL, *({**each, "coin": coin} for coin in coins for each in PER_COIN)]:
        frames += hub.join(listener, parse(ask))  # type: ignore[arg-type]
    for outbox in hub.step(world.now_ms + seconds * 1000):
        frames += outbox.get(listener, [])  # type: ignore[call-overload]
    return Recording([raw for _, _, raw in frames], coins, UniverseChanged(world.now_ms, universe))


def _universe(world: World) -> Universe:
    names = ["" if dex is None else dex["name"] for dex in world.info({"type": "perpDexs"})]
    metas = msgspec.convert(world.info({"type": "allPerpMetas"}), list[Meta])
    spot = msgspec.convert(world.info({"type": "spotMeta"}), SpotMeta)
    return Universe.build(zip(names, metas, strict=True), spot)
