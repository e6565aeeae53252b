"""Spans and moments as people write them, and back: ``1 h 30 min`` is 5,400,000 ms. Nothing is rounded."""

import re
from datetime import UTC, datetime

UNITS = (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1))
FAR = 10**13
"""Unix ms in the year 2286: a moment beyond is a slip, such as microseconds, and soon none that a calendar has."""

SPAN = r"(?:\d+ (?:d|h|min|s|ms)\b ?)+"


def span(ms: int) -> str:
    """``5400000`` as ``1 h 30 min``."""
    parts = []
    for unit, size in UNITS:
        count, ms = divmod(ms, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"


def read_span(text: str) -> int:
    """ms of ``1 h 30 min``. ValueError for anything else."""
    if not re.fullmatch(SPAN, text.strip() + " "):
        raise ValueError(f"{text!r} is no span of time")
    sizes = dict(UNITS)
    return sum(int(count) * sizes[unit] for count, unit in re.findall(r"(\d+) (\w+)", text))


def moment(ms: int) -> str:
    """Unix ms as ``2026-12-01T10:00:00.000Z``."""
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{ms % 1000:03}Z"


def read_moment(text: str) -> int:
    """Unix ms of what ``moment`` writes."""
    whole, _, rest = text.removesuffix("Z").partition(".")
    return round(datetime.fromisoformat(whole + "+00:00").timestamp()) * 1000 + int(rest or 0)
