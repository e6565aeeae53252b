"""``/alerts/destinations/add/<kind>/``: a new destination, from what its transport asks for."""

from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.confirmed import confirmed_required
from accounts.device import device_in_words
from alerts.models import Destination, TooManyDestinations
from alerts.models.destination import PAGE
from alerts.transports import TRANSPORTS, Transport
from alerts.verify import send_code
from dashboard.pages.alerts.destinations import BY_BUTTON, MAIL, PUSH, show
from dashboard.pages.alerts.limits import may
from dashboard.pages.history.scope import now_ms

LONGEST = 4000
MADE_KEY = "key"
"""The entry of a webhook that is made here if it was left empty, and then shown once."""


class DestinationForm(forms.Form):
    """A name, and a field for each entry of the transport."""

    label = forms.CharField(label="Name", max_length=60)

    def __init__(self, transport: Transport, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.transport = transport
        for entry in transport.entries:
            attributes = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
            widget = forms.PasswordInput(attributes) if entry.is_secret else forms.TextInput(attributes)
            self.fields[entry.name] = forms.CharField(
                label=entry.label,
                help_text=entry.help,
                required=not entry.is_optional,
                max_length=LONGEST,
                widget=widget,
            )

    def clean(self) -> dict[str, Any]:
        """``secret``: what the transport makes of the entries."""
        given = super().clean() or {}
        if not any(entry.name in self.errors for entry in self.transport.entries):
            values = {entry.name: given.get(entry.name, "") for entry in self.transport.entries}
            given["secret"] = self.transport.clean(values)
        return given


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, kind: str) -> HttpResponse:
    """The form; a POST adds, once it is confirmed who asks. Where only he himself is told, that is not asked."""
    view = take if is_harmless(request, kind) else confirmed_required(take)
    return view(request, kind)


def is_harmless(request: Any, kind: str) -> bool:
    """Whether nobody else could be told by it: the site's own pages, or an address that is verified to be his."""
    to = request.POST.get("to", "") if kind == MAIL else ""
    return kind == PAGE or (bool(to) and is_verified_mail(request.user, to))


def is_verified_mail(user: Any, to: str) -> bool:
    """Whether the account has verified this address."""
    return EmailAddress.objects.filter(user=user, verified=True, email__iexact=to).exists()


def take(request: HttpRequest, kind: str) -> HttpResponse:
    """404 for a kind that cannot be used here."""
    transport = TRANSPORTS.get(kind)
    if transport is None or transport.offered():
        raise Http404("no such kind")
    if request.method != "POST":
        return redirect("destinations") if kind in BY_BUTTON else ask(request, blank(request, transport))
    form = DestinationForm(transport, with_label(request, transport))
    if not form.is_valid():
        return refused(request, form, 400)
    try:
        destination = store(request.user, transport, form.cleaned_data)
    except TooManyDestinations as full:
        form.add_error(None, str(full))
        return refused(request, form, 409)
    except ValidationError as error:
        form.add_error(None, ValidationError(error.messages))
        return refused(request, form, 400)
    return added(request, destination, form)


def with_label(request: Any, transport: Transport) -> Any:
    """What was sent; where there is nothing to type a name is found."""
    given = request.POST.copy()
    if transport.kind in BY_BUTTON or "own" in given:
        given["label"] = free_label(request, transport)
    return given


def free_label(request: Any, transport: Transport) -> str:
    """A name that the user has not given yet."""
    device = device_in_words(request.headers.get("User-Agent", ""))
    wanted = (device if transport.kind == PUSH else transport.title)[:50]
    taken = set(Destination.objects.of(request.user).values_list("label", flat=True))
    names = (wanted if number == 1 else f"{wanted} {number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def blank(request: Any, transport: Transport) -> DestinationForm:
    """The form to begin with."""
    return DestinationForm(transport, initial={"label": free_label(request, transport)})


def store(user: Any, transport: Transport, given: dict[str, Any]) -> Destination:
    """Add it; usable at once where there is nothing to verify, or it is verified already."""
    secret = given["secret"]
    if transport.kind == PAGE and Destination.objects.of(user).filter(kind=PAGE).exists():
        raise ValidationError("It is in your list already.")
    is_verified = not transport.needs_code or (transport.kind == MAIL and is_verified_mail(user, secret["to"]))
    return Destination.objects.add(
        user,
        kind=transport.kind,
        label=given["label"],
        secret=secret,
        hint=transport.hint(secret)[:80],
        verified_at=now_ms() if is_verified else None,
    )


def added(request: Any, destination: Destination, form: DestinationForm) -> HttpResponse:
    """Send the code, and say what comes next."""
    if destination.verified_at is None:
        if not may(request, "destination_code"):
            messages.warning(request, "It is added. Too many codes were sent lately: ask for one later.")
        elif trouble := send_code(destination, now_ms()):
            messages.error(request, f"It is added, but the code could not be sent. {trouble}")
        else:
            messages.success(request, f"A code is on its way to {destination.label}. Enter it below.")
        return back(destination)
    if MADE_KEY in form.fields and not form.cleaned_data[MADE_KEY]:
        return show(request, made=destination, made_key=destination.secret[MADE_KEY])
    messages.success(request, f"{destination.label} is added. Try it with a test.")
    return back(destination)


def refused(request: Any, form: DestinationForm, status: int) -> HttpResponse:
    """What is wrong, beside what was typed; or in the list, where there was nothing to type."""
    if form.transport.kind in BY_BUTTON or "own" in request.POST:
        for errors in form.errors.values():
            messages.error(request, errors[0])
        return redirect("destinations")
    return ask(request, form, status)


def ask(request: Any, form: DestinationForm, status: int = 200) -> HttpResponse:
    """The page with the form."""
    context = {"form": form, "transport": form.transport, "section": "alerts"}
    return render(request, "alerts/destinations_add.html", context, status=status)


def back(destination: Destination) -> HttpResponse:
    """To the list, at this one."""
    response = redirect("destinations")
    response["Location"] += f"#destination-{destination.pk}"
    return response
