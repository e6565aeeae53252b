"""The admin's door: one sign-in for the whole site, and in production a second factor in this very session."""

from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

NEEDED = "The admin needs a second factor. Set one up here, then open the admin again."


class SecondFactorSite(AdminSite):
    """Staff come in; in production only those who have shown a second factor since they signed in."""

    site_header = site_title = "Hyperliquid Dashboard"
    index_title = "Administration"
    index_template = "admin/overview.html"
    overview: Callable[[], dict[str, Any]] = staticmethod(dict)
    """What the first page says besides the list of lists; ``dashboard`` hands it in, which knows all packages."""

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """For those who may see how services are, with the answers to an admin's daily questions."""
        answers = self.overview() if request.user.has_perm("monitoring.view_healthmetric") else {}
        return super().index(request, {**(extra_context or {}), "overview": answers})

    def has_permission(self, request: HttpRequest) -> bool:
        if not super().has_permission(request):
            return False
        return settings.CONFIG.environment != "production" or has_shown_second_factor(request)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead to whatever is still missing; there is no second form that takes passwords."""
        target = safe_target(request)
        if self.has_permission(request):
            return HttpResponseRedirect(target)
        if not request.user.is_authenticated:
            return redirect_to_login(target)
        if not super().has_permission(request):
            raise PermissionDenied
        if is_mfa_enabled(request.user):
            return redirect_to_login(target, reverse("mfa_reauthenticate"))
        messages.info(request, NEEDED)
        return redirect("mfa_index")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The site has one form for it, which ends the other sessions and tells the owner."""
        return redirect("account_change_password")


def has_shown_second_factor(request: HttpRequest) -> bool:
    """Whether this session came about, or was confirmed, with an authenticator, a passkey or a recovery code."""
    shown = get_authentication_records(request, request.user)
    return is_mfa_enabled(request.user) and any(one.get("method") == "mfa" for one in shown)


def safe_target(request: HttpRequest) -> str:
    """Where to go afterwards: the page of ours that was asked for, or the admin's first one."""
    wanted = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else reverse("admin:index")
