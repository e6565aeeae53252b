"""What can be done with a destination of one's own: verify, try, change, resume, remove."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts.confirmed import confirmed_required
from alerts.models import Destination
from alerts.verify import is_verified, send_code, send_test
from dashboard.pages.alerts.destinations_add import back
from dashboard.pages.alerts.limits import may
from dashboard.pages.history.scope import now_ms

WRONG_CODE = "This is not the code, or it has expired, or there were too many tries. Send a new one."
TOO_OFTEN = "Too many messages were requested lately. Wait a minute."
MOST_A_MINUTE = 60


class ChangeForm(forms.ModelForm):
    """What its user may change about a destination."""

    per_minute = forms.IntegerField(min_value=1, max_value=MOST_A_MINUTE)

    class Meta:
        model = Destination
        fields = ["label", "per_minute"]


@login_required
@require_POST
def code(request: HttpRequest, destination_id: int) -> HttpResponse:
    """Send another code."""
    destination = own(request, destination_id)
    if destination.verified_at is not None:
        messages.info(request, f"{destination.label} is already verified.")
    elif not may(request, "destination_code"):
        messages.error(request, TOO_OFTEN)
    elif trouble := send_code(destination, now_ms()):
        messages.error(request, f"The code could not be sent. {trouble}")
    else:
        messages.success(request, f"A new code is on its way to {destination.label}. Older ones no longer work.")
    return back(destination)


@login_required
@require_POST
def verify(request: HttpRequest, destination_id: int) -> HttpResponse:
    """Take the code that was sent there."""
    destination = own(request, destination_id)
    typed = request.POST.get("code", "")[:40]
    if destination.verified_at is not None or is_verified(destination, typed, now_ms()):
        messages.success(request, f"{destination.label} is verified: alerts can be sent there.")
    else:
        messages.error(request, WRONG_CODE)
    return back(destination)


@login_required
@require_POST
def test(request: HttpRequest, destination_id: int) -> HttpResponse:
    """Send something now, and say what came of it."""
    destination = own(request, destination_id)
    if destination.verified_at is None:
        messages.error(request, "Verify it first.")
    elif not may(request, "destination_test"):
        messages.error(request, TOO_OFTEN)
    elif trouble := send_test(destination, now_ms()):
        messages.error(request, f"The test did not reach {destination.label}. {trouble}")
    else:
        messages.success(request, f"The test was sent to {destination.label}, and was accepted there.")
    return back(destination)


@login_required
@require_POST
def change(request: HttpRequest, destination_id: int) -> HttpResponse:
    """Name and rate."""
    form = ChangeForm(request.POST, instance=own(request, destination_id))
    if form.is_valid():
        destination = form.save(commit=False)
        destination.save(update_fields=["label", "per_minute"])
        messages.success(request, "Saved.")
    else:
        for errors in form.errors.values():
            messages.error(request, errors[0])
    return back(form.instance)


@login_required
@require_POST
def resume(request: HttpRequest, destination_id: int) -> HttpResponse:
    """Send there again after a failure for good."""
    destination = own(request, destination_id)
    Destination.objects.filter(pk=destination.pk).update(stopped_at=None, trouble="")
    messages.success(request, f"Alerts are sent to {destination.label} again. Try it with a test.")
    return back(destination)


@confirmed_required
@require_POST
def remove(request: HttpRequest, destination_id: int) -> HttpResponse:
    """Away with it; what waits to be sent there goes too."""
    destination = own(request, destination_id)
    destination.delete()
    messages.success(
        request, f"{destination.label} is removed. Alerts that were sent only there are sent to nobody now."
    )
    return redirect("destinations")


def own(request: Any, destination_id: int) -> Destination:
    """The destination of who asks; nobody learns whether others have one of that number."""
    return get_object_or_404(Destination, pk=destination_id, user=request.user)
