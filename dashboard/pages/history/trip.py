"""``/history/trips/<address>/<first fill>/<coin>/``: one round trip, its fills, and what its owner wrote of it."""

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from dashboard.pages.history.frame import Page, not_yours, page_of
from dashboard.pages.history.rows import COIN, FILLS, WALLET, Cells, fill_cells
from dashboard.pages.history.rows_trips import averages, href_of, warnings
from dashboard.pages.history.scope import NotYours
from dashboard.pages.history.statistics import figure
from dashboard.pages.history.times import duration
from dashboard.pages.money import coins, exact, money, signed
from snapshots.models import Account, Fill, TripNote
from snapshots.models.note import MOST_TAGS
from snapshots.pnl.trips import Trip
from snapshots.trips import Key, trip_of

FIRST = re.compile(r"(\d{1,15})\.(-?\d{1,18})\.(\d{1,18})\.([AB])\Z")
MOST_SHOWN = 200


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
def trip(request: HttpRequest, address: str, first: str, coin: str) -> HttpResponse:
    """The trip; a POST keeps its note, and an empty note is none."""
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
    if request.method == "POST":
        return keep(request, page, account, key, found)
    return show(request, page, account, key, found)


def the_key(page: Page, first: str, coin: str) -> tuple[Account, Key]:
    """Whose trip, and its opening fill; 404 if the address has no history or the fill is none."""
    parts = FIRST.match(first)
    if parts is None or not page.scope.accounts:
        raise Http404("no such trip")
    account = next(iter(page.scope.accounts.values()))
    opened, tid, oid = (int(parts[n]) for n in (1, 2, 3))
    return account, (account.pk, coin, opened, tid, oid, parts[4])


def note_of(request: HttpRequest, key: Key) -> TripNote:
    """The user's note on the trip, or a new one."""
    names = ("account_id", "coin", "opened_at", "tid", "oid", "side")
    about = dict(zip(names, key, strict=True))
    return TripNote.objects.of(request.user).filter(**about).first() or TripNote(user=request.user, **about)


def keep(request: HttpRequest, page: Page, account: Account, key: Key, found: tuple[Trip, bool]) -> HttpResponse:
    """Save, change or remove the note."""
    form, note = NoteForm(request.POST), note_of(request, key)
    if not form.is_valid():
        return show(request, page, account, key, found, form, status=400)
    note.text, note.tag_list = form.cleaned_data["text"], form.cleaned_data["tags"]
    if note.text or note.tags:
        note.save()
        messages.success(request, "The note is saved.")
    elif note.pk:
        note.delete()
        messages.success(request, "The note is removed.")
    return redirect(f"{href_of(account.address, key)}#note")


def show(
    request: HttpRequest,
    page: Page,
    account: Account,
    key: Key,
    found: tuple[Trip, bool],
    form: NoteForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with a form that was refused if there is one."""
    one, is_whole = found
    note = note_of(request, key)
    context: dict[str, Any] = {
        **about(one, page),
        "is_whole": is_whole,
        "columns": [column for column in FILLS if column not in (WALLET, COIN)],
        "rows": part_rows(one, account, page),
        "more": max(0, len(one.parts) - MOST_SHOWN),
        "form": form,
        "text": form.data.get("text", "") if form else note.text,
        "tags": form.data.get("tags", "") if form else ", ".join(note.tag_list),
        "note": note,
        "owner": page.scope.name(account.pk),
        "coverage": page.coverage(one.opened, (one.closed or page.scope.times.now) + 1),
    }
    response = page.answer("history/trip.html", context)
    response.status_code = status
    return response


def about(one: Trip, page: Page) -> dict[str, Any]:
    """The trip's head."""
    return {
        "trip": one,
        "label": page.scope.coins.label(one.coin),
        "market": page.scope.coins.href(one.coin),
        "warnings": warnings(one),
        "totals": facts(one, page),
    }


def part_rows(one: Trip, account: Account, page: Page) -> list[Cells]:
    """The newest fills of the trip, as the fills page shows them."""
    parts = one.parts[::-1][:MOST_SHOWN]
    fills = (Fill.of_wire(account.pk, part.execution.fill, 0) for part in parts)
    return [fill_cells(fill, page.scope) for fill in fills]


def facts(one: Trip, page: Page) -> list[dict[str, Any]]:
    """The trip in figures."""
    times, entry_exit = page.scope.times, averages(one)
    base = page.scope.coins.base(one.coin)
    length = duration((one.closed or times.now) - one.opened)
    fee = f"builder's {money(one.builder_fees, one.quote)}" if one.builder_fees else ""
    return [
        gained("Net", one.net, one.quote),
        gained("Price PnL", one.price_pnl, one.quote),
        figure("Fees", money(one.fees, one.quote), fee, exact(one.fees, one.quote)),
        gained("Funding", one.funding, one.quote),
        figure("Largest size", coins(one.peak, base)),
        figure("Entry", entry_exit[0], "average"),
        figure("Exit", entry_exit[1], "average"),
        figure("Opened", times.near(one.opened), "or earlier" if one.cut_off else ""),
        figure("Closed", times.near(one.closed), f"after {length}") if one.closed else figure("Open for", length),
    ]


def gained(name: str, value: Any, token: str) -> dict[str, Any]:
    """Money won or lost, in the market's own money."""
    return figure(name, signed(value, token), "", exact(value, token), is_signed=True)
