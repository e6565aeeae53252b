"""Wallets in the admin: looked at, and deleted where somebody asks for it."""

from django.contrib import admin

from accounts.admin.large import ReadOnlyAdmin
from accounts.models import Wallet


@admin.register(Wallet)
class WalletAdmin(ReadOnlyAdmin):
    """Nothing here is an admin's to change: an address is proven by its key, a label is the user's."""

    list_display = ["address", "user", "kind", "role", "label", "created_at"]
    list_filter = ["kind", "role"]
    list_select_related = ["user"]
    found_by_exact = ("address",)
    found_by_user = "user"
    search_help_text = "A whole address, or the begin of its user’s name"
