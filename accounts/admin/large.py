"""Lists that stay usable at a million rows: nothing counted twice, searched in the middle or sorted unindexed."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest


class LargeAdmin(admin.ModelAdmin):
    """Searches what begins with the words (``found_by``) or is them (``found_by_exact``); both have an index."""

    show_full_result_count = False
    list_per_page = 50
    ordering = ["-pk"]
    found_by: tuple[str, ...] = ()
    found_by_exact: tuple[str, ...] = ()
    search_fields = ["pk"]  # shows the field; what it finds is decided below

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Rows for one term; as it was typed and in lower case, in which addresses and e-mails are stored."""
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q()
        for spelling in {term, term.lower()}:
            for field in self.found_by:
                wanted |= Q(**{f"{field}__startswith": spelling})
            for field in self.found_by_exact:
                wanted |= Q(**{field: spelling})
        return queryset.filter(wanted), False


class ReadOnlyAdmin(LargeAdmin):
    """Rows that came about by themselves: admins look, and may delete where that is meant."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
