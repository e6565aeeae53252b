"""Health for load balancers: the last measurements, without asking anybody anything."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from monitoring.health import HEALTHY, OLDEST_MS, UNHEALTHY, UNMEASURED
from monitoring.monitor import monitor
from monitoring.schema import schema
from monitoring.shutdown import State, shutdown


def answer(body: dict[str, Any], good: bool) -> JsonResponse:
    """200 or 503, never cached."""
    return JsonResponse(body, status=200 if good else 503, headers={"Cache-Control": "no-store"})


async def health(request: HttpRequest) -> JsonResponse:
    """The whole report: 200 while healthy or degraded, 503 while unhealthy or not yet measured."""
    now, is_staff = monitor.clock.now_ms(), request.user.is_active and request.user.is_staff
    measured = monitor.measured or UNMEASURED
    report = measured.report(now, settings.VERSION, settings.CONFIG.environment, is_staff)
    return answer(report, report["status"] != UNHEALTHY)


async def live(request: HttpRequest) -> JsonResponse:
    """Whether the process still turns: answering is the proof. A restart would not mend anything else."""
    return answer({"status": HEALTHY}, good=True)


async def ready(request: HttpRequest) -> JsonResponse:
    """Whether requests should come here: the process serves, no migration is pending, and it still measures.

    Not whether the database answers: it would not answer others either, and markets are live without it.
    """
    if shutdown.state is not State.SERVING:
        return answer({"status": shutdown.state}, good=False)
    if schema.pending:
        return answer({"status": "migrations are pending"}, good=False)
    now, measured = monitor.clock.now_ms(), monitor.measured or UNMEASURED
    return answer({"status": measured.status(now)}, now - measured.at <= OLDEST_MS)
