"""Users in the admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin

from accounts.models import User


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """Django's form, with address, tier and time zone."""

    list_display = ["username", "email", "address", "tier", "is_staff", "last_login"]
    list_filter = [*DjangoUserAdmin.list_filter, "tier"]
    search_fields = [*DjangoUserAdmin.search_fields, "address"]
    fieldsets = [*DjangoUserAdmin.fieldsets, ("Trader", {"fields": ["address", "tier", "timezone"]})]
    add_fieldsets = [
        *DjangoUserAdmin.add_fieldsets,
        ("Trader", {"fields": ["email", "address", "tier", "timezone"]}),
    ]
