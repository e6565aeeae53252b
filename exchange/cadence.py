"""How often each stream speaks, and when its silence means that its values are old.

Names of streams: ``prices`` · ``contexts`` · ``spot`` · ``book:<coin>`` · ``quotes:<coin>`` ·
``trades:<coin>`` · ``candle:<coin>:<interval>`` · ``market:<coin>``. Cadences are those of API.md
section 5, measured on mainnet in 2026-08 and 09; the limit leaves room for a few lost beats.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cadence:
    """``every`` is the usual time between two frames, ``limit`` the silence after which a stream is stale.

    Both in seconds; None for streams that speak only when something happens: they are judged by
    the other streams of their socket. ``fallback_limit`` is the limit while a slower source carries it.
    """

    every: float | None
    limit: float | None
    fallback_limit: float | None


CADENCES = {
    "prices": Cadence(1.0, 5.0, 15.0),
    "contexts": Cadence(13.6, 45.0, 150.0),
    "spot": Cadence(15.0, 60.0, 90.0),  # of spotAssetCtxs nobody has measured it: about that of assetCtxs
    "market": Cadence(1.0, 6.0, 45.0),
    "book": Cadence(0.54, 5.0, 20.0),
    "quotes": Cadence(None, None, None),
    "trades": Cadence(None, None, None),
    "candle": Cadence(None, None, None),
}

OPENING_SECONDS = 10.0
"""Every subscription of the market is answered with a first frame; not within this time is silence."""
QUIET_SECONDS = 60.0
"""A stream without a cadence, silent so long, is subscribed to anew: its first frame tells what was missed."""
MOST_QUIET_SECONDS = 600.0
"""The same, for a coin where nothing happens: the time doubles up to this."""


def cadence(stream: str) -> Cadence:
    """The cadence of a stream by its name."""
    return CADENCES[stream.partition(":")[0]]


def limit_ms(stream: str, state: str = "live") -> int | None:
    """The age in ms past which values of a stream are stale; None if it may be silent for long."""
    row = cadence(stream)
    limit = row.fallback_limit if state == "fallback" else row.limit
    return None if limit is None else round(limit * 1000)
