"""What admins did, as Django notes it: shown to all admins, changed by none."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpRequest

from accounts.admin.large import ReadOnlyAdmin


def note(request: HttpRequest, rows: Iterable[Any], what: str) -> None:
    """Write down that the admin did ``what`` to each of the rows."""
    LogEntry.objects.log_actions(request.user.pk, list(rows), CHANGE, change_message=what)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Newest first."""

    list_display = ["action_time", "user", "action_flag", "content_type", "object_repr", "get_change_message"]
    list_filter = ["action_flag", "content_type"]
    list_select_related = ["user", "content_type"]
    found_by_user = "user"
    search_help_text = "Begin of an admin’s name, or a whole email address"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
