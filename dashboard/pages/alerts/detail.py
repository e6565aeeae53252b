"""``/alerts/<id>/``: one alert, what it has fired and told, its preview, and why it did or did not fire."""

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from alerts.metrics.metric import COIN, PRICE
from alerts.models import Alert, Delivery, Evaluation, Firing, Step
from alerts.why import why
from dashboard.mirror import mirror
from dashboard.pages.alerts.ledger import FIRINGS, amount, delivery_rows, firing_cells, step_rows
from dashboard.pages.alerts.past import ASKED_DAYS, days_of, previewed
from dashboard.pages.alerts.rows import SNOOZES, Line, line_of, topics_of
from dashboard.pages.alerts.words import Words, words_of
from dashboard.pages.history.scope import name_of, now_ms
from dashboard.pages.history.table_html import lines_html
from dashboard.pages.history.times import Times, times_of
from dashboard.pages.moment import field_text, read_moment
from exchange.spans import span

FIRST_PAINT_S = 1.0
SHOWN = 10
STEPS = 30


@login_required
@require_safe
async def alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    """The alert; ``?days=7`` tries it out on the past, ``?at=2026-11-25T14:03`` asks why."""
    one, words = await sync_to_async(found)(request, alert_id)
    line = await sync_to_async(line_of)(one, words)
    if mirror.status()["feed"] is not None:
        for topic in topics_of([line]):
            if topic != "markets":
                await mirror.wait(topic, FIRST_PAINT_S)
    line.look(words.times)
    request.streams = (line.live.stream,) if line.live and line.live.stream else ()
    days = request.GET.get("days", "")
    told = await previewed(one, days_of(days), words.times) if days else None
    return await sync_to_async(show)(request, one, line, words, told)


def found(request: HttpRequest, alert_id: int) -> tuple[Alert, Words]:
    """The user's alert, or 404."""
    rows = Alert.objects.filter(user=request.user).select_related("user", "escalate_to")
    one = get_object_or_404(rows.prefetch_related("destinations"), pk=alert_id)
    return one, words_of(request.user, times_of(request.user, now_ms()))


def show(request: HttpRequest, one: Alert, line: Line, words: Words, told: Any) -> HttpResponse:
    """The page."""
    times, names = words.times, {address: name_of(wallet) for address, wallet in words.wallets.items()}
    rows = list(one.firings.order_by("-arm")[: SHOWN + 1])
    deliveries = Delivery.objects.filter(alert=one).select_related("destination", "firing").order_by("-id")[:SHOWN]
    context = {
        "section": "alerts",
        "alert": one,
        "line": line,
        "times": times,
        "rule": rule_facts(one, times),
        "columns": FIRINGS,
        "firings": rows[:SHOWN],
        "has_more": len(rows) > SHOWN,
        "lines": lines_html(FIRINGS, (firing_cells(row, times, names, deliveries) for row in rows[:SHOWN])),
        "unseen": sum(row.acknowledged_at is None for row in rows),
        "deliveries": delivery_rows(deliveries, times),
        "told": told,
        "asked_days": ASKED_DAYS,
        "days": told.days if told else 0,
        "snoozes": SNOOZES,
        "streams": " ".join(request.streams),
        "marks": marks(one, rows),
        **reasons(request, one, times),
    }
    response = render(request, "alerts/alert.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response


def reasons(request: HttpRequest, one: Alert, times: Times) -> dict[str, Any]:
    """Why it did or did not fire at the moment that is asked for; and its last steps up to then."""
    asked = request.GET.get("at", "")
    moment = read_moment(asked, times.zone) if asked else None
    evaluation = Evaluation.objects.first()
    until = evaluation.seen_until if evaluation else 0
    steps = Step.objects.filter(alert=one)
    if moment is not None:
        steps = steps.filter(at__lte=moment)
    said = why(one, moment) if moment is not None else None
    return {
        "why": said,
        "why_since": times.at(said.since) if said and said.since else "",
        "why_value": amount(one.of, said.value) if said and said.value is not None else "",
        "why_at": times.at(moment),
        "why_misread": asked[:40] if asked and moment is None else "",
        "why_field": field_text(moment if moment is not None else times.now // 60_000 * 60_000, times.zone),
        "why_open": moment is not None and moment > until,
        "until": times.at(until) if until else "",
        "steps": step_rows(one.of, steps.order_by("-at", "-id")[:STEPS], times),
    }


def rule_facts(one: Alert, times: Times) -> list[tuple[str, str]]:
    """What the sentence leaves out, or says in figures that are easily overlooked."""
    quiet = (
        f"{one.quiet_start:%H:%M} to {one.quiet_end:%H:%M}, {times.name}"
        if one.quiet_start and one.quiet_end
        else ""
    )
    facts = [
        ("Tells", ", ".join(destination.label for destination in one.destinations.all()) or "nobody"),
        ("Made", times.near(round(one.created_at.timestamp() * 1000))),
        ("Expires", times.at(one.expires_at) if one.expires_at else ""),
        ("Quiet hours", quiet),
        ("Recovers at", f"{one.rule.recovery:,f}" if one.rule.recovery is not None else ""),
        ("Reminds each", span(one.remind_every) if one.remind_every else ""),
        ("Escalates", f"after {span(one.escalate_after)} to {one.escalate_to}" if one.escalate_to else ""),
    ]
    return [(name, text) for name, text in facts if text]


def marks(one: Alert, rows: list[Firing]) -> dict[str, Any] | None:
    """For the chart of a price: its level, and when it fired; nothing for what no candle can show."""
    if one.of.scope != COIN:
        return None
    level = float(one.threshold) if one.of.unit == PRICE else None
    times = [[row.fired_at, row.ended_at, None if row.value is None else f"{row.value:,f}"] for row in rows]
    return {"coin": one.coin, "level": level, "firings": times, "above": one.side > 0}
