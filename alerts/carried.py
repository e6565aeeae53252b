"""Carried: which streams bring the figures of a coin, and whether they live or have fallen silent."""

from exchange.market import Market

LIVING = ("live", "fallback")
"""States of a stream whose values count."""


def lives(market: Market, source: str, coin: str) -> bool:
    """Whether what the Market knows of this coin by this stream is of now."""
    return any(state in LIVING for state in _states(market, source, coin))


def is_silent(market: Market, source: str, coin: str) -> bool:
    """Whether what should bring it has been found to be silent; not if it has not begun, or is not wanted."""
    states = _states(market, source, coin)
    return "stale" in states and not any(state in LIVING for state in states)


def brings(market: Market, stream: str, coin: str) -> bool:
    """Contexts of perps and of spot pairs come by two streams."""
    state = market.coins.get(coin)
    if stream not in ("contexts", "spot") or state is None:
        return True
    return (state.coin.kind == "spot") == (stream == "spot")


def _states(market: Market, source: str, coin: str) -> list[str]:
    state = market.coins.get(coin)
    if state is None:
        return []
    kind = "spot" if source == "contexts" and state.coin.kind == "spot" else source
    names = {"quotes": (f"book:{coin}", f"quotes:{coin}"), "trades": (f"trades:{coin}",)}.get(source, (kind,))
    return [market.streams[name].state for name in names if name in market.streams]
