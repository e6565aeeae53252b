"""The lines of the status page: how each service is now, how it was, and the incidents."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dashboard.pages.history.times import Times, duration
from dashboard.pages.status import words
from dashboard.pages.status.drawn import bars, curve
from monitoring.health import Measured
from monitoring.line import NOT_USED, SERVICES, UNKNOWN, Line
from monitoring.models import Incident
from monitoring.samples import SLOT_MS
from monitoring.uptime import Count, Uptime

UNMEASURED = "nobody has measured yet"
MOST_DAYS = 30


def services(measured: Measured, past: Uptime | None, now: int, is_staff: bool) -> list[dict[str, Any]]:
    """One for each line; what this installation does not use comes last, without a past."""
    found = [service(name, measured.lines.get(name), past, now, is_staff) for name in SERVICES]
    return sorted(found, key=lambda one: one["state"] == NOT_USED)


def service(name: str, line: Line | None, past: Uptime | None, now: int, is_staff: bool) -> dict[str, Any]:
    """What ``_service.html`` shows."""
    line = line or Line(name, UNKNOWN, UNMEASURED)
    title, about = words.NAMES[name]
    days = past.days.get(name, {}) if past else {}
    points = past.latencies.get(name, []) if past else []
    drawn = curve(points, now)
    return {
        "name": name,
        "title": title,
        "about": about,
        "state": line.state,
        "mark": words.MARKS[line.state],
        "word": words.STATE_WORDS[line.state],
        "reason": line.reason,
        "detail": line.detail if is_staff else "",
        "figures": words.figures(line) if is_staff else "",
        "latency": words.milliseconds(line.latency) if line.latency is not None else "",
        "curve": drawn,
        "worst": words.milliseconds(drawn["most"]) if drawn else "",
        **record(days, now),
    }


def record(days: Mapping[int, Count], now: int) -> dict[str, Any]:
    """The bars, the share of all days, and the days that were not wholly up, in words."""
    total = sum(days.values(), Count())
    ill = [(day, count) for day, count in sorted(days.items(), reverse=True) if count.up < count.measured]
    return {
        "bars": bars(days, now) if days else None,
        "share": words.percent(total.share),
        "measured": f"{len(days)} days" if len(days) > 1 else duration(total.measured * SLOT_MS),
        "ill_days": [{"day": day_name(day), "words": words.day_words(count)} for day, count in ill[:MOST_DAYS]],
    }


def day_name(day: int) -> str:
    """``30 Nov 2026``: days of the record are days of UTC."""
    return f"{datetime.fromtimestamp(day / 1000, UTC):%-d %b %Y}"


def incidents(past: Uptime | None, times: Times, is_staff: bool) -> list[dict[str, Any]]:
    """Newest first, those that go on before all."""
    return [incident(one, times, is_staff) for one in (past.incidents if past else ())]


def incident(one: Incident, times: Times, is_staff: bool) -> dict[str, Any]:
    """What ``_incidents.html`` shows."""
    return {
        "title": words.NAMES.get(one.service, (one.service,))[0],
        "state": one.worst,
        "mark": words.MARKS.get(one.worst, "?"),
        "word": words.STATE_WORDS.get(one.worst, one.worst),
        "reason": one.reason,
        "detail": one.detail if is_staff else "",
        "began": times.near(one.began_at),
        "exact": times.exact(one.began_at),
        "ended": times.near(one.ended_at) if one.ended_at is not None else "",
        "lasted": duration(one.lasted(times.now)),
    }
