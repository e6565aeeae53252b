"""Sessions in the admin: seen and ended. A session's key would let an admin be the user, so no page has it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.db.models import Q, QuerySet
from django.forms import CheckboxInput
from django.http import HttpRequest, HttpResponse

from accounts import sessions
from accounts.admin.audit import note
from accounts.admin.large import ReadOnlyAdmin
from accounts.models import Session, User

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def handle(session: Session) -> str:
    """What names a session on a page: user and moment of its beginning, which give nobody anything."""
    return f"{session.user_id}-{(session.created_at - EPOCH) // MICROSECOND}"


def by_handles(handles: list[str]) -> QuerySet:
    """The sessions that the handles name; what is none names none."""
    wanted = Q(pk__in=[])
    for text in handles:
        user, _, moment = text.partition("-")
        if user.isdecimal() and moment.isdecimal() and len(moment) < 18:
            wanted |= Q(user_id=int(user), created_at=EPOCH + int(moment) * MICROSECOND)
    return Session.objects.filter(wanted)


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    """Those of users, soonest to expire last; a browser that nobody has signed in with is nobody's."""

    list_display = ["user", "device", "ip", "created_at", "last_seen_at", "expire_date"]
    list_display_links = None
    list_select_related = ["user"]
    ordering = ["-expire_date"]
    found_by_user = "user"
    search_help_text = "Begin of a user’s name, or a whole email address"
    actions = ["end"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).exclude(user=None)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Only ours: Django's own deletion shows keys and leaves copies in the cache."""
        return {name: action for name, action in super().get_actions(request).items() if name == "end"}

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> None:
        """There is no page for one session: its address would be its key."""

    @admin.display(description="")
    def action_checkbox(self, obj: Session) -> str:
        label = f"Choose the session of {obj.user} from {obj.created_at:%Y-%m-%d %H:%M}"
        box = CheckboxInput({"class": "action-select", "aria-label": label}, lambda value: False)
        return box.render(helpers.ACTION_CHECKBOX_NAME, handle(obj))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Django looks the chosen ones up by key."""
        if chosen := request.POST.getlist(helpers.ACTION_CHECKBOX_NAME):
            request.POST = request.POST.copy()
            keys = by_handles(chosen).values_list("pk", flat=True)
            request.POST.setlist(helpers.ACTION_CHECKBOX_NAME, list(keys))
        return super().changelist_view(request, extra_context)

    @admin.action(description="End at once", permissions=["delete"])
    def end(self, request: HttpRequest, queryset: QuerySet) -> None:
        chosen = list(queryset.select_related("user"))
        users: list[User] = list({row.user_id: row.user for row in chosen}.values())
        count = sessions.end(row.pk for row in chosen)
        note(request, users, "Sessions ended one by one.")
        self.message_user(request, f"{count} sessions were ended.", messages.SUCCESS)
