"""Users in the admin: found, moved between tiers, signed out, disabled."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import erasure, owned, sessions
from accounts.admin.audit import note
from accounts.admin.large import LargeAdmin
from accounts.models import Tier, User

RIGHTS = ["is_staff", "is_superuser", "groups", "user_permissions"]


@admin.register(User)
class UserAdmin(LargeAdmin, DjangoUserAdmin):
    """Django's form, with address, tier and time zone. Only superusers give rights or touch superusers."""

    list_display = ["username", "email", "address", "tier", "is_active", "is_staff", "last_login", "date_joined"]
    list_filter = ["tier", "is_active", "is_staff"]
    found_by = ("username", "address")
    found_by_exact = ("email",)
    search_help_text = "Begin of a name or address, or a whole email address"
    actions = ["make_free", "make_pro", "make_api", "end_sessions", "disable", "enable"]
    autocomplete_fields: list[str] = []
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Trader", {"fields": ["email", "address", "tier", "timezone", "numbers", "theme"]}),
        ("Rights", {"fields": ["is_active", *RIGHTS], "classes": ["collapse"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        *DjangoUserAdmin.add_fieldsets,
        ("Trader", {"fields": ["email", "address", "tier", "timezone"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Dates are facts; an address is proven by its key, so an admin cannot hand an account to another one."""
        fixed = ["last_login", "date_joined", *(["address"] if obj else [])]
        return fixed if request.user.is_superuser else [*fixed, *RIGHTS]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_touch(request, obj)

    @staticmethod
    def _may_touch(request: HttpRequest, obj: User | None) -> bool:
        return obj is None or request.user.is_superuser or not obj.is_superuser

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Django's own deletion asks nobody about superusers; one by one it does."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Whoever is disabled is out at once."""
        super().save_model(request, obj, form, change)
        if change and not obj.is_active:
            sessions.end_all(obj)

    def get_deleted_objects(self, objs: Iterable[User], request: HttpRequest) -> tuple[Any, ...]:
        """What goes with the users, counted: to list it could take hours, and it is all theirs to lose."""
        counts: Counter[str] = Counter()
        users = list(objs)
        for user in users:
            for model, rows in owned.stored(user):
                counts[str(model._meta.verbose_name_plural)] += rows.count()
        return [str(user) for user in users], counts, set(), []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Everything about the user goes, as when he deletes the account himself."""
        erasure.erase(obj)

    @admin.action(description="Change tier to Free", permissions=["change"])
    def make_free(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._change_tier(request, queryset, Tier.FREE)

    @admin.action(description="Change tier to Pro", permissions=["change"])
    def make_pro(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._change_tier(request, queryset, Tier.PRO)

    @admin.action(description="Change tier to API", permissions=["change"])
    def make_api(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._change_tier(request, queryset, Tier.API)

    def _change_tier(self, request: HttpRequest, queryset: QuerySet, tier: Tier) -> None:
        users = [user for user in self._allowed(request, queryset) if user.tier != tier]
        User.objects.filter(pk__in=[user.pk for user in users]).update(tier=tier)
        note(request, users, f"Tier changed to {tier.label}.")
        self.message_user(request, f"{len(users)} users are {tier.label} now.", messages.SUCCESS)

    @admin.action(description="End all sessions", permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet) -> None:
        users = self._allowed(request, queryset)
        ended = sum(sessions.end_all(user, but=request.session.session_key) for user in users)
        note(request, users, "Sessions ended.")
        self.message_user(request, f"{ended} sessions were ended.", messages.SUCCESS)

    @admin.action(description="Disable: no sign-in, all sessions ended", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet) -> None:
        users = [user for user in self._allowed(request, queryset) if user != request.user and user.is_active]
        User.objects.filter(pk__in=[user.pk for user in users]).update(is_active=False)
        for user in users:
            sessions.end_all(user)
        note(request, users, "Disabled.")
        self.message_user(request, f"{len(users)} users are disabled.", messages.SUCCESS)

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet) -> None:
        users = [user for user in self._allowed(request, queryset) if not user.is_active]
        User.objects.filter(pk__in=[user.pk for user in users]).update(is_active=True)
        note(request, users, "Enabled.")
        self.message_user(request, f"{len(users)} users are enabled.", messages.SUCCESS)

    def _allowed(self, request: HttpRequest, queryset: QuerySet) -> list[User]:
        return [user for user in queryset if self._may_touch(request, user)]
