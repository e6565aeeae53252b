"""Alerts: read, made, changed and deleted by the rules of the form, which are the model's."""

import json
from hashlib import md5
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import parse_etags, quote_etag
from ninja import Header, Path, Query, Router, Status

from alerts.models import Alert, Destination, TooManyAlerts
from alerts.rule import ABOVE, BELOW
from alerts.sentence import sentence
from alerts.tags import apart, joined
from dashboard.api.alerts_form import AlertChange, AlertNew, AlertRow, AskedAlerts, Seen
from dashboard.api.paging import Page, page
from dashboard.api.problems import MEND, NotAsSeen, Problem, problem, refused
from dashboard.api.values import Number
from dashboard.pages.alerts.move import is_listed
from dashboard.pages.history.scope import now_ms

router = Router(tags=["Alerts"])
ONE, CHANGED = {200: AlertRow, 404: Problem}, {412: Problem}
COLUMNS = {"wallet": "address", "expires": "expires_at", "quiet_from": "quiet_start", "quiet_to": "quiet_end"} | {
    "active": "is_active"
}
"""What is called otherwise in the table of alerts."""


def mine(request: Any) -> Any:
    """The user's, with all that a row says of them; two queries."""
    return Alert.objects.of(request.user).select_related("escalate_to").prefetch_related("destinations")


@router.get("/alerts", response=Page[AlertRow])
def alerts(request: HttpRequest, asked: Query[AskedAlerts]) -> Any:
    """Your alerts, newest first; two queries."""
    rows = mine(request)
    if asked.after is not None:
        rows = rows.filter(pk__lt=asked.after)
    found = list(rows[: asked.limit + 1])
    shown = found[: asked.limit]
    return page(map(alert_row, shown), str(shown[-1].pk) if len(found) > asked.limit else None)


@router.get("/alerts/{alert_id}", response=ONE)
def alert(request: HttpRequest, response: HttpResponse, alert_id: Path[Number]) -> Any:
    """One of your alerts."""
    return marked(response, alert_row(get_object_or_404(mine(request), pk=alert_id)))


@router.post("/alerts", response={201: AlertRow, 409: Problem})
def add(request: HttpRequest, response: HttpResponse, given: AlertNew) -> Any:
    """A new alert; it counts as soon as the evaluator has noted it (``seen_version``)."""
    values, destinations, wrong = read(request.user, named(given))
    if wrong:
        return problem(422, MEND, wrong)
    try:
        made = Alert.objects.add(request.user, destinations or [], **values)
    except TooManyAlerts as error:
        return problem(409, f"{error} Delete one first.")
    except ValidationError as error:
        return refused(error)
    return Status(201, marked(response, alert_row(mine(request).get(pk=made.pk))))


@router.patch("/alerts/{alert_id}", response=ONE | CHANGED)
def change(
    request: HttpRequest, response: HttpResponse, alert_id: Path[Number], given: AlertChange, seen: Header[Seen]
) -> Any:
    """Change what is named; another condition begins anew. With `If-Match`: only if it is still as you read it."""
    values, destinations, wrong = read(request.user, named(given))
    try:
        with transaction.atomic():
            found = as_seen(request, alert_id, seen)
            if wrong:
                return problem(422, MEND, wrong)
            if values:
                found.edit(now_ms(), **values)
            if destinations is not None:
                found.destinations.set(destinations)
    except ValidationError as error:
        return refused(error)
    return marked(response, alert_row(mine(request).get(pk=found.pk)))


@router.delete("/alerts/{alert_id}", response={204: None, 404: Problem} | CHANGED)
def delete(request: HttpRequest, alert_id: Path[Number], seen: Header[Seen]) -> Any:
    """Delete it, with all that it ever fired. With `If-Match`: only if it is still as you read it."""
    with transaction.atomic():
        as_seen(request, alert_id, seen).delete()
    return HttpResponse(status=204)


def as_seen(request: Any, alert_id: int, seen: Seen) -> Any:
    """The user's alert, held until the transaction ends; NotAsSeen, Http404."""
    found = get_object_or_404(mine(request).select_for_update(of=("self",), no_key=True), pk=alert_id)
    known = seen.if_match
    if known and known != "*" and etag_of(alert_row(found)) not in parse_etags(known):
        raise NotAsSeen
    return found


def marked(response: HttpResponse, row: dict[str, Any]) -> dict[str, Any]:
    """The row, with the ``ETag`` that names it in this very state."""
    response["ETag"] = etag_of(row)
    return row


def etag_of(row: dict[str, Any]) -> str:
    """Another one after anything that the row says has changed."""
    return quote_etag(md5(json.dumps(row, default=str).encode(), usedforsecurity=False).hexdigest())


def read(user: Any, given: dict[str, Any]) -> tuple[dict[str, Any], list[Destination] | None, list[Any]]:
    """Columns of ``Alert``, whom it tells (None: not said), and what names nothing that there is."""
    wrong: list[dict[str, str]] = []
    labels, to = given.pop("destinations", None), given.pop("escalate_to", ...)
    is_named = labels or to is not ...
    destinations = {one.label: one for one in Destination.objects.of(user)} if is_named else {}
    for where, label in [*(("destinations", one) for one in labels or ()), ("escalate_to", to)]:
        if label not in (..., None) and label not in destinations:
            wrong.append({"where": f"body.{where}", "what": f"You have no destination called “{label[:60]}”."})
    if given.get("coin") and not is_listed(given["coin"]):
        wrong.append({"where": "body.coin", "what": f"There is no market called “{given['coin']}”."})
    values = {COLUMNS.get(name, name): value for name, value in given.items()}
    if "side" in values:
        values["side"] = ABOVE if values["side"] == "above" else BELOW
    if "tags" in values:
        try:
            values["tags"] = joined(values["tags"])
        except ValidationError as error:
            wrong += [{"where": "body.tags", "what": text} for text in error.messages]
    if to is not ...:
        values["escalate_to"] = destinations.get(to)
    told = None if labels is None else [destinations[one] for one in dict.fromkeys(labels) if one in destinations]
    return values, told, wrong


def named(given: AlertChange) -> dict[str, Any]:
    """What the body names, already read."""
    return {name: getattr(given, name) for name in given.model_fields_set}


def alert_row(row: Alert) -> dict[str, Any]:
    """As it is answered."""
    more = {
        "sentence": sentence(row),
        "side": "above" if row.side == ABOVE else "below",
        "tags": apart(row.tags),
        "destinations": [destination.label for destination in row.destinations.all()],
        "escalate_to": row.escalate_to.label if row.escalate_to else None,
        "created_at": round(row.created_at.timestamp() * 1000),
    }
    names = [name for name in AlertRow.model_fields if name not in more]
    return {name: getattr(row, COLUMNS.get(name, name)) for name in names} | more
