"""What the first page of the admin answers: who came, what fails, how far behind, what is stored, what is free.

A dozen questions, none of which reads a table whole; how services are comes from the newest round of the health
measurements, without any.
"""

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from accounts.models import DailyUse, User
from alerts.models import Delivery, Destination
from dashboard import stored_rows
from dashboard.doctor.stored import newest_backup
from monitoring.models import Incident
from monitoring.monitor import monitor

MOST = 1_000
"""Rows of a kind that are looked at, newest first; "1,000 or more" is answer enough."""
SAMPLE, DAY_MS = "admin:stored", 86_400_000
SOON_MS = 360_000
"""A sample younger than this says nothing of growth."""
BEHIND = ("feed", "evaluator", "deliverer", "snapshots", "replica", "disk")


def counted(rows: Any) -> str:
    """Of at most ``MOST``."""
    found = rows.order_by()[:MOST].count()
    return f"{found:,} or more" if found == MOST else f"{found:,}"


def overview() -> dict[str, Any]:
    """What the template shows; each line is a name, a value and an address, or none."""
    return {"people": people(), "failing": failing(), "behind": behind(), "stored": stored()}


def people() -> list[tuple[str, str, str]]:
    """Keys rise with time, so the newest users are found without an index on when they joined."""
    now, users = timezone.now(), reverse("admin:accounts_user_changelist")
    joined = list(User.objects.order_by("-pk").values_list("date_joined", flat=True)[:MOST])
    found = []
    for words, days in (("Signed up in 24 hours", 1), ("Signed up in 7 days", 7)):
        new = sum(moment > now - timedelta(days=days) for moment in joined)
        found.append((words, f"{new:,} or more" if new == MOST else f"{new:,}", users))
    name, today = "Active today (UTC)", counted(DailyUse.objects.filter(day=now.date()))
    if not settings.CONFIG.analytics_enabled:
        name, today = f"{name}, if ANALYTICS_ENABLED were on", "not counted"
    return [*found, (name, today, reverse("admin:accounts_dailyuse_changelist"))]


def failing() -> list[tuple[str, str, str]]:
    """Of messages the newest ``MOST``: of those alone it can be said without an index."""
    messages, places = reverse("admin:alerts_delivery_changelist"), reverse("admin:alerts_destination_changelist")
    states = list(Delivery.objects.order_by("-pk").values_list("state", flat=True)[:MOST])
    failed = states.count(Delivery.State.FAILED)
    newest = Destination.objects.order_by("-pk").values_list("trouble", "stopped_at")[:MOST]
    troubled = list(newest)
    incidents = Incident.objects.filter(ended_at=None)
    measured = monitor.measured
    breakers = measured.asides["breakers"] if measured else {}
    is_open = [name for name, state in breakers.items() if state == "open"]
    return [
        (f"Failed of the newest {len(states):,} deliveries", f"{failed:,}", f"{messages}?state__exact=failed"),
        ("Destinations with trouble", f"{sum(bool(why) for why, _ in troubled):,}", places),
        ("Destinations stopped", f"{sum(bool(at) for _, at in troubled):,}", f"{places}?stopped_at__isempty=0"),
        ("Incidents that go on", counted(incidents), reverse("admin:monitoring_incident_changelist")),
        ("Breakers open", ", ".join(is_open) or ("none" if measured else "unknown"), reverse("status")),
    ]


def behind() -> list[tuple[str, str, str]]:
    """As this process last measured; nothing is asked for it."""
    measured, status = monitor.measured, reverse("status")
    lines = measured.lines if measured else {}
    found = [(name, said(lines.get(name)), status) for name in BEHIND]
    backup = newest_backup()
    return [*found, ("backup", f"{backup.mark}: {backup.said}", "")]


def said(line: Any) -> str:
    """State, why, and by how much: seconds behind, gigabytes free."""
    if line is None:
        return "unknown: nothing was measured yet"
    figures = {"lag": ("behind", 1000, "s"), "freeMb": ("free", 1000, "GB")}
    parts = [f"{line.state}{': ' if line.reason else ''}{line.reason}"]
    for name, (words, unit, called) in figures.items():
        if isinstance(value := line.figures.get(name), int | float):
            parts.append(f"{value / unit:,.1f} {called} {words}")
    return " · ".join(parts)


def stored() -> dict[str, Any]:
    """Tables, largest first, and by how much each has grown since a sample that is a day old, or younger yet."""
    now, sizes = monitor.clock.now_ms(), stored_rows.sizes()
    samples = [one for one in cache.get(SAMPLE, []) if one[0] > now - 8 * DAY_MS]
    before = next((one for one in reversed(samples) if one[0] <= now - DAY_MS), samples[0] if samples else None)
    if not samples or samples[-1][0] <= now - DAY_MS // 4:
        cache.set(SAMPLE, [*samples, (now, {one.table: one.rows for one in sizes})], 30 * 86_400)
    if before and now - before[0] < SOON_MS:
        before = None
    names = listed()
    rows = [(one, grown(one, before), *names.get(one.table, (one.table, ""))) for one in sizes]
    hours = round((now - before[0]) / 3_600_000, 1) if before else None
    whole = sum(one.bytes or 0 for one in sizes)
    return {"tables": rows, "hours": hours, "is_estimate": stored_rows.is_postgres(), "bytes": whole}


def grown(size: stored_rows.Size, before: Any) -> str:
    """By how many rows since the sample; nothing if that is not known."""
    if not before or size.table not in before[1] or size.is_bounded:
        return ""
    return f"{size.rows - before[1][size.table]:+,}"


def listed() -> dict[str, tuple[str, str]]:
    """By table what people call its rows, and where their list is, if there is one."""
    found = {}
    for model in apps.get_models():
        meta = model._meta
        has_list = admin.site.is_registered(model)
        address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist") if has_list else ""
        found[meta.db_table] = (f"{capfirst(meta.verbose_name_plural)}", address)
    return found
