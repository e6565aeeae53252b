"""A moment as people write it into a field, in their time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo


def read_moment(text: str, zone: ZoneInfo) -> int | None:
    """Unix ms of ``2026-11-24T14:03`` (also with a blank, seconds, its own offset), or None if it is none.

    A time that comes twice, when clocks are put back, means the first one.
    """
    try:
        local = datetime.fromisoformat(text.strip())
        if local.tzinfo is None:
            local = local.replace(tzinfo=zone)
        return round(local.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def field_text(ms: int, zone: ZoneInfo) -> str:
    """The value of a ``datetime-local`` field; seconds only where there are some."""
    local = datetime.fromtimestamp(ms / 1000, zone)
    return f"{local:%Y-%m-%dT%H:%M:%S}" if local.second else f"{local:%Y-%m-%dT%H:%M}"
