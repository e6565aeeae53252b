"""Moments as people write and read them, in the user's time zone; Unix ms inside."""

import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo


def now_ms() -> int:
    """The clock of this machine, which also stamps what is received."""
    return time.time_ns() // 1_000_000


def zone_of(user: Any) -> ZoneInfo:
    """The zone that the user chose."""
    return ZoneInfo(getattr(user, "timezone", "") or "UTC")


def read_moment(text: str, zone: ZoneInfo) -> int | None:
    """``2026-11-24T14:03`` (or with a blank, seconds, or an offset of its own), or None if it is no moment.

    A time that comes twice, when clocks are put back, means the first one.
    """
    try:
        local = datetime.fromisoformat(text.strip())
        if local.tzinfo is None:
            local = local.replace(tzinfo=zone)
        return round(local.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def local(ms: int, zone: ZoneInfo) -> datetime:
    """The moment on the user's clock."""
    return datetime.fromtimestamp(ms / 1000, zone)


def moment_text(ms: int | None, zone: ZoneInfo) -> str:
    """``24 Nov 2026, 14:03:05``, or a dash."""
    return "—" if ms is None else f"{local(ms, zone):%-d %b %Y, %H:%M:%S}"


def minute_text(ms: int, zone: ZoneInfo) -> str:
    """``24 Nov 2026, 14:03``."""
    return f"{local(ms, zone):%-d %b %Y, %H:%M}"


def field_text(ms: int, zone: ZoneInfo) -> str:
    """The value of a ``datetime-local`` field."""
    return f"{local(ms, zone):%Y-%m-%dT%H:%M}"


def near_text(ms: int, zone: ZoneInfo) -> str:
    """``24 Nov 14:03``, for what is not long ago."""
    return f"{local(ms, zone):%-d %b %H:%M}"
