"""Acknowledging a firing from the note that any page shows of it."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from alerts.models import Firing
from dashboard.pages.history.scope import now_ms


@login_required
@require_POST
def acknowledge(request: HttpRequest, firing_id: int) -> JsonResponse:
    """No more reminders; whether that was new. 404 unless it is one's own."""
    if not Firing.objects.filter(user=request.user, pk=firing_id).exists():
        raise Http404
    is_new = Firing.objects.acknowledge(request.user, firing_id, now_ms())
    return JsonResponse({"new": is_new})
