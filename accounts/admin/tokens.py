"""API tokens in the admin: looked at and revoked. Nobody can read a token here: only its hash is stored."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.audit import note
from accounts.admin.large import ReadOnlyAdmin
from accounts.models import ApiToken


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """By prefix, which their users see as well."""

    list_display = ["prefix", "user", "name", "can_read", "can_alert", "expires_at", "last_used_at", "revoked_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter), "can_read", "can_alert"]
    list_select_related = ["user"]
    exclude = ["digest"]
    found_by = ("prefix",)
    found_by_user = "user"
    search_help_text = "Begin of a token or of its user’s name"
    actions = ["revoke"]

    @admin.action(description="Revoke", permissions=["delete"])
    def revoke(self, request: HttpRequest, queryset: QuerySet) -> None:
        tokens = list(queryset.filter(revoked_at=None))
        ApiToken.objects.filter(pk__in=[token.pk for token in tokens]).revoke()
        note(request, tokens, "Revoked.")
        self.message_user(request, f"{len(tokens)} tokens are revoked.", messages.SUCCESS)
