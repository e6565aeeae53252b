"""``/account/tokens/``: API tokens of the api tier. A token is shown once, on the page that made it."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.confirmed import confirmed_required
from accounts.models import ApiToken, Tier
from accounts.models.token import TooManyTokens

EXPIRY = {"30": "In 30 days", "90": "In 90 days", "365": "In a year", "": "Never"}
FROM_TOKENS = "Only the api tier has tokens."


class TokenForm(forms.Form):
    """What a new token is for."""

    name = forms.CharField(max_length=60, label="What is it for?")
    can_read = forms.BooleanField(required=False, initial=True, label="read")
    can_alert = forms.BooleanField(required=False, label="alerts")
    days = forms.ChoiceField(choices=list(EXPIRY.items()), required=False, initial="90", label="Expires")

    def clean(self) -> dict[str, Any]:
        """A token without a scope is good for nothing."""
        given = super().clean() or {}
        if not (given.get("can_read") or given.get("can_alert")):
            self.add_error("can_read", "Choose at least one scope.")
        return given


@login_required
@require_safe
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    """The list, and the form; other tiers are told what tokens are."""
    return show(request)


@confirmed_required
@require_POST
@never_cache
def create(request: HttpRequest) -> HttpResponse:
    """Make one and show it."""
    check_tier(request)
    form = TokenForm(request.POST)
    if not form.is_valid():
        return show(request, form, status=400)
    given = form.cleaned_data
    expires = timezone.now() + timedelta(days=int(given["days"])) if given["days"] else None
    try:
        row, token = ApiToken.objects.issue(
            request.user,
            given["name"],
            can_read=given["can_read"],
            can_alert=given["can_alert"],
            expires_at=expires,
        )
    except TooManyTokens as full:
        form.add_error("name", str(full))
        return show(request, form, status=409)
    return show(request, made=row, token=token)


@login_required
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """End one of one's own at once; whatever the tier is now."""
    row = get_object_or_404(ApiToken, pk=token_id, user=request.user)
    ApiToken.objects.filter(pk=row.pk).revoke()
    messages.success(request, f"{row.name} is revoked and no longer works.")
    return redirect("tokens")


def check_tier(request: Any) -> None:
    """The tier as the database has it; what a client says about itself counts for nothing."""
    if request.user.tier != Tier.API:
        raise PermissionDenied(FROM_TOKENS)


def show(
    request: Any,
    form: TokenForm | None = None,
    made: ApiToken | None = None,
    token: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page; ``token`` is the one that was made just now."""
    context = {
        "form": form or TokenForm(initial={"can_read": True, "days": "90"}),
        "tokens": ApiToken.objects.of(request.user)[:100],
        "made": made,
        "token": token,
        "may": request.user.tier == Tier.API,
    }
    return render(request, "account/tokens.html", context, status=status)
