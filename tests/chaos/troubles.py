"""Troubles: what befalls a feed in one scenario, drawn by its seed."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from exchange.simulator import faults as f

LASTS = 45.0
"""Seconds of the clock in which troubles begin."""

STREAMS = ("*", "*", "trades", "l2Book", "bbo", "candle", "fastAssetCtxs", "allDexsAssetCtxs", "activeAssetCtx")
REPEATED = ("l2Book", "fastAssetCtxs", "allDexsAssetCtxs", "spotAssetCtxs", "activeAssetCtx")
"""Streams whose next frame puts right what a lying one said."""
CODES = (None, None, 1000, 1001, 1011, 1012)


@dataclass(frozen=True)
class Disconnect:
    """The socket ends, with a close code or (None) without a word."""

    code: int | None


Trouble = f.AnyFault | Disconnect


def troubles(seed: int) -> list[tuple[float, Trouble]]:
    """Two to six troubles, each with the second in which it begins."""
    draw = Random(f"troubles/{seed}")
    kinds = [draw.choice(KINDS) for _ in range(draw.randint(2, 6))]
    return sorted(((draw.uniform(0, LASTS), kind(draw)) for kind in kinds), key=lambda trouble: trouble[0])


def may_eat_answers(seed: int) -> bool:
    """Whether the answer to a subscribe may be lost: then a Gap is right even if nothing is missing."""
    eaters = (f.Drop, f.Stall, f.Nonsense)
    return any(isinstance(one, eaters) and one.stream in ("*", "trades") for _, one in troubles(seed))


def _share(draw: Random) -> float:
    return draw.choice((0.05, 0.2, 0.5, 0.9))


def _seconds(draw: Random) -> float:
    return draw.uniform(2, 30)


KINDS: tuple[Callable[[Random], Trouble], ...] = (
    lambda draw: f.Drop(stream=draw.choice(STREAMS), share=_share(draw), seconds=_seconds(draw)),
    lambda draw: f.Drop(stream="trades", share=_share(draw), seconds=_seconds(draw)),
    lambda draw: f.Stall(stream=draw.choice(STREAMS), seconds=_seconds(draw)),
    lambda draw: f.Duplicate(stream=draw.choice(STREAMS), share=_share(draw), seconds=_seconds(draw)),
    lambda draw: f.Reorder(seconds=_seconds(draw)),
    lambda draw: f.Nonsense(stream=draw.choice(STREAMS), share=_share(draw), seconds=_seconds(draw)),
    lambda draw: f.Garble(stream=draw.choice(REPEATED), share=_share(draw), seconds=_seconds(draw)),
    lambda draw: f.Latency(delay=draw.uniform(0.1, 4), seconds=_seconds(draw)),
    lambda draw: f.RefuseConnections(seconds=_seconds(draw)),
    lambda draw: f.RestFault(answer=draw.choice(("429", "502", "500", "garbage")), seconds=_seconds(draw)),
    lambda draw: Disconnect(draw.choice(CODES)),
    lambda draw: Disconnect(draw.choice(CODES)),
)
