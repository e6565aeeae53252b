"""How services were, in the admin: looked at, never edited."""

from django.contrib import admin

from accounts.admin.large import SeenAdmin, one_of
from monitoring.line import DEGRADED, DOWN, SERVICES
from monitoring.models import HealthMetric, HealthRollup, Incident


@admin.register(HealthMetric)
class HealthMetricAdmin(SeenAdmin):
    list_display = ["at", "service", "status", "latency", "detail"]
    list_filter = [one_of("service", SERVICES), "status"]


@admin.register(HealthRollup)
class HealthRollupAdmin(SeenAdmin):
    list_display = ["span", "start", "service", "up", "degraded", "down", "unknown", "latency_max"]
    list_filter = ["span", one_of("service", SERVICES)]


@admin.register(Incident)
class IncidentAdmin(SeenAdmin):
    list_display = ["began_at", "ended_at", "service", "worst", "reason", "detail"]
    list_filter = [one_of("service", SERVICES), one_of("worst", (DEGRADED, DOWN))]
