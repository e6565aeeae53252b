"""Funding rates: the exchange's formula, the hours before the start, and those since."""

from random import Random

from exchange.simulator.bars import DAY, HOUR
from exchange.simulator.listing import Listing

SCALE = 10_000_000_000
"""Rates and premiums are kept as integers of 10**-10, the wire's precision."""
INTEREST = 0.0001
CLAMP = 0.0005
CAP = 0.04
MULTIPLIERS = {"xyz": 0.5}

Row = tuple[int, int, int]


def hourly_rate(premium: float, multiplier: float = 1.0) -> float:
    """(P + clamp(0.0001 - P, ±0.0005)) / 8, at most 4 % an hour (API.md section 8)."""
    pull = max(-CLAMP, min(CLAMP, INTEREST - premium))
    return max(-CAP, min(CAP, (premium + pull) / 8 * multiplier))


class Funding:
    """Past and live funding rows ``(time, rate, premium)`` of every coin; rates count 10**-10."""

    def __init__(self, seed: int, end_ms: int) -> None:
        self._seed = seed
        self._end = end_ms
        self._days: dict[tuple[str, int], list[Row]] = {}
        self._stamps: dict[int, int] = {}
        self.live: dict[str, list[Row]] = {}

    def stamp(self, hour: int) -> int:
        """When the funding of an hour is booked: 1 to 118 ms after it."""
        if hour not in self._stamps:
            self._stamps[hour] = hour + 1 + Random(f"{self._seed}/{hour}").randrange(118)
        return self._stamps[hour]

    def past(self, listing: Listing, day: int) -> list[Row]:
        """The rows of one day before the start."""
        key = (listing.name, day)
        if key not in self._days:
            rng = Random(f"{self._seed}/{listing.name}/funding/{day}")
            level = rng.gauss(0.0, 0.0004)
            hours = range(day, min(day + DAY, self._end), HOUR)
            self._days[key] = [
                self.row(self.stamp(hour), level + rng.gauss(0.0, 0.0001), listing) for hour in hours
            ]
        return self._days[key]

    def row(self, time: int, premium: float, listing: Listing) -> Row:
        rate = hourly_rate(premium, MULTIPLIERS.get(listing.dex, 1.0))
        return time, round(rate * SCALE), round(premium * SCALE)

    def at(self, listing: Listing, hour: int) -> Row:
        """The row of one past hour."""
        return self.past(listing, hour // DAY * DAY)[hour % DAY // HOUR]

    def between(self, listing: Listing, begin: int, start: int, stop: int, limit: int) -> list[Row]:
        """Rows with ``start <= time <= stop``, oldest first, at most ``limit``; none before ``begin``."""
        rows: list[Row] = []
        day = max(begin, start - HOUR, 0) // DAY * DAY
        while day < min(self._end, stop + 1) and len(rows) < limit:
            rows += [row for row in self.past(listing, day) if start <= row[0] <= stop]
            day += DAY
        rows += [row for row in self.live.get(listing.name, ()) if start <= row[0] <= stop]
        return rows[:limit]
