"""``/parts/alerts?coin=…``: the user's alerts on a coin's prices, for the lines on its chart."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from alerts.models import Alert
from alerts.sentence import number
from dashboard.pages.alerts.past import PRICES

MOST = 50


@require_safe
def alert_lines(request: HttpRequest) -> JsonResponse:
    """The newest that are watched; nobody who is not signed in has any."""
    if not request.user.is_authenticated:
        return JsonResponse({"alerts": []})
    rows = (
        Alert.objects.of(request.user)
        .active()
        .filter(coin=request.GET.get("coin", "")[:64], metric__in=(*PRICES, "oracle"))
    )
    lines = [
        {
            "id": one.pk,
            "level": number(one.threshold),
            "above": one.side > 0,
            "metric": one.of.label,
            "state": one.phase,
        }
        for one in rows[:MOST]
    ]
    return JsonResponse({"alerts": lines}, headers={"Cache-Control": "private, no-cache"})
