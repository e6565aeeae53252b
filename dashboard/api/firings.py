"""What has fired, newest first, and that it has been seen."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router

from alerts.models import Firing
from dashboard.api.alerts_form import AskedFirings, FiringRow
from dashboard.api.paging import Page, page
from dashboard.api.problems import Problem
from dashboard.api.values import Number
from dashboard.pages.history.scope import now_ms

router = Router(tags=["Alerts"])


@router.get("/firings", response=Page[FiringRow])
def firings(request: HttpRequest, asked: Query[AskedFirings]) -> Any:
    """Your firings over all alerts, or of one; one query."""
    rows = Firing.objects.of(request.user)
    if asked.alert is not None:
        rows = rows.filter(alert=asked.alert)
    if asked.acknowledged is not None:
        rows = rows.filter(acknowledged_at__isnull=not asked.acknowledged)
    if asked.after is not None:
        rows = rows.filter(pk__lt=asked.after)
    found = list(rows[: asked.limit + 1])
    shown = found[: asked.limit]
    return page(shown, str(shown[-1].pk) if len(found) > asked.limit else None)


@router.get("/firings/{firing_id}", response={200: FiringRow, 404: Problem})
def firing(request: HttpRequest, firing_id: Path[Number]) -> Any:
    """One of them."""
    return get_object_or_404(Firing, pk=firing_id, user=request.user)


@router.post("/firings/{firing_id}/acknowledge", response={200: FiringRow, 404: Problem})
def acknowledge(request: HttpRequest, firing_id: Path[Number]) -> Any:
    """You have seen it: no more reminders. Doing it again changes nothing."""
    get_object_or_404(Firing, pk=firing_id, user=request.user)
    Firing.objects.acknowledge(request.user, firing_id, now_ms())
    return Firing.objects.get(pk=firing_id)
