"""Second factors and email addresses, which allauth keeps: what proves somebody is not shown to anybody."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.http import HttpRequest

from accounts.admin.large import ReadOnlyAdmin

admin.site.unregister([Authenticator, EmailAddress])


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Deleted by a superuser for somebody who has lost his device; never read."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_display_links = None
    list_filter = ["type"]
    list_select_related = ["user"]
    exclude = ["data"]
    found_by_user = "user"
    search_help_text = "Begin of a user’s name, or a whole email address"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and request.user.is_superuser


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    """An address is proven by its owner, not by an admin."""

    list_display = ["email", "user", "primary", "verified"]
    list_filter = ["verified"]
    list_select_related = ["user"]
    found_by_exact = ("email",)
    found_by_user = "user"
    search_help_text = "A whole email address, or the begin of a user’s name"
