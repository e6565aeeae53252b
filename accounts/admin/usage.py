"""How much the site is used, by day; who uses it is nobody's business, so active users are a number."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.admin.large import SeenAdmin
from accounts.models import DailyUse, PageViews

DAYS = 90


@admin.register(PageViews)
class PageViewsAdmin(SeenAdmin):
    """Each kind of page on each day."""

    list_display = ["day", "page", "count"]
    list_display_links = None
    ordering = ["-day", "-count"]
    search_fields = []


@admin.register(DailyUse)
class DailyUseAdmin(SeenAdmin):
    """One line for each of the last ``DAYS`` days on which anybody came; never one for a user."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Use by day (UTC)",
            "opts": self.model._meta,
            "days": days(),
        }
        return TemplateResponse(request, "admin/accounts/dailyuse/days.html", context)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> None:
        """There is no page for one user on one day."""


def days() -> list[dict[str, Any]]:
    """Newest first: day, page views, active users."""
    users = _by_day(DailyUse.objects.all(), Count("*"))  # read from an index alone
    views = _by_day(PageViews.objects.all(), Sum("count"))
    known = sorted({*users, *views}, reverse=True)[:DAYS]
    return [{"day": day, "views": views.get(day, 0), "users": users.get(day, 0)} for day in known]


def _by_day(rows: QuerySet, total: Any) -> dict[Any, int]:
    return dict(rows.order_by("-day").values_list("day").annotate(total=total)[:DAYS])
