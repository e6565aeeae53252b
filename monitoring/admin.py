"""How services were, in the admin: looked at, never edited."""

from django.contrib import admin

from monitoring.models import HealthMetric, HealthRollup, Incident
from snapshots.admin import HistoryAdmin


@admin.register(HealthMetric)
class HealthMetricAdmin(HistoryAdmin):
    list_display = ["at", "service", "status", "latency", "detail"]
    list_filter = ["service", "status"]


@admin.register(HealthRollup)
class HealthRollupAdmin(HistoryAdmin):
    list_display = ["span", "start", "service", "up", "degraded", "down", "unknown", "latency_max"]
    list_filter = ["span", "service"]


@admin.register(Incident)
class IncidentAdmin(HistoryAdmin):
    list_display = ["began_at", "ended_at", "service", "worst", "reason", "detail"]
    list_filter = ["service", "worst"]
