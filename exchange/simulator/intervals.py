"""The exchange's 14 candle intervals: where each bucket begins and ends."""

from datetime import UTC, datetime

from exchange.simulator.bars import DAY, HOUR, MINUTE

LENGTHS = {
    "1m": MINUTE,
    "3m": 3 * MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": HOUR,
    "2h": 2 * HOUR,
    "4h": 4 * HOUR,
    "8h": 8 * HOUR,
    "12h": 12 * HOUR,
    "1d": DAY,
    "3d": 3 * DAY,
    "1w": 7 * DAY,
    "1M": 31 * DAY,
}
"""Nominal lengths in ms; a month's is its longest."""

BASES = {"1m": MINUTE, "3m": MINUTE, "5m": MINUTE, "15m": 15 * MINUTE, "30m": 15 * MINUTE} | {
    name: HOUR if length < DAY else DAY for name, length in LENGTHS.items() if length >= HOUR
}
"""From which kind of bar each interval is put together."""

MONDAY = 4 * DAY


def begin(interval: str, t: int) -> int:
    """Start of the bucket that ``t`` lies in."""
    if interval == "1M":
        moment = datetime.fromtimestamp(t // 1000, UTC)
        return int(datetime(moment.year, moment.month, 1, tzinfo=UTC).timestamp()) * 1000
    offset = MONDAY if interval == "1w" else 0
    length = LENGTHS[interval]
    return (t - offset) // length * length + offset


def end(interval: str, start: int) -> int:
    """First millisecond after the bucket that starts at ``start``."""
    return begin("1M", start + 32 * DAY) if interval == "1M" else start + LENGTHS[interval]
