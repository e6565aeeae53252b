"""Candles on the ladder: how one is split so that its parts add up to it exactly."""

import math
from random import Random
from typing import NamedTuple

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Bar(NamedTuple):
    """One candle. Prices are steps on the coin's ladder, volume counts lots, n trades."""

    t: int
    o: int
    h: int
    l: int
    c: int
    v: int
    n: int


MARGINS = {MINUTE: 0, 15 * MINUTE: 1, HOUR: 2, DAY: 3}
"""Steps that a bar's open and close keep from its high and low, so that its parts have room."""


def split(bar: Bar, rng: Random, step_ms: int, until_ms: int) -> list[Bar]:
    """Bars of ``step_ms`` that make up ``bar``, which ends at ``until_ms``.

    Opens and closes chain, exactly one touches the high and one the low, volumes and counts add up;
    each minute has at least one trade.
    """
    starts = range(bar.t, until_ms, step_ms)
    margin = MARGINS[step_ms]
    nodes = path(bar, rng, len(starts), margin)
    peaks = [max(nodes[i], nodes[i + 1]) for i in range(len(starts))]
    pits = [min(nodes[i], nodes[i + 1]) for i in range(len(starts))]
    top, bottom = peaks.index(max(peaks)), pits.index(min(pits))
    reach = (bar.h - bar.l) / (2 * math.sqrt(len(starts)))
    minutes = [(min(t + step_ms, until_ms) - t) // MINUTE for t in starts]
    counts = share(bar.n, minutes, rng)
    volumes = share(bar.v, counts, rng)
    parts = []
    for i, t in enumerate(starts):
        high = bar.h if i == top else min(bar.h - 1, peaks[i] + margin + int(rng.random() * reach))
        low = bar.l if i == bottom else max(bar.l + 1, pits[i] - margin - int(rng.random() * reach))
        parts.append(Bar(t, nodes[i], high, low, nodes[i + 1], volumes[i], counts[i]))
    return parts


def path(bar: Bar, rng: Random, parts: int, margin: int) -> list[int]:
    """Opens of the parts and the last close: a random bridge that stays clear of high and low."""
    walk = [0.0]
    for _ in range(parts):
        walk.append(walk[-1] + rng.gauss(0, 1))
    end = walk[-1]
    bridge = [w - end * i / parts for i, w in enumerate(walk)]
    widest = max(max(bridge) - min(bridge), 0.001)
    scale = (bar.h - bar.l) * rng.uniform(0.7, 1.0) / widest
    floor, ceiling = bar.l + margin + 1, bar.h - margin - 1
    drift = (bar.c - bar.o) / parts
    nodes = [min(ceiling, max(floor, round(bar.o + drift * i + scale * b))) for i, b in enumerate(bridge)]
    nodes[0], nodes[-1] = bar.o, bar.c
    return nodes


def share(total: int, least: list[int], rng: Random) -> list[int]:
    """``total`` split at random, each part at least its ``least``."""
    weights = [rng.random() + 0.3 for _ in least]
    whole = sum(weights)
    spare = total - sum(least)
    parts = [low + int(spare * w / whole) for low, w in zip(least, weights, strict=True)]
    parts[-1] += total - sum(parts)
    return parts


def join(bars: list[Bar], t: int) -> Bar:
    """The one bar that some successive bars make up."""
    return Bar(
        t,
        bars[0].o,
        max(bar.h for bar in bars),
        min(bar.l for bar in bars),
        bars[-1].c,
        sum(bar.v for bar in bars),
        sum(bar.n for bar in bars),
    )
