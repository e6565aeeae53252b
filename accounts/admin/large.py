"""Lists that stay usable at a million rows: nothing counted twice, searched in the middle or sorted unindexed."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.models import User

MOST_USERS = 1_000
"""Of users whose name begins with the words; whoever searches for more of them types another letter."""


class LargeAdmin(admin.ModelAdmin):
    """Finds what begins with the words (``found_by``), is them (``found_by_exact``), or is such a user's.

    Users are looked up first: an OR over two tables would read both of them whole.
    """

    show_full_result_count = False
    list_per_page = 50
    ordering = ["-pk"]
    found_by: tuple[str, ...] = ()
    found_by_exact: tuple[str, ...] = ()
    found_by_user = ""
    search_fields = ["pk"]  # shows the field; what it finds is decided below

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Rows for one term; as it was typed and in lower case, in which addresses and e-mails are stored."""
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(pk__in=[])
        for spelling in {term, term.lower()}:
            for field in self.found_by:
                wanted |= Q(**{f"{field}__startswith": spelling})
            for field in self.found_by_exact:
                wanted |= Q(**{field: spelling})
        if self.found_by_user:
            wanted |= Q(**{f"{self.found_by_user}__in": users_called(term)})
        return queryset.filter(wanted), False


def users_called(words: str) -> list[int]:
    """Keys of users whose name begins with the words, or whose e-mail they are."""
    called = Q(username__startswith=words) | Q(email=words.lower())
    return list(User.objects.filter(called).values_list("pk", flat=True)[:MOST_USERS])


class ReadOnlyAdmin(LargeAdmin):
    """Rows that came about by themselves: admins look, and may delete where that is meant."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
