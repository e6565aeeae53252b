"""Alerts in the admin: rules and what became of them are looked at; an alert is paused, a destination stopped.

Nothing that was decided is edited or deleted: that goes with its user. Secrets and notes are not shown.
"""

import time

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.audit import note
from accounts.admin.large import SeenAdmin, one_of
from alerts.metrics import METRICS
from alerts.models import Alert, Delivery, Destination, Evaluation, Firing, Step
from alerts.transports import TRANSPORTS

STOPPED = "stopped by an administrator"


class OwnedAdmin(SeenAdmin):
    """A user's. Actions are for those who may change rows of the model."""

    list_select_related = ["user"]
    found_by_user = "user"

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"alerts.change_{self.opts.model_name}")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@admin.register(Alert)
class AlertAdmin(OwnedAdmin):
    list_display = [
        "id",
        "user",
        "metric",
        "coin",
        "address",
        "phase",
        "is_active",
        "version",
        "seen_version",
        "arm",
    ]
    list_filter = ["is_active", "phase", one_of("metric", METRICS)]
    exclude = ["note", "tags"]
    found_by_exact = ("coin", "address")
    search_help_text = "Begin of its user’s name, a whole coin or address"
    actions = ["pause"]

    @admin.action(description="Pause", permissions=["act"])
    def pause(self, request: HttpRequest, queryset: QuerySet) -> None:
        alerts = list(queryset.filter(is_active=True))
        for alert in alerts:
            alert.edit(now_ms(), is_active=False)
        note(request, alerts, "Paused.")
        self.message_user(request, f"{len(alerts)} alerts are paused.", messages.SUCCESS)


@admin.register(Destination)
class DestinationAdmin(OwnedAdmin):
    list_display = ["id", "user", "kind", "hint", "verified_at", "stopped_at", "trouble"]
    list_filter = [
        one_of("kind", TRANSPORTS),
        ("stopped_at", admin.EmptyFieldListFilter),
        ("verified_at", admin.EmptyFieldListFilter),
    ]
    exclude = ["secret", "label"]
    search_help_text = "Begin of its user’s name"
    actions = ["stop"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Without the secret: one that no key opens keeps nobody from the list."""
        return super().get_queryset(request).defer("secret")

    @admin.action(description="Stop: nothing more is sent there", permissions=["act"])
    def stop(self, request: HttpRequest, queryset: QuerySet) -> None:
        destinations = list(queryset.filter(stopped_at=None))
        chosen = Destination.objects.filter(pk__in=[one.pk for one in destinations], stopped_at=None)
        chosen.update(stopped_at=now_ms(), trouble=STOPPED)
        note(request, destinations, "Stopped.")
        self.message_user(request, f"{len(destinations)} destinations are stopped.", messages.SUCCESS)


@admin.register(Firing)
class FiringAdmin(SeenAdmin):
    list_display = ["id", "user", "alert", "arm", "fired_at", "decided_at", "late_by", "ended_at", "end_reason"]
    list_select_related = ["user", "alert"]
    found_by_user = "user"
    search_help_text = "Begin of its user’s name"


@admin.register(Delivery)
class DeliveryAdmin(SeenAdmin):
    list_display = ["id", "alert", "told", "occasion", "state", "attempts", "decided_at", "sent_at", "error"]
    list_select_related = ["alert", "destination"]
    list_filter = ["state"]
    found_by_exact = ("key",)
    search_help_text = "A whole key"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """The same."""
        return super().get_queryset(request).select_related(*self.list_select_related).defer("destination__secret")

    @admin.display(description="destination")
    def told(self, row: Delivery) -> str:
        return f"{row.destination.kind} {row.destination.hint}"


@admin.register(Step)
class StepAdmin(SeenAdmin):
    """Found by the number of an alert."""

    list_display = ["id", "alert", "at", "what", "phase", "arm", "value", "decided_at"]
    list_select_related = ["alert"]
    found_by_exact = ("alert",)
    search_help_text = "The number of an alert"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        number = search_term.strip()
        if number and not (number.isdecimal() and len(number) < 19):
            return queryset.none(), False
        return super().get_search_results(request, queryset, number)


@admin.register(Evaluation)
class EvaluationAdmin(SeenAdmin):
    list_display = ["name", "number", "started_at", "round_at", "seen_until", "rules", "trouble"]
    found_by_exact = ("name",)
    search_help_text = "Its name"
