"""A coin's candles before the start: made when asked for, top-down, always the same.

Days are a seeded walk backwards from the starting price; a day is split into hours, an hour into
quarters, a quarter into minutes (``bars.split``), so that every level adds up to the one above.
"""

import math
from random import Random

from exchange.simulator.bars import DAY, HOUR, MARGINS, MINUTE, Bar, split
from exchange.simulator.figures import Ladder
from exchange.simulator.listing import Listing

QUARTER = 15 * MINUTE
PARENTS = {HOUR: DAY, QUARTER: HOUR, MINUTE: QUARTER}
LOWEST = 50
"""No price is lower than this step of its ladder."""


class History:
    """Bars of one coin up to ``end_ms``, a full minute."""

    def __init__(self, seed: int, listing: Listing, ladder: Ladder, end_ms: int) -> None:
        self.listing = listing
        self.ladder = ladder
        self.end_ms = end_ms
        self.begin_ms = end_ms // DAY * DAY - listing.age_days * DAY
        self._seed = f"{seed}/{listing.name}"
        self._rng = Random(f"{self._seed}/days")
        self._days: dict[int, Bar] = {}
        self._parts: dict[tuple[int, int], list[Bar]] = {}
        self._next_day = (end_ms - 1) // DAY * DAY
        self._close = max(LOWEST, ladder.step(round(listing.price * 10**listing.px_decimals)))
        self.last = self._close

    def day(self, t: int) -> Bar | None:
        """The day that begins at ``t``; None before the coin's first and after the end."""
        while self._next_day >= max(t, self.begin_ms):
            self._days[self._next_day] = self._make_day(self._next_day)
            self._next_day -= DAY
        return self._days.get(t)

    def _make_day(self, t: int) -> Bar:
        rng, listing, ladder = self._rng, self.listing, self.ladder
        share = (min(t + DAY, self.end_ms) - t) / DAY
        spread = listing.volatility * math.sqrt(share) * math.exp(rng.gauss(0, 0.3))
        close = self._close
        opened = self._near(close, rng.gauss(0, spread))
        margin = MARGINS[DAY]
        high = max(self._near(max(opened, close), abs(rng.gauss(0, spread))), max(opened, close) + margin)
        low = min(self._near(min(opened, close), -abs(rng.gauss(0, spread))), min(opened, close) - margin)
        minutes = round(share * 1440)
        busy = math.exp(rng.gauss(0, 0.25))
        count = max(minutes, int(listing.rate * 86_400 * share * busy))
        price = ladder.price(close) / 10**listing.px_decimals
        volume = max(count, int(listing.day_usd * share * busy / price * listing.lots))
        self._close = opened
        return Bar(t, opened, high, low, close, volume, count)

    def _near(self, step: int, change: float) -> int:
        return max(LOWEST, self.ladder.step(round(self.ladder.price(step) * math.exp(change))))

    def parts(self, t: int, length: int) -> list[Bar]:
        """The bars of ``length`` inside the parent bar that begins at ``t`` (a day, hour or quarter)."""
        key = (t, length)
        if key not in self._parts:
            parent = self.bar(t, PARENTS[length])
            rng = Random(f"{self._seed}/{length}/{t}")
            until = min(t + PARENTS[length], self.end_ms)
            self._parts[key] = split(parent, rng, length, until) if parent else []
        return self._parts[key]

    def bar(self, t: int, length: int) -> Bar | None:
        """The bar of ``length`` (a day, hour, quarter or minute) that begins at ``t``."""
        if length == DAY:
            return self.day(t)
        parent = PARENTS[length]
        if t >= self.end_ms:
            return None
        bars = self.parts(t // parent * parent, length)
        at = t % parent // length
        return bars[at] if at < len(bars) else None

    def price_at(self, t: int) -> int:
        """The step at which the coin stood at the beginning of ``t``'s quarter hour, before the end."""
        bar = self.bar(t // QUARTER * QUARTER, QUARTER)
        if bar is not None:
            return bar.o
        if t >= self.end_ms:
            return self.last
        first = self.day(max(self.begin_ms, min(t, self.end_ms - 1)) // DAY * DAY)
        return first.o if first else self.last
