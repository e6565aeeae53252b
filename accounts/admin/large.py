"""Lists that stay usable at a million rows: nothing counted twice, searched in the middle or sorted unindexed."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import IGNORED_PARAMS, ChangeList
from django.core.paginator import Paginator
from django.db.models import AutoField, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from accounts.admin.moments import legible
from accounts.models import User

MOST_USERS = 1_000
"""Of users, or rows, that begin with the words; whoever searches for more of them types another letter.

Found by an index before anything is put in order: to find the newest of many old ones would read the whole table.
"""

MOST = 10_000
"""Rows that a list goes through, newest first; nobody turns 200 pages, and to count millions takes seconds."""

MOST_FILTERED = 100_000
"""Rows, newest first, among which a filter looks: no filter has an index, and a rare state could be anywhere."""


class Newest(Paginator):
    """Pages of the first ``MOST`` rows."""

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[:MOST].count()


class LargeList(ChangeList):
    """Sorted by no column that is not meant to be, whatever the address says; filtered among the newest rows."""

    def get_ordering_field(self, field_name: Any) -> Any:
        return super().get_ordering_field(field_name) if field_name in self.sortable_by else None

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        found = super().get_queryset(request, exclude_parameters)
        if not any(name not in IGNORED_PARAMS for name in self.params) or not isinstance(self.opts.pk, AutoField):
            return found
        newest = self.model._default_manager.order_by("-pk").values_list("pk", flat=True)
        oldest = list(newest[MOST_FILTERED - 1 : MOST_FILTERED])
        return found.filter(pk__gte=oldest[0]) if oldest else found


def one_of(field: str, values: Iterable[str], called: str = "") -> type[admin.SimpleListFilter]:
    """A filter that knows its values: Django's own would read the whole table for them."""

    class OneOf(admin.SimpleListFilter):
        title, parameter_name = called or field, field

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [(value, value) for value in values]

        def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
            return queryset.filter(**{field: self.value()}) if self.value() else queryset

    return OneOf


class LargeAdmin(admin.ModelAdmin):
    """Finds what begins with the words (``found_by``), is them (``found_by_exact``), or is such a user's.

    Users and accounts are looked up first: an OR over two tables would read both of them whole.
    """

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = Newest
    sortable_by: tuple[str, ...] = ()
    list_per_page = 50
    ordering = ["-pk"]
    found_by: tuple[str, ...] = ()
    found_by_exact: tuple[str, ...] = ()
    found_by_user = ""
    search_fields = ["pk"]  # shows the field; what it finds is decided below

    class Media:
        css = {"all": ["css/admin.css"]}

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        """Moments as dates: nobody reads Unix ms."""
        return legible(self.model, super().get_list_display(request))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LargeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Rows for one term; as it was typed and in lower case, in which addresses and emails are stored."""
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(pk__in=[])
        for spelling in {term, term.lower()}:
            for field in self.found_by:
                begin = self.model._default_manager.filter(**{f"{field}__startswith": spelling})
                wanted |= Q(pk__in=list(begin.values_list("pk", flat=True)[:MOST_USERS]))
            for field in self.found_by_exact:
                wanted |= self.is_exactly(field, spelling)
        if self.found_by_user:
            wanted |= Q(**{f"{self.found_by_user}__in": users_called(term)})
        return queryset.filter(wanted), False

    def is_exactly(self, field: str, words: str) -> Q:
        """A related row is looked up first: knowing which, Postgres knows whether few or most rows are its."""
        name, _, rest = field.partition("__")
        if not rest:
            return Q(**{field: words})
        related = self.model._meta.get_field(name).related_model._default_manager.filter(**{rest: words})
        return Q(**{f"{name}__in": list(related.values_list("pk", flat=True)[:MOST_USERS])})


def users_called(words: str) -> list[int]:
    """Keys of users whose name begins with the words, or whose email they are."""
    called = Q(username__startswith=words) | Q(email=words.lower())
    return list(User.objects.filter(called).values_list("pk", flat=True)[:MOST_USERS])


class ReadOnlyAdmin(LargeAdmin):
    """Rows that came about by themselves: admins look, and may delete where that is meant."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        """Moments as dates, as in the list."""
        return [
            (name, {**options, "fields": legible(self.model, options["fields"])})
            for name, options in super().get_fieldsets(request, obj)
        ]


class SeenAdmin(ReadOnlyAdmin):
    """What came about by itself, and stays: nobody adds, changes or deletes any of it here."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
