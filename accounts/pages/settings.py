"""``/account/``: name, time zone and theme, and the ways to everything else about an account."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.models.user import Theme, timezones

YEAR_S = 365 * 24 * 3600


class SettingsForm(forms.ModelForm):
    """What somebody may change about himself without further proof."""

    timezone = forms.CharField(
        label="Time zone",
        widget=forms.TextInput(attrs={"list": "timezones", "autocomplete": "off", "spellcheck": "false"}),
        help_text="Such as Europe/Berlin: times on all pages are shown in it. Browsers without scripts show UTC.",
    )

    class Meta:
        model = User
        fields = ["username", "timezone", "numbers", "theme"]
        labels = {"username": "Username"}
        help_texts = {"username": "You sign in with it or with your email. Nobody else sees it."}
        widgets = {"username": forms.TextInput(attrs={"autocomplete": "username", "spellcheck": "false"})}

    def clean_username(self) -> str:
        """Free, and no email: those are proven before somebody may sign in with them."""
        name: str = self.cleaned_data["username"]
        if name == self.initial["username"]:
            return name
        if "@" in name:
            raise ValidationError("A username may not have an @.", code="at")
        if name.lower().startswith("0x"):
            raise ValidationError("Names that begin with 0x are kept for the wallets they name.", code="address")
        return str(get_adapter().clean_username(name))


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """The form, or what was wrong in it."""
    form = SettingsForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if not form.is_valid():
        context = {"form": form, "timezones": timezones(), "section": "account"}
        return render(request, "account/settings.html", context, status=400 if form.is_bound else 200)
    user = form.save()
    messages.success(request, "Saved.")
    response = HttpResponseRedirect(resolve_url("account"))
    _keep_theme(response, user)
    return response


def _keep_theme(response: Any, user: User) -> None:
    """The cookie that the theme button writes too (``static/js/theme.js``): the last choice counts."""
    if user.theme == Theme.SYSTEM:
        response.delete_cookie("theme")
    else:
        secure = bool(settings.SESSION_COOKIE_SECURE)
        response.set_cookie("theme", user.theme, max_age=YEAR_S, samesite="Lax", secure=secure)
