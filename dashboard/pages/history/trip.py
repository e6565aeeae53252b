"""``/history/trips/<address>/<first fill>/<coin>/``: one round trip, its fills, and what its owner wrote of it."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from dashboard.history import NoHistory, history
from dashboard.pages.history.frame import Page, not_yours, page_of
from dashboard.pages.history.rows import COIN, FILLS, WALLET, Cells, fill_cells
from dashboard.pages.history.rows_trips import href_of, warnings
from dashboard.pages.history.scope import NotYours
from dashboard.pages.history.trip_facts import extremes, facts
from snapshots.models import Account, Fill, TripNote
from snapshots.models.note import MOST_TAGS
from snapshots.pnl.excursions import Excursion, excursion
from snapshots.pnl.trips import Trip
from snapshots.trips import Journey, Key, journey, notes_of, trip_of

FIRST = re.compile(r"(\d{1,15})\.(-?\d{1,18})\.(\d{1,18})\.([AB])\Z")
MOST_SHOWN = 200
PATIENCE_S = 1.5
"""How long a page waits for candles; they are asked for in the meantime, and are there at the next try."""


class NoteForm(forms.Form):
    """What may be written about a trip."""

    text = forms.CharField(required=False, max_length=10_000, strip=True)
    tags = forms.CharField(required=False, max_length=2 * MOST_TAGS)

    def clean_tags(self) -> list[str]:
        """Between commas; each once, in lower case."""
        note = TripNote()
        note.tag_list = self.cleaned_data["tags"].split(",")
        return note.tag_list


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
async def trip(request: HttpRequest, address: str, first: str, coin: str) -> HttpResponse:
    """The trip; a POST keeps its note, and an empty note is none."""
    found = await sync_to_async(find)(request, address, first, coin)
    if isinstance(found, HttpResponse):
        return found
    form = NoteForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        return await sync_to_async(keep)(request, found, form)
    reached = await excursion_of(found.trip)
    return await sync_to_async(show)(request, found, reached, form)


@dataclass(frozen=True, slots=True)
class Found:
    """The trip of an address; ``is_whole`` says that it was read to its end."""

    page: Page
    account: Account
    trip: Trip
    is_whole: bool

    @property
    def journey(self) -> Journey:
        """The trip as lists know it."""
        return journey(self.account.pk, self.trip)


def find(request: HttpRequest, address: str, first: str, coin: str) -> Found | HttpResponse:
    """The trip that an address names, if its wallet is among those of who asks; raises Http404."""
    request.GET = request.GET.copy()
    request.GET["wallet"] = address
    try:
        page = page_of(request, "history-trips")
    except NotYours as error:
        return not_yours(request, error)
    account, key = the_key(page, first, coin)
    found = trip_of(account, key, page.scope.coins.pairs)
    if found is None:
        raise Http404("no such trip")
    return Found(page, account, *found)


async def excursion_of(one: Trip) -> Excursion | str:
    """The worst and the best that the trip stood at, or why that is not known."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            past = await history.stretch(one.coin, one.opened, one.closed)
    except TimeoutError:
        return "The exchange has not answered yet."
    except NoHistory as none:
        return str(none)
    return excursion(one, past.rows) or "What it had earned before the record is not known."


def the_key(page: Page, first: str, coin: str) -> tuple[Account, Key]:
    """Whose trip, and its opening fill; 404 if the address has no history or the fill is none."""
    parts = FIRST.match(first)
    if parts is None or not page.scope.accounts:
        raise Http404("no such trip")
    account = next(iter(page.scope.accounts.values()))
    opened, tid, oid = (int(parts[n]) for n in (1, 2, 3))
    return account, (account.pk, coin, opened, tid, oid, parts[4])


def note_of(request: HttpRequest, found: Found) -> TripNote:
    """The user's note on the trip, or a new one."""
    names = ("account_id", "coin", "opened_at", "tid", "oid", "side")
    new = TripNote(user=request.user, **dict(zip(names, found.journey.key, strict=True)))
    return notes_of(request.user, [found.journey]).get(found.journey.key, new)


def keep(request: HttpRequest, found: Found, form: NoteForm) -> HttpResponse:
    """Save, change or remove the note."""
    note = note_of(request, found)
    note.text, note.tag_list = form.cleaned_data["text"], form.cleaned_data["tags"]
    if note.text or note.tags:
        note.save()
        messages.success(request, "The note is saved.")
    elif note.pk:
        note.delete()
        messages.success(request, "The note is removed.")
    return redirect(f"{href_of(found.account.address, found.journey.key)}#note")


def show(
    request: HttpRequest, found: Found, reached: Excursion | str, form: NoteForm | None = None
) -> HttpResponse:
    """The page, with a form that was refused if there is one."""
    page, one, note = found.page, found.trip, note_of(request, found)
    context: dict[str, Any] = {
        **about(one, page),
        "totals": [*facts(one, page), *extremes(one, reached)],
        "totals_note": reached if isinstance(reached, str) else "",
        "is_whole": found.is_whole,
        "columns": [column for column in FILLS if column not in (WALLET, COIN)],
        "rows": part_rows(one, found.account, page),
        "more": max(0, len(one.parts) - MOST_SHOWN),
        "form": form,
        "text": form.data.get("text", "") if form else note.text,
        "tags": form.data.get("tags", "") if form else ", ".join(note.tag_list),
        "note": note,
        "owner": page.scope.name(found.account.pk),
        "coverage": page.coverage(one.opened, (one.closed or page.scope.times.now) + 1),
    }
    response = page.answer("history/trip.html", context)
    response.status_code = 400 if form else 200
    return response


def about(one: Trip, page: Page) -> dict[str, Any]:
    """The trip's head."""
    return {
        "trip": one,
        "label": page.scope.coins.label(one.coin),
        "market": page.scope.coins.href(one.coin),
        "warnings": warnings(one),
    }


def part_rows(one: Trip, account: Account, page: Page) -> list[Cells]:
    """The newest fills of the trip, as the fills page shows them."""
    parts = one.parts[::-1][:MOST_SHOWN]
    fills = (Fill.of_wire(account.pk, part.execution.fill, 0) for part in parts)
    return [fill_cells(fill, page.scope) for fill in fills]
